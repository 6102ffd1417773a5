//! Write-offs and returns: written, posted or cancelled, and taken back; never edited.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::proof::behind_the_back;
use super::shelves::{Shop, adjust, assert_clean, line, on_hand};
use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_return_brings_units_in_their_condition,
    a_write_off_takes_units_of_their_condition,
    each_state_allows_its_actions_and_no_others,
    what_is_not_there_is_not_written_off,
    what_is_gone_is_not_taken_back,
    everything_wrong_with_a_slip_is_named_at_its_place,
    a_closed_location_takes_part_in_no_slip,
    of_eight_who_post_at_once_one_does_and_a_key_replays,
    slips_are_found_and_listed_by_those_who_may_see_stock,
    what_a_document_posted_is_reversed_by_the_document_alone,
    the_audit_finds_a_document_that_posted_something_else,
    a_page_of_slips_costs_as_many_statements_for_two_as_for_twenty,
    a_trial_writes_nothing,
);

const SHOWN: &str = "id number status version externalReference note
    lines { line variant { sku } location { code } condition quantity }";

/// Runs `stock<Kind><Verb>`.
async fn act(client: &Client, kind: &str, verb: &str, input: Value) -> Answer {
    let field = if kind == "WriteOff" { "stockWriteOff" } else { "stockReturn" };
    let adjustment = if verb == "Post" || verb == "Reverse" {
        "adjustment { id kind reason reference reverses { id } lines { variant { sku } state delta } }"
    } else {
        ""
    };
    let document = format!(
        "mutation($input: Stock{kind}{verb}Input!) {{ stock{kind}{verb}(input: $input) {{
            {field} {{ {SHOWN} }} {adjustment}
            userErrors {{ code field message ... on InsufficientStockError {{ available requested }} }}
        }} }}"
    );
    client.mutate(&document, input).await
}

fn units(quantity: i64, condition: &str) -> Value {
    json!({ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": quantity, "condition": condition })
}

/// A draft with this line.
async fn draft(client: &Client, kind: &str, line: Value) -> String {
    let answer = act(client, kind, "Create", json!({ "externalReference": "#1001", "lines": [line] })).await;
    let payload = answer.payload(&format!("stock{kind}Create")).clone();
    let slip = if kind == "WriteOff" { &payload["stockWriteOff"] } else { &payload["stockReturn"] };
    slip["id"].as_str().unwrap().to_owned()
}

async fn shop(app: &TestApp) -> (Client, Shop) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(app, 1, 1).await;
    shop.receive(&keeper, 10).await;
    (keeper, shop)
}

async fn level(client: &Client) -> Value {
    let answer = client.query("{ stockLevels { nodes { onHand available damaged qualityControl } } }", json!({})).await;
    answer.field("stockLevels")["nodes"][0].clone()
}

async fn a_return_brings_units_in_their_condition(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let lines = json!([units(3, "AVAILABLE"), units(2, "QUALITY_CONTROL"), units(1, "DAMAGED")]);
    let written = act(&keeper, "Return", "Create", json!({ "externalReference": "#1001", "lines": lines })).await;
    let slip = &written.payload("stockReturnCreate")["stockReturn"];
    assert_eq!(
        (&slip["number"], &slip["status"], &slip["lines"][1]["line"]),
        (&json!("RET-000001"), &json!("DRAFT"), &json!(2))
    );
    assert_eq!(level(&keeper).await["onHand"], 10, "a draft changes nothing");
    let posted = act(&keeper, "Return", "Post", json!({ "id": slip["id"] })).await;
    let adjustment = &posted.payload("stockReturnPost")["adjustment"];
    let told = (&adjustment["kind"], &adjustment["reason"], &adjustment["reference"]);
    assert_eq!(told, (&json!("RETURN"), &json!("RETURNED"), &json!("#1001")));
    let expected = json!({ "onHand": 16, "available": 13, "damaged": 1, "qualityControl": 2 });
    assert_eq!(level(&keeper).await, expected);
    let reversed = act(&keeper, "Return", "Reverse", json!({ "id": slip["id"], "note": "wrong order" })).await;
    let payload = reversed.payload("stockReturnReverse");
    assert_eq!(payload["stockReturn"]["status"], "REVERSED");
    assert_eq!(
        (&payload["adjustment"]["kind"], &payload["adjustment"]["reverses"]["id"]),
        (&json!("REVERSAL"), &adjustment["id"])
    );
    assert_eq!(level(&keeper).await, json!({ "onHand": 10, "available": 10, "damaged": 0, "qualityControl": 0 }));
    assert_clean(&keeper, 1).await;
}

async fn a_write_off_takes_units_of_their_condition(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let damaged = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "delta": 4, "condition": "DAMAGED" });
    adjust(&keeper, vec![damaged]).await.payload("stockAdjust");
    let input = json!({ "reason": "GIVEN_AWAY", "lines": [units(1, "AVAILABLE"), units(3, "DAMAGED")] });
    let written = act(&keeper, "WriteOff", "Create", input).await;
    let id = &written.payload("stockWriteOffCreate")["stockWriteOff"]["id"];
    let posted = act(&keeper, "WriteOff", "Post", json!({ "id": id, "expectedVersion": 1 })).await;
    let adjustment = &posted.payload("stockWriteOffPost")["adjustment"];
    assert_eq!((&adjustment["kind"], &adjustment["reason"]), (&json!("WRITE_OFF"), &json!("GIVEN_AWAY")));
    assert_eq!(level(&keeper).await, json!({ "onHand": 10, "available": 9, "damaged": 1, "qualityControl": 0 }));
    assert_clean(&keeper, 1).await;
}

