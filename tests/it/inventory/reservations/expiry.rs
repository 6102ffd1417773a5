//! Expiry counts wherever stock is read or changed, with the sweeper stopped; the sweeper only writes it down.

use std::time::Duration;

use serde_json::{Value, json};

use super::beyond::set_policy;
use super::{change, create, level, reserved, stocked, want, want_at};
use crate::inventory::closing;
use crate::inventory::proof::behind_the_back;
use crate::inventory::shelves::{adjust, assert_clean, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    what_has_expired_is_available_at_once_wherever_stock_is_shown,
    what_has_expired_can_be_taken_by_anyone,
    an_expired_reservation_can_not_be_used,
    a_reservation_holds_longer_when_it_is_extended,
    the_sweeper_writes_expiry_down_in_batches,
    a_clock_that_steps_back_revives_nothing,
    a_location_is_closed_whose_promises_have_all_expired,
    events_count_no_promise_whose_time_is_over,
    a_reorder_point_is_held_against_what_is_still_promised,
    a_past_moment_counts_a_promise_until_it_was_taken_back,
    the_audit_finds_a_reservation_that_holds_what_the_ledger_does_not_know,
);

async fn numbers(client: &Client, document: &str) -> Value {
    client.query(document, json!({})).await.data().clone()
}

async fn what_has_expired_is_available_at_once_wherever_stock_is_shown(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let stock = [line("SKU-0", "LOC-0", 10), line("SKU-1", "LOC-0", 5), line("SKU-0", "LOC-1", 1)];
    let (keeper, _) = stocked(&app, (2, 2), &stock).await;
    reserved(&keeper, &[want_at("SKU-0", "LOC-0", 8), want_at("SKU-1", "LOC-0", 1)], Some(60)).await;
    reserved(&keeper, &[want_at("SKU-0", "LOC-0", 1)], None).await;
    let document = "{
        exact: stockLevel(sku: \"SKU-0\", locationCode: \"LOC-0\") { reserved available }
        above: stockLevels(filter: { available: { min: 5 } }) { totalCount nodes { available variant { sku } } }
        ordered: stockLevels(orderBy: AVAILABLE_DESC) { nodes { available } }
        productVariant(sku: \"SKU-0\") { totalAvailable stockLevels(orderBy: AVAILABLE_ASC) { nodes { reserved available } } }
        location(code: \"LOC-0\") { stockLevels(orderBy: AVAILABLE_DESC) { nodes { available } } }
        reservations(filter: { statuses: [EXPIRED] }) { totalCount nodes { status lines { held expired } } }
    }";
    let before = numbers(&keeper, document).await;
    assert_eq!(before["exact"], json!({ "reserved": 9, "available": 1 }));
    assert_eq!(before["above"]["totalCount"], json!(0));
    assert_eq!(before["productVariant"]["totalAvailable"], json!(2));
    let levels = "{ stockLevels(orderBy: AVAILABLE_DESC) { nodes { available } } productVariant(sku: \"SKU-0\") { totalAvailable } }";
    let statements = async || {
        let before = app.statements();
        numbers(&keeper, levels).await;
        app.statements() - before
    };
    let counted = statements().await;
    clock.advance(Duration::from_mins(1));
    assert_eq!(
        numbers(&keeper, document).await,
        json!({
            "exact": { "reserved": 1, "available": 9 },
            "above": { "totalCount": 2, "nodes": [
                { "available": 5, "variant": { "sku": "SKU-1" } }, { "available": 9, "variant": { "sku": "SKU-0" } },
            ] },
            "ordered": { "nodes": [{ "available": 9 }, { "available": 5 }, { "available": 1 }] },
            "productVariant": { "totalAvailable": 10, "stockLevels": { "nodes": [
                { "reserved": 0, "available": 1 }, { "reserved": 1, "available": 9 },
            ] } },
            "location": { "stockLevels": { "nodes": [{ "available": 9 }, { "available": 5 }] } },
            "reservations": { "totalCount": 1, "nodes": [{ "status": "EXPIRED", "lines": [
                { "held": 0, "expired": 8 }, { "held": 0, "expired": 1 },
            ] }] },
        })
    );
    assert_eq!(statements().await, counted);
    assert_clean(&keeper, 3).await;
}

async fn what_has_expired_can_be_taken_by_anyone(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 5)]).await;
    reserved(&keeper, &[want("SKU-0", 3)], Some(1)).await;
    reserved(&keeper, &[want("SKU-0", 2)], Some(1)).await;
    let refused = create(&keeper, json!({ "lines": [want("SKU-0", 1)] })).await;
    assert_eq!(refused.user_error_codes("reservationCreate"), ["INSUFFICIENT_STOCK"]);
    clock.advance(Duration::from_secs(1));
    reserved(&keeper, &[want("SKU-0", 4)], None).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -1)]).await.payload("stockAdjust");
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [4, 4, 0, 0]);
    let document = "{ stockAdjustments(filter: { reasons: [EXPIRED] }) { nodes { kind actorName actorId lines { state delta } } } }";
    let expired = numbers(&keeper, document).await["stockAdjustments"]["nodes"].clone();
    let group = |units: i64| {
        json!({ "kind": "RESERVATION", "actorName": "inventory", "actorId": null,
        "lines": [{ "state": "RESERVED", "delta": units }] })
    };
    assert!(expired == json!([group(-2), group(-3)]) || expired == json!([group(-3), group(-2)]), "{expired:#}");
    assert_clean(&keeper, 1).await;
}

