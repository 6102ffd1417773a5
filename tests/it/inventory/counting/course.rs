//! The course of a count: its states, its rounds, and what approval posts.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Team, act, line_of, lines, record};
use crate::inventory::shelves::{Shop, adjust, assert_clean, line, on_hand};
use crate::support::{TestApp, both_databases};

both_databases!(
    what_differs_is_posted_and_nothing_else,
    each_state_allows_its_actions_and_no_others,
    counters_who_disagree_have_the_line_counted_again,
    lines_that_nobody_counted_stay_unless_they_are_said_to_be_empty,
    what_comes_after_counting_ended_is_not_taken_for_missing,
    what_turns_up_is_put_on_the_list,
    a_cycle_counts_what_it_names,
    damaged_units_are_counted_apart,
    promised_units_that_are_not_there_are_known_to_lack,
    of_two_who_approve_at_once_one_does,
    an_approval_is_replayed_under_its_key,
    a_level_is_counted_by_one_open_count_at_a_time,
    what_was_set_by_hand_meanwhile_is_counted_again,
    what_was_set_before_and_is_no_longer_is_counted_again,
);

async fn what_differs_is_posted_and_nothing_else(app: TestApp) {
    let team = Team::new(&app, 3, 10).await;
    let id = team.counting().await;
    record(&team.ann, &id, "SKU-0", 10).await.payload("stockCountRecord");
    record(&team.ann, &id, "SKU-1", 7).await.payload("stockCountRecord");
    record(&team.bob, &id, "SKU-2", 12).await.payload("stockCountRecord");
    team.finish(&id).await;
    let answer = act(&team.keeper, "Approve", json!({ "id": id })).await;
    let payload = answer.payload("stockCountApprove");
    assert_eq!(payload["stockCount"]["status"], "APPROVED");
    let posted = &payload["adjustments"];
    assert_eq!((&posted[0]["kind"], &posted[0]["reason"]), (&json!("COUNT"), &json!("COUNT")));
    assert_eq!(posted[0]["reference"], payload["stockCount"]["number"]);
    let line = |sku: &str, delta: i64, after: i64| json!({ "variant": { "sku": sku }, "state": "ON_HAND", "delta": delta, "balanceAfter": after });
    assert_eq!(posted[0]["lines"], json!([line("SKU-1", -3, 7), line("SKU-2", 2, 12)]));
    assert_eq!(posted.as_array().unwrap().len(), 1);
    assert_eq!(line_of(&team.keeper, &id, "SKU-0").await["posted"], Value::Null);
    assert_eq!(line_of(&team.keeper, &id, "SKU-1").await["posted"], json!({ "onHand": -3 }));
    assert_clean(&team.keeper, 3).await;
}

async fn each_state_allows_its_actions_and_no_others(app: TestApp) {
    let team = Team::new(&app, 1, 5).await;
    let table = [
        ("DRAFT", ["Start", "Cancel"].as_slice()),
        ("COUNTING", &["Record", "Finish", "Cancel"]),
        ("REVIEW", &["Recount", "Approve", "Cancel"]),
        ("APPROVED", &[]),
        ("CANCELLED", &[]),
    ];
    for (state, allowed) in table {
        for action in ["Start", "Record", "Finish", "Recount", "Approve", "Cancel"] {
            let id = in_state(&team, state).await;
            let answer = match action {
                "Record" => record(&team.ann, &id, "SKU-0", 5).await,
                "Recount" => act(&team.keeper, action, json!({ "id": id, "variants": [{ "sku": "SKU-0" }] })).await,
                _ => act(&team.keeper, action, json!({ "id": id })).await,
            };
            let errors = answer.user_errors(&format!("stockCount{action}"));
            if allowed.contains(&action) {
                assert_eq!(errors, Vec::<Value>::new(), "{action} in {state}");
            } else {
                assert_eq!(
                    (&errors[0]["code"], &errors[0]["field"]),
                    (&json!("INVALID_STATE"), &json!(["input", "id"]))
                );
                assert!(errors[0]["message"].as_str().unwrap().contains(state), "{action} in {state}: {errors:?}");
            }
            act(&team.keeper, "Cancel", json!({ "id": id })).await;
        }
    }
    assert_clean(&team.keeper, 1).await;
}

