//! The statements of reservations: looking them up, locking them, and writing what becomes of them. Allocations are written only by whoever holds
//! the lock of their level.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::ledger::locking;
use crate::catalog::entity::product_variant::{BackorderPolicy, ProductVariantId};
use crate::inventory::entity::location::{LocationId, Status};
use crate::inventory::entity::reservation::{self, ReservationId};
use crate::inventory::entity::stock_adjustment::DocumentType;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::{Sql, insert_later};

/// Rows of one statement at most.
const ROWS: usize = 2_000;

/// A level at an active location, where a variant could be reserved.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub struct Place {
    /// The variant.
    pub variant_id: ProductVariantId,
    /// The location.
    pub location_id: LocationId,
    /// The priority of the location.
    pub priority: i64,
}

/// The levels of these variants at active locations.
pub async fn places_of(db: &impl ConnectionTrait, variants: &BTreeSet<ProductVariantId>) -> Result<Vec<Place>, DbErr> {
    Sql::new(
        "SELECT levels.variant_id, levels.location_id, locations.priority FROM stock_levels AS levels \
         JOIN locations ON locations.id = levels.location_id WHERE locations.status = 'ACTIVE' AND levels.variant_id IN (",
    )
    .bind_all(variants.iter().copied())
    .push(")")
    .all(db)
    .await
}

#[derive(FromQueryResult)]
struct Policy {
    id: ProductVariantId,
    backorder_policy: BackorderPolicy,
    backorder_limit: Option<i64>,
}

/// How far each of these variants may be promised beyond its stock; one that does not exist is absent.
pub async fn backorder_policies(
    db: &impl ConnectionTrait,
    variants: &BTreeSet<ProductVariantId>,
) -> Result<BTreeMap<ProductVariantId, (BackorderPolicy, Option<i64>)>, DbErr> {
    if variants.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = Sql::new("SELECT id, backorder_policy, backorder_limit FROM product_variants WHERE id IN (");
    let rows: Vec<Policy> = sql.bind_all(variants.iter().copied()).push(")").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.backorder_policy, row.backorder_limit))).collect())
}

#[derive(FromQueryResult)]
struct Standing {
    id: LocationId,
    status: Status,
    priority: i64,
}

/// The status and the priority of these locations; one that does not exist is absent.
pub async fn standing_of_locations(
    db: &impl ConnectionTrait,
    locations: &BTreeSet<LocationId>,
) -> Result<BTreeMap<LocationId, (Status, i64)>, DbErr> {
    if locations.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = Sql::new("SELECT id, status, priority FROM locations WHERE id IN (");
    let rows: Vec<Standing> = sql.bind_all(locations.iter().copied()).push(")").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.status, row.priority))).collect())
}

#[derive(FromQueryResult)]
struct Counted {
    number: i64,
}

/// The next so many numbers of reservations, in order. On PostgreSQL nobody waits for whoever took the ones before, and one that is not used stays
/// out.
pub async fn next_reservation_numbers(tx: &impl ConnectionTrait, count: usize) -> Result<Vec<String>, DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return super::numbers::next_numbers(tx, DocumentType::Reservation, count).await;
    }
    let count = i64::try_from(count).map_err(|_| DbErr::Custom("so many numbers of reservations".to_owned()))?;
    let sql =
        Sql::new("SELECT nextval('reservation_numbers') AS number FROM generate_series(1, ").bind(count).push(")");
    let rows: Vec<Counted> = sql.all(tx).await?;
    Ok(rows.into_iter().map(|row| super::numbers::written(DocumentType::Reservation, row.number)).collect())
}

/// Writes new reservations, at the latest with the commit.
pub async fn insert_reservations(
    tx: &Tx,
    rows: &[reservation::Model],
    lines: &[reservation_line::Model],
    allocations: &[reservation_allocation::Model],
) -> Result<(), DbErr> {
    insert_later::<reservation::Entity>(tx, rows).await?;
    insert_later::<reservation_line::Entity>(tx, lines).await?;
    insert_later::<reservation_allocation::Entity>(tx, allocations).await
}

