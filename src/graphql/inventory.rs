//! The inventory slice in the schema.

mod document_subscription;
mod filter;
mod level_settings;
mod location;
mod location_change;
mod low_stock_event;
mod order_filter;
mod order_input;
mod purchase_order;
mod purchase_order_change;
mod purchase_order_input;
mod purchase_order_list;
mod reservation;
mod reservation_change;
mod reservation_input;
mod reservation_list;
mod stock_adjustment;
mod stock_audit;
mod stock_balance;
mod stock_change;
mod stock_count;
mod stock_count_change;
mod stock_count_input;
mod stock_count_line;
mod stock_count_list;
mod stock_document;
mod stock_error;
mod stock_explanation;
mod stock_incoming;
mod stock_input;
mod stock_level;
mod stock_level_list;
mod stock_movement;
mod stock_reader;
mod stock_receipt;
mod stock_return;
mod stock_return_change;
mod stock_reversal;
mod stock_slip;
mod stock_slip_change;
mod stock_subscription;
mod stock_transfer;
mod stock_transfer_change;
mod stock_transfer_input;
mod stock_transfer_list;
mod stock_write_off;
mod stock_write_off_change;
mod stream;

pub use document_subscription::StockDocumentEvent;
pub use filter::IntRange;
pub(in crate::graphql) use location::LocationContext;
pub use location::{Location, LocationConnection, LocationEdge};
pub use low_stock_event::LowStockEvent;
pub(in crate::graphql) use purchase_order::PurchaseOrderContext;
pub use purchase_order::{PurchaseOrder, PurchaseOrderLine};
pub use purchase_order_list::{PurchaseOrderConnection, PurchaseOrderEdge};
pub(in crate::graphql) use reservation::ReservationContext;
pub use reservation::{Reservation, ReservationAllocation, ReservationLine};
pub use reservation_list::{ReservationConnection, ReservationEdge};
pub(in crate::graphql) use stock_adjustment::StockAdjustmentContext;
pub use stock_adjustment::{StockAdjustment, StockAdjustmentConnection, StockAdjustmentEdge, StockAdjustmentLine};
pub use stock_audit::{StockAudit, StockAuditDifference, StockAuditDocumentDifference};
pub use stock_balance::StockBalance;
pub(in crate::graphql) use stock_count::StockCountContext;
pub use stock_count::{StockCount, StockCountConnection, StockCountEdge};
pub use stock_count_line::StockCountLine;
pub use stock_document::StockDocument;
pub use stock_error::{InsufficientStockError, OverReceiptError, StockChangedError};
pub use stock_explanation::StockExplanation;
pub use stock_incoming::StockIncoming;
pub use stock_level::StockLevel;
pub(in crate::graphql) use stock_level::StockLevelContext;
pub use stock_level_list::{StockLevelConnection, StockLevelEdge, StockLevelOrder};
pub(in crate::graphql) use stock_movement::StockMovementContext;
pub use stock_movement::{StockMovement, StockMovementConnection, StockMovementEdge};
pub(in crate::graphql) use stock_receipt::StockReceiptContext;
pub use stock_receipt::{StockReceipt, StockReceiptConnection, StockReceiptEdge, StockReceiptLine};
pub(in crate::graphql) use stock_return::StockReturnContext;
pub use stock_return::{StockReturn, StockReturnConnection, StockReturnEdge};
pub use stock_subscription::StockLevelEvent;
pub(in crate::graphql) use stock_transfer::StockTransferContext;
pub use stock_transfer::{StockTransfer, StockTransferLine};
pub use stock_transfer_list::{StockTransferConnection, StockTransferEdge};
pub(in crate::graphql) use stock_write_off::StockWriteOffContext;
pub use stock_write_off::{StockWriteOff, StockWriteOffConnection, StockWriteOffEdge};

use async_graphql::{MergedObject, MergedSubscription};

use super::error::user::UserError;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::error::InventoryError;
use crate::kernel::error::At;

