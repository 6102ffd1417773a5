//! How the databases find what has a reference, or belongs to a document.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

use crate::support::{TestApp, both_databases};

both_databases!(what_has_a_reference_or_a_document_is_found_by_it);

/// Only what has one is in these indexes: the condition must let the planner see that nothing else is asked for.
async fn what_has_a_reference_or_a_document_is_found_by_it(app: TestApp) {
    let db = app.app.services.db.snapshot().await.unwrap();
    let backend = db.get_database_backend();
    let (explain, column) = match backend {
        DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    if backend == DbBackend::Postgres {
        // The tables are empty.
        db.execute_unprepared("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off").await.unwrap();
    }
    let asked = [
        (
            "ix_stock_movements_reference",
            "SELECT id FROM stock_movements WHERE reference = $1",
            sea_orm::Value::from("A"),
        ),
        ("ix_stock_adjustments_reference", "SELECT id FROM stock_adjustments WHERE reference = $1", "A".into()),
        (
            "ix_stock_adjustments_document_id",
            "SELECT id FROM stock_adjustments WHERE document_id = $1",
            Uuid::nil().into(),
        ),
        (
            "ix_stock_adjustments_document_id",
            "SELECT 1 FROM reservations WHERE id > $1 AND EXISTS (SELECT 1 FROM stock_adjustments WHERE document_id = reservations.id ORDER BY created_at, id LIMIT 1)",
            Uuid::nil().into(),
        ),
    ];
    for (index, sql, value) in asked {
        let statement = Statement::from_sql_and_values(backend, format!("{explain} {sql}"), [value]);
        let rows = db.query_all_raw(statement).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
        assert!(steps.iter().any(|step| step.contains(index)), "{sql}: {steps:#?}");
    }
}
