//! What the commands of purchase orders and transfers share: the locked order in a state that allows the command, what it posts, and its next
//! version.

mod create;
mod end;
mod open;
mod receive;
mod reverse;
mod update;

pub use create::{NewLine, OrderCreate, Origin};
pub use end::{End, OrderEnd};
pub use open::OrderOpen;
pub use receive::{OrderReceive, ReceiveLine, Received};
pub use reverse::ReceiptReverse;
pub use update::OrderUpdate;

use std::collections::BTreeSet;

use super::document::{self, DocumentChanged};
use super::stock::{LocationFields, LocationName};
use crate::inventory::entity::location::{LocationId, Status as LocationStatus};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, PurchaseOrderId, Status, TransferId};
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{Missing, Posted, Sheet};
use crate::inventory::rules::books::Refusal;
use crate::inventory::rules::change::{Change, Entry as LedgerEntry, Field, Group, Memo, Post};
use crate::inventory::store;
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::Cx;

/// Which order, as the caller read it.
#[derive(Debug, Clone, Copy)]
pub struct OrderName {
    /// Its kind: an order of another is not found.
    pub kind: Kind,
    /// The order.
    pub id: OrderId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
}

/// An order that is locked until the transaction ends, with its lines in their order.
struct Locked {
    order: stock_order::Model,
    lines: Vec<Line>,
}

impl Locked {
    async fn find(cx: &Cx<'_>, name: OrderName) -> Result<Self, Failure<InventoryError>> {
        let found = store::lock_order(cx.tx, cx.actor, name.kind, name.id).await?;
        let (order, lines) = found.ok_or_else(|| Failure::refused("input.id", InventoryError::DocumentNotFound))?;
        if name.expected_version.is_some_and(|expected| expected != order.version) {
            let error = InventoryError::Stale { current: order.version };
            return Err(Failure::refused("input.expectedVersion", error));
        }
        Ok(Self { order, lines })
    }

    /// Refuses what the state of the order does not allow.
    fn require(&self, allowed: &[Status]) -> Result<(), At<InventoryError>> {
        if allowed.contains(&self.order.status) {
            return Ok(());
        }
        Err(At::new("input.id", InventoryError::WrongState { state: self.order.status_name().to_owned() }))
    }

    /// The level that the units of a line come to.
    fn target(&self, line: &Line) -> Slot {
        Slot { variant: line.variant_id, location: self.order.location_id }
    }

    /// The level that the units of a line of a transfer come from.
    fn source(&self, line: &Line) -> Option<Slot> {
        self.order.source_id.map(|location| Slot { variant: line.variant_id, location })
    }

    /// What the ledger says of a change that the order makes. Its number is the reference.
    fn memo(&self, reason: Reason) -> Memo {
        Memo::new(reason).with_reference(Some(self.order.number.clone())).of_document(self.order.document())
    }

    /// A group that the order posts.
    fn group(&self, reason: Reason, entries: Vec<LedgerEntry>) -> Group {
        let kind = self.order.kind.document_type().adjustment();
        Group { memo: self.memo(reason), change: Change::Post(Post { kind, entries }) }
    }

    /// Writes the order as it is from now on, its audit entry and its event.
    async fn move_on(
        self,
        cx: &mut Cx<'_>,
        action: Action,
        after: stock_order::Model,
        changes: Changes,
    ) -> Result<OrderId, Failure<InventoryError>> {
        let before = self.order;
        let after = stock_order::Model { version: before.version.saturating_add(1), updated_at: cx.now, ..after };
        if !store::update_order(cx.tx, &before, &after).await? {
            return Err(Fault::Internal(format!("{} moved on while it was locked", before.number)).into());
        }
        tell(cx, action, &after, changes.field("status", &before.status, &after.status))?;
        Ok(after.id)
    }
}

/// Writes what became of the units of lines that are locked with their order.
async fn write_lines(cx: &Cx<'_>, lines: &[Line]) -> Result<(), Fault> {
    let updated = store::update_order_lines(cx.tx, lines).await?;
    if usize::try_from(updated) == Ok(lines.len()) {
        Ok(())
    } else {
        Err(Fault::Internal(format!("{updated} lines took their change instead of {}", lines.len())))
    }
}

/// What was done to an order, as the audit log names it.
#[derive(Debug, Clone, Copy)]
enum Action {
    Create,
    Update,
    Open,
    Receive,
    Reverse,
    Close,
    Cancel,
}

