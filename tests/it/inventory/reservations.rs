//! Reservations: what is promised where, what is refused, and what becomes of it.

mod beyond;
mod concurrency;
mod expiry;

use serde_json::{Value, json};

use super::shelves::{Shop, adjust, assert_clean, line};
use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    what_is_reserved_is_no_longer_available,
    all_is_reserved_or_nothing_unless_asked_for,
    each_rule_finds_its_own_location,
    a_sale_takes_what_was_reserved,
    units_are_let_go_in_part_and_in_whole,
    a_reservation_that_is_over_can_only_be_read,
    nonsense_is_named_at_its_place,
    a_dry_run_reserves_nothing,
    a_retry_reserves_once,
    reservations_are_found_by_everything_they_are_of,
    the_statements_of_a_reservation_do_not_grow_with_its_lines,
);

pub(super) const FIELDS: &str = "number status purpose owner externalReference version lines { line variant { sku } requested short held
    backordered fulfilled released expired allocations { location { code } held backordered fulfilled released expired } }";

pub(super) async fn create(client: &Client, input: Value) -> Answer {
    let document = format!(
        "mutation($input: ReservationCreateInput!) {{ reservationCreate(input: $input) {{ reservation {{ id {FIELDS} expiresAt }}
        userErrors {{ __typename code message field ... on InsufficientStockError {{ available requested location {{ code }} }} }} }} }}"
    );
    client.mutate(&document, input).await
}

/// A reservation of these lines with nothing else said; its id.
pub(super) async fn reserved(client: &Client, lines: &[Value], ttl: Option<i64>) -> String {
    let answer = create(client, json!({ "lines": lines, "ttlSeconds": ttl })).await;
    answer.payload("reservationCreate")["reservation"]["id"].as_str().unwrap().to_owned()
}

pub(super) fn want(sku: &str, quantity: i64) -> Value {
    json!({ "sku": sku, "quantity": quantity })
}

pub(super) fn want_at(sku: &str, location: &str, quantity: i64) -> Value {
    json!({ "sku": sku, "locationCode": location, "quantity": quantity })
}

/// `reservationRelease` and its like, with their input.
pub(super) async fn change(client: &Client, verb: &str, input: Value) -> Value {
    let document = format!(
        "mutation($input: Reservation{verb}Input!) {{ reservation{verb}(input: $input) {{ reservation {{ id {FIELDS} expiresAt }}
        userErrors {{ code message field ... on InsufficientStockError {{ available requested }} }} }} }}"
    );
    client.mutate(&document, input).await.field(&format!("reservation{verb}")).clone()
}

/// On hand, reserved, available and backordered.
pub(super) async fn level(client: &Client, sku: &str, location: &str) -> [i64; 4] {
    let document = "query($sku: String, $code: String) { stockLevel(sku: $sku, locationCode: $code) {
        onHand reserved available backordered } }";
    let answer = client.query(document, json!({ "sku": sku, "code": location })).await;
    let level = answer.field("stockLevel").clone();
    ["onHand", "reserved", "available", "backordered"].map(|name| level[name].as_i64().unwrap_or(0))
}

/// A shop of so many variants and locations, with stock as the lines say.
pub(super) async fn stocked(app: &TestApp, (variants, locations): (usize, usize), stock: &[Value]) -> (Client, Shop) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(app, variants, locations).await;
    adjust(&keeper, stock.to_vec()).await.payload("stockAdjust");
    (keeper, shop)
}

fn allocations(answer: &Value) -> Vec<(String, i64)> {
    let lines = answer["lines"].as_array().unwrap().iter();
    let shares = lines.flat_map(|line| line["allocations"].as_array().unwrap());
    shares
        .map(|share| (share["location"]["code"].as_str().unwrap().to_owned(), share["held"].as_i64().unwrap()))
        .collect()
}

fn of(code: &str, units: i64) -> (String, i64) {
    (code.to_owned(), units)
}

