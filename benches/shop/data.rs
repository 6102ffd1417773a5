//! The shop that is measured: made by SQL, the same on both databases, once for each size.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

/// Locations, and so levels of a variant.
pub(crate) const LOCATIONS: i64 = 3;
/// Variants of a product.
pub(crate) const VARIANTS: i64 = 3;
/// When everything was made: the end of 2023.
const MOMENT: i64 = 1_704_000_000_000_000;
/// Units of each level.
const UNITS: i64 = 1_000;

/// What rows there are: a part of their ids.
#[derive(Debug, Clone, Copy)]
struct Rows(u8);

const PRODUCTS: Rows = Rows(1);
const OF_VARIANTS: Rows = Rows(2);
const OF_LOCATIONS: Rows = Rows(3);
const LEVELS: Rows = Rows(4);
const ADJUSTMENTS: Rows = Rows(5);
const MOVEMENTS: Rows = Rows(6);
const USERS: Rows = Rows(7);

/// The id of the row of this number.
fn id_of(rows: Rows, number: i64) -> Uuid {
    let number = u128::try_from(number).unwrap();
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(rows.0) << 64 | number)
}

pub(crate) fn variant_id(number: i64) -> Uuid {
    id_of(OF_VARIANTS, number)
}

pub(crate) fn location_id(number: i64) -> Uuid {
    id_of(OF_LOCATIONS, number)
}