async fn each_state_allows_its_actions_and_no_others(app: TestApp) {
    let (keeper, shop) = shop(&app).await;
    let table =
        [("DRAFT", ["Post", "Cancel"].as_slice()), ("POSTED", &["Reverse"]), ("CANCELLED", &[]), ("REVERSED", &[])];
    for kind in ["WriteOff", "Return"] {
        for (state, allowed) in table {
            for action in ["Post", "Cancel", "Reverse"] {
                let id = draft(&keeper, kind, units(1, "AVAILABLE")).await;
                let way: &[&str] = match state {
                    "POSTED" => &["Post"],
                    "CANCELLED" => &["Cancel"],
                    "REVERSED" => &["Post", "Reverse"],
                    _ => &[],
                };
                for step in way {
                    act(&keeper, kind, step, json!({ "id": id })).await.payload(&format!("stock{kind}{step}"));
                }
                let stale = act(&keeper, kind, action, json!({ "id": id, "expectedVersion": 9 })).await;
                assert_eq!(stale.user_error_codes(&format!("stock{kind}{action}")), ["STALE"]);
                let before = on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await;
                let answer = act(&keeper, kind, action, json!({ "id": id })).await;
                let errors = answer.user_errors(&format!("stock{kind}{action}"));
                if allowed.contains(&action) {
                    assert_eq!(errors, Vec::<Value>::new(), "{action} of a {kind} in {state}");
                } else {
                    assert_eq!(
                        (&errors[0]["code"], &errors[0]["field"]),
                        (&json!("INVALID_STATE"), &json!(["input", "id"]))
                    );
                    assert!(errors[0]["message"].as_str().unwrap().contains(state), "{errors:?}");
                    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, before);
                }
            }
        }
    }
    assert_clean(&keeper, 1).await;
}

