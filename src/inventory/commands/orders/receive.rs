//! Takes in what arrived of an order, line by line and by condition, and notes what was lost.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Action, Locked, OrderName, post, write_lines};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::commands::stock::{Names, VariantName};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status};
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::entity::stock_receipt::{self, ReceiptId};
use crate::inventory::entity::stock_receipt_line;
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::rules::books::Refusal;
use crate::inventory::rules::change::{Entry, Field, Group};
use crate::inventory::rules::order::{self, Arrival, Tolerance};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::{At, Failure};
use crate::kernel::write::{Command, Cx};

/// Takes in what arrived, all lines or none.
#[derive(Debug, Clone)]
pub struct OrderReceive {
    /// Of which order.
    pub name: OrderName,
    /// The number of the delivery note.
    pub delivery_note: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// How many units more than ordered may arrive.
    pub tolerance: Tolerance,
    /// What arrived, each line of another variant.
    pub lines: Vec<ReceiveLine>,
}

/// What arrived of one variant.
#[derive(Debug, Clone)]
pub struct ReceiveLine {
    /// The variant.
    pub variant: VariantName,
    /// The units.
    pub arrival: Arrival,
}

/// What was written: a receipt for what arrived, and one for what was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The order.
    pub order: OrderId,
    /// The receipts.
    pub receipts: Vec<ReceiptId>,
}

/// A line of the order, with what the input tells of it.
struct Match {
    /// The index of the line in the input.
    index: usize,
    before: Line,
    arrival: Arrival,
    after: Line,
}

impl Command for OrderReceive {
    type Output = Received;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Received, Failure<InventoryError>> {
        let mut locked = Locked::find(cx, self.name).await?;
        locked.require(&[Status::Open, Status::PartiallyReceived])?;
        let matches = self.matches(cx, &locked).await?;
        let groups = self.groups(&locked, &matches);
        let changes: Vec<Group> = groups.iter().map(|(group, _)| group.clone()).collect();
        let posted = post(cx, &changes, |refusal| self.path(refusal)).await?;
        let after: Vec<Line> = matches.iter().map(|found| found.after.clone()).collect();
        write_lines(cx, &after).await?;
        let takes = posted.iter().zip(groups.into_iter().map(|(_, arrivals)| arrivals));
        let receipts = self.write_receipts(cx, &locked, takes).await?;
        for line in after {
            if let Some(place) = locked.lines.iter_mut().find(|before| before.id == line.id) {
                *place = line;
            }
        }
        let status = order::progress(&locked.lines);
        let closed_at = (status == Status::Received).then_some(cx.now);
        let order = stock_order::Model { status, closed_at, ..locked.order.clone() };
        let order = locked.move_on(cx, Action::Receive, order, Changes::new().set("receipts", &receipts)).await?;
        Ok(Received { order, receipts })
    }
}

/// The units of one receipt, by line of the order.
type Arrivals = Vec<(Line, Arrival)>;

impl OrderReceive {
    /// The lines of the order that the input names, each as it is afterwards.
    async fn matches(&self, cx: &Cx<'_>, locked: &Locked) -> Result<Vec<Match>, Failure<InventoryError>> {
        let mut names = Names::look_up(cx, self.lines.iter().map(|line| &line.variant), std::iter::empty()).await?;
        let variants: Vec<Option<ProductVariantId>> =
            self.lines.iter().enumerate().map(|(index, line)| names.variant(index, &line.variant)).collect();
        names.finish()?;
        let of_order: HashMap<ProductVariantId, &Line> =
            locked.lines.iter().map(|line| (line.variant_id, line)).collect();
        let (mut matches, mut errors, mut first) = (Vec::new(), Vec::new(), HashMap::new());
        for (index, (line, variant)) in self.lines.iter().zip(variants.into_iter().flatten()).enumerate() {
            let at = |error| At::new(&format!("input.lines.{index}.{}", line.variant.field()), error);
            let earlier = first.insert(variant, index);
            match (of_order.get(&variant), earlier) {
                (None, _) => errors.push(at(InventoryError::NotOnDocument)),
                (Some(_), Some(earlier)) => errors.push(at(InventoryError::LineTwice { line: earlier })),
                (Some(before), None) => match order::receive(before, line.arrival, self.tolerance) {
                    Ok(after) => {
                        let (before, arrival) = ((*before).clone(), line.arrival);
                        matches.push(Match { index, before, arrival, after });
                    }
                    Err(error) => errors.push(At::new(&format!("input.lines.{index}"), error)),
                },
            }
        }
        if errors.is_empty() { Ok(matches) } else { Err(Failure::Refused(errors)) }
    }

