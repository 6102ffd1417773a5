//! Reading orders for stock: the lists, the look-ups, and their lines.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};

use crate::catalog::entity::product_variant::{self, ProductVariantId};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_order::{self, Column, Entity, Kind, OrderId, Status};
use crate::inventory::entity::stock_order_line;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// Which orders a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// In one of these states.
    pub statuses: Option<Vec<Status>>,
    /// Going to one of these locations.
    pub locations: Option<Vec<LocationId>>,
    /// Going to the locations with these codes.
    pub location_codes: Option<Vec<String>>,
    /// Coming from one of these locations.
    pub sources: Option<Vec<LocationId>>,
    /// Coming from the locations with these codes.
    pub source_codes: Option<Vec<String>>,
    /// From one of these suppliers.
    pub suppliers: Option<Vec<String>>,
    /// With a line of one of these variants.
    pub variants: Option<Vec<ProductVariantId>>,
    /// With a line of the variants with these SKUs.
    pub skus: Option<Vec<String>>,
    /// What others call it is one of these.
    pub external_references: Option<Vec<String>>,
    /// Expected before this moment.
    pub expected_before: Option<Timestamp>,
    /// Made not earlier than this.
    pub created_from: Option<Timestamp>,
    /// Made earlier than this.
    pub created_until: Option<Timestamp>,
}

/// The orders of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderSort {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// Expected soonest first; without a date last.
    ExpectedAtAsc,
    /// Without a date first, then expected latest first.
    ExpectedAtDesc,
    /// The smallest number first.
    NumberAsc,
    /// The greatest number first.
    NumberDesc,
}

impl OrderSort {
    fn order(self) -> Order<stock_order::Model> {
        let created: fn(&stock_order::Model) -> Key = |row| Key::Int(row.created_at.0);
        let updated: fn(&stock_order::Model) -> Key = |row| Key::Int(row.updated_at.0);
        let expected: fn(&stock_order::Model) -> Key = |row| row.expected_at.map_or(Key::Null, |at| Key::Int(at.0));
        let number: fn(&stock_order::Model) -> Key = |row| Key::Text(row.number.clone());
        let (name, column, descending, key) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, created),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, created),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", Column::UpdatedAt, false, updated),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", Column::UpdatedAt, true, updated),
            Self::ExpectedAtAsc => ("EXPECTED_AT_ASC", Column::ExpectedAt, false, expected),
            Self::ExpectedAtDesc => ("EXPECTED_AT_DESC", Column::ExpectedAt, true, expected),
            Self::NumberAsc => ("NUMBER_ASC", Column::Number, false, number),
            Self::NumberDesc => ("NUMBER_DESC", Column::Number, true, number),
        };
        Order {
            name,
            column: Some(Expr::col((Entity, column))),
            nullable: matches!(self, Self::ExpectedAtAsc | Self::ExpectedAtDesc),
            id: Expr::col((Entity, Column::Id)),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// The orders of a list that `actor` may see.
pub fn orders(actor: &Actor, kind: Kind, filter: OrderFilter) -> Select<Entity> {
    let with_variants = |condition: Condition| {
        let lines =
            stock_order_line::Entity::find().select_only().column(stock_order_line::Column::OrderId).filter(condition);
        Column::Id.in_subquery(lines.into_query())
    };
    let with_skus = |skus: Vec<String>| {
        let variants = product_variant::Entity::find()
            .select_only()
            .column(product_variant::Column::Id)
            .filter(product_variant::Column::Sku.is_in(skus));
        with_variants(Condition::all().add(stock_order_line::Column::VariantId.in_subquery(variants.into_query())))
    };
    let with_ids = |ids: Vec<ProductVariantId>| {
        with_variants(Condition::all().add(stock_order_line::Column::VariantId.is_in(ids)))
    };
    let with_codes = |column: Column, codes: Vec<String>| {
        let locations = location::Entity::find()
            .select_only()
            .column(location::Column::Id)
            .filter(location::Column::Code.is_in(codes));
        column.in_subquery(locations.into_query())
    };
    let condition = Condition::all()
        .add(Column::Kind.eq(kind))
        .add_option(filter.statuses.map(|statuses| Column::Status.is_in(statuses)))
        .add_option(filter.locations.map(|locations| Column::LocationId.is_in(locations)))
        .add_option(filter.location_codes.map(|codes| with_codes(Column::LocationId, codes)))
        .add_option(filter.sources.map(|sources| Column::SourceId.is_in(sources)))
        .add_option(filter.source_codes.map(|codes| with_codes(Column::SourceId, codes)))
        .add_option(filter.suppliers.map(|suppliers| Column::Supplier.is_in(suppliers)))
        .add_option(filter.variants.map(with_ids))
        .add_option(filter.skus.map(with_skus))
        .add_option(filter.external_references.map(|references| Column::ExternalReference.is_in(references)))
        .add_option(filter.expected_before.map(|moment| Column::ExpectedAt.lt(moment)))
        .add_option(filter.created_from.map(|from| Column::CreatedAt.gte(from)))
        .add_option(filter.created_until.map(|until| Column::CreatedAt.lt(until)));
    stock_order::visible_to(actor).filter(condition)
}

/// One page of the orders of `select`.
pub fn orders_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<Entity>,
    sort: OrderSort,
    page: &'a Page,
) -> Reading<'a, stock_order::Model> {
    fetch(db, select, sort.order(), page)
}

/// The orders of either kind with these ids that `actor` may see.
pub async fn orders_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[OrderId],
) -> Result<HashMap<OrderId, stock_order::Model>, DbErr> {
    let rows = stock_order::visible_to(actor).filter(Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The order of either kind with this number, if `actor` may see it.
pub async fn order_by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<stock_order::Model>, DbErr> {
    stock_order::visible_to(actor).filter(Column::Number.eq(number)).one(db).await
}

/// The lines of these orders that `actor` may see, in their order.
pub async fn lines_of_orders(
    db: &impl ConnectionTrait,
    actor: &Actor,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<stock_order_line::Model>>, DbErr> {
    let rows = stock_order_line::visible_to(actor)
        .filter(stock_order_line::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(stock_order_line::Column::Position)
        .all(db)
        .await?;
    let mut lines: HashMap<OrderId, Vec<stock_order_line::Model>> = HashMap::new();
    for row in rows {
        lines.entry(row.order_id).or_default().push(row);
    }
    Ok(lines)
}
