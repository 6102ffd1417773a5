//! Orders or ships a draft: from now on its units are on their way.

use super::{Action, Locked, OrderName, in_the_order, post};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::{Entry, Group};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Orders a draft from its supplier, or ships it from its source.
#[derive(Debug, Clone, Copy)]
pub struct OrderOpen {
    /// Which.
    pub name: OrderName,
}

impl Command for OrderOpen {
    type Output = OrderId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<OrderId, Failure<InventoryError>> {
        let locked = Locked::find(cx, self.name).await?;
        locked.require(&[Status::Draft])?;
        post(cx, &[group(&locked)], in_the_order).await?;
        let after = stock_order::Model { status: Status::Open, opened_at: Some(cx.now), ..locked.order.clone() };
        locked.move_on(cx, Action::Open, after, Changes::new()).await
    }
}

/// What is ordered is on its way; what is shipped has left its source, too.
fn group(locked: &Locked) -> Group {
    let mut entries = Vec::new();
    for (index, line) in locked.lines.iter().enumerate() {
        if let Some(source) = locked.source(line) {
            entries.push(Entry::new(index, source, [(State::OnHand, line.ordered.saturating_neg())]));
        }
        entries.push(Entry::new(index, locked.target(line), [(State::Incoming, line.ordered)]).at_target());
    }
    locked.group(reason(locked.order.kind), entries)
}

/// Why units are on their way, or no longer.
pub(super) fn reason(kind: Kind) -> Reason {
    match kind {
        Kind::PurchaseOrder => Reason::Ordered,
        Kind::Transfer => Reason::Transfer,
    }
}