async fn an_expired_reservation_can_not_be_used(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 5)]).await;
    let id = reserved(&keeper, &[want("SKU-0", 3)], Some(1)).await;
    clock.advance(Duration::from_secs(1));
    for verb in ["Extend", "Release", "Fulfil"] {
        let refused = change(&keeper, verb, json!({ "id": id })).await;
        assert_eq!(refused["userErrors"][0]["code"], json!("INVALID_STATE"), "{verb}");
        assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("EXPIRED"));
    }
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [5, 0, 5, 0]);
}

async fn a_reservation_holds_longer_when_it_is_extended(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 5)]).await;
    let id = reserved(&keeper, &[want("SKU-0", 3)], Some(60)).await;
    clock.advance(Duration::from_secs(59));
    let extended = change(&keeper, "Extend", json!({ "id": id, "ttlSeconds": 60 })).await;
    assert_eq!(extended["reservation"]["version"], json!(2));
    clock.advance(Duration::from_secs(59));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [5, 3, 2, 0]);
    change(&keeper, "Extend", json!({ "id": id })).await;
    clock.advance(Duration::from_hours(10_000));
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [5, 3, 2, 0]);
    let most = app.config().inventory.reservation_ttl_max_s;
    let beyond = change(&keeper, "Extend", json!({ "id": id, "ttlSeconds": most + 1 })).await;
    assert_eq!(beyond["userErrors"][0]["code"], json!("OUT_OF_RANGE"));
}