/// Queries on inventory.
#[derive(MergedObject, Default)]
pub struct InventoryQuery(
    location::LocationQuery,
    stock_level::StockLevelQuery,
    stock_explanation::StockExplanationQuery,
    stock_movement::StockMovementQuery,
    stock_adjustment::StockAdjustmentQuery,
    stock_audit::StockAuditQuery,
    stock_count_list::StockCountQuery,
    stock_document::StockDocumentQuery,
    purchase_order_list::PurchaseOrderQuery,
    stock_transfer_list::StockTransferQuery,
    stock_write_off::StockWriteOffQuery,
    stock_return::StockReturnQuery,
    reservation_list::ReservationQuery,
);

/// Mutations of inventory.
#[derive(MergedObject, Default)]
pub struct InventoryMutation(
    location_change::LocationMutation,
    stock_change::StockMutation,
    stock_reversal::StockReversalMutation,
    stock_count_change::StockCountMutation,
    level_settings::LevelSettingsMutation,
    purchase_order_change::PurchaseOrderMutation,
    stock_transfer_change::StockTransferMutation,
    stock_receipt::StockReceiptMutation,
    stock_write_off_change::StockWriteOffMutation,
    stock_return_change::StockReturnMutation,
    reservation_change::ReservationMutation,
);

/// Subscriptions of inventory.
#[derive(MergedSubscription, Default)]
pub struct InventorySubscription(stock_subscription::StockSubscription, document_subscription::DocumentSubscription);

/// The errors of the slice as the API shows them.
fn user_errors(errors: Vec<At<InventoryError>>) -> Vec<UserError> {
    errors.into_iter().map(user_error).collect()
}

fn user_error(at: At<InventoryError>) -> UserError {
    match at.error {
        InventoryError::Stale { current } => UserError::stale(at, current),
        InventoryError::InsufficientStock { variant, location, available, requested } => {
            let of = (variant, Some(location));
            UserError::InsufficientStockError(InsufficientStockError::new(at, of, available, requested))
        }
        InventoryError::Unpromised { variant, available, requested } => {
            UserError::InsufficientStockError(InsufficientStockError::new(at, (variant, None), available, requested))
        }
        InventoryError::StockChanged { variant, location, on_hand } => {
            UserError::StockChangedError(StockChangedError::new(at, Slot { variant, location }, on_hand))
        }
        InventoryError::OverReceipt { requested, most } => {
            UserError::OverReceiptError(OverReceiptError::new(at, requested, most))
        }
        InventoryError::Input(_)
        | InventoryError::Money(_)
        | InventoryError::Currency(_)
        | InventoryError::FixedInState { .. }
        | InventoryError::LineTwice { .. }
        | InventoryError::NotOnDocument
        | InventoryError::OtherCurrency { .. }
        | InventoryError::ReceiptNotFound
        | InventoryError::ReceiptReversed
        | InventoryError::LocationNotFound
        | InventoryError::LocationDeactivated
        | InventoryError::LocationHoldsStock
        | InventoryError::LocationInUse
        | InventoryError::CodeTaken
        | InventoryError::VariantNotFound
        | InventoryError::LevelFull { .. }
        | InventoryError::SetTwice { .. }
        | InventoryError::SameLocation
        | InventoryError::SameCondition
        | InventoryError::AdjustmentNotFound
        | InventoryError::AlreadyReversed
        | InventoryError::ReversalOfReversal
        | InventoryError::PostedByDocument
        | InventoryError::NothingToReverse
        | InventoryError::ProductNotFound
        | InventoryError::CategoryNotFound
        | InventoryError::DocumentNotFound
        | InventoryError::WrongState { .. }
        | InventoryError::CountClosedLocation
        | InventoryError::CountEmpty
        | InventoryError::CountTooLong { .. }
        | InventoryError::CountedElsewhere
        | InventoryError::NotOnCount
        | InventoryError::NotCountedAgain
        | InventoryError::NothingToRecount
        | InventoryError::CountDisputed { .. }
        | InventoryError::SetSinceCounted { .. }
        | InventoryError::NotHeld { .. } => UserError::plain(at),
    }
}
