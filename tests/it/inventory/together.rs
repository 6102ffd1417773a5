//! Changes of stock that wait at the same time: posted with one set of statements, each in its author's name and with an answer of its own.

use std::time::{Duration, Instant};

use sea_orm::{DbBackend, FromQueryResult};
use serde_json::{Value, json};
use stockroom::graphql::services::Services;
use stockroom::kernel::db::sql::Sql;

use super::shelves::{Shop, assert_clean, line};
use crate::kernel::turns::Holders;
use crate::support::client::Client;
use crate::support::patience::PATIENCE;
use crate::support::{TestApp, both_databases};

both_databases!(
    changes_that_wait_together_take_as_many_statements_as_few,
    reservations_that_wait_together_take_as_many_statements_as_few,
    what_is_refused_beside_an_expired_promise_leaves_nothing,
);

const ADJUST: &str = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
    adjustment { actorId reference } levels { onHand } userErrors { code field ... on InsufficientStockError { available } }
} }";

const RESERVE: &str = "mutation($input: ReservationCreateInput!) { reservationCreate(input: $input) {
    reservation { number createdById externalReference lines { allocations { held } } }
    userErrors { code field ... on InsufficientStockError { available } }
} }";

/// One of the mutations whose requests wait for each other.
#[derive(Clone, Copy)]
struct Kind {
    document: &'static str,
    field: &'static str,
    waiting: fn(&Services) -> usize,
}

const ADJUSTMENTS: Kind =
    Kind { document: ADJUST, field: "stockAdjust", waiting: |services| services.postings.waiting() };
const RESERVATIONS: Kind =
    Kind { document: RESERVE, field: "reservationCreate", waiting: |services| services.reservations.waiting() };

/// Sends these inputs so that they wait at the same time, for one client after the other; tells how many statements they took.
async fn together(app: &TestApp, clients: &[Client; 2], kind: Kind, inputs: Vec<Value>) -> (u64, Vec<Value>) {
    let (count, holders) = (inputs.len(), Holders::of(app).await);
    let mut asked = Vec::new();
    for (number, input) in inputs.into_iter().enumerate() {
        let client = clients[number % 2].with_idempotency_key(&format!("{count}-{number}"));
        asked.push(tokio::spawn(async move { client.mutate(kind.document, input).await }));
        let deadline = Instant::now() + PATIENCE;
        while (kind.waiting)(&app.app.services) != number + 1 {
            assert!(Instant::now() < deadline, "the request does not wait");
            tokio::task::yield_now().await;
        }
    }
    let before = app.statements();
    holders.go_on().await;
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap().field(kind.field).clone());
    }
    (app.statements() - before, answers)
}

/// A shop with ten units of each of two variants, and two people with their ids.
async fn shop(app: &TestApp) -> ([Client; 2], Vec<Value>) {
    let clients = [app.as_one_of("INVENTORY_MANAGER", "ann").await, app.as_one_of("INVENTORY_MANAGER", "bob").await];
    Shop::small(app, 2, 1).await.receive(&clients[0], 10).await;
    let mut people = Vec::new();
    for client in &clients {
        people.push(client.query("{ viewer { id } }", json!({})).await.field("viewer")["id"].clone());
    }
    (clients, people)
}

/// To PostgreSQL what a few write goes as one statement, what more of them write, and what each is answered under its key, in three of at most 15 KB.
fn more_parcels(app: &TestApp) -> u64 {
    if app.app.services.db.backend() == DbBackend::Postgres { 2 } else { 0 }
}

fn adjustment(delta: i64, reference: usize) -> Value {
    json!({ "reason": "OTHER", "reference": reference.to_string(), "lines": [line("SKU-0", "LOC-0", delta)] })
}

fn reservation(units: i64, reference: usize) -> Value {
    json!({ "externalReference": reference.to_string(), "lines": [{ "sku": "SKU-0", "quantity": units }] })
}