async fn the_sweeper_writes_expiry_down_in_batches(mut app: TestApp) {
    app.reconfigure(|config| config.inventory.reservation_sweep_batch = 2).await;
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (2, 1), &[line("SKU-0", "LOC-0", 9), line("SKU-1", "LOC-0", 9)]).await;
    for _ in 0..5 {
        reserved(&keeper, &[want("SKU-0", 1), want("SKU-1", 1)], Some(1)).await;
    }
    let kept = reserved(&keeper, &[want("SKU-0", 1)], Some(2)).await;
    clock.advance(Duration::from_secs(1));
    let swept = app.app.sweep_reservations().await.unwrap();
    assert_eq!((swept.reservations, swept.units), (5, 10));
    assert_eq!(app.app.sweep_reservations().await.unwrap().reservations, 0);
    let metrics = app.app.metrics.render().unwrap();
    let now = app.app.services.clock.now().seconds();
    for line in [
        "stockroom_reservations_expired_total 5".to_owned(),
        "stockroom_reservation_units_expired_total 10".to_owned(),
        "stockroom_reservation_sweep_failures_total 0".to_owned(),
        "stockroom_reservation_sweep_seconds_count 2".to_owned(),
        format!("stockroom_reservation_sweep_last_success_timestamp_seconds {now}"),
    ] {
        assert!(metrics.lines().any(|found| found == line), "no {line:?} in {metrics}");
    }
    let document = "{ reservations(filter: { statuses: [EXPIRED] }) { totalCount nodes { version } } }";
    let expired = numbers(&keeper, document).await["reservations"].clone();
    assert_eq!((&expired["totalCount"], &expired["nodes"][0]["version"]), (&json!(5), &json!(2)));
    let still = change(&keeper, "Release", json!({ "id": kept })).await;
    assert_eq!(still["reservation"]["status"], json!("RELEASED"));
    assert_clean(&keeper, 2).await;
}

async fn a_clock_that_steps_back_revives_nothing(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 5)]).await;
    let id = reserved(&keeper, &[want("SKU-0", 3)], Some(60)).await;
    let before = app.app.services.clock.now();
    clock.advance(Duration::from_mins(1));
    // Takes back what has expired, and takes some of it.
    reserved(&keeper, &[want("SKU-0", 4)], None).await;
    clock.set(before);
    let refused = change(&keeper, "Extend", json!({ "id": id, "ttlSeconds": 60 })).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("INVALID_STATE"));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [5, 4, 1, 0]);
    assert_clean(&keeper, 1).await;
}

async fn the_audit_finds_a_reservation_that_holds_what_the_ledger_does_not_know(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 5)]).await;
    let id = reserved(&keeper, &[want("SKU-0", 3)], Some(60)).await;
    change(&keeper, "Fulfil", json!({ "id": id, "lines": [want("SKU-0", 1)] })).await;
    assert_clean(&keeper, 1).await;
    behind_the_back(&app, "UPDATE reservation_allocations SET held = 4").await.unwrap();
    let document = "{ stockAudit { isClean documentDifferences { document { number } state expected found } } }";
    let audit = numbers(&keeper, document).await["stockAudit"].clone();
    let difference = json!({ "document": { "number": "RES-000001" }, "state": "RESERVED", "expected": 4, "found": 2 });
    assert_eq!(audit, json!({ "isClean": false, "documentDifferences": [difference] }));
}

async fn a_location_is_closed_whose_promises_have_all_expired(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, shop) = stocked(&app, (1, 2), &[line("SKU-0", "LOC-0", 5)]).await;
    assert_eq!(set_policy(&app, &shop.variants[0], "ALLOW", None).await, [""; 0]);
    // Nothing is there, and yet something is promised.
    reserved(&keeper, &[want_at("SKU-0", "LOC-1", 3)], Some(60)).await;
    reserved(&keeper, &[want_at("SKU-0", "LOC-1", 2), want_at("SKU-0", "LOC-0", 1)], Some(60)).await;
    let open = closing::change(&keeper, "Deactivate", &shop.locations[1]).await;
    assert_eq!(open["userErrors"][0]["code"], json!("IN_USE"));
    clock.advance(Duration::from_mins(1));
    let closed = closing::change(&keeper, "Deactivate", &shop.locations[1]).await;
    assert_eq!(closed, json!({ "location": { "status": "DEACTIVATED" }, "userErrors": [] }));
    let document = "{ stockMovements(filter: { reasons: [EXPIRED] }) { nodes { delta location { code } } } }";
    let mut expired = numbers(&keeper, document).await["stockMovements"]["nodes"].as_array().unwrap().clone();
    expired.sort_by_key(|movement| movement["delta"].as_i64());
    let taken_back = |units: i64| json!({ "delta": -units, "location": { "code": "LOC-1" } });
    assert_eq!(expired, [taken_back(3), taken_back(2)]);
    assert_clean(&keeper, 2).await;
}

