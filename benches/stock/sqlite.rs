//! The floor on SQLite: the statements of `kernel::write` and the commands through bare sqlx, with one writing connection and the same pragmas,
//! on the same file.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteQueryResult, SqliteSynchronous};
use sqlx::{Row as _, Sqlite as Driver, SqlitePool, Transaction};
use stockroom::kernel::id::Id;

use super::ours::{Ours, anyone};
use super::shelf;
use super::shop::LINES;
use super::{PATIENCE, Size, Work, pace};

/// Bare sqlx over a file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    pool: SqlitePool,
    count: Arc<AtomicI64>,
}

/// How many statements one write sends, without `BEGIN` and `COMMIT`.
pub(crate) fn statements(work: Work) -> u64 {
    match work {
        Work::Distinct | Work::Hot => 6,
        Work::Reserve => 13,
    }
}

type Bytes = Vec<u8>;
type Tx<'a> = Transaction<'a, Driver>;

/// A level, as far as the next statements need it.
struct Level {
    id: Bytes,
    variant: Bytes,
    on_hand: i64,
    reserved: i64,
    version: i64,
}

/// The constants of one write.
struct Write {
    id: Bytes,
    location: Bytes,
    now: i64,
    count: i64,
}

impl Sqlite {
    pub(crate) async fn open(file: &Path) -> Self {
        let connect = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("mmap_size", "0")
            .pragma("wal_autocheckpoint", "1000")
            .pragma("journal_size_limit", "67108864")
            .pragma("trusted_schema", "OFF")
            .statement_cache_capacity(256);
        let pool = SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
        let pool = pool.acquire_timeout(PATIENCE);
        Self { pool: pool.connect_with(connect).await.unwrap(), count: Arc::default() }
    }

    /// Writes a second.
    pub(crate) async fn rate(&self, ours: &Ours, work: Work, size: Size) -> f64 {
        let (floor, ours) = (self.clone(), ours.clone());
        pace::rate(size, move |client| {
            let (floor, ours) = (floor.clone(), ours.clone());
            async move { floor.write(&ours, work, client).await }
        })
        .await
    }

    async fn write(&self, ours: &Ours, work: Work, client: i64) {
        let (now, count) = (ours.now().0, self.count.fetch_add(1, Ordering::Relaxed));
        // Ids ascend with time, as UUIDv7 do: milliseconds first.
        let id = (u128::try_from(now / 1_000).unwrap() << 80) | (u128::try_from(count).unwrap() << 8);
        let write = Write { id: id.to_be_bytes().to_vec(), location: bytes(ours.location), now, count };
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        match work {
            Work::Distinct => write.adjust(&mut tx, client).await,
            Work::Hot => write.adjust(&mut tx, 0).await,
            Work::Reserve => write.reserve(&mut tx).await,
        }
        tx.commit().await.unwrap();
    }
}

impl Write {
    async fn adjust(&self, tx: &mut Tx<'_>, number: i64) {
        let variant = bytes(shelf::variant(number));
        let levels = self.lock(tx, LOCK_ONE, &[variant]).await;
        self.update(tx, UPDATE_ONE, &levels, (1, 0)).await;
        self.adjustment(tx, ("ADJUST", "RECEIVED"), None).await;
        self.movements(tx, MOVE_ONE, &levels, ("ON_HAND", "RECEIVED")).await;
        let audit = sqlx::query(AUDIT_ONE);
        let audit = self.entry(audit, 0, ("stock.adjust", "adjustment"), include_str!("adjusted.json"));
        one_or_more(audit.execute(&mut **tx).await.unwrap());
        let mut events = sqlx::query(TELL_ONE);
        for level in &levels {
            events = self.event(events, "stock_level.changed", &level.id, include_str!("changed.json"));
        }
        one_or_more(events.execute(&mut **tx).await.unwrap());
    }