/// A count in this state, in which the one line was counted.
async fn in_state(team: &Team, state: &str) -> String {
    let id = team.planned(json!({ "locationCode": "LOC-0" })).await;
    if state != "DRAFT" && state != "CANCELLED" {
        act(&team.keeper, "Start", json!({ "id": id })).await.payload("stockCountStart");
        record(&team.ann, &id, "SKU-0", 5).await.payload("stockCountRecord");
    }
    if state == "REVIEW" || state == "APPROVED" {
        team.finish(&id).await;
    }
    if state == "APPROVED" {
        assert_eq!(team.approve(&id).await, [""; 0]);
    }
    if state == "CANCELLED" {
        act(&team.keeper, "Cancel", json!({ "id": id })).await.payload("stockCountCancel");
    }
    id
}

async fn counters_who_disagree_have_the_line_counted_again(app: TestApp) {
    let team = Team::new(&app, 2, 10).await;
    let id = team.counting().await;
    for (client, units) in [(&team.ann, 8), (&team.bob, 9)] {
        record(client, &id, "SKU-0", units).await.payload("stockCountRecord");
        record(client, &id, "SKU-1", 10).await.payload("stockCountRecord");
    }
    team.finish(&id).await;
    let disputed = line_of(&team.keeper, &id, "SKU-0").await;
    assert_eq!((&disputed["standing"], &disputed["variance"]), (&json!("DISPUTED"), &Value::Null));
    assert_eq!(team.approve(&id).await, ["INVALID_STATE"]);

    let again = act(&team.keeper, "Recount", json!({ "id": id })).await;
    let count = &again.payload("stockCountRecount")["stockCount"];
    assert_eq!(
        (&count["status"], &count["round"], &count["progress"]["uncounted"]),
        (&json!("COUNTING"), &json!(2), &json!(1))
    );
    // A line that takes no part in the round is not counted in it.
    let other = record(&team.ann, &id, "SKU-1", 3).await;
    assert_eq!(other.user_error_codes("stockCountRecord"), ["INVALID_STATE"]);
    record(&team.bob, &id, "SKU-0", 8).await.payload("stockCountRecord");
    team.finish(&id).await;
    let settled = line_of(&team.keeper, &id, "SKU-0").await;
    assert_eq!((&settled["standing"], &settled["variance"]["onHand"]), (&json!("COUNTED"), &json!(-2)));
    assert_eq!(settled["entries"].as_array().unwrap().len(), 3, "earlier entries stay");
    // Nothing is disputed any more.
    let nothing = act(&team.keeper, "Recount", json!({ "id": id })).await;
    assert_eq!(nothing.user_errors("stockCountRecount")[0]["field"], json!(["input", "lines"]));
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 8);
    assert_clean(&team.keeper, 2).await;
}

async fn lines_that_nobody_counted_stay_unless_they_are_said_to_be_empty(app: TestApp) {
    let team = Team::new(&app, 2, 10).await;
    for (uncounted, left) in [("LEAVE", 10), ("ZERO", 0)] {
        let id = team.counting().await;
        record(&team.ann, &id, "SKU-0", 10).await.payload("stockCountRecord");
        team.finish(&id).await;
        let line = line_of(&team.keeper, &id, "SKU-1").await;
        assert_eq!((&line["standing"], &line["variance"]), (&json!("UNCOUNTED"), &Value::Null));
        let approved = act(&team.keeper, "Approve", json!({ "id": id, "uncounted": uncounted })).await;
        approved.payload("stockCountApprove");
        assert_eq!(on_hand(&team.keeper, &team.shop.variants[1], &team.shop.locations[0]).await, left, "{uncounted}");
    }
    assert_clean(&team.keeper, 2).await;
}

async fn what_comes_after_counting_ended_is_not_taken_for_missing(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    adjust(&team.keeper, vec![line("SKU-0", "LOC-0", -4)]).await.payload("stockAdjust");
    team.finish(&id).await;
    adjust(&team.keeper, vec![line("SKU-0", "LOC-0", 3)]).await.payload("stockAdjust");
    act(&team.keeper, "Approve", json!({ "id": id, "uncounted": "ZERO" })).await.payload("stockCountApprove");
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 3);
    assert_clean(&team.keeper, 1).await;
}

