//! Stock at past moments: what a level held at any moment is what a replay of the ledger up to it gives, and every number can be explained.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::sample::select;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use stockroom::inventory::commands::{
    AdjustLine, LocationName, ReclassifyLine, StockAdjust, StockReclassify, Terms, VariantName,
};
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::rules::LocationCode;
use stockroom::inventory::rules::change::{Condition, Memo};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::clock::Timestamp;
use stockroom::kernel::quantity::{Delta, Quantity};
use stockroom::kernel::write::Meta;

use super::shelves::{Shop, adjust, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    any_past_moment_is_what_a_replay_of_the_ledger_gives,
    the_explanation_leads_from_nothing_to_the_number,
    a_level_is_found_by_names_and_is_null_before_it_was_kept,
    a_page_of_past_numbers_takes_as_many_statements_as_one,
    the_explanation_pages_from_both_ends,
);

/// A change at a moment, of one of two variants at one of two locations.
#[derive(Debug, Clone)]
struct Act {
    /// Microseconds that the clock is moved by, forward or back.
    step: i64,
    slot: (usize, usize),
    units: i64,
    /// From which condition to which; the same twice for units that come or go.
    conditions: (Condition, Condition),
}

fn condition() -> impl Strategy<Value = Condition> {
    select(vec![Condition::Available, Condition::Damaged, Condition::QualityControl])
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    // The clock often stands still, and is set back now and then.
    let step = select(vec![0, 0, 0, 1, 1, 5, 1_000_000, 86_400_000_000, -3, -50_000_000]);
    let act = (step, (0..2_usize, 0..2_usize), -6..20_i64, (condition(), condition()));
    let act = act.prop_filter("a change", |(_, _, units, _)| *units != 0);
    vec(act.prop_map(|(step, slot, units, conditions)| Act { step, slot, units, conditions }), 40)
}

impl Act {
    /// Posts it; what the stock does not allow is refused, which is as well.
    async fn post(&self, app: &TestApp) {
        let terms = Terms { memo: Memo::new(Reason::Other), dry_run: false };
        let variant = VariantName::Sku(format!("SKU-{}", self.slot.0));
        let location = LocationName::Code(LocationCode::parse(&format!("LOC-{}", self.slot.1)).unwrap());
        let (from, to) = self.conditions;
        let (writer, actor, meta) = (&app.app.services.writer, Actor::system("test"), Meta::new("test"));
        if from == to {
            let delta = Delta::new(self.units).unwrap();
            let lines = vec![AdjustLine { variant, location, delta, condition: from }];
            drop(writer.write(&actor, meta, StockAdjust { terms, lines }).await.unwrap().outcome);
        } else {
            let quantity = Quantity::new(self.units.abs()).unwrap();
            let lines = vec![ReclassifyLine { variant, location, from, to, quantity }];
            drop(writer.write(&actor, meta, StockReclassify { terms, lines }).await.unwrap().outcome);
        }
    }
}

/// The numbers of a level, by replaying its movements up to a moment.
fn replay(movements: &[Value], moment: Timestamp) -> Value {
    let (mut numbers, mut version, mut changed) = (BTreeMap::new(), 0, Value::Null);
    for movement in movements {
        if Timestamp::parse(movement["createdAt"].as_str().unwrap()).unwrap() > moment {
            continue;
        }
        let state = movement["state"].as_str().unwrap().to_owned();
        *numbers.entry(state).or_insert(0) += movement["delta"].as_i64().unwrap();
        (version, changed) = (version + 1, movement["createdAt"].clone());
    }
    let number = |state: &str| numbers.get(state).copied().unwrap_or(0);
    let (on_hand, damaged, checked) = (number("ON_HAND"), number("DAMAGED"), number("QUALITY_CONTROL"));
    json!({
        "onHand": on_hand, "damaged": damaged, "qualityControl": checked, "reserved": number("RESERVED"),
        "incoming": number("INCOMING"), "available": on_hand - damaged - checked, "version": version, "changedAt": changed,
    })
}

const NUMBERS: &str = "onHand reserved damaged qualityControl incoming available version";

/// All movements of a level, in the order in which they were made.
async fn movements(client: &Client, (variant, location): (usize, usize)) -> Vec<Value> {
    let document = format!(
        "{{ stockMovements(filter: {{ skus: [\"SKU-{variant}\"], locationCodes: [\"loc-{location}\"] }}, first: 100) {{
            nodes {{ state delta levelVersion createdAt }} }} }}"
    );
    let mut rows =
        client.query(&document, json!({})).await.field("stockMovements")["nodes"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["levelVersion"].as_i64());
    rows
}

