//! Everything that a user can do wrong in this slice.

use serde::{Deserialize, Serialize};

use super::entity::location::LocationId;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::error::{UserErrorCode, UserFault};
use crate::kernel::id::IdError;
use crate::kernel::money::{Currency, MoneyError, UnknownCurrency};
use crate::kernel::text::InputError;

/// What a user did wrong. The messages follow the name of the input field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum InventoryError {
    /// A value is not acceptable by itself.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An amount is not acceptable.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The currency does not exist.
    #[error(transparent)]
    Currency(#[from] UnknownCurrency),
    /// The location does not exist, or the caller may not see it.
    #[error("names no location")]
    LocationNotFound,
    /// The location takes no part in business.
    #[error("names a location that is deactivated")]
    LocationDeactivated,
    /// The location still has stock.
    #[error("cannot be deactivated: units are there, or promised, or on their way; move them first")]
    LocationHoldsStock,
    /// Stock has been kept at the location.
    #[error("names a location with a history of stock: deactivate it instead")]
    LocationInUse,
    /// Another location has the code.
    #[error("is taken by another location")]
    CodeTaken,
    /// The variant does not exist.
    #[error("names no variant")]
    VariantNotFound,
    /// The object has changed since the caller read it.
    #[error("is stale: the object is at version {current}")]
    Stale {
        /// The version that it has now.
        current: i64,
    },
    /// More units were to be taken than are available.
    #[error("takes {requested} units where {available} are available")]
    InsufficientStock {
        /// The variant.
        variant: ProductVariantId,
        /// The location.
        location: LocationId,
        /// Units that could be taken.
        available: i64,
        /// Units that were to be taken, over all lines of this variant and location.
        requested: i64,
    },
    /// The level is not what the caller took it for.
    #[error("does not match: {on_hand} units are on hand")]
    StockChanged {
        /// The variant.
        variant: ProductVariantId,
        /// The location.
        location: LocationId,
        /// Units that are on hand now.
        on_hand: i64,
    },
    /// The level would hold more units than a level can.
    #[error("brings the level from {on_hand} units to more than the most of {max}")]
    LevelFull {
        /// Units that are on hand now.
        on_hand: i64,
        /// The most units of a level.
        max: i64,
    },
    /// Two lines set the same level.
    #[error("sets a level that line {line} sets already")]
    SetTwice {
        /// The index of the earlier line.
        line: usize,
    },
    /// A line moves stock to where it is.
    #[error("is the location that the stock is moved from")]
    SameLocation,
    /// Fewer units of a variant can be promised than are asked for.
    #[error("asks for {requested} units where {available} can be promised")]
    Unpromised {
        /// The variant.
        variant: ProductVariantId,
        /// Units that could be promised.
        available: i64,
        /// Units that were asked for.
        requested: i64,
    },
    /// The reservation holds fewer units than are to be taken out of it.
    #[error("takes more units than the {held} that are held")]
    NotHeld {
        /// Units that are held.
        held: i64,
    },
    /// A line moves units to the condition that they are in.
    #[error("is the condition that the units are in already")]
    SameCondition,
    /// The adjustment does not exist, or the caller may not see it.
    #[error("names no stock adjustment")]
    AdjustmentNotFound,
    /// The adjustment was taken back before.
    #[error("names an adjustment that is reversed already")]
    AlreadyReversed,
    /// The adjustment takes another one back.
    #[error("names a reversal: make the adjustment again instead")]
    ReversalOfReversal,
    /// The adjustment belongs to a document.
    #[error("names an adjustment that a document posted: correct the document instead")]
    PostedByDocument,
    /// The adjustment changed nothing.
    #[error("names an adjustment without movements: there is nothing to reverse")]
    NothingToReverse,
    /// The product does not exist.
    #[error("names no product")]
    ProductNotFound,
    /// The category does not exist.
    #[error("names no category")]
    CategoryNotFound,
    /// What counts, writes off or takes back does not exist, or the caller may not see it.
    #[error("names no such document")]
    DocumentNotFound,
    /// The state of a document does not allow it.
    #[error("names a document in the state {state}, which does not allow this")]
    WrongState {
        /// The state.
        state: String,
    },
    /// The location of a count takes no part in business.
    #[error("cannot be counted: its location is deactivated")]
    CountClosedLocation,
    /// A count would have an empty list.
    #[error("has nothing to count: no variant of its scope has a level at the location")]
    CountEmpty,
    /// A count would have too long a list.
    #[error("has more than {max} lines to count: count a part of them at a time")]
    CountTooLong {
        /// The most lines.
        max: usize,
    },
    /// Another open count counts a level.
    #[error("is counted by another open stock count of this location")]
    CountedElsewhere,
    /// A variant is not on the list of a count.
    #[error("is not on the list of this count")]
    NotOnCount,
    /// A line takes no part in the round.
    #[error("is not counted again in this round")]
    NotCountedAgain,
    /// No line is to be counted again.
    #[error("leaves no line to count again")]
    NothingToRecount,
    /// Counters disagree.
    #[error("has {lines} lines on which counters disagree: have them counted again")]
    CountDisputed {
        /// How many.
        lines: u64,
    },
    /// A level was set after it was counted.
    #[error(
        "cannot be approved: the stock of {sku} was set to another number after it was counted; have it counted again"
    )]
    SetSinceCounted {
        /// The SKU.
        sku: String,
    },
    /// A part of a document cannot change any more.
    #[error("cannot change in the state {state}")]
    FixedInState {
        /// The state of the document, as the API names it.
        state: String,
    },
    /// Two lines of a document name one variant.
    #[error("names a variant that line {line} names already")]
    LineTwice {
        /// The index of the earlier line.
        line: usize,
    },
    /// The document has no line of the variant.
    #[error("names a variant that is not on the document")]
    NotOnDocument,
    /// A cost is in another currency than the document.
    #[error("must be {expected}, the currency of the document's costs")]
    OtherCurrency {
        /// The currency of the document.
        expected: Currency,
    },
    /// More units arrive than may.
    #[error("has {requested} units where {most} can still be received")]
    OverReceipt {
        /// Units that were to be received.
        requested: i64,
        /// Units that can be.
        most: i64,
    },
    /// The receipt does not exist, or the caller may not see it.
    #[error("names no receipt")]
    ReceiptNotFound,
    /// The receipt was taken back before.
    #[error("names a receipt that was reversed before")]
    ReceiptReversed,
}

