//! Stock counts in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};

use super::stock_count_line::{StockCountLine, StockCountLineConnection, StockCountLineFilter, StockCountLineOrder};
use super::{Location, LocationContext as _};
use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::connection::{self, Total};
use crate::graphql::in_order::InOrder;
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_count::{self, CountId, Extent, Status};
use crate::inventory::entity::stock_count_line::CountLineId;
use crate::inventory::store::Progress;
use crate::kernel::error::Fault;
use crate::kernel::page::PageArgs;

/// A count of the stock at one location.
#[derive(Debug, Clone)]
pub struct StockCount(pub stock_count::Model);

/// A count of the stock at one location: people enter what they find while sales go on, someone compares, and what differs is posted. While people
/// count, nobody sees through it what should be there, nor what others have entered.
#[Object]
impl StockCount {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The number for people, such as `CNT-000001`.
    pub async fn number(&self) -> &str {
        &self.0.number
    }

    /// How far it has come.
    async fn status(&self) -> StockCountStatus {
        self.0.status.into()
    }

    /// Whether everything is counted or a part.
    async fn extent(&self) -> StockCountExtent {
        self.0.extent.into()
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        let gone = || ctx.fault(Fault::Internal(format!("the location of {} is not there", self.0.id)));
        ctx.location(self.0.location_id).await?.ok_or_else(gone)
    }

    /// The number of the round, from 1. Counting lines again begins another.
    async fn round(&self) -> i64 {
        self.0.round
    }

    /// What others call it.
    pub async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// Words for people.
    pub async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// How many lines are counted by now.
    async fn progress(&self, ctx: &Context<'_>) -> Result<StockCountProgress> {
        let found = ctx.loaders().progress_of_count.load(self.0.id).await.map_err(|fault| ctx.fault(fault))?;
        Ok(StockCountProgress::of(found, self.0.shows_numbers_to(ctx.actor())))
    }

    /// What is counted, one line for each variant. None before counting begins.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lines to list.")] filter: Option<StockCountLineFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockCountLineOrder::SkuAsc")]
        order_by: StockCountLineOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockCountLineConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let shown = self.0.shows_numbers_to(ctx.actor());
        let order = filter.unwrap_or_default().list(order_by, shown)?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order, page: page.clone() };
        let slice = connection::nested(ctx, loaders.lines_of_count.load(list).await, &page)?;
        let counts = loaders.line_count_of_count.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load((id, order)).await?) })
        });
        Ok(StockCountLineConnection::of(slice, total, move |row| StockCountLine { row, shown }))
    }

    /// The id of the user who planned it; null when no user did.
    async fn created_by_id(&self) -> Option<ID> {
        self.0.created_by.map(scalars::id)
    }

    /// The user who planned it; null when no user did, or when the caller may not see users (`READ_USERS`).
    pub async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.created_by {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// Counted up by each change of the count; give it back as `expectedVersion`. Entries do not change it.
    pub async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was planned.
    pub async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    pub async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When counting began.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(Into::into)
    }

    /// When it was approved or cancelled.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
    }
}

/// How far a count has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum StockCountStatus {
    /// Planned; `stockCountStart` makes its list.
    Draft,
    /// People count; `stockCountRecord` enters what they find.
    Counting,
    /// Nobody counts; the differences can be seen, counted again, or approved.
    Review,
    /// The differences are posted.
    Approved,
    /// Given up; nothing was posted.
    Cancelled,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Extent")]
pub enum StockCountExtent {
    /// Every variant that has a stock level at the location.
    Full,
    /// The variants, products and categories that were named.
    Cycle,
}

/// How many lines of a count stand how.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[graphql(complex)]
pub struct StockCountProgress {
    /// The lines on the list.
    pub lines: i64,
    /// Those that nobody has counted in their round.
    pub uncounted: i64,
    /// Those that counters put on the list.
    pub unexpected: i64,
    /// Those on which counters disagree; null while people count, and for callers who may not see stock.
    pub disputed: Option<i64>,
    /// Those that were counted and differ from the books; null while people count, and for callers who may not see stock.
    pub with_variance: Option<i64>,
}

#[ComplexObject]
impl StockCountProgress {
    /// Those that are counted.
    async fn counted(&self) -> i64 {
        self.lines.saturating_sub(self.uncounted)
    }
}

impl StockCountProgress {
    fn of(found: Progress, shown: bool) -> Self {
        let Progress { lines, uncounted, disputed, differing, unexpected } = found;
        let (disputed, with_variance) = (shown.then_some(disputed), shown.then_some(differing));
        Self { lines, uncounted, unexpected, disputed, with_variance }
    }
}

connection!(
    /// A page of stock counts.
    StockCountConnection,
    StockCountEdge,
    StockCount
);

/// Short ways to stock counts.
pub(in crate::graphql) trait StockCountContext {
    /// The count, if the caller may see it.
    async fn stock_count(&self, id: CountId) -> Result<Option<StockCount>>;
    /// The line of a count, if the caller may see it, with no more than they may see of it.
    async fn stock_count_line(&self, id: CountLineId) -> Result<Option<StockCountLine>>;
}

impl StockCountContext for Context<'_> {
    async fn stock_count(&self, id: CountId) -> Result<Option<StockCount>> {
        let found = self.loaders().stock_counts.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(StockCount))
    }

    async fn stock_count_line(&self, id: CountLineId) -> Result<Option<StockCountLine>> {
        let found = self.loaders().count_lines.load(id).await.map_err(|fault| self.fault(fault))?;
        let Some(row) = found else { return Ok(None) };
        let count = self.stock_count(row.count_id).await?;
        Ok(count.map(|count| StockCountLine { row, shown: count.0.shows_numbers_to(self.actor()) }))
    }
}
