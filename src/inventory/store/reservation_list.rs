//! Lists of reservations, and look-ups by id and number.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _, Select,
};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::reservation::{self, Column, Entity, Purpose, ReservationId, Status};
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Order, Page, Reading, fetch};

/// Which reservations a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct ReservationFilter {
    /// In one of these states.
    pub statuses: Option<Vec<Status>>,
    /// For one of these purposes.
    pub purposes: Option<Vec<Purpose>>,
    /// For one of these owners.
    pub owners: Option<Vec<String>>,
    /// With one of these references.
    pub external_references: Option<Vec<String>>,
    /// That ask for one of these variants.
    pub variants: Option<Vec<ProductVariantId>>,
    /// That were given units at one of these locations.
    pub locations: Option<Vec<LocationId>>,
    /// That expire, or expired, before this moment.
    pub expires_before: Option<Timestamp>,
}

/// The orders of lists of reservations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReservationOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Those that expire soonest first; those that never do last.
    ExpiresAtAsc,
    /// Those that never expire first, then those that expire last.
    ExpiresAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
}

impl ReservationOrder {
    fn order(self) -> Order<reservation::Model> {
        let (name, column, descending, key): (_, _, _, fn(&reservation::Model) -> Key) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
            Self::ExpiresAtAsc => ("EXPIRES_AT_ASC", Column::ExpiresAt, false, expiry),
            Self::ExpiresAtDesc => ("EXPIRES_AT_DESC", Column::ExpiresAt, true, expiry),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", Column::UpdatedAt, false, |row| Key::Int(row.updated_at.0)),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", Column::UpdatedAt, true, |row| Key::Int(row.updated_at.0)),
        };
        Order {
            name,
            column: Some(Expr::col((Entity, column))),
            nullable: matches!(self, Self::ExpiresAtAsc | Self::ExpiresAtDesc),
            id: Expr::col((Entity, Column::Id)),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

fn expiry(row: &reservation::Model) -> Key {
    row.expires_at.map_or(Key::Null, |moment| Key::Int(moment.0))
}

/// The reservations of a list that `actor` may see, in the state in which they are at `now`.
pub fn reservations(actor: &Actor, filter: ReservationFilter, now: Timestamp) -> Select<Entity> {
    let condition = Condition::all()
        .add_option(filter.statuses.map(|statuses| in_states(&statuses, now)))
        .add_option(filter.purposes.map(|purposes| Column::Purpose.is_in(purposes)))
        .add_option(filter.owners.map(|owners| Column::Owner.is_in(owners)))
        .add_option(filter.external_references.map(|references| Column::ExternalReference.is_in(references)))
        .add_option(filter.variants.map(of_variants))
        .add_option(filter.locations.map(at_locations))
        .add_option(filter.expires_before.map(|moment| Column::ExpiresAt.lt(moment)));
    reservation::visible_to(actor).filter(condition)
}

fn in_states(statuses: &[Status], now: Timestamp) -> Condition {
    statuses.iter().fold(Condition::any().add(Expr::value(false)), |any, status| {
        let stored = Condition::all().add(Column::Status.eq(*status));
        let active = || Condition::all().add(Column::Status.eq(Status::Active));
        match status {
            Status::Active => {
                any.add(active().add(Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now))))
            }
            Status::Expired => any.add(stored).add(active().add(Column::ExpiresAt.lte(now))),
            Status::Fulfilled | Status::Released => any.add(stored),
        }
    })
}

fn of_variants(variants: Vec<ProductVariantId>) -> Expr {
    use reservation_line::Column as Line;
    let lines = reservation_line::Entity::find().select_only().column(Line::ReservationId);
    Column::Id.in_subquery(lines.filter(Line::VariantId.is_in(variants)).into_query())
}

fn at_locations(locations: Vec<LocationId>) -> Expr {
    use reservation_allocation::Column as Allocation;
    let allocations = reservation_allocation::Entity::find().select_only().column(Allocation::ReservationId);
    Column::Id.in_subquery(allocations.filter(Allocation::LocationId.is_in(locations)).into_query())
}

/// One page of the reservations of `select`.
pub fn reservations_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<Entity>,
    order: ReservationOrder,
    page: &'a Page,
) -> Reading<'a, reservation::Model> {
    fetch(db, select, order.order(), page)
}

/// The reservations with these ids that `actor` may see.
pub async fn reservations_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[ReservationId],
) -> Result<HashMap<ReservationId, reservation::Model>, DbErr> {
    let rows = reservation::visible_to(actor).filter(Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The reservation with this number, if `actor` may see it.
pub async fn reservation_by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<reservation::Model>, DbErr> {
    reservation::visible_to(actor).filter(Column::Number.eq(number)).one(db).await
}
