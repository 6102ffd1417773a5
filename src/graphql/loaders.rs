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

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use sea_orm::DbErr;

use super::columns::Selected;
use super::services::Services;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Clock;
use crate::kernel::db::Db;
use crate::kernel::freshness::{Dependencies, Tag};

/// What a batch looks at: the database, as this caller.
#[derive(Clone)]
pub struct Scope {
    /// The database.
    pub db: Db,
    /// Who asks: a loader shows them only what they may see.
    pub actor: Actor,
    /// The time: what has expired by now is not shown as held.
    pub clock: Clock,
    /// Where to say what the answer depends on, when it is to be kept.
    pub dependencies: Option<Dependencies>,
}

impl Scope {
    /// Says that the answer depends on these.
    pub fn depends_on(&self, tags: impl IntoIterator<Item = Tag>) {
        if let Some(dependencies) = &self.dependencies {
            dependencies.add(tags);
        }
    }
}

/// A loader that is made when it is first used: a request uses a few of them.
pub struct Lazily<L> {
    made: OnceLock<L>,
    scope: Arc<Scope>,
}

impl<L: Loader> Deref for Lazily<L> {
    type Target = L;

    fn deref(&self) -> &L {
        self.made.get_or_init(|| L::new(self.scope.clone()))
    }
}

/// What [`loader!`] declares.
pub trait Loader {
    /// A loader that looks at `scope`.
    fn new(scope: Arc<Scope>) -> Self;
}

