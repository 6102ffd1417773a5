//! The inputs of the mutations of stock counts, and how they become commands.

use async_graphql::{Enum, ID, InputObject};

use super::stock_reader::Reader;
use crate::inventory::commands::{
    CountAgain, CountName, CountScope, CountedLine, StockCountApprove, StockCountCreate, StockCountRecord,
    StockCountRecount, VariantName,
};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::count::Tally;
use crate::inventory::store::Uncounted;
use crate::kernel::error::At;
use crate::kernel::id;
use crate::kernel::quantity::Quantity;
use crate::kernel::text::InputError;

type Parsed<C> = Result<C, Vec<At<InventoryError>>>;

/// A stock count to plan. It counts everything at the location unless variants, products or categories are named.
#[derive(Debug, InputObject)]
pub struct StockCountCreateInput {
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// Count these variants, whether or not the location has had them: by default at most 100.
    pub variants: Option<Vec<StockCountVariantInput>>,
    /// Count the variants of these products that have a stock level at the location: by default at most 100.
    pub product_ids: Option<Vec<ID>>,
    /// The same of the products in these categories and the categories below them: by default at most 100.
    pub category_ids: Option<Vec<ID>>,
    /// What others call it: one line of at most 255 characters.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
}

/// A variant, by its id or its SKU.
#[derive(Debug, InputObject)]
pub struct StockCountVariantInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
}

/// A stock count, as the caller read it.
#[derive(Debug, InputObject)]
pub struct StockCountStartInput {
    /// The count.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
}

/// What somebody counted.
#[derive(Debug, InputObject)]
pub struct StockCountRecordInput {
    /// The count.
    pub id: ID,
    /// What was found, all lines or none of which are entered; lines of the same variant add up. At least one, by default at most 100.
    pub lines: Vec<StockCountRecordLineInput>,
    /// Whether variants that are not on the list are put there.
    #[graphql(default)]
    pub add_unexpected: bool,
}

/// Everything that was found of one variant at the location.
#[derive(Debug, InputObject)]
pub struct StockCountRecordLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// Sound units, promised ones among them.
    pub quantity: i64,
    /// Damaged units.
    #[graphql(default)]
    pub damaged: i64,
    /// Units that wait for a check of their quality.
    #[graphql(default)]
    pub quality_control: i64,
}

/// A stock count whose counting ends.
#[derive(Debug, InputObject)]
pub struct StockCountFinishInput {
    /// The count.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
}

/// Lines of a stock count to count again.
#[derive(Debug, InputObject)]
pub struct StockCountRecountInput {
    /// The count.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// Which lines.
    #[graphql(default_with = "StockCountRecountLines::Disputed")]
    pub lines: StockCountRecountLines,
    /// Or the lines of these variants: by default at most 100.
    pub variants: Option<Vec<StockCountVariantInput>>,
}

/// Which lines of a stock count to count again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum StockCountRecountLines {
    /// Those on which counters disagree.
    Disputed,
    /// Those, and all that differ from the books.
    Differing,
}

/// A stock count to approve.
#[derive(Debug, InputObject)]
pub struct StockCountApproveInput {
    /// The count.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
    /// What becomes of lines that nobody counted.
    #[graphql(default_with = "StockCountUncounted::Leave")]
    pub uncounted: StockCountUncounted,
}

/// What becomes of the lines of a stock count that nobody counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Uncounted")]
pub enum StockCountUncounted {
    /// Their stock stays as it is.
    Leave,
    /// They are taken for empty: what the books said when counting ended is posted as missing.
    Zero,
}

/// A stock count to give up.
#[derive(Debug, InputObject)]
pub struct StockCountCancelInput {
    /// The count.
    pub id: ID,
    /// The version that you read; anything else is refused as stale.
    pub expected_version: Option<i64>,
}

impl StockCountCreateInput {
    pub(super) fn parse(self, max: usize) -> Parsed<StockCountCreate> {
        let mut reader = Reader::default();
        let location = reader.location("input", ["locationId", "locationCode"], self.location_id, self.location_code);
        let named = [self.variants.is_some(), self.product_ids.is_some(), self.category_ids.is_some()];
        let variants = reader.list("input.variants", self.variants.unwrap_or_default(), max, read_variant);
        let products = reader.list("input.productIds", self.product_ids.unwrap_or_default(), max, read_id);
        let categories = reader.list("input.categoryIds", self.category_ids.unwrap_or_default(), max, read_id);
        let reference = reader.external_reference(self.external_reference);
        let note = reader.note(self.note);
        let command = || {
            let scope = CountScope { variants: variants?, products: products?, categories: categories? };
            let scope = named.contains(&true).then_some(scope);
            Some(StockCountCreate { location: location?, scope, external_reference: reference, note })
        };
        reader.finish(command())
    }
}

impl StockCountRecordInput {
    pub(super) fn parse(self, max: usize) -> Parsed<StockCountRecord> {
        let mut reader = Reader::default();
        let id = reader.id("input.id", &self.id);
        let lines = reader.lines(self.lines, max, |reader, path, line| line.read(reader, path));
        let command = || Some(StockCountRecord { id: id?, lines: lines?, add_unexpected: self.add_unexpected });
        reader.finish(command())
    }
}

impl StockCountRecordLineInput {
    fn read(self, reader: &mut Reader, path: &str) -> Option<CountedLine> {
        let variant = reader.variant(path, self.variant_id, self.sku);
        let mut units = |field: &str, units: i64| reader.0.take(&format!("{path}.{field}"), Quantity::new(units));
        let (sound, damaged) = (units("quantity", self.quantity), units("damaged", self.damaged));
        let held = units("qualityControl", self.quality_control);
        let found = Tally::of(sound?.units(), damaged?.units(), held?.units());
        Some(CountedLine { variant: variant?, found })
    }
}

impl StockCountRecountInput {
    pub(super) fn parse(self, max: usize) -> Parsed<StockCountRecount> {
        let mut reader = Reader::default();
        let id = reader.id("input.id", &self.id);
        let again = match (self.variants, self.lines) {
            (Some(variants), _) => {
                if variants.is_empty() {
                    reader.0.add("input.variants", InputError::Empty.into());
                }
                reader.list("input.variants", variants, max, read_variant).map(CountAgain::Variants)
            }
            (None, StockCountRecountLines::Disputed) => Some(CountAgain::Disputed),
            (None, StockCountRecountLines::Differing) => Some(CountAgain::Differing),
        };
        let name = id.map(|id| CountName { id, expected_version: self.expected_version });
        let command = || Some(StockCountRecount { name: name?, again: again? });
        reader.finish(command())
    }
}

impl StockCountApproveInput {
    pub(super) fn parse(self, lines_each: usize) -> Parsed<StockCountApprove> {
        let name = name(&self.id, self.expected_version)?;
        Ok(StockCountApprove { name, uncounted: self.uncounted.into(), lines_each })
    }
}

/// Which count a change of its state names.
pub(super) fn name(id: &ID, expected_version: Option<i64>) -> Parsed<CountName> {
    let id = id::parse(id).map_err(|error| vec![At::new("input.id", InventoryError::of_id(error))])?;
    Ok(CountName { id, expected_version })
}

fn read_variant(reader: &mut Reader, path: &str, input: StockCountVariantInput) -> Option<VariantName> {
    reader.variant(path, input.variant_id, input.sku)
}

fn read_id<T: id::Id>(reader: &mut Reader, path: &str, input: ID) -> Option<T> {
    reader.id(path, &input)
}