async fn what_turns_up_is_put_on_the_list(app: TestApp) {
    let team = Team::new(&app, 2, 0).await;
    adjust(&team.keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    let id = team.counting().await;
    let refused = record(&team.ann, &id, "SKU-1", 2).await;
    assert_eq!(refused.user_errors("stockCountRecord")[0]["field"], json!(["input", "lines", "0", "sku"]));
    let input = json!({ "id": id, "addUnexpected": true, "lines": [{ "sku": "SKU-1", "quantity": 2 }] });
    let both = join_all([&team.ann, &team.bob].map(|client| client.mutate(super::RECORD, input.clone()))).await;
    for answer in &both {
        let found = &answer.payload("stockCountRecord")["lines"][0];
        assert_eq!((&found["isUnexpected"], &found["standing"]), (&json!(true), &json!("COUNTED")));
    }
    team.finish(&id).await;
    let found = lines(&team.keeper, &id, "(filter: { isUnexpected: true })").await;
    assert_eq!(found.field("stockCount")["lines"]["totalCount"], 1);
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[1], &team.shop.locations[0]).await, 2);
    assert_clean(&team.keeper, 2).await;
}

async fn a_cycle_counts_what_it_names(app: TestApp) {
    let team = Team::new(&app, 4, 1).await;
    let elsewhere =
        json!({ "locationCode": "LOC-1", "variants": [{ "sku": "SKU-2" }, { "variantId": team.shop.variants[0] }] });
    let id = team.planned(elsewhere).await;
    let started = act(&team.keeper, "Start", json!({ "id": id })).await;
    let count = &started.payload("stockCountStart")["stockCount"];
    assert_eq!((&count["extent"], &count["progress"]["lines"]), (&json!("CYCLE"), &json!(2)));
    let product = team.keeper.query("{ productVariant(sku: \"SKU-0\") { product { id } } }", json!({})).await;
    let product = &product.field("productVariant")["product"]["id"];
    let id = team.planned(json!({ "locationCode": "LOC-0", "productIds": [product] })).await;
    let started = act(&team.keeper, "Start", json!({ "id": id })).await;
    assert_eq!(started.payload("stockCountStart")["stockCount"]["progress"]["lines"], 4);
    let empty = team.planned(json!({ "locationCode": "LOC-1", "productIds": [product] })).await;
    let refused = act(&team.keeper, "Start", json!({ "id": empty })).await;
    assert_eq!(refused.user_error_codes("stockCountStart"), ["INVALID_STATE"]);
}

async fn damaged_units_are_counted_apart(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    let found = json!({ "sku": "SKU-0", "quantity": 4, "damaged": 2, "qualityControl": 1 });
    let shelf = json!({ "sku": "SKU-0", "quantity": 1 });
    team.ann.mutate(super::RECORD, json!({ "id": id, "lines": [found, shelf] })).await.payload("stockCountRecord");
    team.finish(&id).await;
    let variance = line_of(&team.keeper, &id, "SKU-0").await["variance"].clone();
    assert_eq!(variance, json!({ "onHand": -2, "damaged": 2, "qualityControl": 1 }));
    assert_eq!(team.approve(&id).await, [""; 0]);
    let document = "{ stockLevels { nodes { onHand available damaged qualityControl } } }";
    let level = team.keeper.query(document, json!({})).await.field("stockLevels")["nodes"][0].clone();
    assert_eq!(level, json!({ "onHand": 8, "available": 5, "damaged": 2, "qualityControl": 1 }));
    assert_clean(&team.keeper, 1).await;
}

async fn of_two_who_approve_at_once_one_does(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    for _ in 0..5 {
        let id = team.counting().await;
        let units = on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await;
        record(&team.ann, &id, "SKU-0", units - 1).await.payload("stockCountRecord");
        team.finish(&id).await;
        let codes = join_all((0..4).map(|_| team.approve(&id))).await;
        assert_eq!(codes.iter().filter(|codes| codes.is_empty()).count(), 1, "{codes:?}");
        assert!(codes.iter().all(|codes| codes.is_empty() || codes == &["INVALID_STATE"]), "{codes:?}");
        assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, units - 1);
    }
    assert_clean(&team.keeper, 1).await;
}

async fn an_approval_is_replayed_under_its_key(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    let keyed = team.ann.with_idempotency_key("entry");
    let first = record(&keyed, &id, "SKU-0", 9).await;
    assert_eq!(record(&keyed, &id, "SKU-0", 9).await.data(), first.data());
    team.finish(&id).await;
    assert_eq!(line_of(&team.keeper, &id, "SKU-0").await["entries"].as_array().unwrap().len(), 1);
    let keyed = team.keeper.with_idempotency_key("approval");
    let first = act(&keyed, "Approve", json!({ "id": id })).await;
    first.payload("stockCountApprove");
    assert_eq!(act(&keyed, "Approve", json!({ "id": id })).await.data(), first.data());
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 9);
}