/// Declares the set of loaders.
macro_rules! loaders {
    ($($(#[$meta:meta])* $name:ident: $loader:ident,)+) => {
        /// The loaders of one request.
        pub struct Loaders {
            scope: Arc<Scope>,
            /// Which columns the lists of the operation are read for.
            pub selected: Selected,
            $($(#[$meta])* pub $name: Lazily<$loader>,)+
        }

        impl Loaders {
            fn of(scope: Arc<Scope>) -> Self {
                Self { $($name: Lazily { made: OnceLock::new(), scope: scope.clone() },)+ selected: Selected::default(), scope }
            }
        }
    };
}

loaders! {
    /// Users by id.
    users: UserById,
    /// Roles by id.
    roles: RoleById,
    /// The roles of a user.
    roles_of_user: RolesOfUser,
    /// What the roles of a user allow together.
    permissions_of_user: PermissionsOfUser,
    /// The permissions of a role.
    permissions_of_role: PermissionsOfRole,
    /// Entries of the audit log by id.
    audit_entries: AuditEntryById,
    /// Products by id.
    products: ProductById,
    /// Variants by id.
    variants: VariantById,
    /// Options by id.
    options: OptionById,
    /// Values of options by id.
    option_values: OptionValueById,
    /// Categories by id.
    categories: CategoryById,
    /// The tags of a product.
    tags_of_product: TagsOfProduct,
    /// The options of a product.
    options_of_product: OptionsOfProduct,
    /// The values of an option.
    values_of_option: ValuesOfOption,
    /// What the variants of a product cost.
    price_range_of_product: PriceRangeOfProduct,
    /// A page of the variants of a product.
    variants_of_product: VariantsOfProduct,
    /// How many variants a product has.
    variant_count: VariantCount,
    /// The categories above a category.
    ancestors_of_category: AncestorsOfCategory,
    /// A page of the categories directly below a category.
    children_of_category: ChildrenOfCategory,
    /// How many categories are directly below a category.
    child_count: ChildCount,
    /// A page of the products directly in a category.
    products_of_category: ProductsOfCategory,
    /// How many products are directly in a category.
    product_count: ProductCount,
    /// The option values of a variant.
    selected_options: SelectedOptions,
    /// Locations by id.
    locations: LocationById,
    /// Stock levels by id.
    stock_levels: StockLevelById,
    /// Stock movements by id.
    stock_movements: StockMovementById,
    /// Stock adjustments by id.
    stock_adjustments: StockAdjustmentById,
    /// The adjustment that takes an adjustment back.
    reversal_of_adjustment: ReversalOfAdjustment,
    /// The movements of an adjustment.
    adjustment_lines: LinesOfAdjustment,
    /// Reservations by id.
    reservations: ReservationById,
    /// The lines of a reservation.
    reservation_lines: LinesOfReservation,
    /// What a reservation has where.
    reservation_allocations: AllocationsOfReservation,
    /// Units of a variant that can be taken or promised.
    available_of_variant: AvailableOfVariant,
    /// What a level held at a moment.
    balances_at: BalanceAt,
    /// What a level held after a movement.
    balances_after: BalanceAfter,
    /// Units sold from a level since a moment.
    units_sold: UnitsSold,
    /// A page of the levels of a variant.
    levels_of_variant: LevelsOfVariant,
    /// How many levels a variant has.
    level_count_of_variant: LevelCountOfVariant,
    /// A page of the levels at a location.
    levels_at_location: LevelsAtLocation,
    /// How many levels a location has.
    level_count_at_location: LevelCountAtLocation,
    /// A page of the movements of an adjustment.
    movements_of_adjustment: MovementsOfAdjustment,
    /// How many movements an adjustment has.
    movement_count: MovementCount,
    /// Stock counts by id.
    stock_counts: StockCountById,
    /// Lines of stock counts by id.
    count_lines: CountLineById,
    /// How far a count has come.
    progress_of_count: ProgressOfCount,
    /// A page of the lines of a count.
    lines_of_count: LinesOfCount,
    /// How many lines a list of a count holds.
    line_count_of_count: LineCountOfCount,
    /// The entries of a line of a count.
    entries_of_count_line: EntriesOfCountLine,
    /// Purchase orders and transfers by id.
    stock_orders: StockOrderById,
    /// The lines of a purchase order or a transfer.
    order_lines: LinesOfOrder,
    /// Receipts by id.
    receipts: ReceiptById,
    /// The lines of a receipt.
    receipt_lines: LinesOfReceipt,
    /// A page of the receipts of an order.
    receipts_of_order: ReceiptsOfOrder,
    /// How many receipts an order has.
    receipt_count: ReceiptCount,
    /// The orders behind what is on its way to a level.
    incoming_of: IncomingOfLevel,
    /// Write-offs and returns by id.
    stock_slips: StockSlipById,
    /// The lines of a write-off or a return.
    lines_of_slip: LinesOfSlip,
}

impl Loaders {
    /// The loaders for one request of `actor`.
    pub fn new(services: &Services, actor: &Actor) -> Self {
        Self::adding_to(services, actor, None)
    }

    /// The same for a request whose answer is to be kept: what it depends on is added to `dependencies`.
    pub fn adding_to(services: &Services, actor: &Actor, dependencies: Option<Dependencies>) -> Self {
        let (db, clock) = (services.db.clone(), services.clock.clone());
        Self::of(Arc::new(Scope { db, actor: actor.clone(), clock, dependencies }))
    }

    /// Says that the answer depends on these.
    pub fn depends_on(&self, tags: impl IntoIterator<Item = Tag>) {
        self.scope.depends_on(tags);
    }

    /// Forgets what was fetched ahead and not asked for: something was written since.
    pub fn forget(&self) {
        if let Some(variants) = self.variants_of_product.made.get() {
            variants.forget();
        }
        if let Some(levels) = self.levels_of_variant.made.get() {
            levels.forget();
        }
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

        impl $crate::graphql::loaders::Loader for $name {
            fn new(scope: std::sync::Arc<$crate::graphql::loaders::Scope>) -> Self {
                let loader = dataloader::non_cached::Loader::new($batch(scope.clone()));
                let loader = loader
                    .with_max_batch_size($crate::graphql::loaders::MAX_BATCH)
                    .with_yield_count($crate::graphql::loaders::YIELDS);
                Self { loader, rendezvous: Default::default(), primed: $crate::graphql::loaders::primed::Primed::new(scope) }
            }
        }

        impl $name {
            /// The value of `key`, looked up together with the other keys of the moment.
            pub async fn load(&self, key: $key) -> Result<$value, $crate::graphql::loaders::LoadError> {
                let key = match self.primed.take(key) {
                    Ok(value) => return Ok(value),
                    Err(key) => key,
                };
                // Boxed, as each field of an object takes as much room as its largest one.
                match Box::pin(self.rendezvous.with_the_others(self.loader.try_load(key))).await {
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
