//! Reading stock levels: lists, look-ups, and sums for loaders.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::catalog::entity::product::{self, ProductId};
use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_level::{self, Column, Entity, LevelId};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::page::columns::Columns;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, ListError, Order, Page, Reading, Slice, count_grouped, fetch, fetch_grouped};

/// Which levels a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct LevelFilter {
    /// Of one of these variants.
    pub variants: Option<Vec<ProductVariantId>>,
    /// Of the variants with these SKUs.
    pub skus: Option<Vec<String>>,
    /// Of the variants of these products.
    pub products: Option<Vec<ProductId>>,
    /// At one of these locations.
    pub locations: Option<Vec<LocationId>>,
    /// At the locations with these codes.
    pub location_codes: Option<Vec<String>>,
    /// Units on hand, from and to.
    pub on_hand: (Option<i64>, Option<i64>),
    /// Units available, from and to.
    pub available: (Option<i64>, Option<i64>),
    /// Damaged units, from and to.
    pub damaged: (Option<i64>, Option<i64>),
    /// Units in quality control, from and to.
    pub quality_control: (Option<i64>, Option<i64>),
    /// Changed at this moment or later.
    pub updated_since: Option<Timestamp>,
    /// Whether down to its reorder point, at an open location, of a product that is not archived.
    pub low_stock: Option<bool>,
}

impl LevelFilter {
    /// Whether it needs to know what is available.
    pub fn is_by_available(&self) -> bool {
        self.available != (None, None) || self.low_stock.is_some()
    }
}

/// The orders of lists of levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LevelOrder {
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
    /// The most urgent first: the fewest units over the reorder point. Levels without one come last.
    ReorderMarginAsc,
    /// The least urgent first.
    ReorderMarginDesc,
    /// In the order in which they were created.
    CreatedAsc,
    /// The last created first.
    CreatedDesc,
}

impl LevelOrder {
    /// Whether it needs to know what is available.
    pub fn is_by_available(self) -> bool {
        matches!(self, Self::AvailableAsc | Self::AvailableDesc | Self::ReorderMarginAsc | Self::ReorderMarginDesc)
    }

    fn order(self, view: View) -> Order<stock_level::Model> {
        let (name, descending) = match self {
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", false),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", true),
            Self::OnHandAsc => ("ON_HAND_ASC", false),
            Self::OnHandDesc => ("ON_HAND_DESC", true),
            Self::AvailableAsc => ("AVAILABLE_ASC", false),
            Self::AvailableDesc => ("AVAILABLE_DESC", true),
            Self::ReorderMarginAsc => ("REORDER_MARGIN_ASC", false),
            Self::ReorderMarginDesc => ("REORDER_MARGIN_DESC", true),
            Self::CreatedAsc => ("CREATED_ASC", false),
            Self::CreatedDesc => ("CREATED_DESC", true),
        };
        let (column, key): (Option<Expr>, fn(&stock_level::Model) -> Key) = match self {
            Self::UpdatedAtAsc | Self::UpdatedAtDesc => {
                (Some(col(Column::UpdatedAt)), |row| Key::Int(row.updated_at.0))
            }
            Self::OnHandAsc | Self::OnHandDesc => (Some(col(Column::OnHand)), |row| Key::Int(row.on_hand)),
            Self::ReorderMarginAsc | Self::ReorderMarginDesc => {
                (Some(reorder_margin(view)), |row| Key::int(row.reorder_margin()))
            }
            Self::AvailableAsc | Self::AvailableDesc => (Some(available(view)), |row| Key::Int(row.available())),
            Self::CreatedAsc | Self::CreatedDesc => (None, |_| Key::None),
        };
        let nullable = matches!(self, Self::ReorderMarginAsc | Self::ReorderMarginDesc);
        let reads = match self {
            Self::CreatedAsc | Self::CreatedDesc => Columns::NONE,
            Self::UpdatedAtAsc | Self::UpdatedAtDesc => stock_level::Model::asking(&[Column::UpdatedAt]),
            Self::OnHandAsc | Self::OnHandDesc => stock_level::Model::asking(&[Column::OnHand]),
            // Most of its numbers.
            Self::AvailableAsc | Self::AvailableDesc | Self::ReorderMarginAsc | Self::ReorderMarginDesc => Columns::ALL,
        };
        let parts = Some(stock_level::parts(reads, view.now));
        Order { name, column, nullable, id: col(Column::Id), descending, key, row_id: |row| row.id.0, parts }
    }
}

