//! Who counts blind sees neither what should be there nor what others have entered, by no path of the count.

use serde_json::{Value, json};

use stockroom::inventory::commands::document;
use stockroom::inventory::entity::stock_adjustment::DocumentType;
use stockroom::kernel;

use super::{Team, act, line_of, lines, record};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    nobody_sees_numbers_of_others_while_people_count,
    who_only_counts_never_sees_them,
    a_line_looked_up_by_its_id_is_as_blind_as_in_its_count,
    who_may_not_count_sees_no_count,
    who_only_sees_stock_enters_nothing,
    events_tell_no_numbers,
);

/// Everything that could tell a number, through the query, the node and the list.
async fn assert_blind(client: &Client, id: &str, own: &[i64]) {
    let line = line_of(client, id, "SKU-0").await;
    assert_eq!((&line["expected"], &line["variance"], &line["posted"]), (&Value::Null, &Value::Null, &Value::Null));
    let entries = line["entries"].as_array().unwrap();
    let seen: Vec<i64> = entries.iter().map(|entry| entry["found"]["onHand"].as_i64().unwrap()).collect();
    assert_eq!(seen, own);
    assert!(entries.iter().all(|entry| entry["expected"].is_null() && entry["levelVersion"].is_null()));
    let document = "query($id: ID!) {
        node(id: $id) { ... on StockCount { progress { disputed withVariance } lines { nodes { expected { onHand } standing } } } }
        stockCounts { nodes { progress { disputed withVariance } lines { nodes { variance { onHand } } } } }
    }";
    let answer = client.query(document, json!({ "id": id })).await;
    let hidden = json!({ "disputed": null, "withVariance": null });
    assert_eq!(answer.field("node")["progress"], hidden);
    assert_eq!(answer.field("stockCounts")["nodes"][0]["progress"], hidden);
    assert_eq!(answer.field("node")["lines"]["nodes"][0], json!({ "expected": null, "standing": "COUNTED" }));
    assert_eq!(answer.field("stockCounts")["nodes"][0]["lines"]["nodes"][0], json!({ "variance": null }));
    for arguments in [
        "(filter: { hasVariance: true })",
        "(filter: { hasVariance: false })",
        "(filter: { standing: DISPUTED })",
        "(orderBy: VARIANCE_ASC)",
        "(orderBy: VARIANCE_DESC)",
    ] {
        assert_eq!(lines(client, id, arguments).await.codes(), ["BAD_USER_INPUT"], "{arguments}");
    }
    let counted = lines(client, id, "(filter: { standing: COUNTED })").await;
    assert_eq!(counted.field("stockCount")["lines"]["totalCount"], 1, "a disputed line is a counted one");
}

/// Ann and Bob disagree.
async fn disputed(team: &Team) -> String {
    let id = team.counting().await;
    record(&team.ann, &id, "SKU-0", 8).await.payload("stockCountRecord");
    let answer = record(&team.bob, &id, "SKU-0", 9).await;
    let payload = answer.payload("stockCountRecord");
    let own = json!([{ "found": { "onHand": 9, "sound": 9, "damaged": 0, "qualityControl": 0 }, "expected": null }]);
    let line = &payload["lines"][0];
    assert_eq!((&line["standing"], &line["expected"], &line["entries"]), (&json!("COUNTED"), &Value::Null, &own));
    id
}

async fn nobody_sees_numbers_of_others_while_people_count(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = disputed(&team).await;
    assert_blind(&team.ann, &id, &[8]).await;
    assert_blind(&team.bob, &id, &[9]).await;
    assert_blind(&team.keeper, &id, &[]).await;
    team.finish(&id).await;
    let line = line_of(&team.keeper, &id, "SKU-0").await;
    assert_eq!((&line["standing"], &line["expected"]["onHand"]), (&json!("DISPUTED"), &json!(10)));
    assert_eq!(line["entries"].as_array().unwrap().len(), 2);
    // Counting again is as blind as counting.
    act(&team.keeper, "Recount", json!({ "id": id })).await.payload("stockCountRecount");
    record(&team.ann, &id, "SKU-0", 8).await.payload("stockCountRecord");
    assert_blind(&team.keeper, &id, &[]).await;
}

