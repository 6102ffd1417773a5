//! Returns in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::filter;
use super::stock_slip::{StockSlipContext as _, StockSlipLine, StockSlipOrder, StockSlipStatus};
use crate::connection;
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::connection::Total;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_slip::{self, Kind, ReturnId, SlipId};
use crate::inventory::store::SlipFilter;
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

/// Units that a customer sent back.
#[derive(Debug, Clone)]
pub struct StockReturn(pub stock_slip::Model);

/// Units that a customer sent back. Never edited: one that is wrong is cancelled, or reversed once it is posted.
#[Object]
impl StockReturn {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(ReturnId(self.0.id.0))
    }

    /// The number for people, such as `RET-000001`.
    pub async fn number(&self) -> &str {
        &self.0.number
    }

    /// How far it has come.
    async fn status(&self) -> StockSlipStatus {
        self.0.status.into()
    }

    /// What others call it, such as the order that the units were sold by.
    pub async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// Words for people.
    pub async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// What it changes, in the order of the input: by default at most 100 lines.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<StockSlipLine>> {
        ctx.stock_slip_lines(self.0.id).await
    }

    /// The id of the user who wrote it; null when no user did.
    async fn created_by_id(&self) -> Option<ID> {
        self.0.created_by.map(scalars::id)
    }

    /// The user who wrote it; null when no user did, or when the caller may not see users (`READ_USERS`).
    pub async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.created_by {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    pub async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was written.
    pub async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    pub async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

connection!(
    /// A page of returns.
    StockReturnConnection,
    StockReturnEdge,
    StockReturn
);

/// Which returns to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockReturnFilter {
    /// Only with these numbers: at most 100.
    pub numbers: Option<Vec<String>>,
    /// Only in these states.
    pub statuses: Option<Vec<StockSlipStatus>>,
    /// Only with these external references: at most 100.
    pub external_references: Option<Vec<String>>,
    /// Only written by this user.
    pub created_by_id: Option<ID>,
    /// Only those that were changed at this moment or later.
    pub updated_since: Option<DateTime>,
}

impl StockReturnFilter {
    fn read(self) -> Result<SlipFilter> {
        let statuses = filter::bounded("filter.statuses", self.statuses)?;
        Ok(SlipFilter {
            kind: Kind::Return,
            numbers: filter::texts("filter.numbers", self.numbers)?,
            statuses: statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            reasons: None,
            external_references: filter::texts("filter.externalReferences", self.external_references)?,
            created_by: self.created_by_id.map(|id| scalars::read_id("filter.createdById", &id)).transpose()?,
            updated_since: self.updated_since.map(|since| since.0),
        })
    }
}

#[derive(Default)]
pub struct StockReturnQuery;

#[Object]
impl StockReturnQuery {
    /// The returns. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_returns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which returns to list.")] filter: Option<StockReturnFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockSlipOrder::CreatedAtDesc")]
        order_by: StockSlipOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockReturnConnection>> {
        let args = PageArgs { first, after, last, before };
        let (slice, select) = ctx.stock_slip_page(filter.unwrap_or_default().read()?, order_by, args).await?;
        Ok(StockReturnConnection::of(slice, Total::of(&ctx.services().db, select), StockReturn))
    }

    /// One return, by its id or its number. Null when there is none. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn stock_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `number`.")] id: Option<ID>,
        #[graphql(desc = "The number, such as `RET-000001`.")] number: Option<String>,
    ) -> Result<Option<StockReturn>> {
        Ok(ctx.find_stock_slip::<ReturnId>(Kind::Return, id, number).await?.map(StockReturn))
    }
}

/// Short ways to returns.
pub(in crate::graphql) trait StockReturnContext {
    /// The return, if the caller may see it.
    async fn stock_return(&self, id: ReturnId) -> Result<Option<StockReturn>>;
}

impl StockReturnContext for Context<'_> {
    async fn stock_return(&self, id: ReturnId) -> Result<Option<StockReturn>> {
        Ok(self.stock_slip(Kind::Return, SlipId(id.0)).await?.map(StockReturn))
    }
}
