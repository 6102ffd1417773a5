//! Gives a slip up before it takes effect.

use super::{SlipMoved, SlipName};
use crate::inventory::entity::stock_slip::Status;
use crate::inventory::error::InventoryError;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Gives a slip up.
#[derive(Debug, Clone, Copy)]
pub struct StockSlipCancel {
    /// Which slip.
    pub name: SlipName,
}

impl Command for StockSlipCancel {
    type Output = SlipMoved;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<SlipMoved, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, Status::Draft).await?;
        Ok(SlipMoved { slip: super::move_on(cx, &before, Status::Cancelled).await?, posted: None })
    }
}
