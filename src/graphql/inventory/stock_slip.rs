//! What write-offs and returns share in the schema: their fields, lines, states and orders.

use async_graphql::{Context, Enum, ID, Object, Result};

use super::stock_input::StockCondition;
use super::{Location, LocationContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::inventory::entity::stock_slip::{self, Kind, SlipId, Status};
use crate::inventory::entity::stock_slip_line;
use crate::inventory::store::{self, SlipFilter};
use crate::kernel::error::Fault;
use crate::kernel::id::Id;
use crate::kernel::page::{PageArgs, Slice};

/// Units of one variant at one location, on a write-off or a return.
#[derive(Debug, Clone)]
pub struct StockSlipLine(stock_slip_line::Model);

/// Units of one variant at one location, on a write-off or a return.
#[Object]
impl StockSlipLine {
    /// Its number in the document, from 1.
    async fn line(&self) -> i64 {
        self.0.line
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.0.variant_id).await
    }

    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        let gone = || ctx.fault(Fault::Internal(format!("a location of {} is not there", self.0.slip_id)));
        ctx.location(self.0.location_id).await?.ok_or_else(gone)
    }

    /// The condition of the units.
    async fn condition(&self) -> StockCondition {
        self.0.condition.into()
    }

    /// How many units.
    async fn quantity(&self) -> i64 {
        self.0.quantity
    }
}

/// How far a write-off or a return has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum StockSlipStatus {
    /// Written; no stock has changed yet.
    Draft,
    /// In effect.
    Posted,
    /// Given up before it took effect.
    Cancelled,
    /// Taken back after it took effect.
    Reversed,
}

/// How to order write-offs and returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::SlipOrder")]
pub enum StockSlipOrder {
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

/// Short ways to slips.
pub(super) trait StockSlipContext {
    /// The slip, if it is of this kind and the caller may see it.
    async fn stock_slip(&self, kind: Kind, id: SlipId) -> Result<Option<stock_slip::Model>>;
    /// The lines of a slip.
    async fn stock_slip_lines(&self, id: SlipId) -> Result<Vec<StockSlipLine>>;
    /// The slip by its id or its number.
    async fn find_stock_slip<T: Id>(
        &self,
        kind: Kind,
        id: Option<ID>,
        number: Option<String>,
    ) -> Result<Option<stock_slip::Model>>;
    /// A page of slips, with the whole list to count.
    async fn stock_slip_page(
        &self,
        filter: SlipFilter,
        order: StockSlipOrder,
        args: PageArgs,
    ) -> Result<(Slice<stock_slip::Model>, sea_orm::Select<stock_slip::Entity>)>;
}

impl StockSlipContext for Context<'_> {
    async fn stock_slip(&self, kind: Kind, id: SlipId) -> Result<Option<stock_slip::Model>> {
        let found = self.loaders().stock_slips.load(id).await.map_err(|fault| self.fault(fault))?;
        Ok(found.filter(|slip| slip.kind == kind))
    }

    async fn stock_slip_lines(&self, id: SlipId) -> Result<Vec<StockSlipLine>> {
        let found = self.loaders().lines_of_slip.load(id).await.map_err(|fault| self.fault(fault))?;
        Ok(found.into_iter().map(StockSlipLine).collect())
    }

    async fn find_stock_slip<T: Id>(
        &self,
        kind: Kind,
        id: Option<ID>,
        number: Option<String>,
    ) -> Result<Option<stock_slip::Model>> {
        match (id, number) {
            (Some(id), None) => self.stock_slip(kind, SlipId(scalars::read_id::<T>("id", &id)?.uuid())).await,
            (None, Some(number)) if number.contains('\0') => Ok(None),
            (None, Some(number)) => {
                let found = store::slip_by_number(self.services().db.read(), self.actor(), kind, &number).await;
                found.map_err(|fault| self.fault(fault))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `number`.")),
        }
    }

    async fn stock_slip_page(
        &self,
        filter: SlipFilter,
        order: StockSlipOrder,
        args: PageArgs,
    ) -> Result<(Slice<stock_slip::Model>, sea_orm::Select<stock_slip::Entity>)> {
        let page = self.page(args)?;
        let select = store::slips(self.actor(), filter);
        let slice = store::slips_page(self.services().db.read(), select.clone(), order.into(), &page).await;
        Ok((slice.map_err(|error| error::of_list(error, &self.caller().request_id))?, select))
    }
}
