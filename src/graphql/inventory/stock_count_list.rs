//! The queries of stock counts.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::filter;
use super::stock_count::{
    StockCount, StockCountConnection, StockCountContext as _, StockCountExtent, StockCountStatus,
};
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, RequiresAny, requires_any};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::store::{self, CountFilter};
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

/// Who sees counts.
const READERS: &[actor::Permission] = &[actor::Permission::ReadInventory, actor::Permission::CountStock];

/// How to order stock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::CountOrder")]
pub enum StockCountOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// By number.
    NumberAsc,
    /// By number, the last first.
    NumberDesc,
}

/// Which stock counts to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockCountFilter {
    /// Only with these numbers: at most 100.
    pub numbers: Option<Vec<String>>,
    /// Only in these states.
    pub statuses: Option<Vec<StockCountStatus>>,
    /// Only of this extent.
    pub extent: Option<StockCountExtent>,
    /// Only at these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only with these external references: at most 100.
    pub external_references: Option<Vec<String>>,
    /// Only planned by this user.
    pub created_by_id: Option<ID>,
    /// Only counts that were changed at this moment or later.
    pub updated_since: Option<DateTime>,
}

impl StockCountFilter {
    fn read(self) -> Result<CountFilter> {
        let statuses = filter::bounded("filter.statuses", self.statuses)?;
        Ok(CountFilter {
            numbers: filter::texts("filter.numbers", self.numbers)?,
            statuses: statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            extent: self.extent.map(Into::into),
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            external_references: filter::texts("filter.externalReferences", self.external_references)?,
            created_by: self.created_by_id.map(|id| scalars::read_id("filter.createdById", &id)).transpose()?,
            updated_since: self.updated_since.map(|since| since.0),
        })
    }
}

#[derive(Default)]
pub struct StockCountQuery;

#[Object]
impl StockCountQuery {
    /// The stock counts. Requires the permission `READ_INVENTORY` or `COUNT_STOCK`.
    #[graphql(
        guard = "RequiresAny(READERS)",
        directive = requires_any::apply(vec![Permission::ReadInventory, Permission::CountStock])
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which counts to list.")] filter: Option<StockCountFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockCountOrder::CreatedAtDesc")]
        order_by: StockCountOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockCountConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::counts(ctx.actor(), filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::counts_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(StockCountConnection::of(slice, Total::of(db, select), StockCount))
    }

    /// One stock count, by its id or its number. Null when there is none. Requires the permission `READ_INVENTORY` or `COUNT_STOCK`.
    #[graphql(
        guard = "RequiresAny(READERS)",
        directive = requires_any::apply(vec![Permission::ReadInventory, Permission::CountStock])
    )]
    async fn stock_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `number`.")] id: Option<ID>,
        #[graphql(desc = "The number, such as `CNT-000001`.")] number: Option<String>,
    ) -> Result<Option<StockCount>> {
        match (id, number) {
            (Some(id), None) => ctx.stock_count(scalars::read_id("id", &id)?).await,
            (None, Some(number)) if number.contains('\0') => Ok(None),
            (None, Some(number)) => {
                let found = store::count_by_number(ctx.services().db.read(), ctx.actor(), &number).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(StockCount))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `number`.")),
        }
    }
}
