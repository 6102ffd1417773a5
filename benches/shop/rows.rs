//! The statements of the bare server.

use std::time::UNIX_EPOCH;

use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use uuid::Uuid;

use super::bare::PAGE;

pub(crate) type ProductRow = (Uuid, String, String);
pub(crate) type VariantRow = (Uuid, Uuid, String, i64, String);
pub(crate) type LevelRow = (Uuid, i64, i64);
pub(crate) type FoundRow = (Uuid, String, String, Option<String>);

/// Connections as the program has them by default.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    Postgres(PgPool),
}

/// The placeholders of so many values, from `$1` on.
fn placeholders(count: usize) -> String {
    let all: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    all.join(", ")
}

/// Rows of a statement, with what it is given, on either database.
macro_rules! rows {
    ($pool:expr, $sql:expr $(, $value:expr)*) => {{
        let sql: String = $sql.into();
        match $pool {
            Pool::Sqlite { readers, .. } => sqlx::query_as(AssertSqlSafe(sql))$(.bind($value))*.fetch_all(readers).await.unwrap(),
            Pool::Postgres(pool) => sqlx::query_as(AssertSqlSafe(sql))$(.bind($value))*.fetch_all(pool).await.unwrap(),
        }
    }};
}

impl Pool {
    /// Connections that nobody asks whether they still answer, which would cost a way to the database and back for each statement.
    pub(crate) async fn open(url: &str) -> Self {
        if !url.starts_with("sqlite:") {
            let pool = PgPoolOptions::new().min_connections(16).max_connections(16).test_before_acquire(false);
            return Self::Postgres(pool.connect(url).await.unwrap());
        }
        let connect: SqliteConnectOptions = url.parse().unwrap();
        let connect = connect.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let readers = pool.clone().min_connections(8).max_connections(8);
        let writer = pool.max_connections(1).connect_with(connect.clone()).await.unwrap();
        Self::Sqlite { readers: readers.connect_with(connect).await.unwrap(), writer }
    }

    /// A page of products, and one more if there is one.
    pub(crate) async fn products(&self, after: Option<&(String, Uuid)>) -> Vec<ProductRow> {
        let limit = PAGE + 1;
        match after {
            None => rows!(self, format!("SELECT id, title, handle FROM products ORDER BY title, id LIMIT {limit}")),
            Some((title, id)) => rows!(
                self,
                format!(
                    "SELECT id, title, handle FROM products WHERE (title, id) > ($1, $2) ORDER BY title, id LIMIT {limit}"
                ),
                title,
                id
            ),
        }
    }

    pub(crate) async fn product(&self, handle: &str) -> Vec<ProductRow> {
        rows!(self, "SELECT id, title, handle FROM products WHERE handle = $1", handle)
    }

    pub(crate) async fn password_hash(&self, email: &str) -> String {
        let found: Vec<(String,)> = rows!(self, "SELECT password_hash FROM users WHERE email_key = $1", email);
        found.into_iter().next().map(|(hash,)| hash).unwrap_or_default()
    }

    pub(crate) async fn variants(&self, products: &[Uuid]) -> Vec<VariantRow> {
        let of = |condition: &str| {
            format!(
                "SELECT id, product_id, sku, price_minor, currency FROM product_variants WHERE product_id {condition}
                ORDER BY product_id, position, id"
            )
        };
        self.of_many(products, &of).await
    }

    pub(crate) async fn levels(&self, variants: &[Uuid]) -> Vec<LevelRow> {
        let of = |condition: &str| {
            format!(
                "SELECT variant_id, on_hand, on_hand + backordered - reserved - damaged - quality_control
                FROM stock_levels WHERE variant_id {condition} ORDER BY variant_id, created_at, id"
            )
        };
        self.of_many(variants, &of).await
    }

