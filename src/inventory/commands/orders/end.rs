//! Gives up what has not arrived: an order is cancelled, or closed short.

use super::open::reason;
use super::{Action, Locked, OrderName, in_the_order, post, write_lines};
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status};
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::{Entry, Group};
use crate::inventory::rules::order;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Gives up the rest of an order. What is in transit comes back to where it was sent from.
#[derive(Debug, Clone)]
pub struct OrderEnd {
    /// Which.
    pub name: OrderName,
    /// In which way.
    pub end: End,
    /// Words for people: why.
    pub note: Option<String>,
}

/// How an order ends before everything has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Before anything arrived; a transfer also later, when the rest comes back.
    Cancel,
    /// After some of it arrived.
    CloseShort,
}

impl End {
    fn allowed(self, kind: Kind) -> &'static [Status] {
        match (self, kind) {
            (Self::Cancel, Kind::PurchaseOrder) => &[Status::Draft, Status::Open],
            (Self::Cancel, Kind::Transfer) => &[Status::Draft, Status::Open, Status::PartiallyReceived],
            (Self::CloseShort, _) => &[Status::PartiallyReceived],
        }
    }
}

impl Command for OrderEnd {
    type Output = OrderId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<OrderId, Failure<InventoryError>> {
        let locked = Locked::find(cx, self.name).await?;
        locked.require(self.end.allowed(self.name.kind))?;
        // Nothing of a draft was posted, so that nothing goes back.
        let posted = locked.order.status != Status::Draft;
        let rest: Vec<Line> =
            locked.lines.iter().filter(|line| posted && line.outstanding() > 0).map(order::give_up).collect();
        if !rest.is_empty() {
            post(cx, &[self.group(&locked)], in_the_order).await?;
            write_lines(cx, &rest).await?;
        }
        let (status, action) = if locked.order.status == Status::PartiallyReceived {
            (Status::Closed, Action::Close)
        } else {
            (Status::Cancelled, Action::Cancel)
        };
        let order = stock_order::Model { status, closed_at: Some(cx.now), ..locked.order.clone() };
        locked.move_on(cx, action, order, Changes::new().set("reason", &self.note)).await
    }
}

impl OrderEnd {
    /// The rest is no longer on its way; that of a transfer is back at its source.
    fn group(&self, locked: &Locked) -> Group {
        let mut entries = Vec::new();
        for (index, line) in locked.lines.iter().enumerate().filter(|(_, line)| line.outstanding() > 0) {
            let rest = line.outstanding();
            if let Some(source) = locked.source(line) {
                entries.push(Entry::new(index, source, [(State::OnHand, rest)]));
            }
            entries
                .push(Entry::new(index, locked.target(line), [(State::Incoming, rest.saturating_neg())]).at_target());
        }
        let mut group = locked.group(reason(locked.order.kind), entries);
        group.memo = group.memo.with_note(self.note.clone());
        group
    }
}
