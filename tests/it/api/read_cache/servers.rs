//! Several servers on one database: what one of them changes, the others show soon.

use std::time::Instant;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};

use crate::support::client::Client;
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::patience::PATIENCE;
use crate::support::second::Second;
use crate::support::{TestApp, both_databases};

both_databases!(what_another_server_changes_is_shown_soon, stock_that_another_server_changes_is_shown_soon);

/// Asks until the answer is so.
async fn until(client: &Client, query: &str, wanted: &Value) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client.query(query, json!({})).await;
        if answer.data() == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "still {:#}", answer.body);
        tokio::task::yield_now().await;
    }
}

const TITLE: &str = "{ product(handle: \"tent\") { title } }";
const UPDATE: &str =
    "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { id } userErrors { code } } }";

fn titled(title: &str) -> Value {
    json!({ "product": { "title": title } })
}

async fn what_another_server_changes_is_shown_soon(app: TestApp) {
    let id = app.product(NewProduct::titled("Tent")).await;
    let second = Second::beside(&app).await;
    let (staff, there) = (app.as_role("ADMINISTRATOR").await, Client::new(&second.url));
    for title in ["One", "Two", "Three"] {
        staff.mutate(UPDATE, json!({ "id": id, "title": title })).await.payload("productUpdate");
        until(&there, TITLE, &titled(title)).await;
    }
    // It was given again meanwhile, and still is.
    let before = second.app.gate.counted();
    until(&there, TITLE, &titled("Three")).await;
    assert_eq!(second.app.gate.counted().given, before.given + 1);
    second.stop().await;
}

async fn stock_that_another_server_changes_is_shown_soon(app: TestApp) {
    app.locations([("MAIN", 1)].into_iter()).await;
    app.product(NewProduct::titled("Tent").variant(NewVariant::sku("TENT"))).await;
    let second = Second::beside(&app).await;
    let (staff, there) = (app.as_role("ADMINISTRATOR").await, Client::new(&second.url));
    let adjust =
        "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { adjustment { id } userErrors { code } } }";
    let line = json!({ "sku": "TENT", "locationCode": "MAIN", "delta": 2 });
    for total in [2, 4] {
        staff.mutate(adjust, json!({ "reason": "RECEIVED", "lines": [line] })).await.payload("stockAdjust");
        let wanted = json!({ "productVariant": { "totalAvailable": total } });
        until(&there, "{ productVariant(sku: \"TENT\") { totalAvailable } }", &wanted).await;
    }
    second.stop().await;
}

/// The outbox is read behind the oldest transaction that still runs; a notice comes with the commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_catalog_is_heard_of_though_an_older_transaction_still_runs() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let id = app.product(NewProduct::titled("Tent")).await;
    let second = Second::beside(&app).await;
    let (staff, there) = (app.as_role("ADMINISTRATOR").await, Client::new(&second.url));
    until(&there, TITLE, &titled("Tent")).await;
    let mut older = sqlx::PgConnection::connect(app.config().database_url().expose_secret()).await.unwrap();
    older.execute("BEGIN").await.unwrap();
    older.execute("SELECT pg_current_xact_id()").await.unwrap();
    for title in ["One", "Two"] {
        staff.mutate(UPDATE, json!({ "id": id, "title": title })).await.payload("productUpdate");
        until(&there, TITLE, &titled(title)).await;
    }
    // Whoever listens for notices loses the connection, misses one, and finds out when it is back.
    let lost = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    older.execute(lost).await.unwrap();
    staff.mutate(UPDATE, json!({ "id": id, "title": "Three" })).await.payload("productUpdate");
    until(&there, TITLE, &titled("Three")).await;
    older.execute("ROLLBACK").await.unwrap();
    second.stop().await;
}
