//! Ends counting: nothing more is entered, and whoever may sees what differs.

use super::CountName;
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Ends counting. What the books say now of the lines that nobody counted is kept, should they be taken for empty.
#[derive(Debug, Clone, Copy)]
pub struct StockCountFinish {
    /// Which count.
    pub name: CountName,
}

impl Command for StockCountFinish {
    type Output = CountId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountId, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, &[Status::Counting]).await?;
        let uncounted = store::close_uncounted(cx.tx, before.id).await?;
        let after = stock_count::Model { status: Status::Review, ..before.clone() };
        let changes = Changes::new().set("uncounted", &uncounted);
        Ok(super::move_on(cx, "stock_count.finish", &before, after, changes).await?.id)
    }
}
