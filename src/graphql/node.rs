//! `Node`: every object with a global id, fetched under the same authorization as by any other path.

use async_graphql::{Context, ID, Interface, Object, Result};

use super::accounts::{AuditContext as _, AuditEntry, Role, RoleContext as _, User, UserContext as _};
use super::catalog::{
    Category, CategoryContext as _, OptionContext as _, Product, ProductContext as _, ProductOption,
    ProductOptionValue, ProductVariant, VariantContext as _,
};
use super::error::ErrorCode;
use super::inventory::{
    Location, LocationContext as _, PurchaseOrder, PurchaseOrderContext as _, Reservation, ReservationContext as _,
    StockAdjustment, StockAdjustmentContext as _, StockCount, StockCountContext as _, StockCountLine, StockLevel,
    StockLevelContext as _, StockMovement, StockMovementContext as _, StockReceipt, StockReceiptContext as _,
    StockReturn, StockReturnContext as _, StockTransfer, StockTransferContext as _, StockWriteOff,
    StockWriteOffContext as _,
};
use crate::accounts::entity::role::RoleId;
use crate::catalog::entity::category::CategoryId;
use crate::catalog::entity::option_value::OptionValueId;
use crate::catalog::entity::product::ProductId;
use crate::catalog::entity::product_option::ProductOptionId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::reservation::ReservationId;
use crate::inventory::entity::stock_adjustment::AdjustmentId;
use crate::inventory::entity::stock_count::CountId;
use crate::inventory::entity::stock_count_line::CountLineId;
use crate::inventory::entity::stock_level::LevelId;
use crate::inventory::entity::stock_movement::MovementId;
use crate::inventory::entity::stock_order::{PurchaseOrderId, TransferId};
use crate::inventory::entity::stock_receipt::ReceiptId;
use crate::inventory::entity::stock_slip::{ReturnId, WriteOffId};
use crate::kernel::actor::UserId;
use crate::kernel::audit::AuditEntryId;
use crate::kernel::id::{self, Id as _};

/// The most ids of one `nodes` call.
const MAX_NODES: usize = 100;

/// An object with a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id: the type's prefix, `_`, and 26 characters."))]
pub enum Node {
    /// A user.
    User(User),
    /// A role.
    Role(Role),
    /// An entry of the audit log.
    AuditEntry(AuditEntry),
    /// A product.
    Product(Product),
    /// A variant of a product.
    ProductVariant(ProductVariant),
    /// An option of a product.
    ProductOption(ProductOption),
    /// A value of an option.
    ProductOptionValue(ProductOptionValue),
    /// A category.
    Category(Category),
    /// A location.
    Location(Location),
    /// The stock of a variant at a location.
    StockLevel(StockLevel),
    /// A change of a stock level.
    StockMovement(StockMovement),
    /// A group of changes of stock.
    StockAdjustment(StockAdjustment),
    /// A count of the stock at a location.
    StockCount(StockCount),
    /// One variant in a stock count.
    StockCountLine(StockCountLine),
    /// An order from a supplier.
    PurchaseOrder(PurchaseOrder),
    /// A transfer between locations.
    StockTransfer(StockTransfer),
    /// What arrived of a purchase order or a transfer.
    StockReceipt(StockReceipt),
    /// Units that are given up.
    StockWriteOff(StockWriteOff),
    /// Units that a customer sent back.
    StockReturn(StockReturn),
    /// Units promised to someone.
    Reservation(Reservation),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id. Null when there is none, or when the caller may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// The objects with these ids, in their order. Null in the place of an id without an object that the caller may see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids: at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(ErrorCode::BadUserInput.with(&format!("ids has too many items: at most {MAX_NODES}")));
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, text: &ID) -> Result<Option<Node>> {
    let Some((prefix, uuid)) = id::split(text) else {
        return Err(ErrorCode::BadUserInput.with(&format!("{:?} is not an id", shortened(text))));
    };
    match prefix.as_str() {
        UserId::PREFIX => Ok(ctx.user(UserId(uuid)).await?.map(Node::User)),
        RoleId::PREFIX => Ok(ctx.role(RoleId(uuid)).await?.map(Node::Role)),
        AuditEntryId::PREFIX => Ok(ctx.audit_entry(AuditEntryId(uuid)).await?.map(Node::AuditEntry)),
        ProductId::PREFIX => Ok(ctx.product(ProductId(uuid)).await?.map(|row| Node::Product(row.0))),
        ProductVariantId::PREFIX => {
            Ok(ctx.variant(ProductVariantId(uuid)).await?.map(|row| Node::ProductVariant(row.0)))
        }
        ProductOptionId::PREFIX => Ok(ctx.product_option(ProductOptionId(uuid)).await?.map(Node::ProductOption)),
        OptionValueId::PREFIX => Ok(ctx.option_value(OptionValueId(uuid)).await?.map(Node::ProductOptionValue)),
        CategoryId::PREFIX => Ok(ctx.category(CategoryId(uuid)).await?.map(|row| Node::Category(row.0))),
        LocationId::PREFIX => Ok(ctx.location(LocationId(uuid)).await?.map(|row| Node::Location(row.0))),
        LevelId::PREFIX => Ok(ctx.stock_level(LevelId(uuid)).await?.map(|row| Node::StockLevel(row.0))),
        MovementId::PREFIX => Ok(ctx.stock_movement(MovementId(uuid)).await?.map(Node::StockMovement)),
        AdjustmentId::PREFIX => Ok(ctx.stock_adjustment(AdjustmentId(uuid)).await?.map(Node::StockAdjustment)),
        WriteOffId::PREFIX => Ok(ctx.stock_write_off(WriteOffId(uuid)).await?.map(Node::StockWriteOff)),
        ReturnId::PREFIX => Ok(ctx.stock_return(ReturnId(uuid)).await?.map(Node::StockReturn)),
        CountId::PREFIX => Ok(ctx.stock_count(CountId(uuid)).await?.map(Node::StockCount)),
        CountLineId::PREFIX => Ok(ctx.stock_count_line(CountLineId(uuid)).await?.map(Node::StockCountLine)),
        PurchaseOrderId::PREFIX => Ok(ctx.purchase_order(PurchaseOrderId(uuid)).await?.map(Node::PurchaseOrder)),
        TransferId::PREFIX => Ok(ctx.stock_transfer(TransferId(uuid)).await?.map(Node::StockTransfer)),
        ReceiptId::PREFIX => Ok(ctx.stock_receipt(ReceiptId(uuid)).await?.map(Node::StockReceipt)),
        ReservationId::PREFIX => Ok(ctx.reservation(ReservationId(uuid)).await?.map(Node::Reservation)),
        _ => Err(ErrorCode::BadUserInput.with(&format!("no type has ids with the prefix {prefix}"))),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