fn col(column: Column) -> Expr {
    Expr::col((Entity, column))
}

/// A moment at which levels are looked at, and whether any reservation has expired by then that nobody has taken back yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    now: Timestamp,
    lapsing: bool,
}

impl View {
    /// For lists that neither choose nor order levels by what is available: they need not know.
    pub fn at(now: Timestamp) -> Self {
        Self { now, lapsing: true }
    }

    /// For lists that do. Mostly nothing lapses, and then an index serves them.
    pub async fn by_available(db: &impl ConnectionTrait, now: Timestamp) -> Result<Self, DbErr> {
        let sql =
            Sql::new("SELECT expires_at AS number FROM reservation_allocations WHERE held > 0 AND expires_at <= ")
                .bind(now)
                .push(" LIMIT 1");
        let found: Option<Found> = sql.one(db).await?;
        Ok(Self { now, lapsing: found.is_some_and(|found| found.number <= now.0) })
    }

    /// For a nested list in this order.
    async fn of_order(db: &impl ConnectionTrait, now: Timestamp, order: LevelOrder) -> Result<Self, DbErr> {
        if order.is_by_available() { Self::by_available(db, now).await } else { Ok(Self::at(now)) }
    }
}

#[derive(FromQueryResult)]
struct Found {
    number: i64,
}

fn available(view: View) -> Expr {
    if view.lapsing { stock_level::available(view.now) } else { stored_available() }
}

/// An expression that the index `ix_stock_levels_available` holds.
fn stored_available() -> Expr {
    col(Column::OnHand)
        .add(col(Column::Backordered))
        .sub(col(Column::Reserved))
        .sub(col(Column::Damaged))
        .sub(col(Column::QualityControl))
}

/// An expression that the index `ix_stock_levels_reorder_margin` holds.
fn stored_reorder_margin() -> Expr {
    let sound =
        col(Column::OnHand).sub(col(Column::Reserved)).sub(col(Column::Damaged)).sub(col(Column::QualityControl));
    sound.add(col(Column::Incoming)).sub(col(Column::ReorderPoint))
}

fn reorder_margin(view: View) -> Expr {
    let stored = stored_reorder_margin();
    if view.lapsing { stored.add(stock_level::lapsed(view.now)) } else { stored }
}

/// Levels that are down to their reorder point, where business is done and of what is sold; or all others.
fn low_stock(low: bool, view: View) -> Condition {
    let closed = location::Entity::find()
        .select_only()
        .column(location::Column::Id)
        .filter(location::Column::Status.eq(location::Status::Deactivated));
    let closed = closed.into_query();
    if low {
        let open = Condition::all().add(Column::LocationId.not_in_subquery(closed)).add(is_archived().not());
        open.add(reorder_margin(view).lte(0))
    } else {
        let none = Column::ReorderPoint.is_null();
        let over = Condition::any().add(none).add(reorder_margin(view).gt(0));
        over.add(Column::LocationId.in_subquery(closed)).add(is_archived())
    }
}

/// Whether the level's variant is of a product that has been archived: looked up by keys, for the levels that come into question.
fn is_archived() -> Expr {
    let mut archived = Query::select();
    archived
        .expr(Expr::val(1_i64))
        .from(product_variant::Entity)
        .inner_join(
            product::Entity,
            Expr::col((product::Entity, product::Column::Id))
                .equals((product_variant::Entity, product_variant::Column::ProductId)),
        )
        .and_where(
            Expr::col((product_variant::Entity, product_variant::Column::Id)).equals((Entity, Column::VariantId)),
        )
        .and_where(product::Column::Status.eq(product::Status::Archived));
    Expr::exists(archived)
}

