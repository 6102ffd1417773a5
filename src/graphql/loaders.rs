//! The loaders: each batches the look-ups of one access path within one request. The only module that knows the `dataloader` crate.
//!
//! A set belongs to one request and one caller, and is never shared. Nothing is cached, so that a later mutation of the same request reads what
//! an earlier one wrote; equal keys of one batch are looked up once. What a list has fetched ahead for its rows is handed out as often as it was wanted,
//! and forgotten at a write.

mod accounts;
mod catalog;
mod catalog_lists;
mod inventory;
mod inventory_lists;
mod nested;
mod orders;
mod primed;
mod rendezvous;
mod reservations;
mod stock_counts;
mod stock_slips;

pub use accounts::{AuditEntryById, PermissionsOfRole, PermissionsOfUser, RoleById, RolesOfUser, UserById};
pub use catalog::{
    AncestorsOfCategory, CategoryById, OptionById, OptionValueById, OptionsOfProduct, PriceRangeOfProduct, ProductById,
    SelectedOptions, TagsOfProduct, ValuesOfOption, VariantById,
};
pub use catalog_lists::{
    ChildCount, ChildrenOfCategory, ProductCount, ProductsOfCategory, VariantCount, VariantsOfProduct,
};
pub use inventory::{
    AvailableOfVariant, BalanceAfter, BalanceAt, LinesOfAdjustment, LocationById, ReversalOfAdjustment,
    StockAdjustmentById, StockLevelById, StockMovementById, UnitsSold,
};

pub use inventory_lists::{
    LevelCountAtLocation, LevelCountOfVariant, LevelsAtLocation, LevelsOfVariant, MovementCount, MovementsOfAdjustment,
};
pub use nested::{Nested, NestedPage};
pub use orders::{
    IncomingOfLevel, LinesOfOrder, LinesOfReceipt, ReceiptById, ReceiptCount, ReceiptsOfOrder, StockOrderById,
};
pub use reservations::{AllocationsOfReservation, LinesOfReservation, ReservationById};
pub use stock_counts::{
    CountLineById, EntriesOfCountLine, LineCountOfCount, LinesOfCount, ProgressOfCount, StockCountById,
};
pub use stock_slips::{LinesOfSlip, StockSlipById};

use std::sync::Arc;

use sea_orm::DbErr;

use super::services::Services;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Clock;
use crate::kernel::db::Db;

/// What a batch looks at: the database, as this caller.
#[derive(Clone)]
pub struct Scope {
    /// The database.
    pub db: Db,
    /// Who asks: a loader shows them only what they may see.
    pub actor: Actor,
    /// The time: what has expired by now is not shown as held.
    pub clock: Clock,
}

/// The loaders of one request.
pub struct Loaders {
    /// Users by id.
    pub users: UserById,
    /// Roles by id.
    pub roles: RoleById,
    /// The roles of a user.
    pub roles_of_user: RolesOfUser,
    /// What the roles of a user allow together.
    pub permissions_of_user: PermissionsOfUser,
    /// The permissions of a role.
    pub permissions_of_role: PermissionsOfRole,
    /// Entries of the audit log by id.
    pub audit_entries: AuditEntryById,
    /// Products by id.
    pub products: ProductById,
    /// Variants by id.
    pub variants: VariantById,
    /// Options by id.
    pub options: OptionById,
    /// Values of options by id.
    pub option_values: OptionValueById,
    /// Categories by id.
    pub categories: CategoryById,
    /// The tags of a product.
    pub tags_of_product: TagsOfProduct,
    /// The options of a product.
    pub options_of_product: OptionsOfProduct,
    /// The values of an option.
    pub values_of_option: ValuesOfOption,
    /// What the variants of a product cost.
    pub price_range_of_product: PriceRangeOfProduct,
    /// A page of the variants of a product.
    pub variants_of_product: VariantsOfProduct,
    /// How many variants a product has.
    pub variant_count: VariantCount,
    /// The categories above a category.
    pub ancestors_of_category: AncestorsOfCategory,
    /// A page of the categories directly below a category.
    pub children_of_category: ChildrenOfCategory,
    /// How many categories are directly below a category.
    pub child_count: ChildCount,
    /// A page of the products directly in a category.
    pub products_of_category: ProductsOfCategory,
    /// How many products are directly in a category.
    pub product_count: ProductCount,
    /// The option values of a variant.
    pub selected_options: SelectedOptions,
    /// Locations by id.
    pub locations: LocationById,
    /// Stock levels by id.
    pub stock_levels: StockLevelById,
    /// Stock movements by id.
    pub stock_movements: StockMovementById,
    /// Stock adjustments by id.
    pub stock_adjustments: StockAdjustmentById,
    /// The adjustment that takes an adjustment back.
    pub reversal_of_adjustment: ReversalOfAdjustment,
    /// The movements of an adjustment.
    pub adjustment_lines: LinesOfAdjustment,
    /// Reservations by id.
    pub reservations: ReservationById,
    /// The lines of a reservation.
    pub reservation_lines: LinesOfReservation,
    /// What a reservation has where.
    pub reservation_allocations: AllocationsOfReservation,
    /// Units of a variant that can be taken or promised.
    pub available_of_variant: AvailableOfVariant,
    /// What a level held at a moment.
    pub balances_at: BalanceAt,
    /// What a level held after a movement.
    pub balances_after: BalanceAfter,
    /// Units sold from a level since a moment.
    pub units_sold: UnitsSold,
    /// A page of the levels of a variant.
    pub levels_of_variant: LevelsOfVariant,
    /// How many levels a variant has.
    pub level_count_of_variant: LevelCountOfVariant,
    /// A page of the levels at a location.
    pub levels_at_location: LevelsAtLocation,
    /// How many levels a location has.
    pub level_count_at_location: LevelCountAtLocation,
    /// A page of the movements of an adjustment.
    pub movements_of_adjustment: MovementsOfAdjustment,
    /// How many movements an adjustment has.
    pub movement_count: MovementCount,
    /// Stock counts by id.
    pub stock_counts: StockCountById,
    /// Lines of stock counts by id.
    pub count_lines: CountLineById,
    /// How far a count has come.
    pub progress_of_count: ProgressOfCount,
    /// A page of the lines of a count.
    pub lines_of_count: LinesOfCount,
    /// How many lines a list of a count holds.
    pub line_count_of_count: LineCountOfCount,
    /// The entries of a line of a count.
    pub entries_of_count_line: EntriesOfCountLine,
    /// Purchase orders and transfers by id.
    pub stock_orders: StockOrderById,
    /// The lines of a purchase order or a transfer.
    pub order_lines: LinesOfOrder,
    /// Receipts by id.
    pub receipts: ReceiptById,
    /// The lines of a receipt.
    pub receipt_lines: LinesOfReceipt,
    /// A page of the receipts of an order.
    pub receipts_of_order: ReceiptsOfOrder,
    /// How many receipts an order has.
    pub receipt_count: ReceiptCount,
    /// The orders behind what is on its way to a level.
    pub incoming_of: IncomingOfLevel,
    pub stock_slips: StockSlipById,
    pub lines_of_slip: LinesOfSlip,
}