async fn what_is_reserved_is_no_longer_available(app: TestApp) {
    let stock = [line("SKU-0", "LOC-0", 5), line("SKU-1", "LOC-0", 2)];
    let (keeper, _) = stocked(&app, (2, 1), &stock).await;
    let input = json!({
        "purpose": "CART", "owner": "customer-7", "externalReference": "cart-1", "note": "red ones",
        "lines": [want("SKU-0", 3), want("SKU-1", 2)],
    });
    let reservation = create(&keeper, input).await.payload("reservationCreate")["reservation"].clone();
    assert_eq!((&reservation["number"], &reservation["status"]), (&json!("RES-000001"), &json!("ACTIVE")));
    assert_eq!(
        reservation["lines"][0],
        json!({
            "line": 1, "variant": { "sku": "SKU-0" }, "requested": 3, "short": 0, "held": 3, "backordered": 0,
            "fulfilled": 0, "released": 0, "expired": 0,
            "allocations": [{ "location": { "code": "LOC-0" }, "held": 3, "backordered": 0, "fulfilled": 0,
                "released": 0, "expired": 0 }],
        })
    );
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [5, 3, 2, 0]);
    let refused = adjust(&keeper, vec![line("SKU-0", "LOC-0", -3)]).await;
    assert_eq!(refused.user_error_codes("stockAdjust"), ["INSUFFICIENT_STOCK"]);
    let document = "{ stockAdjustments(filter: { references: [\"cart-1\"] }) { nodes { kind reason note lines { state delta } } } }";
    let posted = keeper.query(document, json!({})).await.field("stockAdjustments")["nodes"].clone();
    assert_eq!(
        posted,
        json!([{ "kind": "RESERVATION", "reason": "RESERVED", "note": "red ones",
            "lines": [{ "state": "RESERVED", "delta": 3 }, { "state": "RESERVED", "delta": 2 }] }])
    );
    assert_clean(&keeper, 2).await;
}

async fn all_is_reserved_or_nothing_unless_asked_for(app: TestApp) {
    let stock = [line("SKU-0", "LOC-0", 2), line("SKU-0", "LOC-1", 1), line("SKU-1", "LOC-0", 9)];
    let (keeper, _) = stocked(&app, (3, 2), &stock).await;
    let lines = json!([want("SKU-1", 4), want("SKU-0", 5), want_at("SKU-1", "LOC-1", 1), want("SKU-2", 1)]);
    let refused = create(&keeper, json!({ "lines": lines })).await.user_errors("reservationCreate");
    let seen: Vec<Value> = refused
        .iter()
        .map(|error| json!([error["field"][2], error["available"], error["requested"], error["location"]["code"]]))
        .collect();
    assert_eq!(seen, [json!(["1", 3, 5, null]), json!(["2", 0, 1, "LOC-1"]), json!(["3", 0, 1, null])]);
    assert_eq!(level(&keeper, "SKU-1", "LOC-0").await, [9, 0, 9, 0]);

    let partial = create(&keeper, json!({ "lines": lines, "onShortage": "PARTIAL" })).await;
    let reservation = &partial.payload("reservationCreate")["reservation"];
    let short: Vec<&Value> = reservation["lines"].as_array().unwrap().iter().map(|line| &line["short"]).collect();
    assert_eq!(short, [0, 2, 1, 1]);
    assert_eq!(allocations(reservation), [of("LOC-0", 4), of("LOC-0", 2), of("LOC-1", 1)]);
    let nothing = json!({ "lines": [want("SKU-2", 1)], "onShortage": "PARTIAL" });
    assert_eq!(create(&keeper, nothing).await.user_error_codes("reservationCreate"), ["INSUFFICIENT_STOCK"]);
    assert_clean(&keeper, 3).await;
}

async fn each_rule_finds_its_own_location(app: TestApp) {
    let stock =
        [line("SKU-0", "LOC-0", 4), line("SKU-0", "LOC-1", 9), line("SKU-0", "LOC-2", 5), line("SKU-1", "LOC-2", 5)];
    let (keeper, shop) = stocked(&app, (2, 3), &stock).await;
    let update = "mutation($input: LocationUpdateInput!) { locationUpdate(input: $input) { location { priority } userErrors { code field } } }";
    let first = keeper.mutate(update, json!({ "id": shop.locations[2], "priority": 1 })).await;
    assert_eq!(first.payload("locationUpdate")["location"]["priority"], json!(1));
    let outside = keeper.mutate(update, json!({ "id": shop.locations[2], "priority": 10_001 })).await;
    assert_eq!(outside.user_error_codes("locationUpdate"), ["OUT_OF_RANGE"]);

    let dry = async |mut input: Value| {
        input["dryRun"] = json!(true);
        allocations(&create(&keeper, input).await.payload("reservationCreate")["reservation"])
    };
    let lines = json!([want("SKU-0", 6)]);
    let by_rule = async |rule: &str| dry(json!({ "lines": lines, "allocation": rule })).await;
    assert_eq!(by_rule("PRIORITY").await, [of("LOC-2", 5), of("LOC-0", 1)]);
    assert_eq!(by_rule("MOST_STOCK").await, [of("LOC-1", 6)]);
    assert_eq!(by_rule("FEWEST_SPLITS").await, [of("LOC-1", 6)]);
    let both = json!({ "lines": [want("SKU-0", 5), want("SKU-1", 5)], "allocation": "FEWEST_SPLITS" });
    assert_eq!(dry(both).await, [of("LOC-2", 5), of("LOC-2", 5)]);
    let named = json!({ "lines": lines, "locationCodes": ["loc-0", "LOC-1"] });
    assert_eq!(dry(named).await, [of("LOC-0", 4), of("LOC-1", 2)]);
    let named = json!({ "lines": lines, "allocation": "NAMED_LOCATIONS", "locationIds": [shop.locations[1]] });
    assert_eq!(dry(named).await, [of("LOC-1", 6)]);
    assert_eq!(dry(json!({ "lines": lines })).await, [of("LOC-2", 5), of("LOC-0", 1)]);
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [4, 0, 4, 0]);
}