impl Action {
    fn name(self, kind: Kind) -> &'static str {
        match (kind, self) {
            (Kind::PurchaseOrder, Self::Create) => "purchase_order.create",
            (Kind::PurchaseOrder, Self::Update) => "purchase_order.update",
            (Kind::PurchaseOrder, Self::Open) => "purchase_order.order",
            (Kind::PurchaseOrder, Self::Receive) => "purchase_order.receive",
            (Kind::PurchaseOrder, Self::Reverse) => "purchase_order.reverse",
            (Kind::PurchaseOrder, Self::Close) => "purchase_order.close",
            (Kind::PurchaseOrder, Self::Cancel) => "purchase_order.cancel",
            (Kind::Transfer, Self::Create) => "stock_transfer.create",
            (Kind::Transfer, Self::Update) => "stock_transfer.update",
            (Kind::Transfer, Self::Open) => "stock_transfer.ship",
            (Kind::Transfer, Self::Receive) => "stock_transfer.receive",
            (Kind::Transfer, Self::Reverse) => "stock_transfer.reverse",
            (Kind::Transfer, Self::Close) => "stock_transfer.close",
            (Kind::Transfer, Self::Cancel) => "stock_transfer.cancel",
        }
    }
}

/// The audit entry and the event of a change of an order.
fn tell(cx: &mut Cx<'_>, action: Action, order: &stock_order::Model, changes: Changes) -> Result<(), Fault> {
    let action = action.name(order.kind);
    match order.kind {
        Kind::PurchaseOrder => cx.audit(Entry::new(action, PurchaseOrderId(order.id.0), changes)),
        Kind::Transfer => cx.audit(Entry::new(action, TransferId(order.id.0), changes)),
    }
    let (document, number) = (order.document(), order.number.clone());
    document::announce(cx, &DocumentChanged { document, number, status: order.status, version: order.version })
}

/// Posts the groups of an order, all or none. `path` says where in the input a refusal is.
async fn post(
    cx: &mut Cx<'_>,
    groups: &[Group],
    path: impl Fn(&Refusal) -> String,
) -> Result<Vec<Posted>, Failure<InventoryError>> {
    let slots: BTreeSet<Slot> = groups.iter().flat_map(|group| group.change.slots()).collect();
    let mut sheet = Sheet::open(cx, &slots, Missing::Make).await?;
    let (mut posted, mut errors) = (Vec::new(), Vec::new());
    for group in groups {
        match sheet.post(cx, group) {
            Ok(accepted) => posted.push(accepted),
            Err(refusals) => errors.extend(refusals.into_iter().map(|refusal| At::new(&path(&refusal), refusal.error))),
        }
    }
    if !errors.is_empty() {
        return Err(Failure::Refused(errors));
    }
    sheet.close(cx).await?;
    Ok(posted)
}

/// Where a refusal is when the input names the order alone: at the line of that order.
fn in_the_order(refusal: &Refusal) -> String {
    let line = refusal.line;
    match refusal.field {
        Field::Variant => format!("input.id.lines.{line}.variant"),
        Field::Location | Field::Target => "input.id".to_owned(),
        Field::Amount | Field::ChangeFrom => format!("input.id.lines.{line}.quantity"),
    }
}

/// The location that an input names, which is open for business and stays so until the transaction ends.
async fn place(
    cx: &Cx<'_>,
    name: &LocationName,
    fields: LocationFields,
) -> Result<Result<LocationId, At<InventoryError>>, Fault> {
    let refused = |error| At::new(&format!("input.{}", name.field(fields)), error);
    let id = match name {
        LocationName::Id(id) => Some(*id),
        LocationName::Code(code) => {
            store::locations_by_codes(cx.tx, BTreeSet::from([code.as_str()])).await?.get(code.as_str()).copied()
        }
    };
    let Some(id) = id else { return Ok(Err(refused(InventoryError::LocationNotFound))) };
    let found = store::lock_locations(cx.tx, &BTreeSet::from([id])).await?;
    Ok(match found.get(&id) {
        Some(LocationStatus::Active) => Ok(id),
        Some(LocationStatus::Deactivated) => Err(refused(InventoryError::LocationDeactivated)),
        None => Err(refused(InventoryError::LocationNotFound)),
    })
}
