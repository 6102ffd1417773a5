//! Lets a reservation hold longer, or shorter.

use std::time::Duration;

use super::reservation::{Opened, Which, WholeReservation};
use crate::inventory::error::InventoryError;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Lets a reservation hold from now on for this long; until further notice when absent.
#[derive(Debug, Clone)]
pub struct ReservationExtend {
    /// The reservation.
    pub which: Which,
    /// For how long from now on.
    pub ttl: Option<Duration>,
}

impl Command for ReservationExtend {
    type Output = WholeReservation;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<WholeReservation, Failure<InventoryError>> {
        let mut opened = Opened::open(cx, self.which).await?;
        let before = opened.whole.reservation.clone();
        let expires_at = self.ttl.map(|ttl| cx.now.after(ttl));
        opened.whole.reservation.expires_at = expires_at;
        for allocation in &mut opened.whole.allocations {
            allocation.expires_at = expires_at;
        }
        opened.close(cx, "reservation.extend", &before).await
    }
}