async fn any_past_moment_is_what_a_replay_of_the_ledger_gives(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let start = app.app.services.clock.now();
    Shop::small(&app, 2, 2).await;
    let acts = acts().new_tree(&mut TestRunner::default()).unwrap().current();
    let mut latest = start;
    for act in &acts {
        let now = Timestamp(app.app.services.clock.now().0 + act.step);
        hand.set(now);
        latest = latest.max(now);
        act.post(&app).await;
    }
    hand.set(latest);
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    for slot in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let ledger = movements(&keeper, slot).await;
        let times = ledger.iter().map(|row| Timestamp::parse(row["createdAt"].as_str().unwrap()).unwrap().0);
        let mut moments: Vec<i64> = times.flat_map(|time| [time - 1, time, time + 1]).chain([latest.0]).collect();
        moments.dedup();
        for moment in moments.into_iter().map(Timestamp) {
            let found = as_of(&keeper, slot, moment).await;
            let expected = replay(&ledger, moment);
            if found.is_null() {
                assert_eq!(expected["version"], json!(0), "{slot:?} at {moment} of {acts:#?}");
            } else {
                assert_eq!(found, expected, "{slot:?} at {moment} of {acts:#?}");
            }
        }
    }
}

/// The level at a moment, by every way to it; all must agree.
async fn as_of(client: &Client, (variant, location): (usize, usize), moment: Timestamp) -> Value {
    let name = format!("sku: \"SKU-{variant}\", locationCode: \"LOC-{location}\"");
    let document = format!(
        "{{ past: stockLevel({name}, asOf: \"{moment}\") {{ {NUMBERS} updatedAt }}
            now: stockLevel({name}) {{ balance(asOf: \"{moment}\") {{ {NUMBERS} changedAt }} }}
            explained: explainLevel({name}, asOf: \"{moment}\") {{ level {{ version }}
                movements(first: 1) {{ totalCount nodes {{ balance {{ {NUMBERS} changedAt }} }} }} }} }}"
    );
    let answer = client.query(&document, json!({})).await;
    let (mut past, explained) = (answer.field("past").clone(), answer.field("explained"));
    let balance = answer.field("now")["balance"].clone();
    assert_eq!(past.is_null(), balance.is_null(), "{moment}");
    if let Some(level) = past.as_object_mut() {
        let updated = level.remove("updatedAt").unwrap();
        let changed = if level["version"] == json!(0) { Value::Null } else { updated };
        level.insert("changedAt".to_owned(), changed);
        assert_eq!(past, balance, "{moment}");
        assert_eq!(explained["movements"]["totalCount"], past["version"], "{moment}");
        if past["version"] != json!(0) {
            assert_eq!(explained["movements"]["nodes"][0]["balance"], past, "{moment}");
        }
    }
    past
}

async fn the_explanation_leads_from_nothing_to_the_number(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    for delta in [5, -2, 9] {
        adjust(&keeper, vec![line("SKU-0", "LOC-0", delta)]).await.payload("stockAdjust");
    }
    let reclassify =
        "mutation($input: StockReclassifyInput!) { stockReclassify(input: $input) { userErrors { code } } }";
    let lines =
        json!([{ "sku": "SKU-0", "locationCode": "LOC-0", "from": "AVAILABLE", "to": "DAMAGED", "quantity": 4 }]);
    keeper.mutate(reclassify, json!({ "reference": "REPORT-1", "lines": lines })).await.payload("stockReclassify");

    let document = "query($state: StockState) { explainLevel(sku: \"SKU-0\", locationCode: \"LOC-0\") {
        level { onHand available }
        movements(state: $state) { totalCount nodes { state delta reason reference actorId balance { onHand damaged available version } } }
    } }";
    let explained = keeper.query(document, json!({})).await.field("explainLevel").clone();
    assert_eq!(explained["level"], json!({ "onHand": 12, "available": 8 }));
    let nodes = explained["movements"]["nodes"].as_array().unwrap();
    let shown: Vec<Value> = nodes.iter().map(|node| json!([node["state"], node["delta"], node["balance"]])).collect();
    let expected = json!([
        ["DAMAGED", 4, { "onHand": 12, "damaged": 4, "available": 8, "version": 4 }],
        ["ON_HAND", 9, { "onHand": 12, "damaged": 0, "available": 12, "version": 3 }],
        ["ON_HAND", -2, { "onHand": 3, "damaged": 0, "available": 3, "version": 2 }],
        ["ON_HAND", 5, { "onHand": 5, "damaged": 0, "available": 5, "version": 1 }],
    ]);
    assert_eq!(json!(shown), expected);
    assert_eq!((&nodes[0]["reason"], &nodes[0]["reference"]), (&json!("INSPECTED"), &json!("REPORT-1")));
    assert!(nodes.iter().all(|node| node["actorId"].is_string()));

    let of_one = keeper.query(document, json!({ "state": "ON_HAND" })).await.field("explainLevel").clone();
    assert_eq!(of_one["movements"]["totalCount"], json!(3));
    assert_eq!(of_one["movements"]["nodes"][0]["delta"], json!(9));
}

