//! Bad input to the mutations of counts: named at its place, and nothing is written.

use serde_json::{Value, json};

use super::{RECORD, Team, act, line_of, lines, record};
use crate::inventory::shelves::assert_clean;
use crate::support::{TestApp, both_databases};

both_databases!(
    everything_wrong_with_a_plan_is_named,
    everything_wrong_with_what_was_counted_is_named,
    too_many_lines_are_refused,
    a_stale_version_is_refused,
    a_closed_location_is_not_counted,
    counts_are_listed_filtered_and_found_by_number,
);

/// Paths and codes.
fn places(errors: &[Value]) -> Vec<String> {
    let place = |error: &Value| {
        let path: Vec<_> = error["field"].as_array().unwrap()[1..].iter().map(|part| part.as_str().unwrap()).collect();
        format!("{} {}", path.join("."), error["code"].as_str().unwrap())
    };
    errors.iter().map(place).collect()
}

async fn everything_wrong_with_a_plan_is_named(app: TestApp) {
    let team = Team::new(&app, 1, 1).await;
    let nothing = |prefix: &str| format!("{prefix}_00000000000000000000000000");
    let cases = [
        (json!({}), vec!["input INVALID"]),
        (json!({ "locationCode": "NOWHERE" }), vec!["locationCode NOT_FOUND"]),
        (json!({ "locationId": nothing("location") }), vec!["locationId NOT_FOUND"]),
        (json!({ "locationId": team.shop.variants[0], "note": "a\u{0}b" }), vec!["locationId INVALID", "note INVALID"]),
        (
            json!({ "locationCode": "LOC-0", "externalReference": "x".repeat(256), "variants": [{}, { "sku": "" }] }),
            vec!["variants.0 INVALID", "variants.1.sku REQUIRED", "externalReference INVALID"],
        ),
        (
            json!({ "locationCode": "LOC-0", "variants": [{ "sku": "SKU-0" }, { "sku": "SKU-9" }, { "variantId": nothing("variant") }],
                "productIds": [nothing("product")], "categoryIds": [nothing("category")] }),
            vec![
                "variants.1.sku NOT_FOUND",
                "variants.2.variantId NOT_FOUND",
                "productIds.0 NOT_FOUND",
                "categoryIds.0 NOT_FOUND",
            ],
        ),
    ];
    for (input, expected) in cases {
        let answer = act(&team.keeper, "Create", input.clone()).await;
        let mut found = places(&answer.user_errors("stockCountCreate"));
        if input == json!({}) {
            found = vec![format!("input{}", found[0])];
        }
        assert_eq!(found, expected, "{input}");
    }
    let listed = team.keeper.query("{ stockCounts { totalCount } }", json!({})).await;
    assert_eq!(listed.field("stockCounts")["totalCount"], 0);
}