impl InventoryError {
    /// A malformed id, or one of another type.
    pub fn of_id(error: IdError) -> Self {
        Self::Input(error.into())
    }
}

impl UserFault for InventoryError {
    fn code(&self) -> UserErrorCode {
        match self {
            Self::Input(error) => error.code(),
            Self::LocationNotFound
            | Self::VariantNotFound
            | Self::AdjustmentNotFound
            | Self::ProductNotFound
            | Self::CategoryNotFound
            | Self::DocumentNotFound
            | Self::NotOnCount
            | Self::NotOnDocument
            | Self::ReceiptNotFound => UserErrorCode::NotFound,
            Self::LocationDeactivated
            | Self::AlreadyReversed
            | Self::ReversalOfReversal
            | Self::PostedByDocument
            | Self::NothingToReverse
            | Self::WrongState { .. }
            | Self::CountClosedLocation
            | Self::CountEmpty
            | Self::NotCountedAgain
            | Self::NothingToRecount
            | Self::CountDisputed { .. }
            | Self::SetSinceCounted { .. }
            | Self::FixedInState { .. }
            | Self::ReceiptReversed => UserErrorCode::InvalidState,
            Self::LocationHoldsStock | Self::LocationInUse | Self::CountedElsewhere => UserErrorCode::InUse,
            Self::CodeTaken => UserErrorCode::Taken,
            Self::Stale { .. } | Self::StockChanged { .. } => UserErrorCode::Stale,
            Self::InsufficientStock { .. } | Self::Unpromised { .. } => UserErrorCode::InsufficientStock,
            Self::LevelFull { .. }
            | Self::CountTooLong { .. }
            | Self::NotHeld { .. }
            | Self::OverReceipt { .. }
            | Self::Money(MoneyError::Negative | MoneyError::TooLarge) => UserErrorCode::OutOfRange,
            Self::SetTwice { .. }
            | Self::SameLocation
            | Self::SameCondition
            | Self::LineTwice { .. }
            | Self::OtherCurrency { .. }
            | Self::Money(MoneyError::Malformed | MoneyError::TooPrecise { .. })
            | Self::Currency(_) => UserErrorCode::Invalid,
        }
    }
}