    async fn reserve(&self, tx: &mut Tx<'_>) {
        let variants: Vec<Bytes> =
            (0..LINES).map(|section| bytes(shelf::variant(anyone(self.count, section)))).collect();
        let named: Vec<&Bytes> = variants.iter().collect();
        all(
            tx,
            "SELECT id, backorder_policy, backorder_limit FROM product_variants WHERE id IN ($1, $2, $3, $4, $5)",
            &named,
        )
        .await;
        all(tx, PLACES, &named).await;
        let levels = self.lock(tx, LOCK_FIVE, &variants).await;
        // Whether another level came in until these were locked.
        all(tx, PLACES, &named).await;
        self.update(tx, UPDATE_FIVE, &levels, (0, 1)).await;
        self.adjustment(tx, ("RESERVATION", "RESERVED"), Some("RESERVATION")).await;
        self.movements(tx, MOVE_FIVE, &levels, ("RESERVED", "RESERVED")).await;
        self.reservation(tx, &levels).await;
        let mut audit = sqlx::query(AUDIT_TWO);
        audit = self.entry(audit, 0, ("stock.reservation", "adjustment"), include_str!("promised.json"));
        audit = self.entry(audit, 1, ("reservation.create", "reservation"), include_str!("created.json"));
        one_or_more(audit.execute(&mut **tx).await.unwrap());
        let mut events = sqlx::query(TELL_SIX);
        for level in &levels {
            events = self.event(events, "stock_level.changed", &level.id, include_str!("changed.json"));
        }
        events = self.event(events, "reservation.changed", &self.id, include_str!("announced.json"));
        one_or_more(events.execute(&mut **tx).await.unwrap());
    }

    async fn lock(&self, tx: &mut Tx<'_>, sql: &'static str, variants: &[Bytes]) -> Vec<Level> {
        let mut query = sqlx::query(sql).bind(self.now);
        for variant in variants {
            query = query.bind(variant).bind(&self.location);
        }
        let rows = query.fetch_all(&mut **tx).await.unwrap();
        rows.iter()
            .map(|row| Level {
                id: row.get("id"),
                variant: row.get("variant_id"),
                on_hand: row.get("on_hand"),
                reserved: row.get("reserved"),
                version: row.get("version"),
            })
            .collect()
    }

    async fn update(&self, tx: &mut Tx<'_>, sql: &'static str, levels: &[Level], (on_hand, reserved): (i64, i64)) {
        let mut query = sqlx::query(sql);
        for level in levels {
            query =
                query.bind(&level.id).bind(level.version).bind(level.on_hand + on_hand).bind(level.reserved + reserved);
            query = query.bind(0).bind(0).bind(0).bind(0).bind(level.version + 1).bind(self.now);
        }
        one_or_more(query.execute(&mut **tx).await.unwrap());
    }

    async fn adjustment(&self, tx: &mut Tx<'_>, (kind, reason): (&str, &str), document: Option<&str>) {
        const SQL: &str = "INSERT INTO stock_adjustments (id, kind, reason, reference, note, actor_id, actor_name, request_id, created_at, document_type, document_id, reverses_id) \
            VALUES ($1, $2, $3, NULL, NULL, NULL, 'bench', 'bench', $4, $5, $6, NULL)";
        let query = sqlx::query(SQL).bind(&self.id).bind(kind).bind(reason).bind(self.now).bind(document);
        one_or_more(query.bind(document.map(|_| &self.id)).execute(&mut **tx).await.unwrap());
    }

    async fn movements(&self, tx: &mut Tx<'_>, sql: &'static str, levels: &[Level], (state, reason): (&str, &str)) {
        let mut query = sqlx::query(sql);
        for (line, level) in (1_u8..).zip(levels) {
            let units = if state == "ON_HAND" { level.on_hand } else { level.reserved } + 1;
            query = query
                .bind(self.id_of(line))
                .bind(&self.id)
                .bind(i64::from(line))
                .bind(&level.variant)
                .bind(&self.location);
            query = query.bind(state).bind(1).bind(units).bind(level.version + 1).bind(reason).bind(self.now);
        }
        one_or_more(query.execute(&mut **tx).await.unwrap());
    }