async fn a_level_is_counted_by_one_open_count_at_a_time(app: TestApp) {
    let team = Team::new(&app, 2, 10).await;
    let first = team.planned(json!({ "locationCode": "LOC-0", "variants": [{ "sku": "SKU-0" }] })).await;
    let second = team.planned(json!({ "locationCode": "LOC-0" })).await;
    act(&team.keeper, "Start", json!({ "id": first })).await.payload("stockCountStart");
    let refused = act(&team.keeper, "Start", json!({ "id": second })).await;
    assert_eq!(refused.user_error_codes("stockCountStart"), ["IN_USE"]);
    let third = team.planned(json!({ "locationCode": "LOC-0", "variants": [{ "sku": "SKU-1" }] })).await;
    act(&team.keeper, "Start", json!({ "id": third })).await.payload("stockCountStart");
    let lines = json!([{ "sku": "SKU-0", "quantity": 1 }]);
    let taken = team.ann.mutate(super::RECORD, json!({ "id": third, "addUnexpected": true, "lines": lines })).await;
    assert_eq!(taken.user_error_codes("stockCountRecord"), ["IN_USE"]);
    for id in [first, third] {
        act(&team.keeper, "Cancel", json!({ "id": id })).await.payload("stockCountCancel");
    }
    act(&team.keeper, "Start", json!({ "id": second })).await.payload("stockCountStart");
}

async fn what_was_set_by_hand_meanwhile_is_counted_again(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let id = team.counting().await;
    record(&team.ann, &id, "SKU-0", 8).await.payload("stockCountRecord");
    let set = json!({ "reason": "COUNT", "lines": [{ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 8 }] });
    team.keeper.mutate(crate::inventory::shelves::SET, set).await.payload("stockSet");
    team.finish(&id).await;
    let refused = act(&team.keeper, "Approve", json!({ "id": id })).await;
    let error = &refused.user_errors("stockCountApprove")[0];
    assert_eq!(error["code"], "INVALID_STATE");
    assert!(error["message"].as_str().unwrap().contains("SKU-0"), "{error}");
    act(&team.keeper, "Recount", json!({ "id": id, "lines": "DIFFERING" })).await.payload("stockCountRecount");
    record(&team.ann, &id, "SKU-0", 8).await.payload("stockCountRecord");
    team.finish(&id).await;
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 8);
}

async fn what_was_set_before_and_is_no_longer_is_counted_again(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    let set = json!({ "reason": "COUNT", "lines": [{ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 7 }] });
    let set = team.keeper.mutate(crate::inventory::shelves::SET, set).await.payload("stockSet").clone();
    let id = team.counting().await;
    record(&team.ann, &id, "SKU-0", 9).await.payload("stockCountRecord");
    let document = "mutation($input: StockAdjustmentReverseInput!) { stockAdjustmentReverse(input: $input) { userErrors { code } } }";
    let input = json!({ "adjustmentId": set["adjustment"]["id"] });
    team.keeper.mutate(document, input).await.payload("stockAdjustmentReverse");
    team.finish(&id).await;
    // Two units were found beyond the seven of the books, which say ten again.
    assert_eq!(team.approve(&id).await, ["INVALID_STATE"]);
    act(&team.keeper, "Recount", json!({ "id": id, "lines": "DIFFERING" })).await.payload("stockCountRecount");
    record(&team.ann, &id, "SKU-0", 9).await.payload("stockCountRecord");
    team.finish(&id).await;
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 9);
}

async fn promised_units_that_are_not_there_are_known_to_lack(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    promise(&app, &team.shop, 6).await;
    let id = team.counting().await;
    record(&team.ann, &id, "SKU-0", 4).await.payload("stockCountRecord");
    team.finish(&id).await;
    assert_eq!(team.approve(&id).await, [""; 0]);
    let document = "{ stockLevels { nodes { onHand reserved available backordered } } }";
    let level = team.keeper.query(document, json!({})).await.field("stockLevels")["nodes"][0].clone();
    assert_eq!(level, json!({ "onHand": 4, "reserved": 6, "available": 0, "backordered": 2 }));
    assert_clean(&team.keeper, 1).await;
}

/// Promises units of the first variant, through the ledger.
async fn promise(app: &TestApp, shop: &Shop, units: i64) {
    super::sales::post(app, shop, stockroom::inventory::entity::stock_movement::State::Reserved, units).await;
}