impl Loaders {
    /// The loaders for one request of `actor`.
    pub fn new(services: &Services, actor: &Actor) -> Self {
        let scope = Scope { db: services.db.clone(), actor: actor.clone(), clock: services.clock.clone() };
        let scope = Arc::new(scope);
        let scope = || scope.clone();
        Self {
            users: UserById::new(scope()),
            roles: RoleById::new(scope()),
            roles_of_user: RolesOfUser::new(scope()),
            permissions_of_user: PermissionsOfUser::new(scope()),
            permissions_of_role: PermissionsOfRole::new(scope()),
            audit_entries: AuditEntryById::new(scope()),
            products: ProductById::new(scope()),
            variants: VariantById::new(scope()),
            options: OptionById::new(scope()),
            option_values: OptionValueById::new(scope()),
            categories: CategoryById::new(scope()),
            tags_of_product: TagsOfProduct::new(scope()),
            options_of_product: OptionsOfProduct::new(scope()),
            values_of_option: ValuesOfOption::new(scope()),
            price_range_of_product: PriceRangeOfProduct::new(scope()),
            variants_of_product: VariantsOfProduct::new(scope()),
            variant_count: VariantCount::new(scope()),
            ancestors_of_category: AncestorsOfCategory::new(scope()),
            children_of_category: ChildrenOfCategory::new(scope()),
            child_count: ChildCount::new(scope()),
            products_of_category: ProductsOfCategory::new(scope()),
            product_count: ProductCount::new(scope()),
            selected_options: SelectedOptions::new(scope()),
            locations: LocationById::new(scope()),
            stock_levels: StockLevelById::new(scope()),
            stock_movements: StockMovementById::new(scope()),
            stock_adjustments: StockAdjustmentById::new(scope()),
            reversal_of_adjustment: ReversalOfAdjustment::new(scope()),
            adjustment_lines: LinesOfAdjustment::new(scope()),
            reservations: ReservationById::new(scope()),
            reservation_lines: LinesOfReservation::new(scope()),
            reservation_allocations: AllocationsOfReservation::new(scope()),
            available_of_variant: AvailableOfVariant::new(scope()),
            balances_at: BalanceAt::new(scope()),
            balances_after: BalanceAfter::new(scope()),
            units_sold: UnitsSold::new(scope()),
            levels_of_variant: LevelsOfVariant::new(scope()),
            level_count_of_variant: LevelCountOfVariant::new(scope()),
            levels_at_location: LevelsAtLocation::new(scope()),
            level_count_at_location: LevelCountAtLocation::new(scope()),
            movements_of_adjustment: MovementsOfAdjustment::new(scope()),
            movement_count: MovementCount::new(scope()),
            stock_counts: StockCountById::new(scope()),
            count_lines: CountLineById::new(scope()),
            progress_of_count: ProgressOfCount::new(scope()),
            lines_of_count: LinesOfCount::new(scope()),
            line_count_of_count: LineCountOfCount::new(scope()),
            entries_of_count_line: EntriesOfCountLine::new(scope()),
            stock_orders: StockOrderById::new(scope()),
            order_lines: LinesOfOrder::new(scope()),
            receipts: ReceiptById::new(scope()),
            receipt_lines: LinesOfReceipt::new(scope()),
            receipts_of_order: ReceiptsOfOrder::new(scope()),
            receipt_count: ReceiptCount::new(scope()),
            incoming_of: IncomingOfLevel::new(scope()),
            stock_slips: StockSlipById::new(scope()),
            lines_of_slip: LinesOfSlip::new(scope()),
        }
    }