async fn everything_wrong_with_what_was_counted_is_named(app: TestApp) {
    let team = Team::new(&app, 2, 1).await;
    let id = team.planned(json!({ "locationCode": "LOC-0", "variants": [{ "sku": "SKU-0" }] })).await;
    act(&team.keeper, "Start", json!({ "id": id })).await.payload("stockCountStart");
    let billion = 1_000_000_000;
    let cases = [
        (json!([]), vec!["lines REQUIRED"]),
        (json!([{ "quantity": 1 }]), vec!["lines.0 INVALID"]),
        (json!([{ "sku": "SKU-0", "quantity": -1 }]), vec!["lines.0.quantity OUT_OF_RANGE"]),
        (json!([{ "sku": "SKU-0", "quantity": billion + 1 }]), vec!["lines.0.quantity OUT_OF_RANGE"]),
        (
            json!([{ "sku": "SKU-0", "quantity": 0, "damaged": -1, "qualityControl": i64::MAX }]),
            vec!["lines.0.damaged OUT_OF_RANGE", "lines.0.qualityControl OUT_OF_RANGE"],
        ),
        (
            json!([{ "sku": "SKU-0", "quantity": billion }, { "sku": "SKU-0", "quantity": 0, "damaged": 1 }]),
            vec!["lines.1.quantity OUT_OF_RANGE"],
        ),
        (json!([{ "sku": "SKU-0", "quantity": 1 }, { "sku": "SKU-1", "quantity": 1 }]), vec!["lines.1.sku NOT_FOUND"]),
        (json!([{ "sku": "SKU-0", "quantity": 1 }, { "sku": "NO", "quantity": 1 }]), vec!["lines.1.sku NOT_FOUND"]),
        (
            json!([{ "variantId": "variant_00000000000000000000000000", "quantity": 1 }]),
            vec!["lines.0.variantId NOT_FOUND"],
        ),
    ];
    for (counted, expected) in cases {
        let answer = team.ann.mutate(RECORD, json!({ "id": id, "lines": counted })).await;
        assert_eq!(places(&answer.user_errors("stockCountRecord")), expected, "{counted}");
    }
    assert_eq!(line_of(&team.ann, &id, "SKU-0").await["standing"], "UNCOUNTED");
    let nowhere = record(&team.ann, "count_00000000000000000000000000", "SKU-0", 1).await;
    assert_eq!(places(&nowhere.user_errors("stockCountRecord")), ["id NOT_FOUND"]);
    team.finish(&id).await;
    let again = json!({ "id": id, "variants": [{ "sku": "SKU-0" }, { "sku": "SKU-1" }, { "sku": "NO" }] });
    let answer = act(&team.keeper, "Recount", again).await;
    let expected = ["variants.1.sku NOT_FOUND", "variants.2.sku NOT_FOUND"];
    assert_eq!(places(&answer.user_errors("stockCountRecount")), expected);
    let answer = act(&team.keeper, "Recount", json!({ "id": id, "variants": [] })).await;
    assert_eq!(places(&answer.user_errors("stockCountRecount")), ["variants REQUIRED"]);
    assert_clean(&team.keeper, 2).await;
}

async fn too_many_lines_are_refused(mut app: TestApp) {
    app.reconfigure(|config| (config.inventory.adjustment_lines, config.inventory.count_lines) = (2, 3)).await;
    let team = Team::new(&app, 4, 0).await;
    for variant in ["SKU-0", "SKU-1", "SKU-2", "SKU-3"] {
        crate::inventory::shelves::adjust(&team.keeper, vec![crate::inventory::shelves::line(variant, "LOC-0", 1)])
            .await;
    }
    let id = team.planned(json!({ "locationCode": "LOC-0" })).await;
    let answer = act(&team.keeper, "Start", json!({ "id": id })).await;
    assert_eq!(places(&answer.user_errors("stockCountStart")), ["id OUT_OF_RANGE"]);
    let named: Vec<_> = (0..3).map(|number| json!({ "sku": format!("SKU-{number}") })).collect();
    let answer = act(&team.keeper, "Create", json!({ "locationCode": "LOC-0", "variants": named })).await;
    assert_eq!(places(&answer.user_errors("stockCountCreate")), ["variants INVALID"]);
    let counted = json!([{ "sku": "SKU-0", "quantity": 1 }, { "sku": "SKU-1", "quantity": 1 }, { "sku": "SKU-2", "quantity": 1 }]);
    let answer = team.ann.mutate(RECORD, json!({ "id": id, "lines": counted })).await;
    assert_eq!(places(&answer.user_errors("stockCountRecord")), ["lines INVALID"]);
}

async fn a_stale_version_is_refused(app: TestApp) {
    let team = Team::new(&app, 1, 1).await;
    let id = team.counting().await;
    for verb in ["Start", "Finish", "Recount", "Approve", "Cancel"] {
        let answer = act(&team.keeper, verb, json!({ "id": id, "expectedVersion": 1 })).await;
        assert_eq!(places(&answer.user_errors(&format!("stockCount{verb}"))), ["expectedVersion STALE"], "{verb}");
    }
    act(&team.keeper, "Finish", json!({ "id": id, "expectedVersion": 2 })).await.payload("stockCountFinish");
}

