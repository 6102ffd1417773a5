//! Loaders of the inventory slice.

use super::{Scope, loader};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::store;

async fn locations(
    scope: &Scope,
    keys: &[LocationId],
) -> Result<std::collections::HashMap<LocationId, Option<location::Model>>, sea_orm::DbErr> {
    let found = store::locations_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Locations by id.
    LocationById,
    LocationByIdBatch,
    LocationId => Option<location::Model>,
    locations
);
