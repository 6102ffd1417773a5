//! Lists of stock levels in the schema: their pages, orders and filters.

use async_graphql::{Enum, ID, InputObject, Result};

use super::filter::{self, IntRange};
use super::stock_level::StockLevel;
use crate::connection;
use crate::graphql::scalars::DateTime;
use crate::inventory::store::{self, LevelFilter};

connection!(
    /// A page of stock levels.
    StockLevelConnection,
    StockLevelEdge,
    StockLevel
);

/// How to order stock levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "store::LevelOrder")]
pub enum StockLevelOrder {
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// The fewest units on hand first.
    OnHandAsc,
    /// The most units on hand first.
    OnHandDesc,
    /// The fewest units available first.
    AvailableAsc,
    /// The most units available first.
    AvailableDesc,
    /// The most urgent to fill up first: the smallest `reorderMargin`. Levels without a reorder point come last.
    ReorderMarginAsc,
    /// The least urgent to fill up first. Levels without a reorder point come first.
    ReorderMarginDesc,
    /// In the order in which they were created.
    #[default]
    CreatedAsc,
    /// The last created first.
    CreatedDesc,
}

/// Which stock levels to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct StockLevelFilter {
    /// Only these variants: at most 100.
    pub variant_ids: Option<Vec<ID>>,
    /// Only the variants with these SKUs: at most 100.
    pub skus: Option<Vec<String>>,
    /// Only variants of these products: at most 100.
    pub product_ids: Option<Vec<ID>>,
    /// Only these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only the locations with these codes: at most 100.
    pub location_codes: Option<Vec<String>>,
    /// Only levels with so many units on hand.
    pub on_hand: Option<IntRange>,
    /// Only levels with so many units available.
    pub available: Option<IntRange>,
    /// Only levels with so many damaged units.
    pub damaged: Option<IntRange>,
    /// Only levels with so many units that wait for a check of their quality.
    pub quality_control: Option<IntRange>,
    /// Only levels that were changed at this moment or later.
    pub updated_since: Option<DateTime>,
    /// True: only levels that are down to their reorder point, at locations that are not deactivated, of products that are not archived. False: only
    /// the others.
    pub low_stock: Option<bool>,
}

impl StockLevelFilter {
    pub(super) fn read(self) -> Result<LevelFilter> {
        Ok(LevelFilter {
            variants: filter::ids("filter.variantIds", self.variant_ids)?,
            skus: filter::texts("filter.skus", self.skus)?,
            products: filter::ids("filter.productIds", self.product_ids)?,
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            location_codes: filter::codes("filter.locationCodes", self.location_codes)?,
            on_hand: IntRange::bounds(self.on_hand),
            available: IntRange::bounds(self.available),
            damaged: IntRange::bounds(self.damaged),
            quality_control: IntRange::bounds(self.quality_control),
            updated_since: self.updated_since.map(|since| since.0),
            low_stock: self.low_stock,
        })
    }
}
