//! Changes when a level is to be filled up, with how much, and what it keeps back.

use std::collections::BTreeSet;

use super::stock::{self, LocationName, VariantName};
use crate::catalog::rules::change::Patch;
use crate::inventory::entity::stock_level::{LevelId, Model, Slot};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger;
use crate::inventory::low_stock::LevelLow;
use crate::inventory::rules::watch;
use crate::inventory::store::{self, LevelSettings};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Changes the settings of a level, which begins with it when there is none yet.
#[derive(Debug, Clone)]
pub struct LevelSettingsUpdate {
    /// The variant.
    pub variant: VariantName,
    /// The location.
    pub location: LocationName,
    /// The version of the settings that the caller read.
    pub expected_version: Option<i64>,
    /// Units at or below which the level is to be filled up.
    pub reorder_point: Patch<Quantity>,
    /// Units that are ordered at once; at least one.
    pub reorder_quantity: Patch<Quantity>,
    /// Units that reservations leave for others; what is `None` stays.
    pub safety_stock: Option<Quantity>,
}

impl Command for LevelSettingsUpdate {
    type Output = LevelId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<LevelId, Failure<InventoryError>> {
        let slot = stock::one_level(cx, &self.variant, &self.location).await?;
        let before = self.lock(cx, slot).await?;
        if self.expected_version.is_some_and(|expected| expected != before.settings_version) {
            return Err(stale(before.settings_version));
        }
        let after = self.apply(&before);
        if after == before {
            return Ok(before.id);
        }
        let settings = LevelSettings {
            reorder_point: after.reorder_point,
            reorder_quantity: after.reorder_quantity,
            safety_stock: after.safety_stock,
        };
        if !store::update_level_settings(cx.tx, before.id, before.settings_version, settings).await? {
            return Err(stale(before.settings_version + 1));
        }
        let changes = Changes::new()
            .field("reorder_point", &before.reorder_point, &after.reorder_point)
            .field("reorder_quantity", &before.reorder_quantity, &after.reorder_quantity)
            .field("safety_stock", &before.safety_stock, &after.safety_stock);
        cx.audit(Entry::new("stock_level.configure", before.id, changes));
        if watch::ran_low(before.reorder_margin(), after.reorder_margin()) {
            cx.emit(LevelLow::of(&after, None).event()?);
        }
        Ok(before.id)
    }
}

impl LevelSettingsUpdate {
    /// The level, locked until the transaction ends; an empty one when there was none.
    async fn lock(&self, cx: &mut Cx<'_>, slot: Slot) -> Result<Model, Failure<InventoryError>> {
        let variants = store::known_variants(cx.tx, &BTreeSet::from([slot.variant])).await?;
        if variants.is_empty() {
            return Err(Failure::refused("input.variantId", InventoryError::VariantNotFound));
        }
        let locations = store::lock_locations(cx.tx, &BTreeSet::from([slot.location])).await?;
        if locations.is_empty() {
            return Err(Failure::refused("input.locationId", InventoryError::LocationNotFound));
        }
        store::make_levels(cx.tx, &[(cx.ids.make(), slot)], cx.now).await?;
        let slots = BTreeSet::from([slot]);
        let mut level = store::lock_levels(cx.tx, &slots, cx.now).await?.pop();
        if level.as_ref().is_some_and(|locked| locked.lapsing) {
            // Whether it is low is no question of promises whose time is over.
            ledger::settle(cx, &slots).await?;
            level = store::lock_levels(cx.tx, &slots, cx.now).await?.pop();
        }
        Ok(level
            .map(|locked| locked.level)
            .ok_or_else(|| Fault::Internal("a level that was made is not there".to_owned()))?)
    }

    fn apply(&self, before: &Model) -> Model {
        let quantity = |patch: &Patch<Quantity>, current: Option<i64>| match patch {
            Patch::Keep => current,
            Patch::Clear => None,
            Patch::Set(quantity) => Some(quantity.units()),
        };
        Model {
            reorder_point: quantity(&self.reorder_point, before.reorder_point),
            reorder_quantity: quantity(&self.reorder_quantity, before.reorder_quantity),
            safety_stock: self.safety_stock.map_or(before.safety_stock, Quantity::units),
            ..before.clone()
        }
    }
}

fn stale(current: i64) -> Failure<InventoryError> {
    Failure::refused("input.expectedVersion", InventoryError::Stale { current })
}
