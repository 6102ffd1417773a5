//! The statements of the ledger, each for a whole batch. They decide nothing; only `inventory::ledger` calls them.
//!
//! Locks are always taken in the same order: levels by ascending slots, each after its variant and its location; then what slots without a level name,
//! variants before locations; then new levels. On SQLite the write transaction is the lock.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, QueryResult};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{LocationId, Status};
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_level::{self, LevelId, Slot};
use crate::inventory::entity::{stock_adjustment, stock_movement};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::Tx;
use crate::kernel::db::sql::{self, Sql};

/// Rows of one statement at most: SQLite takes 32,766 parameters, and no row here has more than 14.
const ROWS: usize = 2_000;

#[derive(FromQueryResult)]
struct VariantRow {
    id: ProductVariantId,
}

#[derive(FromQueryResult)]
struct LocationRow {
    id: LocationId,
    status: Status,
}

/// Which of these variants exist. None of them can be deleted until the transaction ends.
pub async fn known_variants(
    tx: &impl ConnectionTrait,
    ids: &BTreeSet<ProductVariantId>,
) -> Result<BTreeSet<ProductVariantId>, DbErr> {
    let mut known = BTreeSet::new();
    for chunk in chunks(ids) {
        let sql = Sql::new("SELECT id FROM product_variants WHERE id IN (").bind_all(chunk).push(") ORDER BY id");
        let rows: Vec<VariantRow> = locking(sql, tx, " FOR KEY SHARE").all(tx).await?;
        known.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(known)
}

/// The status of these locations, which stays so until the transaction ends. One that does not exist is absent.
pub async fn lock_locations(
    tx: &impl ConnectionTrait,
    ids: &BTreeSet<LocationId>,
) -> Result<HashMap<LocationId, Status>, DbErr> {
    let mut found = HashMap::new();
    for chunk in chunks(ids) {
        let sql = Sql::new("SELECT id, status FROM locations WHERE id IN (").bind_all(chunk).push(") ORDER BY id");
        let rows: Vec<LocationRow> = locking(sql, tx, " FOR SHARE").all(tx).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row.status)));
    }
    Ok(found)
}