async fn a_closed_location_is_not_counted(app: TestApp) {
    let team = Team::new(&app, 1, 0).await;
    let id = team.planned(json!({ "locationCode": "LOC-0", "variants": [{ "sku": "SKU-0" }] })).await;
    let close =
        "mutation($input: LocationDeactivateInput!) { locationDeactivate(input: $input) { userErrors { code } } }";
    let open =
        "mutation($input: LocationReactivateInput!) { locationReactivate(input: $input) { userErrors { code } } }";
    let location = json!({ "id": team.shop.locations[0] });
    team.keeper.mutate(close, location.clone()).await.payload("locationDeactivate");
    let answer = act(&team.keeper, "Start", json!({ "id": id })).await;
    assert_eq!(places(&answer.user_errors("stockCountStart")), ["id INVALID_STATE"]);
    let answer = act(&team.keeper, "Create", json!({ "locationCode": "LOC-0" })).await;
    assert_eq!(places(&answer.user_errors("stockCountCreate")), ["locationCode INVALID_STATE"]);
    team.keeper.mutate(open, location.clone()).await.payload("locationReactivate");
    act(&team.keeper, "Start", json!({ "id": id })).await.payload("stockCountStart");
    record(&team.ann, &id, "SKU-0", 5).await.payload("stockCountRecord");
    team.finish(&id).await;
    team.keeper.mutate(close, location).await.payload("locationDeactivate");
    assert_eq!(team.approve(&id).await, ["INVALID_STATE"]);
    assert_eq!(lines(&team.keeper, &id, "").await.field("stockCount")["status"], "REVIEW");
    assert_clean(&team.keeper, 0).await;
}

async fn counts_are_listed_filtered_and_found_by_number(app: TestApp) {
    let team = Team::new(&app, 1, 1).await;
    let plan = |location: &str, reference: &str| json!({ "locationCode": location, "externalReference": reference });
    for (location, reference) in [("LOC-0", "A"), ("LOC-1", "B"), ("LOC-0", "C")] {
        team.planned(plan(location, reference)).await;
    }
    let document = "query($filter: StockCountFilter, $orderBy: StockCountOrder!) {
        stockCounts(filter: $filter, orderBy: $orderBy) { totalCount nodes { number } } }";
    let ask = async |filter: Value, order: &str| {
        let answer = team.ann.query(document, json!({ "filter": filter, "orderBy": order })).await;
        let list = answer.field("stockCounts");
        let numbers: Vec<_> =
            list["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect();
        assert_eq!(list["totalCount"], numbers.len());
        numbers.iter().map(|number| number.trim_start_matches("CNT-00000").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ask(json!({}), "NUMBER_ASC").await, ["1", "2", "3"]);
    assert_eq!(ask(json!({}), "NUMBER_DESC").await, ["3", "2", "1"]);
    assert_eq!(ask(json!({}), "CREATED_AT_DESC").await, ["3", "2", "1"]);
    assert_eq!(ask(json!({ "locationIds": [team.shop.locations[0]] }), "CREATED_AT_ASC").await, ["1", "3"]);
    assert_eq!(ask(json!({ "externalReferences": ["B", "C"] }), "UPDATED_AT_ASC").await, ["2", "3"]);
    assert_eq!(
        ask(json!({ "numbers": ["CNT-000002"], "statuses": ["DRAFT"], "extent": "FULL" }), "UPDATED_AT_DESC").await,
        ["2"]
    );
    assert_eq!(ask(json!({ "statuses": ["APPROVED"] }), "UPDATED_AT_DESC").await, [""; 0]);
    let found = team.ann.query("{ stockCount(number: \"CNT-000002\") { externalReference } }", json!({})).await;
    assert_eq!(found.field("stockCount")["externalReference"], "B");
    assert_eq!(team.ann.query("{ stockCount { id } }", json!({})).await.codes(), ["BAD_USER_INPUT"]);
}
