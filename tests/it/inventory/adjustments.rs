//! Adjusting, setting and moving stock: what takes effect, what is refused, and where the refusal points.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::shelves::{ADJUST, MOVE, SET, Shop, adjust, assert_clean, line, on_hand};
use crate::support::{TestApp, both_databases};

both_databases!(
    an_adjustment_tells_what_it_did,
    duplicate_lines_are_summed,
    lines_that_cancel_out_leave_no_movement,
    all_lines_take_effect_or_none,
    everything_wrong_with_the_lines_is_named_at_its_place,
    unknown_names_are_told_apart,
    units_out_of_range_are_refused,
    a_level_never_holds_more_than_a_billion,
    too_many_lines_are_refused,
    setting_goes_to_the_number_from_any_other,
    a_stale_change_from_writes_nothing,
    a_level_is_not_set_twice,
    a_move_takes_from_one_place_what_it_brings_to_another,
    a_move_without_stock_is_refused,
    a_dry_run_tells_everything_and_writes_nothing,
    a_clock_that_was_set_back_does_not_turn_history_around,
);

async fn an_adjustment_tells_what_it_did(mut app: TestApp) {
    app.make_foreseeable().await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 2, 2).await;
    let input = json!({
        "reason": "RECEIVED", "reference": " PO-17 ", "note": "two boxes",
        "lines": [line("SKU-1", "LOC-0", 5), line("SKU-0", "loc-1", 3)],
    });
    let mut answer = keeper.mutate(ADJUST, input).await.payload("stockAdjust").clone();
    answer["adjustment"]["id"].take();
    answer["adjustment"]["actorId"].take();
    assert_json_snapshot!("an_adjustment_tells_what_it_did", answer);
}

async fn duplicate_lines_are_summed(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    // The first line alone would be refused.
    let by_id = json!({ "variantId": shop.variants[0], "locationId": shop.locations[0], "delta": -4 });
    let answer = adjust(&keeper, vec![by_id, line("SKU-0", "LOC-0", 7), line("SKU-0", "LOC-0", 2)]).await;
    let lines = &answer.payload("stockAdjust")["adjustment"]["lines"];
    assert_eq!(lines.as_array().unwrap().len(), 1);
    assert_eq!((&lines[0]["delta"], &lines[0]["onHandAfter"]), (&json!(5), &json!(5)));
    assert_clean(&keeper, 1).await;
}

async fn lines_that_cancel_out_leave_no_movement(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", 7), line("SKU-0", "LOC-0", -7)]).await;
    let payload = answer.payload("stockAdjust");
    assert_eq!(payload["adjustment"]["lines"], json!([]));
    assert_eq!((&payload["levels"][0]["onHand"], &payload["levels"][0]["version"]), (&json!(0), &json!(0)));
    assert_clean(&keeper, 1).await;
}

async fn all_lines_take_effect_or_none(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 3, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5), line("SKU-1", "LOC-0", 5)]).await.payload("stockAdjust");
    let answer = adjust(
        &keeper,
        vec![
            line("SKU-0", "LOC-0", -5),
            line("SKU-2", "LOC-0", 9),
            line("SKU-1", "LOC-0", -4),
            line("SKU-1", "LOC-0", -2),
        ],
    )
    .await;
    assert_json_snapshot!("all_lines_take_effect_or_none", answer.field("stockAdjust"));
    for (variant, units) in shop.variants.iter().zip([5, 5, 0]) {
        assert_eq!(on_hand(&keeper, variant, &shop.locations[0]).await, units);
    }
    // Not even the level that would have been new is there.
    assert_clean(&keeper, 2).await;
}

async fn everything_wrong_with_the_lines_is_named_at_its_place(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let lines = json!([
        { "delta": 1 },
        { "sku": "SKU-0", "variantId": shop.variants[0], "locationCode": "LOC-0", "delta": 1 },
        { "variantId": shop.locations[0], "locationId": "nonsense", "delta": 1 },
        { "sku": "a\u{0}b", "locationCode": "no such place", "delta": 0 },
    ]);
    let input = json!({ "reason": "OTHER", "reference": "x".repeat(256), "note": "a\u{0}b", "lines": lines });
    let answer = keeper.mutate(ADJUST, input).await;
    assert_json_snapshot!("everything_wrong_with_the_lines", answer.user_errors("stockAdjust"));
    let empty = keeper.mutate(ADJUST, json!({ "reason": "OTHER", "lines": [] })).await;
    assert_eq!(empty.user_errors("stockAdjust")[0]["field"], json!(["input", "lines"]));
}