/// Makes an empty level for each slot that has none. `levels` must be sorted by slot.
pub async fn make_levels(tx: &impl ConnectionTrait, levels: &[(LevelId, Slot)], now: Timestamp) -> Result<(), DbErr> {
    for chunk in levels.chunks(ROWS) {
        Sql::new("INSERT INTO stock_levels (id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, backordered, version, created_at, updated_at) ")
            .rows(chunk, |(id, slot)| {
                let none = || 0_i64.into();
                [
                    (*id).into(),
                    slot.variant.into(),
                    slot.location.into(),
                    none(),
                    none(),
                    none(),
                    none(),
                    none(),
                    none(),
                    none(),
                    now.into(),
                    now.into(),
                ]
            })
            .push(" ON CONFLICT (variant_id, location_id) DO NOTHING")
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// A locked level.
pub struct Locked {
    /// The level.
    pub level: stock_level::Model,
    /// The status of its location. It stays so until the transaction ends, as the variant stays there.
    pub location: Status,
    /// Whether expired reservations may still hold units of it. It may say so for some that were taken back a moment ago.
    pub lapsing: bool,
}

impl FromQueryResult for Locked {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let lapsing: i64 = row.try_get(prefix, "lapsing")?;
        let (level, location) =
            (stock_level::Model::from_query_result(row, prefix)?, row.try_get(prefix, "location_status")?);
        Ok(Self { level, location, lapsing: lapsing != 0 })
    }
}

/// The levels of these slots, in their order, locked with their variants and locations until the transaction ends. A slot without one is absent.
/// In an optimistic transaction nothing is locked; [`update_levels`] sees to it that what was read still holds when it is written.
pub async fn lock_levels(tx: &Tx, slots: &BTreeSet<Slot>, now: Timestamp) -> Result<Vec<Locked>, DbErr> {
    let mut levels = Vec::with_capacity(slots.len());
    for chunk in chunks(slots) {
        let sql = Sql::new(
            "SELECT levels.id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, backordered, levels.version, levels.created_at, \
             levels.updated_at, reorder_point, reorder_quantity, safety_stock, settings_version, locations.status AS location_status, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM reservation_allocations AS allocations WHERE allocations.variant_id = levels.variant_id \
             AND allocations.location_id = levels.location_id AND held > 0 AND expires_at <= ",
        )
        .bind(now)
        .push(
            ") THEN 1 ELSE 0 END AS BIGINT) AS lapsing FROM stock_levels AS levels JOIN product_variants AS variants ON variants.id = variant_id \
             JOIN locations ON locations.id = location_id WHERE (variant_id, location_id) IN (",
        )
        .rows(chunk, |slot| [slot.variant.into(), slot.location.into()])
        .push(") ORDER BY variant_id, location_id");
        let locks = " FOR KEY SHARE OF variants FOR SHARE OF locations FOR UPDATE OF levels";
        let sql = if tx.is_optimistic() { sql } else { locking(sql, tx, locks) };
        let rows: Vec<Locked> = sql.all(tx).await?;
        levels.extend(rows);
    }
    Ok(levels)
}

/// What becomes of one locked level.
#[derive(Debug, Clone, Copy)]
pub struct LevelChange {
    /// The level.
    pub id: LevelId,
    /// Where it is.
    pub location: LocationId,
    /// The version that was locked.
    pub version: i64,
    /// That of its settings, on which depends whether it runs low.
    pub settings_version: i64,
    /// What it holds afterwards.
    pub after: Balance,
    /// When.
    pub at: Timestamp,
}

/// Applies the changes, at the latest with the commit: the only statement that writes the numbers of a level. One that is not at the locked version makes the
/// transaction fail. That no more is promised, damaged or held back than is there is for the constraints of the table to see. In an optimistic transaction, where nothing is
/// locked before, it also fails unless the locations are open; they stay so until it ends.
pub async fn update_levels(tx: &Tx, changes: &[LevelChange]) -> Result<(), DbErr> {
    let in_order = tx.is_optimistic() && changes.len() > 1;
    let (held, from) = if in_order {
        (IN_ORDER, " FROM held JOIN change ON change.level_id = held.id")
    } else {
        (")", " FROM change")
    };
    for chunk in changes.chunks(ROWS) {
        let sql = Sql::new("WITH change (level_id, locked_version, locked_settings, units, promised, broken, checked, coming, beyond, next_version, moment) AS (")
            .rows(chunk, |change| {
                [
                    change.id.into(),
                    change.version.into(),
                    change.settings_version.into(),
                    change.after.on_hand.into(),
                    change.after.reserved.into(),
                    change.after.damaged.into(),
                    change.after.quality_control.into(),
                    change.after.incoming.into(),
                    change.after.backordered().into(),
                    change.after.version.into(),
                    change.at.into(),
                ]
            })
            .push(held)
            .push(
                " UPDATE stock_levels SET on_hand = change.units, reserved = change.promised, damaged = change.broken, \
                 quality_control = change.checked, incoming = change.coming, backordered = change.beyond, version = change.next_version, updated_at = change.moment",
            )
            .push(from)
            .push(
                " WHERE stock_levels.id = change.level_id AND stock_levels.version = change.locked_version \
                 AND stock_levels.settings_version = change.locked_settings",
            );
        tx.change_later(sql, chunk.len()).await?;
    }
    if tx.is_optimistic() {
        keep_open(tx, &changes.iter().map(|change| change.location).collect()).await?;
    }
    Ok(())
}

/// Locks the levels that are to change, in the order of everybody's locks.
const IN_ORDER: &str = "), held AS (SELECT id FROM stock_levels WHERE id IN (SELECT level_id FROM change) ORDER BY variant_id, location_id FOR UPDATE)";

/// Makes the transaction fail unless these locations are open when it writes.
async fn keep_open(tx: &Tx, ids: &BTreeSet<LocationId>) -> Result<(), DbErr> {
    for chunk in chunks(ids) {
        let rows = chunk.len();
        let sql = Sql::new("SELECT 1 FROM locations WHERE status = ").bind(Status::Active).push(" AND id IN (");
        let sql = sql.bind_all(chunk).push(") ORDER BY id");
        tx.find_later(locking(sql, tx, " FOR SHARE"), rows).await?;
    }
    Ok(())
}

/// Appends adjustments, at the latest with the commit.
pub async fn insert_adjustments(tx: &Tx, rows: &[stock_adjustment::Model]) -> Result<(), DbErr> {
    sql::insert_later::<stock_adjustment::Entity>(tx, rows).await
}

/// Appends movements, at the latest with the commit.
pub async fn insert_movements(tx: &Tx, rows: &[stock_movement::Model]) -> Result<(), DbErr> {
    sql::insert_later::<stock_movement::Entity>(tx, rows).await
}

/// Takes back new levels that nothing has happened to.
pub async fn drop_levels(tx: &impl ConnectionTrait, ids: &[LevelId]) -> Result<(), DbErr> {
    for chunk in ids.chunks(ROWS) {
        Sql::new("DELETE FROM stock_levels WHERE version = 0 AND id IN (")
            .bind_all(chunk.iter().copied())
            .push(")")
            .execute(tx)
            .await?;
    }
    Ok(())
}

pub(super) fn locking(sql: Sql, tx: &impl ConnectionTrait, clause: &'static str) -> Sql {
    match tx.get_database_backend() {
        DbBackend::Postgres => sql.push(clause),
        _ => sql,
    }
}

fn chunks<T: Copy>(items: &BTreeSet<T>) -> Vec<Vec<T>> {
    let items: Vec<T> = items.iter().copied().collect();
    items.chunks(ROWS).map(<[T]>::to_vec).collect()
}