/// The reservation, locked until the transaction ends.
pub async fn lock_reservation(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    id: ReservationId,
) -> Result<Option<reservation::Model>, DbErr> {
    reservation::visible_to(actor).filter(reservation::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The lines of reservations, by number.
pub async fn reservation_lines(
    db: &impl ConnectionTrait,
    ids: &[ReservationId],
) -> Result<HashMap<ReservationId, Vec<reservation_line::Model>>, DbErr> {
    use reservation_line::Column;
    let mut found: HashMap<ReservationId, Vec<reservation_line::Model>> = HashMap::new();
    let select = reservation_line::Entity::find().filter(Column::ReservationId.is_in(ids.iter().copied()));
    for row in select.order_by_asc(Column::ReservationId).order_by_asc(Column::Line).all(db).await? {
        found.entry(row.reservation_id).or_default().push(row);
    }
    Ok(found)
}

/// The allocations of reservations, by line and place.
pub async fn reservation_allocations(
    db: &impl ConnectionTrait,
    ids: &[ReservationId],
) -> Result<HashMap<ReservationId, Vec<reservation_allocation::Model>>, DbErr> {
    use reservation_allocation::Column;
    let mut found: HashMap<ReservationId, Vec<reservation_allocation::Model>> = HashMap::new();
    let select = reservation_allocation::Entity::find().filter(Column::ReservationId.is_in(ids.iter().copied()));
    let select = select.order_by_asc(Column::ReservationId).order_by_asc(Column::Line).order_by_asc(Column::Position);
    for row in select.all(db).await? {
        found.entry(row.reservation_id).or_default().push(row);
    }
    Ok(found)
}

/// What an expired reservation still holds of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapsed {
    /// The reservation.
    pub reservation: ReservationId,
    /// The number of its line.
    pub line: i64,
    /// The level.
    pub slot: Slot,
    /// The units.
    pub held: i64,
}

#[derive(FromQueryResult)]
struct LapsedRow {
    reservation_id: ReservationId,
    line: i64,
    variant_id: ProductVariantId,
    location_id: LocationId,
    held: i64,
}

/// The levels at a location of which expired reservations still hold units.
pub async fn lapsing_slots(
    tx: &impl ConnectionTrait,
    location: LocationId,
    now: Timestamp,
) -> Result<BTreeSet<Slot>, DbErr> {
    let sql = Sql::new(
        "SELECT DISTINCT variant_id, location_id FROM reservation_allocations WHERE held > 0 AND expires_at <= ",
    )
    .bind(now)
    .push(" AND location_id = ")
    .bind(location);
    let rows: Vec<SlotRow> = sql.all(tx).await?;
    Ok(rows.into_iter().map(|row| Slot { variant: row.variant_id, location: row.location_id }).collect())
}

#[derive(FromQueryResult)]
struct SlotRow {
    variant_id: ProductVariantId,
    location_id: LocationId,
}

/// What reservations that have expired still hold of these locked levels.
pub async fn lapsed_allocations(
    tx: &impl ConnectionTrait,
    slots: &BTreeSet<Slot>,
    now: Timestamp,
) -> Result<Vec<Lapsed>, DbErr> {
    let mut lapsed = Vec::new();
    let slots: Vec<Slot> = slots.iter().copied().collect();
    for chunk in slots.chunks(ROWS) {
        let sql = Sql::new(
            "SELECT reservation_id, line, variant_id, location_id, held FROM reservation_allocations WHERE held > 0 AND expires_at <= ",
        )
        .bind(now)
        .push(" AND (variant_id, location_id) IN (")
        .rows(chunk, |slot| [slot.variant.into(), slot.location.into()])
        .push(") ORDER BY reservation_id, line, location_id");
        let rows: Vec<LapsedRow> = sql.all(tx).await?;
        lapsed.extend(rows.into_iter().map(|row| Lapsed {
            reservation: row.reservation_id,
            line: row.line,
            slot: Slot { variant: row.variant_id, location: row.location_id },
            held: row.held,
        }));
    }
    Ok(lapsed)
}

/// Writes down that these allocations have expired; tells how many still held what they were said to hold.
pub async fn lapse_allocations(tx: &impl ConnectionTrait, lapsed: &[Lapsed]) -> Result<u64, DbErr> {
    let mut written = 0;
    for chunk in lapsed.chunks(ROWS) {
        written += Sql::new("WITH gone (reservation, number, place, units) AS (")
            .rows(chunk, |row| {
                [row.reservation.into(), row.line.into(), row.slot.location.into(), row.held.into()]
            })
            .push(
                ") UPDATE reservation_allocations SET expired = expired + held, held = 0, backordered = 0 FROM gone \
                 WHERE reservation_id = gone.reservation AND line = gone.number AND location_id = gone.place AND held = gone.units",
            )
            .execute(tx)
            .await?;
    }
    Ok(written)
}

/// Writes allocations of one reservation as they are by now; tells how many there were.
pub async fn update_allocations(
    tx: &impl ConnectionTrait,
    reservation: ReservationId,
    rows: &[reservation_allocation::Model],
) -> Result<u64, DbErr> {
    let mut written = 0;
    for chunk in rows.chunks(ROWS) {
        written += Sql::new("WITH change (number, place, units, beyond, sold, freed, until) AS (")
            .rows(chunk, |row| {
                [
                    row.line.into(),
                    row.location_id.into(),
                    row.held.into(),
                    row.backordered.into(),
                    row.fulfilled.into(),
                    row.released.into(),
                    row.expires_at.into(),
                ]
            })
            .push(
                ") UPDATE reservation_allocations SET held = change.units, backordered = change.beyond, fulfilled = change.sold, \
                 released = change.freed, expires_at = change.until FROM change WHERE line = change.number AND location_id = change.place \
                 AND reservation_id = ",
            )
            .bind(reservation)
            .execute(tx)
            .await?;
    }
    Ok(written)
}

/// Writes a locked reservation as it is by now; `false` when it has another version than the one before.
pub async fn update_reservation(tx: &impl ConnectionTrait, row: &reservation::Model) -> Result<bool, DbErr> {
    let written = Sql::new("UPDATE reservations SET status = ")
        .bind(row.status)
        .push(", expires_at = ")
        .bind(row.expires_at)
        .push(", version = ")
        .bind(row.version)
        .push(", updated_at = ")
        .bind(row.updated_at)
        .push(" WHERE id = ")
        .bind(row.id)
        .push(" AND version = ")
        .bind(row.version - 1)
        .execute(tx)
        .await?;
    Ok(written == 1)
}

#[derive(FromQueryResult)]
struct FirmRow {
    variant_id: ProductVariantId,
    location_id: LocationId,
    number: i64,
}

/// Units of these locked levels that were free when they were promised, over all reservations that hold at `now`. A level without is absent.
pub async fn firm_units(
    tx: &impl ConnectionTrait,
    slots: &BTreeSet<Slot>,
    now: Timestamp,
) -> Result<BTreeMap<Slot, i64>, DbErr> {
    let sql = Sql::new(
        "SELECT variant_id, location_id, CAST(SUM(held - backordered) AS BIGINT) AS number FROM reservation_allocations \
         WHERE held > 0 AND (expires_at IS NULL OR expires_at > ",
    )
    .bind(now)
    .push(") AND (variant_id, location_id) IN (")
    .rows(slots, |slot| [slot.variant.into(), slot.location.into()])
    .push(") GROUP BY variant_id, location_id");
    let rows: Vec<FirmRow> = sql.all(tx).await?;
    let of = |row: FirmRow| (Slot { variant: row.variant_id, location: row.location_id }, row.number);
    Ok(rows.into_iter().map(of).collect())
}

/// Active reservations that have expired, the longest ago first, locked until the transaction ends. Those that someone else has locked are left out.
pub async fn lock_expired(
    tx: &impl ConnectionTrait,
    now: Timestamp,
    most: u32,
) -> Result<Vec<reservation::Model>, DbErr> {
    let sql = Sql::new(
        "SELECT id, number, purpose, status, owner, external_reference, note, expires_at, created_by, version, created_at, updated_at \
         FROM reservations WHERE status = 'ACTIVE' AND expires_at <= ",
    )
    .bind(now)
    .push(" ORDER BY expires_at, id LIMIT ")
    .bind(i64::from(most));
    locking(sql, tx, " FOR UPDATE SKIP LOCKED").all(tx).await
}

/// Writes down that these locked reservations have expired; tells how many there were.
pub async fn expire_reservations(
    tx: &impl ConnectionTrait,
    ids: &[ReservationId],
    now: Timestamp,
) -> Result<u64, DbErr> {
    Sql::new("UPDATE reservations SET status = 'EXPIRED', version = version + 1, updated_at = ")
        .bind(now)
        .push(" WHERE status = 'ACTIVE' AND id IN (")
        .bind_all(ids.iter().copied())
        .push(")")
        .execute(tx)
        .await
}
