//! Deletes a location that was never used.

use crate::inventory::entity::location::LocationId;
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint::{self, Violation};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Deletes a location without a history of stock. One with a history is deactivated instead.
#[derive(Debug, Clone)]
pub struct LocationDelete {
    /// The location.
    pub id: LocationId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

impl Command for LocationDelete {
    type Output = LocationId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageLocations)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<LocationId, Failure<InventoryError>> {
        let found = store::lock_location(cx.tx, cx.actor, self.id).await?;
        let location = found.ok_or_else(|| Failure::refused("input.id", InventoryError::LocationNotFound))?;
        let stale = |current| Failure::refused("input.expectedVersion", InventoryError::Stale { current });
        if self.expected_version.is_some_and(|expected| expected != location.version) {
            return Err(stale(location.version));
        }
        let deleted = store::delete_location(cx.tx, self.id, location.version).await;
        let deleted = deleted.map_err(|error| match constraint::violated(&error) {
            Some(Violation::ForeignKey) => Failure::refused("input.id", InventoryError::LocationInUse),
            Some(Violation::Unique(_) | Violation::Check(_)) | None => error.into(),
        })?;
        if !deleted {
            return Err(stale(location.version));
        }
        let gone = Changes::new()
            .field("code", &Some(&location.code), &None)
            .field("name", &Some(&location.name), &None)
            .field("address", &Some(&location.address), &None);
        cx.audit(Entry::new("location.delete", self.id, gone));
        Ok(self.id)
    }
}
