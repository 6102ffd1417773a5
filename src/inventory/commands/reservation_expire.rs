//! Takes back what expired reservations hold, some at a time: the sweeper's work. Nothing depends on it, as expiry counts wherever stock is read or
//! changed; it keeps the numbers in the tables close to what is shown, and announces what expired.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::reservation::announce;
use crate::inventory::entity::reservation::{ReservationId, Status};
use crate::inventory::entity::reservation_allocation;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{Missing, Sheet};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Takes back what expired reservations hold.
#[derive(Debug, Clone, Copy)]
pub struct ReservationExpire {
    /// Reservations at most.
    pub most: u32,
}

/// What a round took back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Reservations that expired.
    pub reservations: u64,
    /// Units that they still held.
    pub units: i64,
}

impl Command for ReservationExpire {
    type Output = Swept;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Swept, Failure<InventoryError>> {
        let expired = store::lock_expired(cx.tx, cx.now, self.most).await?;
        let ids: Vec<ReservationId> = expired.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Swept::default());
        }
        let allocations = store::reservation_allocations(cx.tx, &ids).await?;
        let held = allocations.values().flatten().filter(|allocation| allocation.held > 0);
        let slots: BTreeSet<Slot> = held.map(reservation_allocation::Model::slot).collect();
        let sheet = Sheet::open(cx, &slots, Missing::Leave).await?;
        let units = sheet.expired_units();
        sheet.close(cx).await?;
        let reservations = store::expire_reservations(cx.tx, &ids, cx.now).await?;
        if usize::try_from(reservations) != Ok(ids.len()) {
            return Err(Fault::Internal(format!("{reservations} reservations expired instead of {}", ids.len())).into());
        }
        for mut row in expired {
            let changes = Changes::new().field("status", &row.status, &Status::Expired);
            cx.audit(Entry::new("reservation.expire", row.id, changes));
            (row.status, row.version) = (Status::Expired, row.version + 1);
            announce(cx, &row)?;
        }
        Ok(Swept { reservations, units })
    }
}
