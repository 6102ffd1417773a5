//! Answers about the catalog that are given again: to whom, for how long, and never once they are stale.

mod changes;
mod racing;
mod servers;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    an_answer_is_given_again_without_a_look_at_the_database,
    whoever_may_do_nothing_shares_it_and_nobody_else,
    what_can_be_bought_now_is_given_for_five_seconds,
);

const PRODUCT: &str =
    "query Product($handle: String!) { product(handle: $handle) { title variants { nodes { sku totalAvailable } } } }";

fn tents() -> Vec<NewProduct> {
    vec![
        NewProduct::titled("Trail Tent").variant(NewVariant::sku("TENT-1")),
        NewProduct::titled("Camp Chair").variant(NewVariant::sku("CHAIR-1")),
    ]
}

/// Asks and counts the statements that it took.
async fn counted(app: &TestApp, client: &Client, request: &Value) -> (Answer, u64) {
    let before = app.statements();
    let answer = client.send(request).await;
    (answer, app.statements() - before)
}

/// How often answers were given again, and how often they were made and kept.
fn tally(app: &TestApp) -> (u64, u64) {
    let counted = app.app.gate.counted();
    (counted.given, counted.made)
}

async fn an_answer_is_given_again_without_a_look_at_the_database(app: TestApp) {
    app.products(tents()).await;
    let anyone = app.anonymous();
    let of = |handle: &str| json!({ "query": PRODUCT, "variables": { "handle": handle } });
    let (first, made) = counted(&app, &anyone, &of("trail-tent")).await;
    assert_eq!(first.field("product")["title"], json!("Trail Tent"));
    assert!(made > 0);
    let (again, looked) = counted(&app, &anyone, &of("trail-tent")).await;
    assert_eq!((looked, again.status, &again.body), (0, 200, &first.body), "the same, with what it costs");
    assert_eq!(again.headers["content-type"], first.headers["content-type"]);
    // Everything that makes it another question.
    let others = [
        of("camp-chair"),
        json!({ "query": PRODUCT.replace("title", "handle"), "variables": { "handle": "trail-tent" } }),
        json!({ "query": PRODUCT.replace("title", "name: title"), "variables": { "handle": "trail-tent" } }),
        json!({ "query": format!("{PRODUCT} query Other {{ products {{ totalCount }} }}"), "variables": { "handle": "trail-tent" }, "operationName": "Other" }),
        json!({ "query": format!("{PRODUCT} query Other {{ products {{ totalCount }} }}"), "variables": { "handle": "trail-tent" }, "operationName": "Product" }),
    ];
    for other in others {
        let (answer, looked) = counted(&app, &anyone, &other).await;
        assert!(looked > 0 && answer.body != first.body || other["operationName"] == json!("Product"), "{other:#}");
        assert_eq!(counted(&app, &anyone, &other).await.1, 0, "{other:#}");
    }
    // Nothing there is an answer, too.
    let (none, _) = counted(&app, &anyone, &of("nothing-there")).await;
    assert_eq!((none.field("product"), counted(&app, &anyone, &of("nothing-there")).await.1), (&Value::Null, 0));
    // A mistake is none.
    let mistaken = json!({ "query": "{ product { title } products { totalCount } }" });
    let (first, _) = counted(&app, &anyone, &mistaken).await;
    let (again, looked) = counted(&app, &anyone, &mistaken).await;
    assert_eq!((again.codes(), &again.body, looked > 0), (vec!["BAD_USER_INPUT".to_owned()], &first.body, true));
    assert_eq!(tally(&app), (7, 7));
}

async fn whoever_may_do_nothing_shares_it_and_nobody_else(app: TestApp) {
    app.products(tents()).await;
    let request = json!({ "query": "{ products { nodes { title } } }" });
    let (made, _) = counted(&app, &app.anonymous(), &request).await;
    let customer = app.as_role("CUSTOMER").await;
    // The session is looked up, the catalog is not.
    let (shared, looked) = counted(&app, &customer, &request).await;
    assert_eq!((shared.data(), looked), (made.data(), 1));
    for role in ["CATALOG_MANAGER", "ADMINISTRATOR", "STOCK_COUNTER"] {
        let staff = app.as_role(role).await;
        for _ in 0..2 {
            let (answer, looked) = counted(&app, &staff, &request).await;
            assert_eq!((answer.data(), looked > 1), (made.data(), true), "{role}");
        }
    }
    assert_eq!(tally(&app), (1, 1));
}

