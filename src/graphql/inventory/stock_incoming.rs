//! What is behind a level's `incoming` in the schema.

use async_graphql::{Context, Object, Result};

use super::stock_document::{StockDocument, StockDocumentContext as _};
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::DateTime;
use crate::inventory::store::Incoming;
use crate::kernel::error::Fault;

/// Units of one purchase order or transfer that are on their way to a location.
#[derive(Debug, Clone)]
pub struct StockIncoming(pub Incoming);

/// Units of one purchase order or transfer that are on their way to a location.
#[Object]
impl StockIncoming {
    /// The purchase order or transfer.
    async fn document(&self, ctx: &Context<'_>) -> Result<StockDocument> {
        let order = ctx.loaders().stock_orders.load(self.0.order_id).await.map_err(|fault| ctx.fault(fault))?;
        let found = match order {
            Some(order) => ctx.stock_document(order.document()).await?,
            None => None,
        };
        found.ok_or_else(|| ctx.fault(Fault::Internal(format!("{} is not there", self.0.order_id))))
    }

    /// How many units of the variant it still brings.
    async fn quantity(&self) -> i64 {
        self.0.units
    }

    /// When they are expected.
    async fn expected_at(&self) -> Option<DateTime> {
        self.0.expected_at.map(Into::into)
    }
}
