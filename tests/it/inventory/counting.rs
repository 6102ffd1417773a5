//! Stock counts through the API: planned, counted blind by several people while sales go on, compared, counted again, approved.

mod blindness;
mod course;
mod nonsense;
mod sales;
mod size;

use serde_json::{Value, json};

use super::shelves::Shop;
use crate::support::TestApp;
use crate::support::client::{Answer, Client};

/// A count with everything that it shows beside its lines.
const COUNT: &str =
    "id number status extent round version progress { lines counted uncounted unexpected disputed withVariance }";

/// Those who take part.
struct Team {
    shop: Shop,
    keeper: Client,
    ann: Client,
    bob: Client,
}

impl Team {
    /// A shop with so many units of each variant at the first location, a keeper, and two who count.
    async fn new(app: &TestApp, variants: usize, units: i64) -> Self {
        let keeper = app.as_role("INVENTORY_MANAGER").await;
        let shop = Shop::small(app, variants, 2).await;
        if units > 0 {
            shop.receive(&keeper, units).await;
        }
        let (ann, bob) = (app.as_one_of("STOCK_COUNTER", "ann").await, app.as_one_of("STOCK_COUNTER", "bob").await);
        Self { shop, keeper, ann, bob }
    }

    /// A count of everything at the first location, under way.
    async fn counting(&self) -> String {
        let id = self.planned(json!({ "locationCode": "LOC-0" })).await;
        act(&self.keeper, "Start", json!({ "id": id })).await.payload("stockCountStart");
        id
    }

    async fn planned(&self, input: Value) -> String {
        let answer = act(&self.keeper, "Create", input).await;
        answer.payload("stockCountCreate")["stockCount"]["id"].as_str().unwrap().to_owned()
    }

    async fn finish(&self, id: &str) {
        act(&self.keeper, "Finish", json!({ "id": id })).await.payload("stockCountFinish");
    }

    /// Ends and approves a count; returns the codes of what was wrong.
    async fn approve(&self, id: &str) -> Vec<String> {
        act(&self.keeper, "Approve", json!({ "id": id })).await.user_error_codes("stockCountApprove")
    }
}

/// Runs `stockCount<verb>`.
pub(super) async fn act(client: &Client, verb: &str, input: Value) -> Answer {
    let more = if verb == "Approve" {
        "adjustments { id kind reason reference lines { variant { sku } state delta balanceAfter } }"
    } else {
        ""
    };
    let document = format!(
        "mutation($input: StockCount{verb}Input!) {{ stockCount{verb}(input: $input) {{
            stockCount {{ {COUNT} }} {more} userErrors {{ code field message }}
        }} }}"
    );
    client.mutate(&document, input).await
}

const RECORD: &str = "mutation($input: StockCountRecordInput!) { stockCountRecord(input: $input) {
    stockCount { status version progress { uncounted disputed } }
    lines { sku standing round isUnexpected expected { onHand } variance { onHand } entries { found { onHand sound damaged qualityControl } expected { onHand } } }
    userErrors { code field message }
} }";

/// Enters so many sound units of a variant.
pub(super) async fn record(client: &Client, id: &str, sku: &str, quantity: i64) -> Answer {
    client.mutate(RECORD, json!({ "id": id, "lines": [{ "sku": sku, "quantity": quantity }] })).await
}

/// The lines of a count as this client sees them.
async fn lines(client: &Client, id: &str, arguments: &str) -> Answer {
    let document = format!(
        "query($id: ID!) {{ stockCount(id: $id) {{ {COUNT} lines{arguments} {{ totalCount nodes {{
            sku standing round isUnexpected expected {{ onHand damaged qualityControl }} variance {{ onHand damaged qualityControl }}
            posted {{ onHand }} entries {{ round found {{ onHand }} expected {{ onHand }} levelVersion }}
        }} }} }} }}"
    );
    client.query(&document, json!({ "id": id })).await
}

/// What the reviewer sees of the line of a variant.
async fn line_of(client: &Client, id: &str, sku: &str) -> Value {
    let answer = lines(client, id, "(first: 100)").await;
    let nodes = answer.field("stockCount")["lines"]["nodes"].as_array().unwrap().clone();
    nodes.into_iter().find(|line| line["sku"] == sku).unwrap_or_else(|| panic!("no line of {sku}"))
}
