//! The lines of stock counts and their entries in the schema. What may not be seen is left out here, by what the count itself says.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::error::ErrorCode;
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_count_entry;
use crate::inventory::entity::stock_count_line::{self, Standing};
use crate::inventory::rules::count::Tally;
use crate::inventory::store::{self, CountLineList};

/// One variant in a stock count.
#[derive(Debug, Clone)]
pub struct StockCountLine {
    /// The row.
    pub row: stock_count_line::Model,
    /// Whether the caller may see numbers that they have not entered.
    pub shown: bool,
}

/// One variant in a stock count.
#[Object]
impl StockCountLine {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.row.id)
    }

    /// The id of the variant.
    async fn variant_id(&self) -> ID {
        scalars::id(self.row.variant_id)
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.row.variant_id).await
    }

    /// The variant's SKU when it was put on the list.
    async fn sku(&self) -> &str {
        &self.row.sku
    }

    /// Where it stands. Callers who may not see the numbers of others see `COUNTED` in the place of `DISPUTED`.
    async fn standing(&self) -> StockCountLineStanding {
        match self.row.standing {
            Standing::Disputed if !self.shown => StockCountLineStanding::Counted,
            standing => standing.into(),
        }
    }

    /// The last round in which it is counted.
    async fn round(&self) -> i64 {
        self.row.round
    }

    /// Whether a counter put it on the list.
    async fn is_unexpected(&self) -> bool {
        self.row.is_unexpected
    }

    /// What the books said when the line was put on the list; null while people count, and for callers who may not see stock.
    async fn expected(&self) -> Option<StockCountNumbers> {
        let line = &self.row;
        let books = Tally {
            on_hand: line.expected_on_hand,
            damaged: line.expected_damaged,
            quality_control: line.expected_quality_control,
        };
        self.shown.then(|| books.into())
    }

    /// What was found beyond what the books said at the moment of the entries, negative where less was found: what approval posts, whatever is sold
    /// or received meanwhile. Null unless the counters agree, while people count, and for callers who may not see stock.
    async fn variance(&self) -> Option<StockCountNumbers> {
        (self.shown && self.row.standing == Standing::Counted).then(|| self.recorded())
    }

    /// What approval posted; null when nothing was posted, and for callers who may not see stock.
    async fn posted(&self) -> Option<StockCountNumbers> {
        (self.shown && self.row.is_posted).then(|| self.recorded())
    }

    /// What was entered, the first first. While people count, only the caller's own entries; so always for callers who may not see stock.
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<StockCountEntry>> {
        let found = ctx.loaders().entries_of_count_line.load(self.row.id).await.map_err(|fault| ctx.fault(fault))?;
        let shown = self.shown;
        Ok(found.into_iter().map(|row| StockCountEntry { row, shown }).collect())
    }
}

impl StockCountLine {
    fn recorded(&self) -> StockCountNumbers {
        let line = &self.row;
        let (on_hand, damaged) = (line.variance_on_hand, line.variance_damaged);
        Tally { on_hand, damaged, quality_control: line.variance_quality_control }.into()
    }
}

/// What one counter found of one variant at one moment.
#[derive(Debug, Clone)]
pub struct StockCountEntry {
    row: stock_count_entry::Model,
    shown: bool,
}

/// What one counter found of one variant at one moment. Never changed; the same counter's next entry of the round replaces it.
#[Object]
impl StockCountEntry {
    /// The id.
    async fn id(&self) -> ID {
        scalars::id(self.row.id)
    }

    /// The round in which it was made.
    async fn round(&self) -> i64 {
        self.row.round
    }

    /// The id of the user who counted.
    async fn counter_id(&self) -> ID {
        scalars::id(self.row.counter_id)
    }

    /// The user who counted; null when the caller may not see users (`READ_USERS`).
    async fn counter(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        ctx.user(self.row.counter_id).await
    }

    /// What was found.
    async fn found(&self) -> StockCountNumbers {
        let entry = &self.row;
        Tally { on_hand: entry.on_hand, damaged: entry.damaged, quality_control: entry.quality_control }.into()
    }

    /// What the books said at that moment; null while people count, and for callers who may not see stock.
    async fn expected(&self) -> Option<StockCountNumbers> {
        let entry = &self.row;
        let books = Tally {
            on_hand: entry.books_on_hand,
            damaged: entry.books_damaged,
            quality_control: entry.books_quality_control,
        };
        self.shown.then(|| books.into())
    }

    /// The version of the stock level at that moment, 0 when there was none; null like `expected`.
    async fn level_version(&self) -> Option<i64> {
        self.shown.then_some(self.row.level_version)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

/// Units of a variant at a location by their condition, or differences of such numbers.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct StockCountNumbers {
    /// Units in whatever condition.
    pub on_hand: i64,
    /// Sound units of these, promised ones among them.
    pub sound: i64,
    /// Damaged units of these.
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    pub quality_control: i64,
}

impl From<Tally> for StockCountNumbers {
    fn from(tally: Tally) -> Self {
        let Tally { on_hand, damaged, quality_control } = tally;
        Self { on_hand, sound: tally.sound(), damaged, quality_control }
    }
}

/// Where a line of a count stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Standing")]
pub enum StockCountLineStanding {
    /// Nobody has counted it in its round.
    Uncounted,
    /// It is counted, and whoever counted agrees.
    Counted,
    /// It is counted, and those who counted disagree: have it counted again.
    Disputed,
}

connection!(
    /// A page of the lines of a stock count.
    StockCountLineConnection,
    StockCountLineEdge,
    StockCountLine
);

/// How to order the lines of a stock count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::CountLineOrder")]
pub enum StockCountLineOrder {
    /// By SKU, from A to Z.
    SkuAsc,
    /// By SKU, from Z to A.
    SkuDesc,
    /// What lacks most first. Refused while people count, and to callers who may not see stock.
    VarianceAsc,
    /// What is there beyond the books first. Refused while people count, and to callers who may not see stock.
    VarianceDesc,
}

/// Which lines of a stock count to list. All given conditions must hold.
#[derive(Debug, Clone, Copy, Default, InputObject)]
pub struct StockCountLineFilter {
    /// Only lines that stand so. `DISPUTED` is refused while people count, and to callers who may not see stock.
    pub standing: Option<StockCountLineStanding>,
    /// Only lines that were counted and differ from the books, or only others. Refused while people count, and to callers who may not see stock.
    pub has_variance: Option<bool>,
    /// Only lines that counters put on the list, or only others.
    pub is_unexpected: Option<bool>,
}

impl StockCountLineFilter {
    /// The list, unless it would tell what the caller may not see.
    pub(super) fn list(self, order: StockCountLineOrder, shown: bool) -> Result<CountLineList> {
        let by_variance = matches!(order, StockCountLineOrder::VarianceAsc | StockCountLineOrder::VarianceDesc);
        let disputed = self.standing == Some(StockCountLineStanding::Disputed);
        if !shown && (by_variance || disputed || self.has_variance.is_some()) {
            let words =
                "Lines are not listed by their variance while people count, nor for callers who may not see stock.";
            return Err(ErrorCode::BadUserInput.with(&words));
        }
        Ok(CountLineList {
            standing: self.standing.map(Into::into),
            hide_disputes: !shown,
            differing: self.has_variance,
            unexpected: self.is_unexpected,
            order: order.into(),
        })
    }
}