async fn a_sale_takes_what_was_reserved(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 2), &[line("SKU-0", "LOC-0", 4), line("SKU-0", "LOC-1", 4)]).await;
    let id = reserved(&keeper, &[want_at("SKU-0", "LOC-0", 4), want_at("SKU-0", "LOC-1", 3)], None).await;
    let some = json!({ "id": id, "reference": "delivery-1", "lines": [want("SKU-0", 5)], "expectedVersion": 1 });
    let after = change(&keeper, "Fulfil", some).await;
    assert_eq!((&after["reservation"]["status"], &after["reservation"]["version"]), (&json!("ACTIVE"), &json!(2)));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [0, 0, 0, 0]);
    assert_eq!(level(&keeper, "SKU-0", "LOC-1").await, [3, 2, 1, 0]);
    let rest = change(&keeper, "Fulfil", json!({ "id": id })).await;
    assert_eq!(rest["reservation"]["status"], json!("FULFILLED"));
    assert_eq!(level(&keeper, "SKU-0", "LOC-1").await, [1, 0, 1, 0]);
    let document = "{ stockMovements(filter: { reasons: [SOLD] }) { nodes { state delta reference } totalCount } }";
    let sold = keeper.query(document, json!({})).await.field("stockMovements").clone();
    assert_eq!(sold["totalCount"], json!(6));
    assert!(sold["nodes"].as_array().unwrap().iter().any(|row| row["reference"] == json!("delivery-1")));
    assert_clean(&keeper, 2).await;
}

async fn units_are_let_go_in_part_and_in_whole(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 2), &[line("SKU-0", "LOC-0", 4), line("SKU-0", "LOC-1", 4)]).await;
    let id = reserved(&keeper, &[want("SKU-0", 7)], None).await;
    let reduced = change(&keeper, "Reduce", json!({ "id": id, "lines": [want_at("SKU-0", "LOC-1", 2)] })).await;
    assert_eq!(allocations(&reduced["reservation"]), [of("LOC-0", 4), of("LOC-1", 1)]);
    let too_many = change(&keeper, "Reduce", json!({ "id": id, "lines": [want("SKU-0", 3), want("SKU-0", 3)] })).await;
    assert_eq!(too_many["userErrors"][0]["field"], json!(["input", "lines", "1", "quantity"]));
    assert_eq!(too_many["userErrors"][0]["code"], json!("OUT_OF_RANGE"));
    let released = change(&keeper, "Release", json!({ "id": id })).await;
    assert_eq!(released["reservation"]["status"], json!("RELEASED"));
    assert_eq!(released["reservation"]["lines"][0]["released"], json!(7));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [4, 0, 4, 0]);
    assert_clean(&keeper, 2).await;
}

async fn a_reservation_that_is_over_can_only_be_read(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 9)]).await;
    let released = reserved(&keeper, &[want("SKU-0", 1)], None).await;
    change(&keeper, "Release", json!({ "id": released })).await;
    let fulfilled = reserved(&keeper, &[want("SKU-0", 1)], None).await;
    change(&keeper, "Fulfil", json!({ "id": fulfilled })).await;
    for (id, state) in [(released, "RELEASED"), (fulfilled, "FULFILLED")] {
        for verb in ["Extend", "Reduce", "Release", "Fulfil"] {
            let mut input = json!({ "id": id });
            if verb == "Reduce" {
                input["lines"] = json!([want("SKU-0", 1)]);
            }
            let refused = change(&keeper, verb, input).await;
            assert_eq!(refused["userErrors"][0]["code"], json!("INVALID_STATE"), "{verb} {state}");
            assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains(state));
        }
    }
    let unknown = change(&keeper, "Release", json!({ "id": "reservation_00000000000000000000000000" })).await;
    assert_eq!(unknown["userErrors"][0]["code"], json!("NOT_FOUND"));
    let id = reserved(&keeper, &[want("SKU-0", 1)], None).await;
    let stale = change(&keeper, "Extend", json!({ "id": id, "ttlSeconds": 60, "expectedVersion": 2 })).await;
    assert_eq!(stale["userErrors"][0]["code"], json!("STALE"));
    assert_clean(&keeper, 1).await;
}