async fn what_can_be_bought_now_is_given_for_five_seconds(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    app.products(tents()).await;
    let anyone = app.anonymous();
    let stock = json!({ "query": PRODUCT, "variables": { "handle": "trail-tent" } });
    let text = json!({ "query": "{ product(handle: \"trail-tent\") { title } }" });
    for request in [&stock, &text] {
        assert!(counted(&app, &anyone, request).await.1 > 0);
    }
    hand.advance(Duration::from_millis(4_999));
    assert_eq!(counted(&app, &anyone, &stock).await.1, 0);
    hand.advance(Duration::from_millis(1));
    assert!(counted(&app, &anyone, &stock).await.1 > 0);
    hand.advance(Duration::from_millis(54_999));
    assert_eq!(counted(&app, &anyone, &text).await.1, 0);
    hand.advance(Duration::from_millis(1));
    assert!(counted(&app, &anyone, &text).await.1 > 0, "after a minute nothing is given again");
}

#[tokio::test]
async fn it_can_be_turned_off() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.read_cache.bytes = 0).await;
    app.products(tents()).await;
    let request = json!({ "query": "{ products { nodes { title } } }" });
    for _ in 0..2 {
        assert!(counted(&app, &app.anonymous(), &request).await.1 > 0);
    }
    assert_eq!(tally(&app), (0, 0));
}

#[tokio::test]
async fn it_is_paid_for_like_any_other() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| {
        config.rates.enabled = true;
        config.rates.anonymous_per_second = 1.try_into().unwrap();
        config.rates.anonymous_burst = 30.try_into().unwrap();
    })
    .await;
    let hand = app.stop_the_clock().await;
    app.products(tents()).await;
    let (anyone, request) = (app.anonymous(), json!({ "query": "{ products { nodes { title } } }" }));
    let cost = |answer: &Answer| answer.body["extensions"]["cost"].clone();
    let first = anyone.send(&request).await;
    let price = cost(&first)["requested"].as_u64().unwrap();
    let mut left = cost(&first)["remaining"].as_u64().unwrap();
    assert_eq!(left + price, 30);
    while left >= price {
        let answer = anyone.send(&request).await;
        left -= price;
        assert_eq!(cost(&answer), json!({ "requested": price, "limit": cost(&first)["limit"], "remaining": left }));
        assert_eq!(answer.headers["x-ratelimit-remaining"], left.to_string());
    }
    let (refused, looked) = counted(&app, &anyone, &request).await;
    assert_eq!((refused.status, refused.codes(), looked), (429, vec!["RATE_LIMITED".to_owned()], 0));
    hand.advance(Duration::from_secs(30));
    assert_eq!(counted(&app, &anyone, &request).await.0.status, 200);
}

#[tokio::test]
async fn it_stays_within_its_memory() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.read_cache.bytes = 20_000).await;
    app.products(tents()).await;
    let anyone = app.anonymous();
    for number in 0..200 {
        let request =
            json!({ "query": format!("query Q{number} {{ products {{ nodes {{ title description handle }} }} }}") });
        anyone.send(&request).await;
    }
    let metrics = app.app.metrics.render().unwrap();
    let bytes = metrics.lines().find_map(|line| line.strip_prefix("stockroom_read_cache_bytes ")).unwrap();
    let bytes: u64 = bytes.parse().unwrap();
    assert!((1..=20_000).contains(&bytes), "{bytes}");
    assert!(metrics.contains("stockroom_read_cache_misses_total 200"), "{metrics}");
}

#[tokio::test]
async fn a_document_that_is_named_is_found_by_its_name() {
    use sha2::{Digest as _, Sha256};

    let app = TestApp::on_sqlite().await;
    app.products(tents()).await;
    let anyone = app.anonymous();
    let text = "{ products { nodes { title } } }";
    let hash = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let named = |hash: &str| json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    assert_eq!(anyone.send(&named(&hash)).await.codes(), ["PERSISTED_QUERY_NOT_FOUND"]);
    let mut registers = named(&hash);
    registers["query"] = json!(text);
    assert!(anyone.send(&registers).await.codes().is_empty());
    assert!(counted(&app, &anyone, &named(&hash)).await.1 > 0);
    assert_eq!(counted(&app, &anyone, &named(&hash)).await.1, 0);
    // Someone else's text under its name is refused, though an answer is there.
    registers["query"] = json!("{ categories { totalCount } }");
    assert_eq!(anyone.send(&registers).await.codes(), ["PERSISTED_QUERY_MISMATCH"]);
}