    /// Rows that belong to any of these.
    async fn of_many<T>(&self, ids: &[Uuid], of: &(dyn Fn(&str) -> String + Sync)) -> Vec<T>
    where
        T: Send
            + Unpin
            + for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
            + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        match self {
            Self::Postgres(pool) => {
                sqlx::query_as(AssertSqlSafe(of("= ANY($1)"))).bind(ids).fetch_all(pool).await.unwrap()
            }
            Self::Sqlite { readers, .. } => {
                let sql = of(&format!("IN ({})", placeholders(ids.len())));
                let query = ids.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), sqlx::query::QueryAs::bind);
                query.fetch_all(readers).await.unwrap()
            }
        }
    }

    pub(crate) async fn search(&self, text: &str) -> Vec<FoundRow> {
        let like = format!("%{text}%");
        let sql = format!(
            "SELECT id, title, handle, vendor FROM products WHERE status = 'ACTIVE' AND (lower(title) LIKE $1 OR lower(handle) LIKE $1
                OR lower(vendor) LIKE $1 OR id IN (SELECT product_id FROM product_variants WHERE lower(sku) LIKE $1))
            ORDER BY title, id LIMIT {PAGE}"
        );
        rows!(self, sql, &like)
    }

    /// A unit more of a level: how many there are then.
    pub(crate) async fn adjust(&self, variant: Uuid, location: Uuid) -> i64 {
        const SQL: &str = "UPDATE stock_levels SET on_hand = on_hand + 1 WHERE variant_id = $1 AND location_id = $2 RETURNING on_hand";
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query_scalar(SQL).bind(variant).bind(location).fetch_one(writer).await.unwrap()
            }
            Self::Postgres(pool) => sqlx::query_scalar(SQL).bind(variant).bind(location).fetch_one(pool).await.unwrap(),
        }
    }

    /// The same with its adjustment and its movement: on PostgreSQL still one statement.
    #[expect(clippy::disallowed_methods, reason = "a bare server makes its ids by itself")]
    pub(crate) async fn record(&self, variant: Uuid, location: Uuid) -> i64 {
        let (adjustment, movement) = (Uuid::now_v7(), Uuid::now_v7());
        let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        match self {
            Self::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
                let level = sqlx::query_as(LEVEL).bind(variant).bind(location).bind(now);
                let (on_hand, version): (i64, i64) = level.fetch_one(&mut *tx).await.unwrap();
                let adjusted = sqlx::query(ADJUSTMENT).bind(adjustment).bind(now);
                adjusted.execute(&mut *tx).await.unwrap();
                let moved = sqlx::query(MOVEMENT).bind(movement).bind(adjustment).bind(variant).bind(location);
                moved.bind(on_hand).bind(version).bind(now).execute(&mut *tx).await.unwrap();
                tx.commit().await.unwrap();
                on_hand
            }
            Self::Postgres(pool) => {
                let asked = sqlx::query_scalar(LEDGER).bind(variant).bind(location).bind(now);
                asked.bind(adjustment).bind(movement).fetch_one(pool).await.unwrap()
            }
        }
    }
}

const LEVEL: &str = "UPDATE stock_levels SET on_hand = on_hand + 1, version = version + 1, updated_at = $3 \
    WHERE variant_id = $1 AND location_id = $2 RETURNING on_hand, version";
const ADJUSTMENT: &str = "INSERT INTO stock_adjustments (id, kind, reason, request_id, created_at) VALUES ($1, 'ADJUST', 'RECEIVED', 'bare', $2)";
const MOVEMENT: &str = "INSERT INTO stock_movements \
    (id, adjustment_id, line, variant_id, location_id, state, delta, balance_after, level_version, reason, created_at) \
    VALUES ($1, $2, 0, $3, $4, 'ON_HAND', 1, $5, $6, 'RECEIVED', $7)";
const LEDGER: &str = "WITH level AS (UPDATE stock_levels SET on_hand = on_hand + 1, version = version + 1, updated_at = $3 \
    WHERE variant_id = $1 AND location_id = $2 RETURNING on_hand, version), \
    adjustment AS (INSERT INTO stock_adjustments (id, kind, reason, request_id, created_at) VALUES ($4, 'ADJUST', 'RECEIVED', 'bare', $3)), \
    movement AS (INSERT INTO stock_movements \
    (id, adjustment_id, line, variant_id, location_id, state, delta, balance_after, level_version, reason, created_at) \
    SELECT $5, $4, 0, $1, $2, 'ON_HAND', 1, on_hand, version, 'RECEIVED', $3 FROM level) \
    SELECT on_hand FROM level";