async fn nonsense_is_named_at_its_place(app: TestApp) {
    let (keeper, shop) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 9)]).await;
    let fields = async |input: Value| -> Vec<String> {
        let errors = create(&keeper, input).await.user_errors("reservationCreate");
        let place = |error: &Value| {
            let path: Vec<&str> =
                error["field"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            format!("{} {}", path.join("."), error["code"].as_str().unwrap())
        };
        errors.iter().map(place).collect()
    };
    let lines =
        json!([{ "quantity": 1 }, want("SKU-0", 0), want("SKU-0", 1_000_000_001), want_at("SKU-0", "no place", 1)]);
    let wrong = fields(json!({ "lines": lines, "ttlSeconds": 0, "owner": "x".repeat(256), "note": "a\u{0}b" })).await;
    assert_eq!(
        wrong,
        [
            "input.owner INVALID",
            "input.note INVALID",
            "input.ttlSeconds OUT_OF_RANGE",
            "input.lines.0 INVALID",
            "input.lines.1.quantity OUT_OF_RANGE",
            "input.lines.2.quantity OUT_OF_RANGE",
            "input.lines.3.locationCode INVALID"
        ]
    );
    let nothing = "variant_00000000000000000000000000";
    let unknown = json!([want("NO-SUCH", 1), want_at("SKU-0", "NOWHERE", 1)]);
    assert_eq!(
        fields(json!({ "lines": unknown })).await,
        ["input.lines.0.sku NOT_FOUND", "input.lines.1.locationCode NOT_FOUND"]
    );
    let by_id = json!([{ "variantId": nothing, "quantity": 1 }]);
    assert_eq!(fields(json!({ "lines": by_id })).await, ["input.lines.0.variantId NOT_FOUND"]);
    let listed = json!({ "lines": [want("SKU-0", 1)], "locationCodes": ["LOC-0", "NOWHERE"] });
    assert_eq!(fields(listed).await, ["input.locationCodes.1 NOT_FOUND"]);
    let both = json!({ "lines": [want("SKU-0", 1)], "allocation": "PRIORITY", "locationCodes": ["LOC-0"] });
    assert_eq!(fields(both).await, ["input.allocation INVALID"]);
    assert_eq!(fields(json!({ "lines": [] })).await, ["input.lines REQUIRED"]);

    adjust(&keeper, vec![line("SKU-0", "LOC-0", -9)]).await.payload("stockAdjust");
    let close =
        "mutation($input: LocationDeactivateInput!) { locationDeactivate(input: $input) { userErrors { code } } }";
    keeper.mutate(close, json!({ "id": shop.locations[0] })).await.payload("locationDeactivate");
    let closed = json!({ "lines": [want_at("SKU-0", "LOC-0", 1)] });
    assert_eq!(fields(closed).await, ["input.lines.0.locationCode INVALID_STATE"]);
    assert_clean(&keeper, 1).await;
}

async fn a_dry_run_reserves_nothing(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 4)]).await;
    let answer = create(&keeper, json!({ "lines": [want("SKU-0", 3)], "dryRun": true })).await;
    assert_eq!(allocations(&answer.payload("reservationCreate")["reservation"]), [of("LOC-0", 3)]);
    let listed = keeper.query("{ reservations { totalCount } }", json!({})).await;
    assert_eq!(listed.field("reservations")["totalCount"], json!(0));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [4, 0, 4, 0]);
}

async fn a_retry_reserves_once(app: TestApp) {
    let (keeper, _) = stocked(&app, (1, 1), &[line("SKU-0", "LOC-0", 9)]).await;
    let keyed = keeper.with_idempotency_key("cart-1");
    let first = create(&keyed, json!({ "lines": [want("SKU-0", 3)] })).await;
    let again = create(&keyed, json!({ "lines": [want("SKU-0", 3)] })).await;
    assert_eq!(first.data(), again.data());
    assert_eq!(again.body["extensions"]["idempotency"]["replayed"], json!(true));
    assert_eq!(level(&keeper, "SKU-0", "LOC-0").await, [9, 3, 6, 0]);
}

