//! The inputs of the stock mutations, and how they become commands.

use async_graphql::{ID, InputObject};

use super::stock_adjustment::StockReason;
use crate::inventory::commands::{
    AdjustLine, LocationName, MoveLine, SetLine, StockAdjust, StockMove, StockSet, Terms, VariantName,
};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change::{self, Memo};
use crate::kernel::error::{At, Problems};
use crate::kernel::id;
use crate::kernel::quantity::{Delta, Quantity};
use crate::kernel::text::{self, InputError};

/// The longest SKU, in characters.
const SKU_MAX: usize = 64;

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

type Parsed<C> = Result<C, Vec<At<InventoryError>>>;

impl StockAdjustInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<StockAdjust> {
        let mut input = Reader::default();
        let terms = input.terms(self.reason, self.reference, self.note, self.dry_run);
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let variant = input.variant(path, line.variant_id, line.sku);
            let location = input.location(path, ["locationId", "locationCode"], line.location_id, line.location_code);
            let delta = input.0.take(&format!("{path}.delta"), Delta::new(line.delta));
            Some(AdjustLine { variant: variant?, location: location?, delta: delta? })
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

/// Reads the parts that the inputs share, and notes what is wrong with them.
#[derive(Default)]
struct Reader(Problems<InventoryError>);

impl Reader {
    fn terms(
        &mut self,
        reason: StockReason,
        reference: Option<String>,
        note: Option<String>,
        dry_run: bool,
    ) -> Option<Terms> {
        let reference = self.0.take("input.reference", change::reference(reference.as_deref().unwrap_or_default()));
        let note = self.0.take("input.note", change::note(note.as_deref().unwrap_or_default()));
        let memo = Memo { reason: reason.into(), reference: reference?, note: note? };
        Some(Terms { memo, dry_run })
    }

    /// All lines, or nothing when something is wrong with one of them or with their number.
    fn lines<L, P>(
        &mut self,
        lines: Vec<L>,
        max: usize,
        read: impl Fn(&mut Self, &str, L) -> Option<P>,
    ) -> Option<Vec<P>> {
        if lines.is_empty() {
            self.0.add("input.lines", InputError::Empty.into());
        }
        if lines.len() > max {
            self.0.add("input.lines", InputError::TooMany { max }.into());
            return None;
        }
        // Every line is read, so that everything wrong is named at once.
        let parsed: Vec<Option<P>> = lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| read(self, &format!("input.lines.{index}"), line))
            .collect();
        parsed.into_iter().collect()
    }

    fn variant(&mut self, line: &str, id: Option<ID>, sku: Option<String>) -> Option<VariantName> {
        match (id, sku) {
            (Some(id), None) => {
                let id = id::parse(&id).map_err(InventoryError::of_id);
                self.0.take(&format!("{line}.variantId"), id).map(VariantName::Id)
            }
            (None, Some(sku)) => self.0.take(&format!("{line}.sku"), text::line(&sku, SKU_MAX)).map(VariantName::Sku),
            (Some(_), Some(_)) | (None, None) => self.either(line, ["variantId", "sku"]),
        }
    }

    fn location(
        &mut self,
        line: &str,
        fields: [&str; 2],
        id: Option<ID>,
        code: Option<String>,
    ) -> Option<LocationName> {
        let [id_field, code_field] = fields;
        match (id, code) {
            (Some(id), None) => {
                let id = id::parse(&id).map_err(InventoryError::of_id);
                self.0.take(&format!("{line}.{id_field}"), id).map(LocationName::Id)
            }
            (None, Some(code)) => {
                self.0.take(&format!("{line}.{code_field}"), LocationCode::parse(&code)).map(LocationName::Code)
            }
            (Some(_), Some(_)) | (None, None) => self.either(line, fields),
        }
    }

    fn either<T>(&mut self, line: &str, [one, other]: [&str; 2]) -> Option<T> {
        self.0.add(line, InputError::malformed(format!("give either {one} or {other}")).into());
        None
    }
}