async fn unknown_names_are_told_apart(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    let answer = adjust(&keeper, vec![line("NO-SUCH", "LOC-0", 1), line("SKU-0", "NOWHERE", 1)]).await;
    assert_eq!(places(&answer.user_errors("stockAdjust")), ["0.sku NOT_FOUND", "1.locationCode NOT_FOUND"]);

    let nothing = |prefix: &str| format!("{prefix}_00000000000000000000000000");
    let by_id = |variant: &str, location: &str| json!({ "variantId": variant, "locationId": location, "delta": 1 });
    let lines = vec![by_id(&nothing("variant"), &shop.locations[0]), by_id(&shop.variants[0], &nothing("location"))];
    let answer = adjust(&keeper, lines).await;
    assert_eq!(places(&answer.user_errors("stockAdjust")), ["0.variantId NOT_FOUND", "1.locationId NOT_FOUND"]);
    assert_clean(&keeper, 0).await;
}

async fn units_out_of_range_are_refused(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    for delta in [1_000_000_001, -1_000_000_001, i64::MAX, i64::MIN] {
        let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", delta)]).await;
        assert_eq!(places(&answer.user_errors("stockAdjust")), ["0.delta OUT_OF_RANGE"], "{delta}");
    }
    for quantity in [-1, 1_000_000_001] {
        let lines = json!([{ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": quantity }]);
        let answer = keeper.mutate(SET, json!({ "reason": "COUNT", "lines": lines })).await;
        assert_eq!(places(&answer.user_errors("stockSet")), ["0.quantity OUT_OF_RANGE"], "{quantity}");
    }
    let lines = json!([{ "sku": "SKU-0", "fromLocationCode": "LOC-0", "toLocationCode": "LOC-1", "quantity": 0 }]);
    let answer = keeper.mutate(MOVE, json!({ "lines": lines })).await;
    assert_eq!(places(&answer.user_errors("stockMove")), ["0.quantity OUT_OF_RANGE"]);
    assert_clean(&keeper, 0).await;
}

async fn a_level_never_holds_more_than_a_billion(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 1_000_000_000)]).await.payload("stockAdjust");
    let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", 1)]).await;
    assert_eq!(places(&answer.user_errors("stockAdjust")), ["0.delta OUT_OF_RANGE"]);
    let many = vec![line("SKU-0", "LOC-0", 1_000_000_000); 100];
    assert_eq!(places(&adjust(&keeper, many).await.user_errors("stockAdjust")), ["0.delta OUT_OF_RANGE"]);
    assert_clean(&keeper, 1).await;
}

async fn too_many_lines_are_refused(mut app: TestApp) {
    app.reconfigure(|config| config.inventory.adjustment_lines = 3).await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 1); 3]).await.payload("stockAdjust");
    let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", 1); 4]).await;
    assert_eq!(answer.user_errors("stockAdjust")[0]["message"], json!("lines has too many items: at most 3"));
}

fn set_to(quantity: i64, change_from: Option<i64>) -> Value {
    let mut line = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": quantity });
    if let Some(units) = change_from {
        line["changeFrom"] = json!(units);
    }
    json!({ "reason": "COUNT", "lines": [line] })
}

async fn setting_goes_to_the_number_from_any_other(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    for (quantity, delta) in [(8, json!(8)), (3, json!(-5)), (3, Value::Null), (0, json!(-3))] {
        let answer = keeper.mutate(SET, set_to(quantity, None)).await;
        let payload = answer.payload("stockSet");
        assert_eq!(payload["adjustment"]["lines"][0]["delta"], delta);
        assert_eq!(
            (&payload["adjustment"]["kind"], &payload["levels"][0]["onHand"]),
            (&json!("SET"), &json!(quantity))
        );
    }
    assert_clean(&keeper, 1).await;
}

async fn a_stale_change_from_writes_nothing(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 2, 1).await;
    keeper.mutate(SET, set_to(8, Some(0))).await.payload("stockSet");
    let mut input = set_to(3, Some(7));
    input["lines"].as_array_mut().unwrap().push(json!({ "sku": "SKU-1", "locationCode": "LOC-0", "quantity": 4 }));
    let answer = keeper.mutate(SET, input).await;
    assert_json_snapshot!("a_stale_change_from", answer.field("stockSet"));
    // The new level of the second line went with the rest.
    assert_clean(&keeper, 1).await;
    keeper.mutate(SET, set_to(3, Some(8))).await.payload("stockSet");
}

