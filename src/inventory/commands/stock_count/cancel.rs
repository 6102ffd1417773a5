//! Gives a stock count up. Nothing is posted, and other counts may count its levels.

use super::CountName;
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Gives a count up.
#[derive(Debug, Clone, Copy)]
pub struct StockCountCancel {
    /// Which count.
    pub name: CountName,
}

impl Command for StockCountCancel {
    type Output = CountId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountId, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, &[Status::Draft, Status::Counting, Status::Review]).await?;
        store::close_lines(cx.tx, before.id).await?;
        let after = stock_count::Model { status: Status::Cancelled, closed_at: Some(cx.now), ..before.clone() };
        Ok(super::move_on(cx, "stock_count.cancel", &before, after, Changes::new()).await?.id)
    }
}