async fn a_level_is_found_by_names_and_is_null_before_it_was_kept(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    adjust(&keeper, vec![line("SKU-0", "LOC-0", 5)]).await.payload("stockAdjust");
    let (variant, location) = (&shop.variants[0], &shop.locations[0]);
    for (arguments, found) in [
        (format!("variantId: \"{variant}\", locationId: \"{location}\""), json!({ "onHand": 5 })),
        ("sku: \"SKU-0\", locationCode: \"loc-0\"".to_owned(), json!({ "onHand": 5 })),
        ("sku: \"sku-0\", locationCode: \"LOC-0\"".to_owned(), Value::Null),
        ("sku: \"SKU-0\", locationCode: \"LOC-0\", asOf: \"2020-01-01T00:00:00Z\"".to_owned(), Value::Null),
        ("sku: \"SKU-0\", locationCode: \"LOC-0\", asOf: \"9000-01-01T00:00:00Z\"".to_owned(), json!({ "onHand": 5 })),
    ] {
        let answer = keeper.query(&format!("{{ stockLevel({arguments}) {{ onHand }} }}"), json!({})).await;
        assert_eq!(answer.field("stockLevel"), &found, "{arguments}");
    }
    for arguments in [
        format!("variantId: \"{variant}\", sku: \"SKU-0\", locationId: \"{location}\""),
        "sku: \"SKU-0\"".to_owned(),
        format!("variantId: \"{location}\", locationId: \"{location}\""),
    ] {
        for field in ["stockLevel(ARGUMENTS) { onHand }", "explainLevel(ARGUMENTS) { level { onHand } }"] {
            let document = format!("{{ {} }}", field.replace("ARGUMENTS", &arguments));
            assert_eq!(keeper.query(&document, json!({})).await.codes(), ["BAD_USER_INPUT"], "{document}");
        }
    }
}

async fn a_page_of_past_numbers_takes_as_many_statements_as_one(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 50, 1).await;
    shop.receive(&keeper, 3).await;
    shop.receive(&keeper, 4).await;
    let list = async |first: usize| {
        let document = format!(
            "{{ stockLevels(orderBy: CREATED_ASC, first: {first}) {{ nodes {{
                then: balance(asOf: \"2000-01-01T00:00:00Z\") {{ onHand }}
                now: balance(asOf: \"9000-01-01T00:00:00Z\") {{ onHand version }} }} }}
            stockMovements(first: {first}) {{ nodes {{ balance {{ onHand }} }} }} }}"
        );
        let before = app.statements();
        let answer = keeper.query(&document, json!({})).await;
        let nodes = answer.field("stockLevels")["nodes"].as_array().unwrap().clone();
        assert_eq!(nodes.len(), first);
        assert!(nodes.iter().all(|node| *node == json!({ "then": null, "now": { "onHand": 7, "version": 2 } })));
        app.statements() - before
    };
    assert_eq!(list(1).await, list(50).await);
}

async fn the_explanation_pages_from_both_ends(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 1, 1).await;
    for _ in 0..11 {
        adjust(&keeper, vec![line("SKU-0", "LOC-0", 1)]).await.payload("stockAdjust");
    }
    let page = async |arguments: String| {
        let document = format!(
            "{{ explainLevel(sku: \"SKU-0\", locationCode: \"LOC-0\") {{ movements({arguments}) {{
                nodes {{ levelVersion }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        );
        let answer = keeper.query(&document, json!({})).await;
        let movements = answer.field("explainLevel")["movements"].clone();
        let nodes = movements["nodes"].as_array().unwrap();
        let versions: Vec<i64> = nodes.iter().map(|node| node["levelVersion"].as_i64().unwrap()).collect();
        (versions, movements["pageInfo"].clone())
    };
    let (first, info) = page("first: 4".to_owned()).await;
    assert_eq!(
        (first, &info["hasNextPage"], &info["hasPreviousPage"]),
        (vec![11, 10, 9, 8], &json!(true), &json!(false))
    );
    let (second, info) = page(format!("first: 4, after: {}", info["endCursor"])).await;
    assert_eq!(
        (second, &info["hasNextPage"], &info["hasPreviousPage"]),
        (vec![7, 6, 5, 4], &json!(true), &json!(true))
    );
    let (back, before) = page(format!("last: 2, before: {}", info["startCursor"])).await;
    assert_eq!((back, &before["hasPreviousPage"]), (vec![9, 8], &json!(true)));
    let (rest, info) = page(format!("first: 4, after: {}", info["endCursor"])).await;
    assert_eq!((rest, &info["hasNextPage"]), (vec![3, 2, 1], &json!(false)));
    let (end, info) = page("last: 5".to_owned()).await;
    assert_eq!(
        (end, &info["hasPreviousPage"], &info["hasNextPage"]),
        (vec![5, 4, 3, 2, 1], &json!(true), &json!(false))
    );
    let (all, info) = page("last: 11".to_owned()).await;
    assert_eq!((all.len(), &info["hasPreviousPage"]), (11, &json!(false)));
}
