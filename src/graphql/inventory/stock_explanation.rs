//! `explainLevel`: the movements that made a level what it is, or was.

use async_graphql::{Context, ID, Object, Result};

use super::stock_level::{self, LevelName, StockLevel};
use super::stock_movement::{StockMovement, StockMovementConnection, StockState};
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::DateTime;
use crate::inventory::entity::stock_level as entity;
use crate::inventory::store::{self, Making};
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

/// A level and what made it so.
#[derive(Debug, Clone)]
pub struct StockExplanation(entity::Model);

/// A level, and the movements that made it what it is, or was at a past moment.
#[Object]
impl StockExplanation {
    /// The level with the numbers that are explained.
    async fn level(&self) -> StockLevel {
        StockLevel(self.0.clone())
    }

    /// The movements that add up to these numbers, the newest first. Each shows who made it, why and with which document, and what every number
    /// of the level was afterwards (`balance`). There are as many as the level's `version` says.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this number.")] state: Option<StockState>,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockMovementConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let making = Making { slot: self.0.slot(), version: self.0.version, state: state.map(Into::into) };
        let db = &ctx.services().db;
        let slice = store::making_page(db.read(), ctx.actor(), making, &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        let total = match state {
            Some(_) => Total::of(db, store::making(ctx.actor(), making)),
            None => Total::known(self.0.version.unsigned_abs()),
        };
        Ok(StockMovementConnection::of(slice, total, StockMovement))
    }
}

#[derive(Default)]
pub struct StockExplanationQuery;

#[Object]
impl StockExplanationQuery {
    /// Why a level holds what it holds, or held at a past moment. Null when none was kept there by then. Requires the permission
    /// `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "a variant and a location, each by id or by name")]
    async fn explain_level(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The variant. Give either `variantId` or `sku`.")] variant_id: Option<ID>,
        #[graphql(desc = "The variant's SKU, in its exact case.")] sku: Option<String>,
        #[graphql(desc = "The location. Give either `locationId` or `locationCode`.")] location_id: Option<ID>,
        #[graphql(desc = "The location's code.")] location_code: Option<String>,
        #[graphql(desc = "The moment; now when left out. Movements of this very moment count.")] as_of: Option<
            DateTime,
        >,
    ) -> Result<Option<StockExplanation>> {
        let name = LevelName { variant_id, sku, location_id, location_code };
        let level = stock_level::find(ctx, name, as_of.map(|moment| moment.0)).await?;
        Ok(level.map(StockExplanation))
    }
}