/// The levels of a list that `actor` may see.
pub fn levels(actor: &Actor, filter: LevelFilter, view: View) -> Select<Entity> {
    stock_level::visible_to(actor).filter(met_by(filter, view))
}

/// The level that is named so, if `actor` may see it.
pub async fn level(
    db: &impl ConnectionTrait,
    (actor, now): Look<'_>,
    name: LevelFilter,
) -> Result<Option<stock_level::Model>, DbErr> {
    let named = stock_level::visible_to(actor).filter(met_by(name, View::at(now)));
    Ok(stock_level::parts(Columns::NONE, now).rows(db, named, Columns::ALL).await?.pop())
}

fn met_by(filter: LevelFilter, view: View) -> Condition {
    let by_sku = filter.skus.map(|skus| variants_where(product_variant::Column::Sku.is_in(skus)));
    let by_product = filter.products.map(|products| variants_where(product_variant::Column::ProductId.is_in(products)));
    Condition::all()
        .add_option(filter.variants.map(|variants| Column::VariantId.is_in(variants)))
        .add_option(by_sku)
        .add_option(by_product)
        .add_option(filter.locations.map(|locations| Column::LocationId.is_in(locations)))
        .add_option(filter.location_codes.map(at_codes))
        .add_option(filter.on_hand.0.map(|from| Column::OnHand.gte(from)))
        .add_option(filter.on_hand.1.map(|to| Column::OnHand.lte(to)))
        .add_option(filter.available.0.map(|from| available(view).gte(from)))
        .add_option(filter.available.1.map(|to| available(view).lte(to)))
        .add_option(filter.damaged.0.map(|from| Column::Damaged.gte(from)))
        .add_option(filter.damaged.1.map(|to| Column::Damaged.lte(to)))
        .add_option(filter.quality_control.0.map(|from| Column::QualityControl.gte(from)))
        .add_option(filter.quality_control.1.map(|to| Column::QualityControl.lte(to)))
        .add_option(filter.updated_since.map(|since| Column::UpdatedAt.gte(since)))
        .add_option(filter.low_stock.map(|low| low_stock(low, view)))
}

/// Levels whose variant meets a condition.
fn variants_where(condition: Expr) -> Expr {
    let variants = product_variant::Entity::find().select_only().column(product_variant::Column::Id).filter(condition);
    Column::VariantId.in_subquery(variants.into_query())
}

/// Levels at the locations with these codes.
fn at_codes(codes: Vec<String>) -> Expr {
    let locations =
        location::Entity::find().select_only().column(location::Column::Id).filter(location::Column::Code.is_in(codes));
    Column::LocationId.in_subquery(locations.into_query())
}

/// One page of the levels of `select`.
pub fn levels_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<Entity>,
    (order, view): (LevelOrder, View),
    page: &'a Page,
) -> Reading<'a, stock_level::Model> {
    fetch(db, select, order.order(view), page)
}

/// Who looks, and when.
pub type Look<'a> = (&'a Actor, Timestamp);

fn of_variants(actor: &Actor, variants: &[ProductVariantId]) -> Select<Entity> {
    stock_level::visible_to(actor).filter(Column::VariantId.is_in(variants.iter().copied()))
}

fn at_locations(actor: &Actor, locations: &[LocationId]) -> Select<Entity> {
    stock_level::visible_to(actor).filter(Column::LocationId.is_in(locations.iter().copied()))
}