    /// Forgets what was fetched ahead and not asked for: something was written since.
    pub fn forget(&self) {
        self.variants_of_product.forget();
        self.levels_of_variant.forget();
    }
}

/// A database error that every key of a batch shares.
pub type LoadError = Arc<DbErr>;

/// Keys of one batch at most: more than the largest page of pages, less than the parameters a statement may have.
const MAX_BATCH: usize = 10_000;

/// How often a loader lets other resolvers add their keys before it runs (measured: 2 is best).
const YIELDS: usize = 2;

/// Declares a loader: its type, that of its batches, key and value, and the look-up. A key that the look-up does not return has the default value.
macro_rules! loader {
    ($(#[$meta:meta])* $name:ident, $batch:ident, $key:ty => $value:ty, $load:expr) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name {
            loader: dataloader::non_cached::Loader<$key, Result<$value, $crate::graphql::loaders::LoadError>, $batch>,
            rendezvous: $crate::graphql::loaders::rendezvous::Rendezvous,
            primed: $crate::graphql::loaders::primed::Primed<$key, $value>,
        }

        impl $name {
            /// A loader that looks at `scope`.
            pub fn new(scope: std::sync::Arc<$crate::graphql::loaders::Scope>) -> Self {
                let loader = dataloader::non_cached::Loader::new($batch(scope.clone()));
                let loader = loader
                    .with_max_batch_size($crate::graphql::loaders::MAX_BATCH)
                    .with_yield_count($crate::graphql::loaders::YIELDS);
                Self { loader, rendezvous: Default::default(), primed: $crate::graphql::loaders::primed::Primed::new(scope) }
            }

            /// The value of `key`, looked up together with the other keys of the moment.
            pub async fn load(&self, key: $key) -> Result<$value, $crate::graphql::loaders::LoadError> {
                let key = match self.primed.take(key) {
                    Ok(value) => return Ok(value),
                    Err(key) => key,
                };
                match self.rendezvous.with_the_others(self.loader.try_load(key)).await {
                    Ok(value) => value,
                    Err(error) => Err(std::sync::Arc::new(sea_orm::DbErr::Custom(error.to_string()))),
                }
            }
        }

        /// The batches of the loader.
        pub struct $batch(std::sync::Arc<$crate::graphql::loaders::Scope>);

        impl dataloader::BatchFn<$key, Result<$value, $crate::graphql::loaders::LoadError>> for $batch {
            async fn load(
                &mut self,
                keys: &[$key],
            ) -> std::collections::HashMap<$key, Result<$value, $crate::graphql::loaders::LoadError>> {
                let found: Result<std::collections::HashMap<$key, $value>, sea_orm::DbErr> = $load(&self.0, keys).await;
                match found {
                    Ok(mut found) => {
                        keys.iter().map(|key| (key.clone(), Ok(found.remove(key).unwrap_or_default()))).collect()
                    }
                    Err(error) => {
                        let error = std::sync::Arc::new(error);
                        keys.iter().map(|key| (key.clone(), Err(error.clone()))).collect()
                    }
                }
            }
        }
    };
}

/// Adds to a loader that a list can fetch ahead what its rows will be asked for.
macro_rules! primes {
    ($name:ident, $key:ty => $value:ty, $load:expr) => {
        impl $name {
            /// Looks all keys up at once and keeps their values for those who will ask, each as often as its key is among them; shows what was found.
            pub async fn prime<T: Default>(
                &self,
                wanted: Vec<$key>,
                look: impl FnOnce(&std::collections::HashMap<$key, $value>) -> T,
            ) -> Result<T, sea_orm::DbErr> {
                let mut keys = std::collections::HashSet::with_capacity(wanted.len());
                let keys: Vec<$key> = wanted.iter().filter(|key| keys.insert(*key)).cloned().collect();
                if keys.is_empty() {
                    return Ok(T::default());
                }
                let mut found: std::collections::HashMap<$key, $value> = $load(self.primed.scope(), &keys).await?;
                let shown = look(&found);
                for key in keys {
                    found.entry(key).or_default();
                }
                self.primed.put(wanted, found);
                Ok(shown)
            }

            /// Forgets what was fetched ahead.
            pub(super) fn forget(&self) {
                self.primed.clear();
            }
        }
    };
}

pub(crate) use loader;
pub(crate) use primes;