    async fn reservation(&self, tx: &mut Tx<'_>, levels: &[Level]) {
        const NUMBER: &str = "INSERT INTO document_numbers (document_type, last_number) VALUES ($1, 1) \
            ON CONFLICT (document_type) DO UPDATE SET last_number = document_numbers.last_number + 1 RETURNING last_number AS number";
        const SQL: &str = "INSERT INTO reservations (id, number, purpose, status, owner, external_reference, note, expires_at, created_by, version, created_at, updated_at) \
            VALUES ($1, $2, 'CART', 'ACTIVE', 'bench', NULL, NULL, $3, NULL, 1, $4, $5)";
        let number: i64 = sqlx::query(NUMBER).bind("RESERVATION").fetch_one(&mut **tx).await.unwrap().get("number");
        let until = self.now + 3_600_000_000;
        let query =
            sqlx::query(SQL).bind(&self.id).bind(format!("RES-{number:06}")).bind(until).bind(self.now).bind(self.now);
        one_or_more(query.execute(&mut **tx).await.unwrap());
        let (mut lines, mut allocations) = (sqlx::query(LINES_FIVE), sqlx::query(ALLOCATIONS_FIVE));
        for (line, level) in (1_i64..).zip(levels) {
            lines = lines.bind(&self.id).bind(line).bind(&level.variant).bind(1);
            allocations =
                allocations.bind(&self.id).bind(line).bind(&self.location).bind(&level.variant).bind(1).bind(1);
            allocations = allocations.bind(0).bind(0).bind(0).bind(0).bind(until);
        }
        one_or_more(lines.execute(&mut **tx).await.unwrap());
        one_or_more(allocations.execute(&mut **tx).await.unwrap());
    }

    fn entry<'q>(
        &'q self,
        query: Query<'q>,
        number: u8,
        (action, object): (&'q str, &'q str),
        changes: &'q str,
    ) -> Query<'q> {
        query.bind(self.id_of(number)).bind(self.now).bind(action).bind(object).bind(&self.id).bind(changes.trim_end())
    }

    fn event<'q>(&self, query: Query<'q>, topic: &'q str, key: &'q Bytes, payload: &'q str) -> Query<'q> {
        query.bind(topic).bind(key).bind(payload.trim_end()).bind(self.now)
    }

    /// An id of a row that belongs to the write.
    fn id_of(&self, number: u8) -> Bytes {
        let (_, before) = self.id.split_last().unwrap();
        before.iter().copied().chain([number]).collect()
    }
}

type Query<'q> = sqlx::query::Query<'q, Driver, sqlx::sqlite::SqliteArguments>;

fn bytes(id: impl Id) -> Bytes {
    id.uuid().as_bytes().to_vec()
}

async fn all(tx: &mut Tx<'_>, sql: &'static str, values: &[&Bytes]) {
    let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
    assert!(!query.fetch_all(&mut **tx).await.unwrap().is_empty(), "{sql}");
}

fn one_or_more(result: SqliteQueryResult) {
    assert!(result.rows_affected() > 0);
}

const LOCK_ONE: &str = "SELECT levels.id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, backordered, levels.version, levels.created_at, levels.updated_at, \
    reorder_point, reorder_quantity, safety_stock, settings_version, locations.status AS location_status, \
    CAST(CASE WHEN EXISTS (SELECT 1 FROM reservation_allocations AS allocations WHERE allocations.variant_id = levels.variant_id \
    AND allocations.location_id = levels.location_id AND held > 0 AND expires_at <= $1) THEN 1 ELSE 0 END AS BIGINT) AS lapsing \
    FROM stock_levels AS levels JOIN product_variants AS variants ON variants.id = variant_id JOIN locations ON locations.id = location_id \
    WHERE (variant_id, location_id) IN (VALUES ($2, $3)) ORDER BY variant_id, location_id";
const LOCK_FIVE: &str = "SELECT levels.id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, backordered, levels.version, levels.created_at, levels.updated_at, \
    reorder_point, reorder_quantity, safety_stock, settings_version, locations.status AS location_status, \
    CAST(CASE WHEN EXISTS (SELECT 1 FROM reservation_allocations AS allocations WHERE allocations.variant_id = levels.variant_id \
    AND allocations.location_id = levels.location_id AND held > 0 AND expires_at <= $1) THEN 1 ELSE 0 END AS BIGINT) AS lapsing \
    FROM stock_levels AS levels JOIN product_variants AS variants ON variants.id = variant_id JOIN locations ON locations.id = location_id \
    WHERE (variant_id, location_id) IN (VALUES ($2, $3), ($4, $5), ($6, $7), ($8, $9), ($10, $11)) ORDER BY variant_id, \
    location_id";