async fn what_is_not_there_is_not_written_off(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let input = json!({ "lines": [units(1, "AVAILABLE"), units(10, "AVAILABLE")] });
    let written = act(&keeper, "WriteOff", "Create", input).await;
    let id = written.payload("stockWriteOffCreate")["stockWriteOff"]["id"].clone();
    let refused = act(&keeper, "WriteOff", "Post", json!({ "id": id })).await;
    let error = &refused.user_errors("stockWriteOffPost")[0];
    assert_eq!(
        (&error["code"], &error["available"], &error["requested"]),
        (&json!("INSUFFICIENT_STOCK"), &json!(10), &json!(11))
    );
    assert_eq!(error["field"], json!(["input", "id", "lines", "0"]));
    let damaged = draft(&keeper, "WriteOff", units(1, "DAMAGED")).await;
    let refused = act(&keeper, "WriteOff", "Post", json!({ "id": damaged })).await;
    assert_eq!(refused.user_error_codes("stockWriteOffPost"), ["INSUFFICIENT_STOCK"]);
    assert_eq!(level(&keeper).await["onHand"], 10);
    assert_clean(&keeper, 1).await;
}

async fn what_is_gone_is_not_taken_back(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let id = draft(&keeper, "Return", units(2, "AVAILABLE")).await;
    act(&keeper, "Return", "Post", json!({ "id": id })).await.payload("stockReturnPost");
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -11)]).await.payload("stockAdjust");
    let refused = act(&keeper, "Return", "Reverse", json!({ "id": id })).await;
    assert_eq!(refused.user_error_codes("stockReturnReverse"), ["INSUFFICIENT_STOCK"]);
    let found = keeper.query("query($id: ID!) { stockReturn(id: $id) { status } }", json!({ "id": id })).await;
    assert_eq!(found.field("stockReturn")["status"], "POSTED");
    assert_clean(&keeper, 1).await;
}

async fn everything_wrong_with_a_slip_is_named_at_its_place(app: TestApp) {
    let (keeper, shop) = shop(&app).await;
    let nothing = |prefix: &str| format!("{prefix}_00000000000000000000000000");
    let by_id = |variant: &str, location: &str| json!({ "variantId": variant, "locationId": location, "quantity": 1 });
    let cases = [
        (json!({ "lines": [] }), vec![("lines", "REQUIRED")]),
        (
            json!({ "note": "x".repeat(1_001), "externalReference": "a\u{0}b", "lines": [units(0, "AVAILABLE"), units(1_000_000_001, "DAMAGED")] }),
            vec![
                ("externalReference", "INVALID"),
                ("note", "INVALID"),
                ("lines.0.quantity", "OUT_OF_RANGE"),
                ("lines.1.quantity", "OUT_OF_RANGE"),
            ],
        ),
        (
            json!({ "lines": [{ "sku": "NO", "locationCode": "NOWHERE", "quantity": 1 }] }),
            vec![("lines.0.sku", "NOT_FOUND"), ("lines.0.locationCode", "NOT_FOUND")],
        ),
        (
            json!({ "lines": [by_id(&nothing("variant"), &shop.locations[0]), by_id(&shop.variants[0], &nothing("location"))] }),
            vec![("lines.0.variantId", "NOT_FOUND"), ("lines.1.locationId", "NOT_FOUND")],
        ),
    ];
    for kind in ["WriteOff", "Return"] {
        for (input, expected) in &cases {
            let errors = act(&keeper, kind, "Create", input.clone()).await.user_errors(&format!("stock{kind}Create"));
            let found: Vec<_> = errors
                .iter()
                .map(|error| {
                    let path = error["field"].as_array().unwrap()[1..].iter().map(|part| part.as_str().unwrap());
                    (path.collect::<Vec<_>>().join("."), error["code"].as_str().unwrap())
                })
                .collect();
            let found: Vec<_> = found.iter().map(|(path, code)| (path.as_str(), *code)).collect();
            assert_eq!(&found, expected, "{kind} {input}");
        }
    }
    // A return is not a write-off.
    let id = draft(&keeper, "Return", units(1, "AVAILABLE")).await;
    assert_eq!(
        act(&keeper, "WriteOff", "Post", json!({ "id": id })).await.user_error_codes("stockWriteOffPost"),
        ["INVALID"]
    );
    let other = id.replace("return", "write_off");
    assert_eq!(
        act(&keeper, "WriteOff", "Post", json!({ "id": other })).await.user_error_codes("stockWriteOffPost"),
        ["NOT_FOUND"]
    );
    assert_clean(&keeper, 1).await;
}