/// A database to make the shop in.
pub(crate) enum Database {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Database {
    pub(crate) async fn open(url: &str) -> Result<Self, sqlx::Error> {
        Ok(if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await?)
        } else {
            Self::Postgres(PgConnection::connect(url).await?)
        })
    }

    pub(crate) async fn run(&mut self, sql: String) -> Result<(), sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop),
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
        }
    }

    async fn number(&mut self, sql: &'static str) -> Result<i64, sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await,
        }
    }

    /// How many products the shop in the database has that was made here: `None` when the database is empty, and an error when somebody else's
    /// data are in it.
    pub(crate) async fn made_before(&mut self) -> Result<Option<i64>, String> {
        let (tables, marks) = match self {
            Self::Sqlite(_) => (
                "SELECT count(*) FROM sqlite_master",
                "SELECT count(*) FROM sqlite_master WHERE name = 'stockroom_benchmark'",
            ),
            Self::Postgres(_) => (
                "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND relnamespace NOT IN
                    (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')",
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'stockroom_benchmark'",
            ),
        };
        let fault = |error: sqlx::Error| error.to_string();
        if self.number(tables).await.map_err(fault)? == 0 {
            return Ok(None);
        }
        if self.number(marks).await.map_err(fault)? == 0 {
            return Err("the database has tables that this measurement did not make".to_owned());
        }
        self.number("SELECT products FROM stockroom_benchmark").await.map(Some).map_err(fault)
    }

    /// The id of the row of this number, which an expression gives.
    fn id(&self, rows: Rows, number: &str) -> String {
        let rows = format!("{:03x}", rows.0);
        match self {
            Self::Sqlite(_) => format!("unhex(printf('0190000000007{rows}8000%012x', {number}))"),
            Self::Postgres(_) => {
                format!("('01900000-0000-7{rows}-8000-' || lpad(to_hex({number}), 12, '0'))::uuid")
            }
        }
    }

    /// Makes the shop in a database that the server has prepared; all users have the password of the one who is there.
    pub(crate) async fn fill(&mut self, products: i64) -> Result<(), sqlx::Error> {
        self.run("BEGIN".to_owned()).await?;
        for statement in self.catalog(products).into_iter().chain(self.stock(products * VARIANTS)) {
            self.run(statement).await?;
        }
        self.run("CREATE TABLE stockroom_benchmark (products BIGINT NOT NULL)".to_owned()).await?;
        self.run(format!("INSERT INTO stockroom_benchmark (products) VALUES ({products})")).await?;
        self.run("COMMIT".to_owned()).await?;
        // As autovacuum would after a while.
        self.run(if matches!(self, Self::Postgres(_)) { "VACUUM ANALYZE" } else { "ANALYZE" }.to_owned()).await
    }

    /// Users, products and variants.
    fn catalog(&self, products: i64) -> Vec<String> {
        let id = |rows: Rows, number: &str| self.id(rows, number);
        let mut all = Vec::new();
        all.push(insert(
            "users",
            "id, email, email_key, name, password_hash, status, version, created_at, updated_at",
            products / 2,
            &format!(
                "{}, 'user-' || n || '@example.com', 'user-' || n || '@example.com', 'User ' || n,
                    (SELECT password_hash FROM users LIMIT 1), 'ACTIVE', 1, {MOMENT} + n, {MOMENT} + n",
                id(USERS, "n")
            ),
        ));
        // Titles in another order than ids, as they are in a shop.
        let title = format!("'Product ' || substr((1000000 + (n * 7919) % {products}) || '', 2)");
        all.push(insert(
            "products",
            "id, title, handle, description, status, vendor, product_type, version, created_at, updated_at",
            products,
            &format!(
                "{}, {title}, 'product-' || n, 'Made to be measured.', 'ACTIVE', 'Vendor ' || (n % 50), 'Type ' || (n % 20), 1, {MOMENT} + n, {MOMENT} + n",
                id(PRODUCTS, "n")
            ),
        ));
        all.push(insert(
            "product_variants",
            "id, product_id, title, sku, option_key, currency, price_minor, position, version, created_at, updated_at",
            products * VARIANTS,
            &format!(
                "{}, {}, 'Variant ' || (n % {VARIANTS}), 'SKU-' || n, (n % {VARIANTS}) || '', 'EUR', 1000 + n % 9000, n % {VARIANTS} + 1, 1, {MOMENT} + n, {MOMENT} + n",
                id(OF_VARIANTS, "n"),
                id(PRODUCTS, &format!("n / {VARIANTS}"))
            ),
        ));
        all
    }

    /// Locations, levels and their movements.
    fn stock(&self, variants: i64) -> Vec<String> {
        let id = |rows: Rows, number: &str| self.id(rows, number);
        let levels = variants * LOCATIONS;
        let of_variant = id(OF_VARIANTS, &format!("n / {LOCATIONS}"));
        let of_location = id(OF_LOCATIONS, &format!("n % {LOCATIONS}"));
        let mut all = Vec::new();
        all.push(insert(
            "locations",
            "id, code, name, address, status, version, created_at, updated_at, priority",
            LOCATIONS,
            &format!(
                "{}, 'LOC-' || n, 'Location ' || n, '', 'ACTIVE', 1, {MOMENT}, {MOMENT}, 100",
                id(OF_LOCATIONS, "n")
            ),
        ));
        all.push(insert(
            "stock_levels",
            "id, variant_id, location_id, on_hand, reserved, damaged, quality_control, incoming, backordered, version, created_at, updated_at",
            levels,
            &format!(
                "{}, {of_variant}, {of_location}, {UNITS}, 0, 0, 0, 0, 0, 1, {MOMENT} + n, {MOMENT} + n",
                id(LEVELS, "n")
            ),
        ));
        all.push(insert(
            "stock_adjustments",
            "id, kind, reason, request_id, created_at",
            levels.div_euclid(100) + 1,
            &format!("{}, 'ADJUST', 'RECEIVED', 'benchmark', {MOMENT} + n", id(ADJUSTMENTS, "n")),
        ));
        all.push(insert(
            "stock_movements",
            "id, adjustment_id, line, variant_id, location_id, state, delta, balance_after, level_version, reason, created_at",
            levels,
            &format!(
                "{}, {}, n % 100, {of_variant}, {of_location}, 'ON_HAND', {UNITS}, {UNITS}, 1, 'RECEIVED', {MOMENT} + n / 100",
                id(MOVEMENTS, "n"),
                id(ADJUSTMENTS, "n / 100")
            ),
        ));
        all
    }
}

/// Rows of a table, counted by `n` from 0.
fn insert(table: &str, columns: &str, count: i64, values: &str) -> String {
    format!(
        "INSERT INTO {table} ({columns})
        WITH RECURSIVE series (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n < {count} - 1)
        SELECT {values} FROM series"
    )
}
