//! The mutation of a level's settings: when it is to be filled up, with how much, and what it keeps back.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::stock_level::{StockLevel, StockLevelContext as _};
use super::stock_reader::Reader;
use super::user_errors;
use crate::graphql::catalog::patch;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::LevelSettingsUpdate;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change;
use crate::kernel::actor;
use crate::kernel::error::At;
use crate::kernel::quantity::Quantity;

#[derive(Default)]
pub struct LevelSettingsMutation;

#[Object]
impl LevelSettingsMutation {
    /// Changes when a stock level is to be filled up, with how much, and what it keeps back. A level that there is none of yet begins with it. The
    /// numbers of the level stay as they are. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn stock_level_settings_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The level, and what to change of its settings.")] input: StockLevelSettingsUpdateInput,
    ) -> Result<StockLevelSettingsUpdatePayload> {
        let outcome = match input.parse() {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        Ok(match outcome {
            Ok(id) => StockLevelSettingsUpdatePayload { level: ctx.stock_level(id).await?, user_errors: Vec::new() },
            Err(errors) => StockLevelSettingsUpdatePayload { level: None, user_errors: user_errors(errors) },
        })
    }
}

/// A change of a level's settings. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct StockLevelSettingsUpdateInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// The `settingsVersion` that you read: 0 where nothing has been set. If the level has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Units at or below which the level is low and to be filled up: 0 to 1,000,000,000. Null ends the watch.
    pub reorder_point: MaybeUndefined<i64>,
    /// Units that are ordered at once: 1 to 1,000,000,000. Null says that any number can be.
    pub reorder_quantity: MaybeUndefined<i64>,
    /// Units that reservations leave for others, such as buyers in the shop: 0 to 1,000,000,000. Null is 0.
    pub safety_stock: MaybeUndefined<i64>,
}

impl StockLevelSettingsUpdateInput {
    fn parse(self) -> std::result::Result<LevelSettingsUpdate, Vec<At<InventoryError>>> {
        let mut input = Reader::default();
        let variant = input.variant("input", self.variant_id, self.sku);
        let location = input.location("input", ["locationId", "locationCode"], self.location_id, self.location_code);
        let problems = &mut input.0;
        let reorder_point =
            patch(self.reorder_point, |units| problems.take("input.reorderPoint", Quantity::new(units)));
        let reorder_quantity =
            patch(self.reorder_quantity, |units| problems.take("input.reorderQuantity", change::moved_quantity(units)));
        let safety_stock = match self.safety_stock {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(Quantity::ZERO),
            MaybeUndefined::Value(units) => problems.take("input.safetyStock", Quantity::new(units)),
        };
        let expected_version = self.expected_version;
        input.0.finish(variant.zip(location).map(|(variant, location)| LevelSettingsUpdate {
            variant,
            location,
            expected_version,
            reorder_point,
            reorder_quantity,
            safety_stock,
        }))
    }
}

payloads!(StockLevelSettingsUpdatePayload);

/// What became of `stockLevelSettingsUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct StockLevelSettingsUpdatePayload {
    /// The level with its settings as they are now; null when there are errors.
    pub level: Option<InOrder<StockLevel>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
