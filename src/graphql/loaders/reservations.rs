//! Loaders of reservations and their parts.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::{Scope, loader};
use crate::inventory::entity::reservation::{self, ReservationId};
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::inventory::store;

async fn reservations(
    scope: &Scope,
    keys: &[ReservationId],
) -> Result<HashMap<ReservationId, Option<reservation::Model>>, DbErr> {
    let found = store::reservations_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Reservations by id.
    ReservationById,
    ReservationByIdBatch,
    ReservationId => Option<reservation::Model>,
    reservations
);

async fn lines(
    scope: &Scope,
    keys: &[ReservationId],
) -> Result<HashMap<ReservationId, Vec<reservation_line::Model>>, DbErr> {
    store::reservation_lines(scope.db.read(), keys).await
}

loader!(
    /// The lines of a reservation. Whoever may see a reservation may see them.
    LinesOfReservation,
    LinesOfReservationBatch,
    ReservationId => Vec<reservation_line::Model>,
    lines
);

async fn allocations(
    scope: &Scope,
    keys: &[ReservationId],
) -> Result<HashMap<ReservationId, Vec<reservation_allocation::Model>>, DbErr> {
    store::reservation_allocations(scope.db.read(), keys).await
}

loader!(
    /// What a reservation has where. Whoever may see a reservation may see it.
    AllocationsOfReservation,
    AllocationsOfReservationBatch,
    ReservationId => Vec<reservation_allocation::Model>,
    allocations
);
