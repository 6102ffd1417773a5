//! The audit finds every way in which a level and its movements can part, by the API and by the command line.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use super::shelves::{Shop, adjust, line};
use crate::support::process;
use crate::support::{TestApp, both_databases};

both_databases!(a_level_that_drifted_is_found, movements_that_do_not_follow_are_found, the_database_keeps_history);

/// Runs SQL behind the server's back.
pub(super) async fn behind_the_back(app: &TestApp, sql: &str) -> Result<(), sqlx::Error> {
    if let Some(url) = &app.config().database.url {
        let pool = PgPool::connect(url.expose_secret()).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await?;
    } else {
        let file = app.config().server.data_dir.join("stockroom.db");
        let pool = SqlitePool::connect(&format!("sqlite://{}", file.display())).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await?;
    }
    Ok(())
}

async fn differences(app: &TestApp) -> Value {
    let document = "{ stockAudit { isClean differenceCount
        differences { onHand ledger version movements breaks variant { sku } location { code } } } }";
    app.as_role("SUPPORT").await.query(document, json!({})).await.field("stockAudit").clone()
}

/// The exit code and the output of `stockroom audit` on the database of `app`.
fn audit_command(app: &TestApp) -> (Option<i32>, String) {
    let mut command = process::stockroom(app.folder());
    command.arg("audit").arg("--data-dir").arg(&app.config().server.data_dir);
    if let Some(url) = &app.config().database.url {
        command.env("DATABASE_URL", url.expose_secret());
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

async fn a_level_that_drifted_is_found(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 2, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5), line("SKU-1", "LOC-0", 5)]).await.payload("stockAdjust");
    let (code, output) = audit_command(&app);
    assert_eq!(code, Some(0), "{output}");
    assert!(output.starts_with("clean: 2 stock levels"), "{output}");

    behind_the_back(
        &app,
        "UPDATE stock_levels SET on_hand = 6 WHERE variant_id = (SELECT id FROM product_variants WHERE sku = 'SKU-1')",
    )
    .await
    .unwrap();
    let expected = json!({ "isClean": false, "differenceCount": 1, "differences": [{
        "onHand": 6, "ledger": 5, "version": 1, "movements": 1, "breaks": 0,
        "variant": { "sku": "SKU-1" }, "location": { "code": "LOC-0" },
    }] });
    assert_eq!(differences(&app).await, expected);
    let (code, output) = audit_command(&app);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("on_hand=6 ledger=5"), "{output}");
}

async fn movements_that_do_not_follow_are_found(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    for delta in [5, 3] {
        adjust(&keeper, vec![line("SKU-0", "LOC-0", delta)]).await.payload("stockAdjust");
    }
    // Two movements that changed places: the sum is the same, but no balance follows from the one before.
    let unlock = if app.config().database.url.is_some() {
        "DROP TRIGGER tr_stock_movements_append_only ON stock_movements;"
    } else {
        "DROP TRIGGER tr_stock_movements_no_update;"
    };
    let forge = "UPDATE stock_movements SET delta = 8 - delta;";
    behind_the_back(&app, &format!("{unlock} {forge}")).await.unwrap();
    let found = differences(&app).await;
    assert_eq!((&found["differences"][0]["onHand"], &found["differences"][0]["ledger"]), (&json!(8), &json!(8)));
    assert_eq!(found["differences"][0]["breaks"], json!(2), "{found:#}");

    // And movements without a level.
    behind_the_back(&app, "DELETE FROM stock_levels").await.unwrap();
    let found = differences(&app).await;
    assert_eq!(found["differences"][0]["onHand"], Value::Null, "{found:#}");
}

async fn the_database_keeps_history(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    for sql in [
        "UPDATE stock_movements SET delta = 1",
        "DELETE FROM stock_movements",
        "UPDATE stock_adjustments SET reason = 'SOLD'",
        "DELETE FROM stock_adjustments",
        "UPDATE stock_levels SET on_hand = -1",
        "UPDATE stock_levels SET reserved = 6",
    ] {
        assert!(behind_the_back(&app, sql).await.is_err(), "{sql}");
    }
}