async fn reservations_are_found_by_everything_they_are_of(app: TestApp) {
    let stock = [line("SKU-0", "LOC-0", 9), line("SKU-1", "LOC-1", 9)];
    let (keeper, shop) = stocked(&app, (2, 2), &stock).await;
    let cart = json!({ "purpose": "CART", "owner": "ann", "externalReference": "c-1", "ttlSeconds": 60, "lines": [want("SKU-0", 1)] });
    create(&keeper, cart).await.payload("reservationCreate");
    let quote = reserved(&keeper, &[want("SKU-1", 1)], None).await;
    change(&keeper, "Release", json!({ "id": quote })).await;
    let numbers = async |filter: Value| -> Vec<String> {
        let document = "query($filter: ReservationFilter) { reservations(filter: $filter, orderBy: CREATED_AT_ASC) { nodes { number } } }";
        let answer = keeper.query(document, json!({ "filter": filter })).await;
        let nodes = answer.field("reservations")["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = ("RES-000001", "RES-000002");
    assert_eq!(numbers(json!({})).await, [first, second]);
    assert_eq!(numbers(json!({ "statuses": ["ACTIVE"] })).await, [first]);
    assert_eq!(numbers(json!({ "statuses": ["RELEASED", "EXPIRED"] })).await, [second]);
    assert_eq!(numbers(json!({ "purposes": ["MANUAL"] })).await, [second]);
    assert_eq!(numbers(json!({ "owners": ["ann", "bob"] })).await, [first]);
    assert_eq!(numbers(json!({ "externalReferences": ["c-1"] })).await, [first]);
    assert_eq!(numbers(json!({ "variantIds": [shop.variants[1]] })).await, [second]);
    assert_eq!(numbers(json!({ "locationIds": [shop.locations[0]] })).await, [first]);
    assert_eq!(numbers(json!({ "expiresBefore": "2100-01-01T00:00:00Z" })).await, [first]);
    for order in ["EXPIRES_AT_ASC", "EXPIRES_AT_DESC", "UPDATED_AT_DESC", "CREATED_AT_DESC"] {
        let document = format!(
            "{{ a: reservations(orderBy: {order}, first: 1) {{ nodes {{ number }} pageInfo {{ endCursor }} }} }}"
        );
        let page = keeper.query(&document, json!({})).await.field("a").clone();
        let document = format!(
            "query($after: String) {{ a: reservations(orderBy: {order}, after: $after) {{ nodes {{ number }} }} }}"
        );
        let rest = keeper.query(&document, json!({ "after": page["pageInfo"]["endCursor"] })).await.field("a").clone();
        assert_ne!(page["nodes"][0], rest["nodes"][0], "{order}");
        assert_eq!(rest["nodes"].as_array().unwrap().len(), 1, "{order}");
    }
    let document = "query($id: ID!) { node(id: $id) { ... on Reservation { number } } reservation(number: \"RES-000001\") { owner } }";
    let found = keeper.query(document, json!({ "id": quote })).await.data().clone();
    assert_eq!(found, json!({ "node": { "number": second }, "reservation": { "owner": "ann" } }));
    let stranger = app.as_role("CUSTOMER").await;
    let hidden = stranger.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": quote })).await;
    assert_eq!(hidden.data(), &json!({ "node": null }));
}

async fn the_statements_of_a_reservation_do_not_grow_with_its_lines(app: TestApp) {
    let (keeper, shop) = stocked(&app, (60, 1), &[line("SKU-0", "LOC-0", 9)]).await;
    shop.receive(&keeper, 20).await;
    let mut counts = Vec::new();
    for lines in [2, 50] {
        let wanted: Vec<Value> = (0..lines).map(|number| want(&format!("SKU-{number}"), 1)).collect();
        let before = app.statements();
        let id = reserved(&keeper, &wanted, Some(60)).await;
        let created = app.statements();
        change(&keeper, "Fulfil", json!({ "id": id })).await;
        counts.push((created - before, app.statements() - created));
    }
    assert_eq!(counts[0], counts[1]);
    let mut listed = Vec::new();
    for _ in 0..2 {
        let before = app.statements();
        keeper.query(&format!("{{ reservations {{ nodes {{ {FIELDS} }} }} }}"), json!({})).await.data();
        listed.push(app.statements() - before);
        reserved(&keeper, &[want("SKU-3", 1), want("SKU-4", 1)], None).await;
    }
    assert_eq!(listed[0], listed[1]);
}
