//! The inventory slice in the schema.

mod location;

pub(in crate::graphql) use location::LocationContext;
pub use location::{Location, LocationConnection, LocationEdge};

use async_graphql::MergedObject;

use super::error::user::UserError;
use crate::inventory::error::InventoryError;
use crate::kernel::error::At;

/// Queries on inventory.
#[derive(MergedObject, Default)]
pub struct InventoryQuery(location::LocationQuery);

/// Mutations of inventory.
#[derive(MergedObject, Default)]
pub struct InventoryMutation(location::LocationMutation);

/// The errors of the slice as the API shows them.
fn user_errors(errors: Vec<At<InventoryError>>) -> Vec<UserError> {
    errors.into_iter().map(user_error).collect()
}

fn user_error(at: At<InventoryError>) -> UserError {
    match at.error {
        InventoryError::Stale { current } => UserError::stale(at, current),
        InventoryError::Input(_)
        | InventoryError::LocationNotFound
        | InventoryError::LocationDeactivated
        | InventoryError::LocationHoldsStock
        | InventoryError::LocationInUse
        | InventoryError::CodeTaken
        | InventoryError::VariantNotFound
        | InventoryError::InsufficientStock { .. }
        | InventoryError::StockChanged { .. }
        | InventoryError::LevelFull { .. }
        | InventoryError::SetTwice { .. }
        | InventoryError::SameLocation => UserError::plain(at),
    }
}