/// The same page of the levels of each of these variants that `actor` may see.
pub async fn levels_of_variants(
    db: &impl ConnectionTrait,
    look: Look<'_>,
    variants: &[ProductVariantId],
    order: LevelOrder,
    page: &Page,
) -> Result<HashMap<ProductVariantId, Slice<stock_level::Model>>, ListError> {
    let view = View::of_order(db, look.1, order).await?;
    let parent = |row: &stock_level::Model| row.variant_id;
    let group = Group { parents: variants, column: Column::VariantId, parent };
    fetch_grouped(db, stock_level::visible_to(look.0), group, order.order(view), page).await
}

/// The same page of the levels at each of these locations that `actor` may see.
pub async fn levels_at_locations(
    db: &impl ConnectionTrait,
    look: Look<'_>,
    locations: &[LocationId],
    order: LevelOrder,
    page: &Page,
) -> Result<HashMap<LocationId, Slice<stock_level::Model>>, ListError> {
    let view = View::of_order(db, look.1, order).await?;
    let parent = |row: &stock_level::Model| row.location_id;
    let group = Group { parents: locations, column: Column::LocationId, parent };
    fetch_grouped(db, stock_level::visible_to(look.0), group, order.order(view), page).await
}

/// How many levels of each of these variants `actor` may see.
pub async fn level_counts_of_variants(
    db: &impl ConnectionTrait,
    look: Look<'_>,
    variants: &[ProductVariantId],
) -> Result<HashMap<ProductVariantId, u64>, DbErr> {
    let counts = count_grouped(db, of_variants(look.0, variants), Column::VariantId).await?;
    Ok(counts.into_iter().map(|(variant, count)| (ProductVariantId(variant), count)).collect())
}

/// How many levels at each of these locations `actor` may see.
pub async fn level_counts_at_locations(
    db: &impl ConnectionTrait,
    look: Look<'_>,
    locations: &[LocationId],
) -> Result<HashMap<LocationId, u64>, DbErr> {
    let counts = count_grouped(db, at_locations(look.0, locations), Column::LocationId).await?;
    Ok(counts.into_iter().map(|(location, count)| (LocationId(location), count)).collect())
}

/// The levels with these ids that `actor` may see.
pub async fn levels_by_ids(
    db: &impl ConnectionTrait,
    (actor, now): Look<'_>,
    ids: &[LevelId],
) -> Result<HashMap<LevelId, stock_level::Model>, DbErr> {
    let named = stock_level::visible_to(actor).filter(Column::Id.is_in(ids.iter().copied()));
    let rows = stock_level::parts(Columns::NONE, now).rows(db, named, Columns::ALL).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

#[derive(FromQueryResult)]
struct Counted {
    id: Uuid,
    number: i64,
}

/// Units that can be taken or promised, over all locations; a variant without levels is absent. Whoever may see the variant may know.
pub async fn available_of_variants(
    db: &impl ConnectionTrait,
    variants: &[ProductVariantId],
    now: Timestamp,
) -> Result<HashMap<ProductVariantId, i64>, DbErr> {
    let sql = Sql::new(
        "WITH lapsed AS (SELECT variant_id, location_id, CAST(SUM(held) AS BIGINT) AS units FROM reservation_allocations \
         WHERE held > 0 AND expires_at <= ",
    )
    .bind(now)
    .push(" GROUP BY variant_id, location_id) SELECT levels.variant_id AS id, CAST(SUM(CASE WHEN backordered > COALESCE(units, 0) THEN 0 \
         ELSE on_hand - reserved - damaged - quality_control + COALESCE(units, 0) END) AS BIGINT) AS number FROM stock_levels AS levels \
         LEFT JOIN lapsed ON lapsed.variant_id = levels.variant_id AND lapsed.location_id = levels.location_id WHERE levels.variant_id IN (")
    .bind_all(variants.iter().copied())
    .push(") GROUP BY levels.variant_id");
    let rows: Vec<Counted> = sql.all(db).await?;
    Ok(rows.into_iter().map(|row| (ProductVariantId(row.id), row.number)).collect())
}
