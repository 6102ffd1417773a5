//! What the hot paths cost: the pieces of memory that each asks for, and how much it is, which does not depend on how busy the machine is. A change that makes
//! one of them dearer by more than a twentieth fails; one that makes it cheaper is to be written down here, so that it stays.

use async_graphql::{Request, Variables};
use serde_json::{Value, json};
use stockroom::graphql::gate::{Answer, Keeping, Recalled};
use stockroom::graphql::loaders::Loaders;
use stockroom::graphql::request::Caller;
use stockroom::kernel::actor::Actor;

use super::shelves::{Shop, Size};
use crate::support::TestApp;

/// A path, how many allocations it takes, and of how many KiB together.
const PATHS: [(&str, &str, [u64; 2]); 4] = [
    (
        "a page of 20 products with 3 variants and 3 levels of each",
        "{ products(first: 20) { nodes { id title handle variants(first: 3) { nodes { id sku price { amount currency }
            stockLevels(first: 3) { nodes { onHand available } } } } } pageInfo { hasNextPage } } }",
        [3_555, 812],
    ),
    (
        "a product by its handle, with variants and levels",
        "{ product(handle: \"product-1\") { id title handle variants(first: 3) { nodes { id sku price { amount currency }
            stockLevels(first: 3) { nodes { onHand available } } } } } }",
        [493, 115],
    ),
    (
        "an adjustment of one level",
        "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { levels { onHand } userErrors { code } } }",
        [532, 100],
    ),
    (
        "a page that is kept",
        "{ products(first: 20) { nodes { id title variants(first: 3) { nodes { id sku } } } } }",
        [6, 9],
    ),
];

#[test]
fn the_hot_paths_cost_no_more_than_they_did() {
    // One thread: it counts its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::on_sqlite());
    let shop = runtime.block_on(Shop::open(&app, Size { products: 25, variants_each: 3, locations: 3 }));
    runtime.block_on(async {
        let keeper = app.as_role("INVENTORY_MANAGER").await;
        for location in &shop.locations {
            shop.receive_at(&keeper, location, 5).await;
        }
    });
    let line = json!({ "variantId": shop.variants[0], "locationCode": "LOC-0", "delta": 1 });
    let variables = json!({ "input": { "reason": "RECEIVED", "lines": [line] } });
    let mut found = Vec::new();
    for (name, document, _) in PATHS {
        let actor = if name.contains("kept") { Actor::anonymous() } else { Actor::system("test") };
        let ask = || runtime.block_on(answered(&app, &actor, document, &variables));
        // Statements are prepared, documents parsed, answers kept.
        for _ in 0..3 {
            ask();
        }
        // What else the server does now and then falls into some of the tries, not into all of them.
        let tries = (0..9).map(|_| allocation_counter::measure(|| assert!(ask() > 0)));
        let [pieces, bytes] = tries
            .fold([u64::MAX; 2], |[pieces, bytes], took| [pieces.min(took.count_total), bytes.min(took.bytes_total)]);
        found.push([pieces, bytes.div_ceil(1_024)]);
    }
    runtime.block_on(app.app.close()).unwrap();
    for ((name, _, written), costs) in PATHS.iter().zip(&found) {
        let within = |written: &u64, cost| (written - written / 10..=written + written / 20).contains(cost);
        let is_as_written = written.iter().zip(costs).all(|(written, cost)| within(written, cost));
        assert!(is_as_written, "{name} takes {costs:?} allocations and KiB, not {written:?}; all of them: {found:?}");
    }
}

async fn answered(app: &TestApp, actor: &Actor, document: &str, variables: &Value) -> usize {
    let gate = &app.app.gate;
    let caller = Caller::new(actor.clone(), "cost");
    let variables = if document.starts_with("mutation") { variables.clone() } else { json!({}) };
    let request = Request::new(document).variables(Variables::from_json(variables));
    let keeping = match gate.recall(&request, &caller).await.ok().unwrap() {
        Recalled::Kept(kept) => return kept.body().len(),
        Recalled::Unknown(keeping) => keeping,
    };
    let dependencies = keeping.as_ref().map(Keeping::dependencies);
    let loaders = Loaders::adding_to(&app.app.services, actor, dependencies);
    let admitted = gate.admit(request.data(caller)).await.ok().unwrap().data(loaders);
    let response = match keeping {
        Some(keeping) => match gate.run_keeping(admitted, keeping).await {
            Answer::Kept(kept) => return kept.body().len(),
            Answer::Made(response) => response,
        },
        None => gate.run(admitted).await,
    };
    assert!(response.is_ok(), "{:?}", response.errors);
    serde_json::to_vec(&response.data).unwrap().len()
}
