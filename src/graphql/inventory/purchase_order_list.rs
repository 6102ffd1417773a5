//! The list of purchase orders in the schema, and the look-up of one.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::filter;
use super::order_filter::StockOrderSort;
use super::purchase_order::{PurchaseOrder, PurchaseOrderContext as _, PurchaseOrderStatus};
use super::stock_document::read_number;
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::stock_order::Kind;
use crate::inventory::store::{self, OrderFilter};
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

connection!(
    /// A page of purchase orders.
    PurchaseOrderConnection,
    PurchaseOrderEdge,
    PurchaseOrder
);

/// Which purchase orders to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct PurchaseOrderFilter {
    /// Only in one of these states.
    pub statuses: Option<Vec<PurchaseOrderStatus>>,
    /// Only from these suppliers, by their exact names: at most 100.
    pub suppliers: Option<Vec<String>>,
    /// Only to these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only to the locations with these codes: at most 100.
    pub location_codes: Option<Vec<String>>,
    /// Only with a line of one of these variants: at most 100.
    pub variant_ids: Option<Vec<ID>>,
    /// Only with a line of one of the variants with these SKUs: at most 100.
    pub skus: Option<Vec<String>>,
    /// Only those that others call so: at most 100.
    pub external_references: Option<Vec<String>>,
    /// Only expected before this moment.
    pub expected_before: Option<DateTime>,
    /// Only made at this moment or later.
    pub created_from: Option<DateTime>,
    /// Only made before this moment.
    pub created_until: Option<DateTime>,
}

impl PurchaseOrderFilter {
    fn read(self) -> Result<OrderFilter> {
        let statuses = filter::bounded("filter.statuses", self.statuses)?;
        Ok(OrderFilter {
            statuses: statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            location_codes: filter::codes("filter.locationCodes", self.location_codes)?,
            sources: None,
            source_codes: None,
            suppliers: filter::texts("filter.suppliers", self.suppliers)?,
            variants: filter::ids("filter.variantIds", self.variant_ids)?,
            skus: filter::texts("filter.skus", self.skus)?,
            external_references: filter::texts("filter.externalReferences", self.external_references)?,
            expected_before: self.expected_before.map(|moment| moment.0),
            created_from: self.created_from.map(|moment| moment.0),
            created_until: self.created_until.map(|moment| moment.0),
        })
    }
}

#[derive(Default)]
pub struct PurchaseOrderQuery;

#[Object]
impl PurchaseOrderQuery {
    /// The orders from suppliers. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn purchase_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which purchase orders to list.")] filter: Option<PurchaseOrderFilter>,
        #[graphql(desc = "How to order them.", default_with = "StockOrderSort::CreatedAtDesc")]
        order_by: StockOrderSort,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<PurchaseOrderConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = store::orders(ctx.actor(), Kind::PurchaseOrder, filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::orders_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(PurchaseOrderConnection::of(slice, Total::of(db, select), PurchaseOrder))
    }

    /// One purchase order, by its id or its number. Null when there is none. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn purchase_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `number`.")] id: Option<ID>,
        #[graphql(desc = "The number, such as `PO-000123`, in any case.")] number: Option<String>,
    ) -> Result<Option<PurchaseOrder>> {
        match (id, number) {
            (Some(id), None) => ctx.purchase_order(scalars::read_id("id", &id)?).await,
            (None, Some(number)) => {
                let Some(number) = read_number(&number) else { return Ok(None) };
                let found = store::order_by_number(ctx.services().db.read(), ctx.actor(), &number).await;
                let found = found.map_err(|fault| ctx.fault(fault))?;
                Ok(found.filter(|order| order.kind == Kind::PurchaseOrder).map(PurchaseOrder))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `number`.")),
        }
    }
}