async fn a_level_is_not_set_twice(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    let mut input = set_to(3, None);
    input["lines"].as_array_mut().unwrap().push(json!({ "sku": "SKU-0", "locationCode": "LOC-0", "quantity": 3 }));
    let answer = keeper.mutate(SET, input).await;
    assert_eq!(places(&answer.user_errors("stockSet")), ["1.sku INVALID"]);
}

fn transfer(from: &str, to: &str, quantity: i64) -> Value {
    json!({ "sku": "SKU-0", "fromLocationCode": from, "toLocationCode": to, "quantity": quantity })
}

async fn a_move_takes_from_one_place_what_it_brings_to_another(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 3).await;
    shop.receive(&keeper, 10).await;
    let lines = json!([transfer("LOC-0", "LOC-1", 4), transfer("LOC-0", "LOC-2", 1), transfer("LOC-1", "LOC-2", 2)]);
    let answer = keeper.mutate(MOVE, json!({ "reference": "T-1", "lines": lines })).await;
    let mut payload = answer.payload("stockMove").clone();
    payload["adjustment"]["id"].take();
    assert_json_snapshot!("a_move_takes_and_brings", payload);
    assert_clean(&keeper, 3).await;
}

async fn a_move_without_stock_is_refused(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 2).await;
    shop.receive(&keeper, 3).await;
    let answer = keeper.mutate(MOVE, json!({ "lines": [transfer("LOC-0", "LOC-1", 4)] })).await;
    let errors = answer.user_errors("stockMove");
    assert_eq!(places(&errors), ["0.quantity INSUFFICIENT_STOCK"]);
    assert_eq!((&errors[0]["available"], &errors[0]["requested"]), (&json!(3), &json!(4)));
    let answer = keeper.mutate(MOVE, json!({ "lines": [transfer("LOC-0", "LOC-0", 1)] })).await;
    assert_eq!(places(&answer.user_errors("stockMove")), ["0.toLocationCode INVALID"]);
    assert_clean(&keeper, 1).await;
}

async fn a_dry_run_tells_everything_and_writes_nothing(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 3).await;
    let input = |delta: i64| json!({ "reason": "SOLD", "dryRun": true, "lines": [line("SKU-0", "LOC-0", delta)] });
    for client in [&keeper, &keeper.with_idempotency_key("try"), &keeper.with_idempotency_key("try")] {
        let answer = client.mutate(ADJUST, input(-2)).await;
        assert_eq!(answer.payload("stockAdjust")["adjustment"]["lines"][0]["onHandAfter"], json!(1));
    }
    assert_eq!(keeper.mutate(ADJUST, input(-4)).await.user_error_codes("stockAdjust"), ["INSUFFICIENT_STOCK"]);
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 3);
    let history = keeper.query("{ stockAdjustments { totalCount } stockMovements { totalCount } }", json!({})).await;
    assert_eq!(
        history.data(),
        &json!({ "stockAdjustments": { "totalCount": 1 }, "stockMovements": { "totalCount": 1 } })
    );
    assert_clean(&keeper, 1).await;
}

async fn a_clock_that_was_set_back_does_not_turn_history_around(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    let before = app.app.services.clock.now();
    // Within the leeway of the token.
    hand.set(before - std::time::Duration::from_secs(3));
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -1)]).await.payload("stockAdjust");
    let answer =
        keeper.query("{ stockMovements(orderBy: CREATED_AT_ASC) { nodes { delta createdAt } } }", json!({})).await;
    let nodes = answer.field("stockMovements")["nodes"].clone();
    assert_eq!(nodes[0]["delta"], json!(5));
    assert_eq!(nodes[0]["createdAt"], nodes[1]["createdAt"]);
    assert_clean(&keeper, 1).await;
}

/// `line.field CODE` of each error.
fn places(errors: &[Value]) -> Vec<String> {
    let place = |error: &Value| {
        let field: Vec<&str> = error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(field[..2], ["input", "lines"], "{error:#}");
        format!("{} {}", field[2..].join("."), error["code"].as_str().unwrap())
    };
    errors.iter().map(place).collect()
}