async fn changes_that_wait_together_take_as_many_statements_as_few(app: TestApp) {
    let (clients, people) = shop(&app).await;
    let (mut on_hand, mut statements) = (10, Vec::new());
    for count in [3, 12] {
        let inputs = (0..count).map(|number| adjustment(if number + 1 == count { -1_000 } else { 1 }, number));
        let (took, mut answers) = together(&app, &clients, ADJUSTMENTS, inputs.collect()).await;
        statements.push(took);
        let refused = answers.pop().unwrap();
        for (number, answer) in answers.iter().enumerate() {
            on_hand += 1;
            let adjustment = json!({ "actorId": people[number % 2], "reference": number.to_string() });
            let expected = json!({ "adjustment": adjustment, "levels": [{ "onHand": on_hand }], "userErrors": [] });
            assert_eq!(answer, &expected);
        }
        let error =
            json!({ "code": "INSUFFICIENT_STOCK", "field": ["input", "lines", "0", "delta"], "available": on_hand });
        assert_eq!(refused, json!({ "adjustment": null, "levels": [], "userErrors": [error] }));
    }
    assert_eq!(statements[1], statements[0] + more_parcels(&app));
    assert_eq!(strangers(&app).await, 0);
    assert_clean(&clients[0], 2).await;
}

async fn reservations_that_wait_together_take_as_many_statements_as_few(app: TestApp) {
    let (clients, people) = shop(&app).await;
    let (mut made, mut statements) = (0, Vec::new());
    for count in [3, 8] {
        let inputs = (0..count).map(|number| reservation(if number + 1 == count { 1_000 } else { 1 }, number));
        let (took, mut answers) = together(&app, &clients, RESERVATIONS, inputs.collect()).await;
        statements.push(took);
        let refused = answers.pop().unwrap();
        for (number, answer) in answers.iter().enumerate() {
            made += 1;
            let reservation = json!({ "number": format!("RES-{made:06}"), "createdById": people[number % 2],
                "externalReference": number.to_string(), "lines": [{ "allocations": [{ "held": 1 }] }] });
            assert_eq!(answer, &json!({ "reservation": reservation, "userErrors": [] }));
        }
        let path = ["input", "lines", "0", "quantity"];
        let error = json!({ "code": "INSUFFICIENT_STOCK", "field": path, "available": 10 - made });
        assert_eq!(refused, json!({ "reservation": null, "userErrors": [error] }));
    }
    assert_eq!(statements[1], statements[0] + more_parcels(&app));
    assert_eq!(strangers(&app).await, 0);
    assert_clean(&clients[0], 2).await;
}

async fn what_is_refused_beside_an_expired_promise_leaves_nothing(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let (clients, _) = shop(&app).await;
    for (kind, good, bad) in [
        (ADJUSTMENTS, adjustment(1, 0), adjustment(-1_000, 1)),
        (RESERVATIONS, reservation(1, 0), reservation(1_000, 1)),
    ] {
        // What is refused is about the level with the promise; what is accepted is about another one.
        let (bad, mut promise) = (of_the_other_variant(bad), of_the_other_variant(reservation(3, 0)));
        promise["ttlSeconds"] = json!(60);
        assert_eq!(clients[0].mutate(RESERVE, promise).await.payload("reservationCreate")["userErrors"], json!([]));
        hand.advance(Duration::from_mins(2));
        let before = expiries(&clients[0]).await;
        let (_, answers) = together(&app, &clients, kind, vec![bad.clone(), bad, good]).await;
        let codes: Vec<Value> = answers.iter().map(|answer| answer["userErrors"][0]["code"].clone()).collect();
        assert_eq!(codes, [json!("INSUFFICIENT_STOCK"), json!("INSUFFICIENT_STOCK"), Value::Null]);
        assert_eq!(expiries(&clients[0]).await, before);
    }
    assert_clean(&clients[0], 2).await;
}

fn of_the_other_variant(mut input: Value) -> Value {
    input["lines"][0]["sku"] = json!("SKU-1");
    input
}

/// How often promises were taken back because they had expired.
async fn expiries(client: &Client) -> usize {
    let query = "{ stockMovements(first: 100) { nodes { reason } } }";
    let answer = client.query(query, json!({})).await;
    let nodes = answer.field("stockMovements")["nodes"].as_array().unwrap();
    nodes.iter().filter(|node| node["reason"] == json!("EXPIRED")).count()
}

/// How many entries of the audit log name another author than the adjustment that they tell of.
async fn strangers(app: &TestApp) -> i64 {
    #[derive(FromQueryResult)]
    struct Found {
        count: i64,
    }
    let sql = "SELECT COUNT(*) AS count FROM audit_entries JOIN stock_adjustments ON stock_adjustments.id = audit_entries.object_id
        WHERE audit_entries.actor_id <> stock_adjustments.actor_id OR audit_entries.request_id <> stock_adjustments.request_id";
    Sql::new(sql).one::<Found>(app.app.services.db.read()).await.unwrap().unwrap().count
}