async fn a_closed_location_takes_part_in_no_slip(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let id = draft(&keeper, "Return", units(1, "AVAILABLE")).await;
    let close =
        "mutation($input: LocationDeactivateInput!) { locationDeactivate(input: $input) { userErrors { code } } }";
    keeper.mutate(close, json!({ "id": shop.locations[0] })).await.payload("locationDeactivate");
    let refused = act(&keeper, "Return", "Post", json!({ "id": id })).await;
    assert_eq!(refused.user_error_codes("stockReturnPost"), ["INVALID_STATE"]);
    let refused = act(&keeper, "Return", "Create", json!({ "lines": [units(1, "AVAILABLE")] })).await;
    assert_eq!(refused.user_errors("stockReturnCreate")[0]["field"], json!(["input", "lines", "0", "locationCode"]));
    assert_clean(&keeper, 0).await;
}

async fn of_eight_who_post_at_once_one_does_and_a_key_replays(app: TestApp) {
    let (keeper, shop) = shop(&app).await;
    let id = draft(&keeper, "WriteOff", units(1, "AVAILABLE")).await;
    let all = join_all((0..8).map(|_| act(&keeper, "WriteOff", "Post", json!({ "id": id })))).await;
    let won = all.iter().filter(|answer| answer.user_errors("stockWriteOffPost").is_empty()).count();
    assert_eq!((won, on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await), (1, 9));
    let keyed = keeper.with_idempotency_key("slip");
    let input = json!({ "lines": [units(1, "AVAILABLE")] });
    let first = act(&keyed, "WriteOff", "Create", input.clone()).await;
    assert_eq!(act(&keyed, "WriteOff", "Create", input).await.data(), first.data());
    let id = &first.payload("stockWriteOffCreate")["stockWriteOff"]["id"];
    let first = act(&keyed, "WriteOff", "Post", json!({ "id": id })).await;
    assert_eq!(act(&keyed, "WriteOff", "Post", json!({ "id": id })).await.data(), first.data());
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 8);
}

