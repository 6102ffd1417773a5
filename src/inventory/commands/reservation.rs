//! What the commands on reservations share: opening one with its levels, taking units out of it, and writing what became of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::document::{self, DocumentChanged};
use crate::inventory::entity::reservation::{self, ReservationId, Status};
use crate::inventory::entity::stock_adjustment::{Document, DocumentType};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{Missing, Sheet};
use crate::inventory::rules::change::{Field, Group};
use crate::inventory::store;
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::Cx;

/// A reservation with everything that belongs to it, as a command left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeReservation {
    /// The reservation.
    pub reservation: reservation::Model,
    /// Its lines, by number.
    pub lines: Vec<reservation_line::Model>,
    /// Its allocations, by line and place.
    pub allocations: Vec<reservation_allocation::Model>,
}

/// Which reservation, and in which version.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// The reservation.
    pub id: ReservationId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

/// An active reservation whose levels are locked.
pub(super) struct Opened {
    pub whole: WholeReservation,
    pub sheet: Sheet,
}

/// The document of a reservation in the ledger.
pub(super) fn document(id: ReservationId) -> Document {
    Document { kind: DocumentType::Reservation, id: id.0 }
}

impl Opened {
    /// Locks the reservation and then its levels; refused unless it is active.
    pub(super) async fn open(cx: &Cx<'_>, which: Which) -> Result<Self, Failure<InventoryError>> {
        let found = store::lock_reservation(cx.tx, cx.actor, which.id).await?;
        let reservation = found.ok_or_else(|| Failure::refused("input.id", InventoryError::DocumentNotFound))?;
        let current = reservation.version;
        if which.expected_version.is_some_and(|expected| expected != current) {
            return Err(Failure::refused("input.expectedVersion", InventoryError::Stale { current }));
        }
        let status = reservation.status_at(cx.now);
        if status != Status::Active {
            return Err(wrong_state(status));
        }
        let ids = [which.id];
        // Which levels it is of never changes; what it holds of them may, until they are locked.
        let found = store::reservation_allocations(cx.tx, &ids).await?.remove(&which.id).unwrap_or_default();
        let slots: BTreeSet<Slot> = found.iter().map(reservation_allocation::Model::slot).collect();
        let sheet = Sheet::open(cx, &slots, Missing::Leave).await?;
        let allocations = store::reservation_allocations(cx.tx, &ids).await?.remove(&which.id).unwrap_or_default();
        if allocations.iter().any(|allocation| allocation.expired > 0) {
            // Another clock was ahead of this one.
            return Err(wrong_state(Status::Expired));
        }
        let lines = store::reservation_lines(cx.tx, &ids).await?.remove(&which.id).unwrap_or_default();
        Ok(Self { whole: WholeReservation { reservation, lines, allocations }, sheet })
    }

    /// Posts a group; `line` says where in the input a refusal is about.
    pub(super) fn post(
        &mut self,
        cx: &Cx<'_>,
        group: &Group,
        place: impl Fn(usize) -> String,
    ) -> Result<(), Failure<InventoryError>> {
        self.sheet.post(cx, group).map(drop).map_err(|refusals| {
            let at = |line: usize, field: Field| match field {
                Field::Amount | Field::ChangeFrom | Field::Variant | Field::Location | Field::Target => place(line),
            };
            let errors = refusals.into_iter().map(|refusal| At::new(&at(refusal.line, refusal.field), refusal.error));
            Failure::Refused(errors.collect())
        })
    }

    /// Writes the levels, the allocations and the reservation, which is one version further; logs and announces it.
    pub(super) async fn close(
        self,
        cx: &mut Cx<'_>,
        action: &'static str,
        before: &reservation::Model,
    ) -> Result<WholeReservation, Failure<InventoryError>> {
        let Self { mut whole, sheet } = self;
        sheet.close(cx).await?;
        let id = whole.reservation.id;
        let written = store::update_allocations(cx.tx, id, &whole.allocations).await?;
        if usize::try_from(written) != Ok(whole.allocations.len()) {
            return Err(Fault::Internal(format!("{written} allocations of {id} were written")).into());
        }
        whole.reservation.version = before.version + 1;
        whole.reservation.updated_at = cx.now.max(before.updated_at);
        if !store::update_reservation(cx.tx, &whole.reservation).await? {
            return Err(Fault::Internal(format!("{id} was not at its locked version")).into());
        }
        let after = &whole.reservation;
        let changes = Changes::new().field("status", &before.status, &after.status).field(
            "expiresAt",
            &before.expires_at,
            &after.expires_at,
        );
        cx.audit(Entry::new(action, id, changes));
        announce(cx, after)?;
        Ok(whole)
    }
}

/// Emits the event of a reservation.
pub(super) fn announce(cx: &mut Cx<'_>, row: &reservation::Model) -> Result<(), Fault> {
    let (document, number) = (document(row.id), row.number.clone());
    document::announce(cx, &DocumentChanged { document, number, status: row.status, version: row.version })
}

fn wrong_state(status: Status) -> Failure<InventoryError> {
    Failure::refused("input.id", InventoryError::WrongState { state: status.name().to_owned() })
}
