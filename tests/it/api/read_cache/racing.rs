//! Readers and writers at once: whoever has been told of a write never sees what was before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use secrecy::ExposeSecret as _;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::tally;
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::patience::PATIENCE;
use crate::support::{TestApp, both_databases};

both_databases!(nobody_who_was_told_of_a_write_sees_what_was_before_it);

const WRITERS: usize = 3;
const WRITES: i64 = 40;

/// One product and one variant of each writer's own, and the list of all of them, which everyone reads all the time.
async fn nobody_who_was_told_of_a_write_sees_what_was_before_it(app: TestApp) {
    app.locations([("MAIN", 1)].into_iter()).await;
    let products = (0..WRITERS).map(|number| {
        let product = NewProduct::titled(&format!("Tent {number}"));
        product.variant(NewVariant::sku(&format!("TENT-{number}")))
    });
    let ids = app.products(products.collect()).await;
    let staff = app.as_role("ADMINISTRATOR").await;
    let over = Arc::new(AtomicBool::new(false));
    let readers = (0..WRITERS).map(|number| {
        let (anyone, over) = (app.anonymous(), over.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::SeqCst) {
                for document in documents(number) {
                    anyone.query(&document, json!({})).await.data();
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    let writers = ids.into_iter().enumerate().map(|(number, id)| {
        let (staff, anyone) = (staff.clone(), app.anonymous());
        tokio::spawn(async move {
            for count in 1..=WRITES {
                let rename = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { id } userErrors { code } } }";
                let renamed = json!({ "id": id, "vendor": count.to_string() });
                staff.mutate(rename, renamed).await.payload("productUpdate");
                let adjust = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { adjustment { id } userErrors { code } } }";
                let line = json!({ "sku": format!("TENT-{number}"), "locationCode": "MAIN", "delta": 1 });
                staff.mutate(adjust, json!({ "reason": "RECEIVED", "lines": [line] })).await.payload("stockAdjust");
                for document in documents(number) {
                    let answer = anyone.query(&document, json!({})).await;
                    let of = |path: String| answer.data().pointer(&path).cloned();
                    let place = if document.contains("products") { format!("/products/nodes/{number}") } else { "/product".to_owned() };
                    let seen = (of(format!("{place}/vendor")), of(format!("{place}/variants/nodes/0/totalAvailable")));
                    assert_eq!(seen, (Some(json!(count.to_string())), Some(json!(count))), "{document}");
                }
            }
        })
    });
    for writer in futures_util::future::join_all(writers).await {
        writer.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    for reader in futures_util::future::join_all(readers).await {
        reader.unwrap();
    }
    let (given, made) = tally(&app);
    assert!(given > 0 && made > 0, "{given} were given again, {made} made");
}

/// A commit that takes its time, and a reader meanwhile: what it has read is not shown once the writer has been told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_while_a_commit_takes_its_time_is_not_kept_beyond_it() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let id = app.product(NewProduct::titled("Tent")).await;
    // Logged in before commits wait.
    let (staff, anyone) = (app.as_role("ADMINISTRATOR").await, app.anonymous());
    let url = app.config().database_url();
    let mut gate = PgConnection::connect(url.expose_secret()).await.unwrap();
    for sql in [
        "CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER tr_wait_at_commit AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait_at_commit()",
        "SELECT pg_advisory_lock(7)",
    ] {
        gate.execute(sql).await.unwrap();
    }
    let title = async || {
        let answer = anyone.query("{ product(handle: \"tent\") { title } }", json!({})).await;
        answer.field("product")["title"].as_str().unwrap().to_owned()
    };
    let writing = tokio::spawn(async move {
        let update = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { id } userErrors { code } } }";
        staff.mutate(update, json!({ "id": id, "title": "Lodge" })).await.payload("productUpdate");
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database())";
    let deadline = Instant::now() + PATIENCE;
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut gate).await.unwrap() == 0 {
        assert!(Instant::now() < deadline, "the commit does not wait");
        tokio::task::yield_now().await;
    }
    assert_eq!([title().await, title().await], ["Tent", "Tent"]);
    gate.execute("SELECT pg_advisory_unlock(7)").await.unwrap();
    writing.await.unwrap();
    assert_eq!(title().await, "Lodge");
}

fn documents(number: usize) -> [String; 2] {
    let selection = "vendor variants { nodes { totalAvailable } }";
    [
        format!("{{ product(handle: \"tent-{number}\") {{ {selection} }} }}"),
        format!("{{ products {{ nodes {{ {selection} }} }} }}"),
    ]
}