const UPDATE_ONE: &str = "WITH change (level_id, locked_version, units, promised, broken, checked, coming, beyond, next_version, moment) AS \
    (VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)) \
    UPDATE stock_levels SET on_hand = change.units, reserved = change.promised, damaged = change.broken, \
    quality_control = change.checked, incoming = change.coming, backordered = change.beyond, version = change.next_version, \
    updated_at = change.moment FROM change WHERE stock_levels.id = change.level_id AND stock_levels.version = change.locked_version";
const UPDATE_FIVE: &str = "WITH change (level_id, locked_version, units, promised, broken, checked, coming, beyond, next_version, moment) AS \
    (VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10), ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20), ($21, $22, $23, $24, $25, $26, \
    $27, $28, $29, $30), ($31, $32, $33, $34, $35, $36, $37, $38, $39, $40), ($41, $42, $43, $44, $45, $46, $47, $48, $49, $50)) \
    UPDATE stock_levels SET on_hand = change.units, reserved = change.promised, damaged = change.broken, \
    quality_control = change.checked, incoming = change.coming, backordered = change.beyond, version = change.next_version, \
    updated_at = change.moment FROM change WHERE stock_levels.id = change.level_id AND stock_levels.version = change.locked_version";
const MOVE_ONE: &str = "INSERT INTO stock_movements (id, adjustment_id, line, variant_id, location_id, state, delta, balance_after, level_version, reason, \
    reference, \
    actor_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL, $11)";
const MOVE_FIVE: &str = "INSERT INTO stock_movements (id, adjustment_id, line, variant_id, location_id, state, delta, balance_after, level_version, reason, \
    reference, \
    actor_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL, $11), ($12, $13, $14, $15, $16, $17, $18, $19, $20, \
    $21, NULL, NULL, $22), ($23, $24, $25, $26, $27, $28, $29, $30, $31, $32, NULL, NULL, $33), ($34, $35, $36, $37, $38, $39, $40, $41, $42, \
    $43, NULL, NULL, $44), ($45, $46, $47, $48, $49, $50, $51, $52, $53, $54, NULL, NULL, $55)";
const LINES_FIVE: &str = "INSERT INTO reservation_lines (reservation_id, line, variant_id, requested) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, \
    $12), ($13, $14, $15, $16), ($17, $18, $19, $20)";
const ALLOCATIONS_FIVE: &str = "INSERT INTO reservation_allocations (reservation_id, line, location_id, variant_id, position, held, backordered, fulfilled, released, \
    expired, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11), ($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22), \
    ($23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33), ($34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44), ($45, $46, $47, $48, \
    $49, $50, $51, $52, $53, $54, $55)";
const AUDIT_ONE: &str = "INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, session_id, action, object_type, object_id, changes, request_id) \
    VALUES ($1, $2, 'SYSTEM', NULL, 'bench', NULL, $3, $4, $5, $6, 'bench')";
const AUDIT_TWO: &str = "INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor_name, session_id, action, object_type, object_id, changes, request_id) \
    VALUES ($1, $2, 'SYSTEM', NULL, 'bench', NULL, $3, $4, $5, $6, 'bench'), ($7, $8, 'SYSTEM', NULL, 'bench', NULL, $9, $10, $11, $12, 'bench')";
const TELL_ONE: &str = "INSERT INTO outbox (topic, key, payload, occurred_at, origin) VALUES ($1, $2, $3, $4, 1)";
const TELL_SIX: &str = "INSERT INTO outbox (topic, key, payload, occurred_at, origin) VALUES ($1, $2, $3, $4, 1), ($5, $6, $7, $8, 1), ($9, $10, $11, $12, 1), ($13, $14, $15, \
    $16, 1), ($17, $18, $19, $20, 1), ($21, $22, $23, $24, 1)";
const PLACES: &str = "SELECT levels.variant_id, levels.location_id, locations.priority FROM stock_levels AS levels \
    JOIN locations ON locations.id = levels.location_id WHERE locations.status = 'ACTIVE' AND levels.variant_id IN ($1, $2, $3, $4, $5)";