async fn slips_are_found_and_listed_by_those_who_may_see_stock(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let id = draft(&keeper, "WriteOff", units(1, "AVAILABLE")).await;
    draft(&keeper, "WriteOff", units(2, "AVAILABLE")).await;
    let returned = draft(&keeper, "Return", units(2, "AVAILABLE")).await;
    act(&keeper, "WriteOff", "Post", json!({ "id": id })).await.payload("stockWriteOffPost");
    let document = "query($id: ID!, $returned: ID!) {
        one: stockWriteOff(id: $id) { status reason }
        other: stockReturn(number: \"RET-000001\") { externalReference }
        node(id: $returned) { __typename id }
        drafts: stockWriteOffs(filter: { statuses: [DRAFT], reasons: [DAMAGED] }) { totalCount nodes { number } }
        all: stockWriteOffs(orderBy: NUMBER_ASC, filter: { externalReferences: [\"#1001\"] }) { nodes { number } }
        returns: stockReturns(filter: { numbers: [\"WO-000001\"] }) { totalCount }
    }";
    let answer = app.as_role("SUPPORT").await.query(document, json!({ "id": id, "returned": returned })).await;
    let expected = json!({
        "one": { "status": "POSTED", "reason": "DAMAGED" },
        "other": { "externalReference": "#1001" },
        "node": { "__typename": "StockReturn", "id": returned },
        "drafts": { "totalCount": 1, "nodes": [{ "number": "WO-000002" }] },
        "all": { "nodes": [{ "number": "WO-000001" }, { "number": "WO-000002" }] },
        "returns": { "totalCount": 0 },
    });
    assert_eq!(answer.data(), &expected);
    let hidden =
        app.as_role("CUSTOMER").await.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(hidden.field("node"), &Value::Null);
}

async fn what_a_document_posted_is_reversed_by_the_document_alone(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let id = draft(&keeper, "WriteOff", units(1, "AVAILABLE")).await;
    let posted = act(&keeper, "WriteOff", "Post", json!({ "id": id })).await;
    let adjustment = &posted.payload("stockWriteOffPost")["adjustment"]["id"];
    let refused = keeper.mutate(super::reversals::REVERSE, json!({ "adjustmentId": adjustment })).await;
    assert_eq!(refused.user_error_codes("stockAdjustmentReverse"), ["INVALID_STATE"]);
}

async fn the_audit_finds_a_document_that_posted_something_else(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let id = draft(&keeper, "WriteOff", units(3, "AVAILABLE")).await;
    act(&keeper, "WriteOff", "Post", json!({ "id": id })).await.payload("stockWriteOffPost");
    assert_clean(&keeper, 1).await;
    let unlock = if app.config().database.url.is_some() {
        "DROP TRIGGER tr_stock_slip_lines_append_only ON stock_slip_lines;"
    } else {
        "DROP TRIGGER tr_stock_slip_lines_no_update;"
    };
    assert!(behind_the_back(&app, "UPDATE stock_slip_lines SET quantity = 4").await.is_err(), "lines are never edited");
    behind_the_back(&app, &format!("{unlock} UPDATE stock_slip_lines SET quantity = 4")).await.unwrap();
    let document = "{ stockAudit { isClean differenceCount documentDifferenceCount
        documentDifferences { document { id } variant { sku } location { code } state expected found } } }";
    let found = keeper.query(document, json!({})).await.field("stockAudit").clone();
    let expected = json!({ "isClean": false, "differenceCount": 0, "documentDifferenceCount": 1, "documentDifferences": [{
        "document": { "id": id }, "variant": { "sku": "SKU-0" }, "location": { "code": "LOC-0" }, "state": "ON_HAND", "expected": -4, "found": -3,
    }] });
    assert_eq!(found, expected);
}

async fn a_page_of_slips_costs_as_many_statements_for_two_as_for_twenty(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    for _ in 0..20 {
        draft(&keeper, "Return", units(1, "AVAILABLE")).await;
    }
    let document =
        format!("query($first: Int) {{ stockReturns(first: $first) {{ nodes {{ {SHOWN} createdBy {{ id }} }} }} }}");
    let mut statements = Vec::new();
    for first in [2, 20] {
        let before = app.statements();
        let answer = keeper.query(&document, json!({ "first": first })).await;
        statements.push(app.statements() - before);
        assert_eq!(answer.field("stockReturns")["nodes"].as_array().unwrap().len(), first);
    }
    assert_eq!(statements[0], statements[1]);
}

async fn a_trial_writes_nothing(app: TestApp) {
    let (keeper, _) = shop(&app).await;
    let id = draft(&keeper, "WriteOff", units(3, "AVAILABLE")).await;
    let tried = act(&keeper, "WriteOff", "Post", json!({ "id": id, "dryRun": true })).await;
    let payload = tried.payload("stockWriteOffPost");
    assert_eq!(
        (&payload["stockWriteOff"]["status"], &payload["adjustment"]["lines"][0]["delta"]),
        (&json!("POSTED"), &json!(-3))
    );
    assert_eq!(level(&keeper).await["onHand"], 10);
    act(&keeper, "WriteOff", "Post", json!({ "id": id })).await.payload("stockWriteOffPost");
    act(&keeper, "WriteOff", "Reverse", json!({ "id": id, "dryRun": true })).await.payload("stockWriteOffReverse");
    assert_eq!(level(&keeper).await["onHand"], 7);
}
