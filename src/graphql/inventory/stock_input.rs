//! The inputs of the stock mutations, and how they become commands.

use async_graphql::{Enum, ID, InputObject};

use super::stock_adjustment::StockReason;
use super::stock_reader::Reader;
use crate::inventory::commands::{
    AdjustLine, MoveLine, ReclassifyLine, SetLine, StockAdjust, StockMove, StockReclassify, StockSet,
};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change;
use crate::kernel::error::At;
use crate::kernel::quantity::{Delta, Quantity};

/// A change of stock by numbers of units.
#[derive(Debug, InputObject)]
pub struct StockAdjustInput {
    /// Why.
    pub reason: StockReason,
    /// The document behind it, such as an order number: one line of at most 255 characters.
    pub reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect; lines of the same variant and location add up. At least one, by default at most 100.
    pub lines: Vec<StockAdjustLineInput>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// One line of a change of stock.
#[derive(Debug, InputObject)]
pub struct StockAdjustLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// Units that come, or go when negative; not zero.
    pub delta: i64,
    /// The condition of these units. With a negative delta, `DAMAGED` writes off damaged units.
    #[graphql(default_with = "StockCondition::Available")]
    pub condition: StockCondition,
}

/// A change of the condition in which units are counted.
#[derive(Debug, InputObject)]
pub struct StockReclassifyInput {
    /// Why.
    #[graphql(default_with = "StockReason::Inspected")]
    pub reason: StockReason,
    /// The document behind it, such as a report: one line of at most 255 characters.
    pub reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect; lines of the same variant and location add up. At least one, by default at most 100.
    pub lines: Vec<StockReclassifyLineInput>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// One line of a change of condition.
#[derive(Debug, InputObject)]
pub struct StockReclassifyLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// The condition in which the units are counted.
    pub from: StockCondition,
    /// The condition in which they shall be counted.
    pub to: StockCondition,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
}

/// The condition of units that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "change::Condition")]
pub enum StockCondition {
    /// Sound: can be taken or promised.
    Available,
    /// Damaged.
    Damaged,
    /// Waiting for a check of their quality.
    QualityControl,
}

/// A change of stock to numbers of units.
#[derive(Debug, InputObject)]
pub struct StockSetInput {
    /// Why.
    pub reason: StockReason,
    /// The document behind it, such as a counting list: one line of at most 255 characters.
    pub reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect, each of another variant and location. At least one, by default at most 100.
    pub lines: Vec<StockSetLineInput>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// One line of a change of stock to numbers of units.
#[derive(Debug, InputObject)]
pub struct StockSetLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// Units that shall be on hand: 0 to 1,000,000,000.
    pub quantity: i64,
    /// Units that must be on hand now. If there is another number by now, nothing is written and a StockChangedError tells it.
    pub change_from: Option<i64>,
}

/// A move of stock between locations.
#[derive(Debug, InputObject)]
pub struct StockMoveInput {
    /// Why.
    #[graphql(default_with = "StockReason::Transfer")]
    pub reason: StockReason,
    /// The document behind it, such as a transfer order: one line of at most 255 characters.
    pub reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, all or none of which take effect; lines of the same variant and location add up. At least one, by default at most 100.
    pub lines: Vec<StockMoveLineInput>,
    /// Whether only to say what would happen, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
}

/// One line of a move of stock.
#[derive(Debug, InputObject)]
pub struct StockMoveLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// Where the units are. Give either `fromLocationId` or `fromLocationCode`.
    pub from_location_id: Option<ID>,
    /// The code of the location where the units are.
    pub from_location_code: Option<String>,
    /// Where the units shall be. Give either `toLocationId` or `toLocationCode`.
    pub to_location_id: Option<ID>,
    /// The code of the location where the units shall be.
    pub to_location_code: Option<String>,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
}

pub(super) type Parsed<C> = Result<C, Vec<At<InventoryError>>>;

impl StockAdjustInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<StockAdjust> {
        let mut input = Reader::default();
        let terms = input.terms(self.reason, self.reference, self.note, self.dry_run);
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let variant = input.variant(path, line.variant_id, line.sku);
            let location = input.location(path, ["locationId", "locationCode"], line.location_id, line.location_code);
            let delta = input.0.take(&format!("{path}.delta"), Delta::new(line.delta));
            Some(AdjustLine { variant: variant?, location: location?, delta: delta?, condition: line.condition.into() })
        });
        input.0.finish(terms.zip(lines).map(|(terms, lines)| StockAdjust { terms, lines }))
    }
}

impl StockSetInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<StockSet> {
        let mut input = Reader::default();
        let terms = input.terms(self.reason, self.reference, self.note, self.dry_run);
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let variant = input.variant(path, line.variant_id, line.sku);
            let location = input.location(path, ["locationId", "locationCode"], line.location_id, line.location_code);
            let quantity = input.0.take(&format!("{path}.quantity"), Quantity::new(line.quantity));
            let change_from = match line.change_from {
                Some(units) => Some(input.0.take(&format!("{path}.changeFrom"), Quantity::new(units))?),
                None => None,
            };
            Some(SetLine { variant: variant?, location: location?, quantity: quantity?, change_from })
        });
        input.0.finish(terms.zip(lines).map(|(terms, lines)| StockSet { terms, lines }))
    }
}

impl StockMoveInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<StockMove> {
        let mut input = Reader::default();
        let terms = input.terms(self.reason, self.reference, self.note, self.dry_run);
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let variant = input.variant(path, line.variant_id, line.sku);
            let fields = ["fromLocationId", "fromLocationCode"];
            let from = input.location(path, fields, line.from_location_id, line.from_location_code);
            let to =
                input.location(path, ["toLocationId", "toLocationCode"], line.to_location_id, line.to_location_code);
            let quantity = input.0.take(&format!("{path}.quantity"), change::moved_quantity(line.quantity));
            Some(MoveLine { variant: variant?, from: from?, to: to?, quantity: quantity? })
        });
        input.0.finish(terms.zip(lines).map(|(terms, lines)| StockMove { terms, lines }))
    }
}

impl StockReclassifyInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<StockReclassify> {
        let mut input = Reader::default();
        let terms = input.terms(self.reason, self.reference, self.note, self.dry_run);
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let variant = input.variant(path, line.variant_id, line.sku);
            let location = input.location(path, ["locationId", "locationCode"], line.location_id, line.location_code);
            let quantity = input.0.take(&format!("{path}.quantity"), change::moved_quantity(line.quantity));
            let (from, to) = (line.from.into(), line.to.into());
            Some(ReclassifyLine { variant: variant?, location: location?, from, to, quantity: quantity? })
        });
        input.0.finish(terms.zip(lines).map(|(terms, lines)| StockReclassify { terms, lines }))
    }
}
