//! What a database holds, in numbers, to compare before and after.

use stockroom::kernel::db::sql::Sql;

use crate::support::TestApp;

/// The number of rows of a table, and the sum of their versions.
#[derive(Debug, Clone, PartialEq, Eq, sea_orm::FromQueryResult)]
pub(super) struct Count {
    pub(super) rows: i64,
    versions: i64,
}

const VERSIONED: [(&str, &str); 6] = [
    ("users", "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM users"),
    ("categories", "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM categories"),
    ("products", "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM products"),
    (
        "variants",
        "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM product_variants",
    ),
    ("locations", "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM locations"),
    ("levels", "SELECT count(*) AS rows, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS versions FROM stock_levels"),
];
const APPENDED: [(&str, &str); 4] = [
    ("adjustments", "SELECT count(*) AS rows, CAST(0 AS BIGINT) AS versions FROM stock_adjustments"),
    ("movements", "SELECT count(*) AS rows, CAST(0 AS BIGINT) AS versions FROM stock_movements"),
    ("audit", "SELECT count(*) AS rows, CAST(0 AS BIGINT) AS versions FROM audit_entries"),
    ("events", "SELECT count(*) AS rows, CAST(0 AS BIGINT) AS versions FROM outbox"),
];

/// Every table that an import or the demo shop writes.
pub(super) async fn all(app: &TestApp) -> Vec<(&'static str, Count)> {
    let mut counts = Vec::new();
    for (name, sql) in VERSIONED.into_iter().chain(APPENDED) {
        counts.push((name, one(app, sql).await));
    }
    counts
}

/// The rows of one table.
pub(super) async fn of(app: &TestApp, name: &str) -> i64 {
    all(app).await.into_iter().find(|(table, _)| *table == name).unwrap().1.rows
}

/// Any number that a statement without values calls `rows`.
pub(super) async fn rows(app: &TestApp, sql: &'static str) -> i64 {
    #[derive(sea_orm::FromQueryResult)]
    struct Rows {
        rows: i64,
    }
    let found: Option<Rows> = Sql::new(sql).one(app.app.services.db.read()).await.unwrap();
    found.unwrap().rows
}

/// Levels that are not the sum of their movements.
pub(super) async fn drifted_levels(app: &TestApp) -> i64 {
    let sql = "SELECT count(*) AS rows FROM stock_levels l WHERE l.on_hand <> (SELECT COALESCE(SUM(m.delta), 0) \
        FROM stock_movements m WHERE m.variant_id = l.variant_id AND m.location_id = l.location_id)";
    rows(app, sql).await
}

async fn one(app: &TestApp, sql: &'static str) -> Count {
    Sql::new(sql).one(app.app.services.db.read()).await.unwrap().unwrap()
}