async fn events_count_no_promise_whose_time_is_over(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 10)]).await;
    for time in [Some(60), Some(60), Some(60), None] {
        reserved(&keeper, &[want("SKU-0", 2)], time).await;
    }
    let mut socket = app.socket(Some("SUPPORT")).await;
    let watch = "subscription { stockLevelChanged { reserved available delta state version adjustment { reason } } }";
    socket.subscribe("1", watch, json!({})).await;
    app.until_listening(1).await;
    clock.advance(Duration::from_mins(1));
    adjust(&keeper, vec![line("SKU-0", "LOC-0", -1)]).await.payload("stockAdjust");
    for version in 6..=8 {
        let event = socket.event("1").await["stockLevelChanged"].clone();
        let taken_back = json!({
            "reserved": 2, "available": 8, "delta": -2, "state": "RESERVED", "version": version, "adjustment": { "reason": "EXPIRED" },
        });
        assert_eq!(event, taken_back);
    }
    let event = socket.event("1").await["stockLevelChanged"].clone();
    let taken = json!({
        "reserved": 2, "available": 7, "delta": -1, "state": "ON_HAND", "version": 9, "adjustment": { "reason": "OTHER" },
    });
    assert_eq!(event, taken);
}

async fn a_reorder_point_is_held_against_what_is_still_promised(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 10)]).await;
    reserved(&keeper, &[want("SKU-0", 8)], Some(60)).await;
    let mut socket = app.socket(Some("SUPPORT")).await;
    let watch = "subscription { lowStockReached { reorderPoint available reorderMargin } }";
    socket.subscribe("1", watch, json!({})).await;
    app.until_listening(1).await;
    clock.advance(Duration::from_mins(1));
    let settings = "mutation($input: StockLevelSettingsUpdateInput!) { stockLevelSettingsUpdate(input: $input) {
        level { isLowStock } userErrors { code } } }";
    for (point, low) in [(5, false), (10, true)] {
        let input = json!({ "sku": "SKU-0", "locationCode": "LOC-0", "reorderPoint": point });
        let answer = keeper.mutate(settings, input).await;
        assert_eq!(answer.payload("stockLevelSettingsUpdate")["level"], json!({ "isLowStock": low }));
    }
    let event = socket.event("1").await["lowStockReached"].clone();
    assert_eq!(event, json!({ "reorderPoint": 10, "available": 10, "reorderMargin": 0 }));
    assert_clean(&keeper, 1).await;
}

async fn a_past_moment_counts_a_promise_until_it_was_taken_back(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 10)]).await;
    reserved(&keeper, &[want("SKU-0", 8)], Some(60)).await;
    clock.advance(Duration::from_mins(1));
    let over = app.app.services.clock.now();
    let document = format!(
        "{{ level: stockLevel(sku: \"SKU-0\", locationCode: \"LOC-0\") {{ reserved balance(asOf: \"{over}\") {{ reserved }} }}
            past: stockLevel(sku: \"SKU-0\", locationCode: \"LOC-0\", asOf: \"{over}\") {{ reserved }} }}"
    );
    let before = numbers(&keeper, &document).await;
    // The ledger does not know yet.
    let expected = json!({ "level": { "reserved": 0, "balance": { "reserved": 8 } }, "past": { "reserved": 8 } });
    assert_eq!(before, expected);
    clock.advance(Duration::from_secs(1));
    app.app.sweep_reservations().await.unwrap();
    // What was is not changed by what comes later.
    assert_eq!(numbers(&keeper, &document).await, before);
    let later = "{ stockLevel(sku: \"SKU-0\", locationCode: \"LOC-0\", asOf: \"2100-01-01T00:00:00Z\") { reserved } }";
    assert_eq!(numbers(&keeper, later).await, json!({ "stockLevel": { "reserved": 0 } }));
}
