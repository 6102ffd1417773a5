//! The event that a level has come down to its reorder point. It knows neither what brought it there nor who listens.

use serde::{Deserialize, Serialize};

use super::entity::location::LocationId;
use super::entity::stock_adjustment::AdjustmentId;
use super::entity::stock_level::{LevelId, Model, Slot};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;

/// The topic of the events: one each time that a level runs low, none while it stays so.
pub const LEVEL_LOW: &str = "stock_level.low";

/// What an event tells of a level that ran low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelLow {
    /// The level.
    pub level: LevelId,
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
    /// Units that can still be taken or promised.
    pub available: i64,
    /// Units on their way.
    pub incoming: i64,
    /// The reorder point.
    pub reorder_point: i64,
    /// Units over it: zero or less.
    pub margin: i64,
    /// Units that are ordered at once.
    pub reorder_quantity: Option<i64>,
    /// The version of the level.
    pub version: i64,
    /// The adjustment that brought it there; none when the reorder point was raised.
    pub adjustment: Option<AdjustmentId>,
}

impl LevelLow {
    /// What there is to tell of this level.
    pub fn of(level: &Model, adjustment: Option<AdjustmentId>) -> Self {
        Self {
            level: level.id,
            variant: level.variant_id,
            location: level.location_id,
            available: level.available(),
            incoming: level.incoming,
            reorder_point: level.reorder_point.unwrap_or_default(),
            margin: level.reorder_margin().unwrap_or_default(),
            reorder_quantity: level.reorder_quantity,
            version: level.version,
            adjustment,
        }
    }

    /// What the level is of.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant, location: self.location }
    }

    /// The event.
    pub fn event(&self) -> Result<Event, Fault> {
        Event::new(LEVEL_LOW, self.level, self)
    }
}