async fn who_only_counts_never_sees_them(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = disputed(&team).await;
    team.finish(&id).await;
    assert_blind(&team.ann, &id, &[8]).await;
    act(&team.keeper, "Recount", json!({ "id": id })).await.payload("stockCountRecount");
    record(&team.ann, &id, "SKU-0", 8).await.payload("stockCountRecord");
    team.finish(&id).await;
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_blind(&team.ann, &id, &[8, 8]).await;
    for document in
        ["{ stockLevels { nodes { onHand } } }", "{ stockMovements { nodes { delta } } }", "{ stockAudit { isClean } }"]
    {
        assert_eq!(team.ann.query(document, json!({})).await.codes(), ["FORBIDDEN"], "{document}");
    }
    let levels = "query($id: ID!) { stockCount(id: $id) { location { code stockLevels { nodes { onHand } } } } }";
    assert_eq!(team.ann.query(levels, json!({ "id": id })).await.codes(), ["FORBIDDEN"]);
    let place = "query($id: ID!) { stockCount(id: $id) { location { code } lines { nodes { variant { sku } } } } }";
    let seen = team.ann.query(place, json!({ "id": id })).await.field("stockCount").clone();
    assert_eq!(
        seen,
        json!({ "location": { "code": "LOC-0" }, "lines": { "nodes": [{ "variant": { "sku": "SKU-0" } }] } })
    );
}

async fn a_line_looked_up_by_its_id_is_as_blind_as_in_its_count(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = disputed(&team).await;
    let of_count = "query($id: ID!) { stockCount(id: $id) { lines { nodes { id } } } }";
    let answer = team.keeper.query(of_count, json!({ "id": id })).await;
    let line = answer.field("stockCount")["lines"]["nodes"][0]["id"].clone();
    let of_line = "query($id: ID!) { node(id: $id) { ... on StockCountLine { standing expected { onHand } entries { found { onHand } } } } }";
    let seen = async |client: &Client| client.query(of_line, json!({ "id": line })).await.field("node").clone();
    let own = json!([{ "found": { "onHand": 8 } }]);
    assert_eq!(seen(&team.ann).await, json!({ "standing": "COUNTED", "expected": null, "entries": own }));
    assert_eq!(seen(&app.as_role("CUSTOMER").await).await, Value::Null);
    team.finish(&id).await;
    let shown = seen(&team.keeper).await;
    assert_eq!((&shown["standing"], &shown["expected"]), (&json!("DISPUTED"), &json!({ "onHand": 10 })));
}

async fn who_may_not_count_sees_no_count(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    for (client, code) in [(app.anonymous(), "UNAUTHENTICATED"), (app.as_role("CUSTOMER").await, "FORBIDDEN")] {
        let node = client.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(node.field("node"), &Value::Null);
        assert_eq!(client.query("{ stockCounts { nodes { id } } }", json!({})).await.codes(), [code]);
        assert_eq!(record(&client, &id, "SKU-0", 1).await.codes(), [code]);
    }
}

async fn who_only_sees_stock_enters_nothing(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    let support = app.as_role("SUPPORT").await;
    assert_eq!(record(&support, &id, "SKU-0", 1).await.codes(), ["FORBIDDEN"]);
    assert_eq!(act(&team.ann, "Finish", json!({ "id": id })).await.codes(), ["FORBIDDEN"]);
    assert_eq!(act(&team.ann, "Approve", json!({ "id": id })).await.codes(), ["FORBIDDEN"]);
    team.finish(&id).await;
    assert_eq!(line_of(&support, &id, "SKU-0").await["expected"]["onHand"], 10);
}

async fn events_tell_no_numbers(app: TestApp) {
    let mut feed = app.app.services.feed.subscribe().await.unwrap();
    let team = Team::new(&app, 1, 10).await;
    let id = disputed(&team).await;
    let mut statuses = Vec::new();
    while statuses.len() < 4 {
        let event = feed.recv().await.unwrap();
        if event.topic == document::topic(DocumentType::Count) {
            let payload: Value = serde_json::from_str(&event.payload).unwrap();
            let fields: Vec<_> = payload.as_object().unwrap().keys().cloned().collect();
            assert_eq!(fields, ["document", "number", "status", "version"]);
            let (_, uuid) = kernel::id::split(&id).unwrap();
            assert_eq!(payload["document"], json!({ "kind": "COUNT", "id": uuid }));
            statuses.push(payload["status"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(statuses, ["DRAFT", "COUNTING", "COUNTING", "COUNTING"]);
}
