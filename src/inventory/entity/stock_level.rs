//! How many units of one variant are at one location. Only the ledger changes a level.

pub mod balance;

pub mod condition;

use std::sync::LazyLock;

use sea_orm::QuerySelect as _;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait as _, Query};

use self::balance::Balance;
use super::location::{self, LocationId};
use super::reservation_allocation;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::page::columns::{Columns, Correction, Parts};

crate::id!(
    /// The id of a stock level.
    LevelId, "level"
);

/// What a level is of: one variant at one location. Its order is the order in which levels are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
}

/// A row of `stock_levels`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "stock_levels")]
pub struct Model {
    /// The id, ordered by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LevelId,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The location.
    pub location_id: LocationId,
    /// Units that are there, in whatever condition.
    pub on_hand: i64,
    /// Units of these that are promised to someone.
    pub reserved: i64,
    /// Units of these that are damaged.
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    pub quality_control: i64,
    /// Units on their way here.
    pub incoming: i64,
    /// Units promised beyond those that are there. It follows from the other numbers, so that no movement tells of it.
    pub backordered: i64,
    /// Counted up by each movement.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed. Never goes back.
    pub updated_at: Timestamp,
    /// The number of units at or below which the level is to be filled up; none when nobody watches it.
    #[serde(default)]
    pub reorder_point: Option<i64>,
    /// Units that are ordered at once.
    #[serde(default)]
    pub reorder_quantity: Option<i64>,
    /// Units that reservations leave for others.
    #[serde(default)]
    pub safety_stock: i64,
    /// Counted up by each change of the settings, which are these last four.
    #[serde(default)]
    pub settings_version: i64,
}

impl Model {
    /// What the level is of.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }

    /// Units that can still be taken or promised: sound, and not promised.
    pub fn available(&self) -> i64 {
        Balance::from(self).available()
    }

    /// Units that will be there when everything on its way has come and every promise is kept, over the reorder point: zero or less is low stock.
    /// None without a reorder point.
    pub fn reorder_margin(&self) -> Option<i64> {
        let Self { on_hand, reserved, damaged, quality_control, incoming, .. } = *self;
        self.reorder_point.map(|point| on_hand - reserved - damaged - quality_control + incoming - point)
    }
}

crate::parts! {
    always { id: Id, variant_id: VariantId, location_id: LocationId, }
    asked {
        on_hand: OnHand,
        reserved: Reserved,
        damaged: Damaged,
        quality_control: QualityControl,
        incoming: Incoming,
        backordered: Backordered,
        version: Version,
        created_at: CreatedAt,
        updated_at: UpdatedAt,
        reorder_point: ReorderPoint,
        reorder_quantity: ReorderQuantity,
        safety_stock: SafetyStock,
        settings_version: SettingsVersion,
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The levels that `actor` may see, without their columns, which [`parts`] chooses. Every read of levels on behalf of someone starts here.
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    static ALL: LazyLock<Select<Entity>> = LazyLock::new(|| Entity::find().select_only());
    let all = ALL.clone();
    if location::may_see_stock(actor) { all } else { all.filter(Expr::value(false)) }
}

/// Units that expired reservations still hold in the numbers of a level. There are none as a rule, which one look into an index tells, once for the
/// whole statement.
pub fn lapsed(now: Timestamp) -> Expr {
    use reservation_allocation::{Column as Held, Entity as Allocation};
    // In words as far as nothing is bound: every list of levels has this, and putting it together piece by piece costs as much as the rest of the list.
    let expired = |what: &'static str, which: &'static str| {
        let mut select = Query::select();
        select.expr(Expr::cust(what)).from(Allocation).and_where(Expr::cust(which));
        select.and_where(Expr::col((Allocation, Held::ExpiresAt)).lte(now.0));
        select
    };
    let of_level = expired(
        "CAST(COALESCE(SUM(held), 0) AS BIGINT)",
        "held > 0 AND reservation_allocations.variant_id = stock_levels.variant_id \
         AND reservation_allocations.location_id = stock_levels.location_id",
    );
    Expr::case(Expr::exists(expired("1", "held > 0")), Expr::from(of_level)).finally(0_i64).into()
}

/// How rows of levels are read: as they are at `now`, whether or not anybody has taken back yet what expired reservations hold. A list reads what
/// orders it in any case.
pub fn parts(key: Columns, now: Timestamp) -> Parts<Model> {
    let correct = |level: &mut Model, lapsed: i64| {
        level.reserved -= lapsed;
        // What has expired makes up for units that are not there first.
        level.backordered = Ord::max(level.backordered - lapsed, 0);
    };
    let of = Model::asking(&[Column::Reserved, Column::Backordered]);
    Parts::stored(key).corrected(Correction { of, by: lapsed(now), correct })
}

fn number(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// Units that can be taken or promised at `now`.
pub fn available(now: Timestamp) -> Expr {
    let free = number(Column::OnHand)
        .sub(number(Column::Reserved))
        .sub(number(Column::Damaged))
        .sub(number(Column::QualityControl))
        .add(lapsed(now));
    Expr::case(number(Column::Backordered).gt(lapsed(now)), 0_i64).finally(free).into()
}