    /// A group for what arrived and one for what was lost, as far as there is any, each with its units.
    fn groups(&self, locked: &Locked, matches: &[Match]) -> Vec<(Group, Arrivals)> {
        let arrived_reason = match locked.order.kind {
            Kind::PurchaseOrder => Reason::Received,
            Kind::Transfer => Reason::Transfer,
        };
        let (mut arrived, mut lost) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for found in matches {
            let target = locked.target(&found.before);
            let (here, gone) = found.arrival.split();
            let between = order::take_back(&found.after, gone);
            let steps = [(&mut arrived, here, &found.before, &between), (&mut lost, gone, &between, &found.after)];
            for ((entries, arrivals), arrival, before, after) in steps {
                if arrival.units() > 0 {
                    entries.push(Entry::new(found.index, target, deltas(arrival, before, after)).at_target());
                    arrivals.push((found.before.clone(), arrival));
                }
            }
        }
        let groups = [(arrived_reason, arrived), (Reason::Lost, lost)];
        let some = groups.into_iter().filter(|(_, (entries, _))| !entries.is_empty());
        some.map(|(reason, (entries, arrivals))| {
            let mut group = locked.group(reason, entries);
            group.memo = group.memo.with_note(self.note.clone());
            (group, arrivals)
        })
        .collect()
    }

    async fn write_receipts<'a>(
        &self,
        cx: &Cx<'_>,
        locked: &Locked,
        posted: impl Iterator<Item = (&'a Posted, Arrivals)>,
    ) -> Result<Vec<ReceiptId>, Failure<InventoryError>> {
        let (mut receipts, mut lines) = (Vec::new(), Vec::new());
        for (posted, arrivals) in posted {
            let receipt_id = cx.ids.make();
            receipts.push(stock_receipt::Model {
                id: receipt_id,
                order_id: locked.order.id,
                adjustment_id: posted.adjustment.id,
                reversal_id: None,
                delivery_note: self.delivery_note.clone(),
                note: self.note.clone(),
                created_by: cx.actor.user_id(),
                created_at: posted.adjustment.created_at,
                reversed_at: None,
            });
            lines.extend(arrivals.into_iter().map(|(line, arrival)| {
                let Arrival { accepted, damaged, quality_control, lost } = arrival;
                stock_receipt_line::Model { receipt_id, line_id: line.id, accepted, damaged, quality_control, lost }
            }));
        }
        store::insert_receipts(cx.tx, &receipts, &lines).await?;
        Ok(receipts.into_iter().map(|receipt| receipt.id).collect())
    }

    fn path(&self, refusal: &Refusal) -> String {
        let index = refusal.line;
        match refusal.field {
            Field::Variant => {
                let field = self.lines.get(index).map_or("variantId", |line| line.variant.field());
                format!("input.lines.{index}.{field}")
            }
            Field::Location | Field::Target => "input.id".to_owned(),
            Field::Amount | Field::ChangeFrom => format!("input.lines.{index}"),
        }
    }
}

/// What an arrival does to the level: units come in their conditions, and so many fewer are on their way.
pub(super) fn deltas(arrival: Arrival, before: &Line, after: &Line) -> Vec<(State, i64)> {
    vec![
        (State::OnHand, arrival.received()),
        (State::Damaged, arrival.damaged),
        (State::QualityControl, arrival.quality_control),
        (State::Incoming, after.outstanding().saturating_sub(before.outstanding())),
    ]
}
