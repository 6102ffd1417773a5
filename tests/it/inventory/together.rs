//! Changes of stock that wait at the same time: posted with one set of statements, each in its author's name and with an answer of its own.

use std::time::Instant;

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use stockroom::kernel::db::sql::Sql;

use super::shelves::{Shop, assert_clean, line};
use crate::kernel::turns::Holders;
use crate::support::client::Client;
use crate::support::patience::PATIENCE;
use crate::support::{TestApp, both_databases};

both_databases!(changes_that_wait_together_take_as_many_statements_as_few);

const ADJUST: &str = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
    adjustment { actorId reference } levels { onHand } userErrors { code field ... on InsufficientStockError { available } }
} }";

/// Sends so many changes of one level at once, of which the last is refused; tells how many statements they took.
async fn together(app: &TestApp, clients: &[Client; 2], count: usize) -> (u64, Vec<Value>) {
    let holders = Holders::of(app).await;
    let mut asked = Vec::new();
    for number in 0..count {
        let client = clients[number % 2].with_idempotency_key(&format!("{count}-{number}"));
        let delta = if number + 1 == count { -1_000 } else { 1 };
        let input =
            json!({ "reason": "OTHER", "reference": number.to_string(), "lines": [line("SKU-0", "LOC-0", delta)] });
        asked.push(tokio::spawn(async move { client.mutate(ADJUST, input).await }));
        let deadline = Instant::now() + PATIENCE;
        while app.app.services.postings.waiting() != number + 1 {
            assert!(Instant::now() < deadline, "the change does not wait");
            tokio::task::yield_now().await;
        }
    }
    let before = app.statements();
    holders.go_on().await;
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap().field("stockAdjust").clone());
    }
    (app.statements() - before, answers)
}

async fn changes_that_wait_together_take_as_many_statements_as_few(app: TestApp) {
    let clients = [app.as_one_of("INVENTORY_MANAGER", "ann").await, app.as_one_of("INVENTORY_MANAGER", "bob").await];
    Shop::small(&app, 2, 1).await.receive(&clients[0], 10).await;
    let mut people = Vec::new();
    for client in &clients {
        people.push(client.query("{ viewer { id } }", json!({})).await.field("viewer")["id"].clone());
    }
    let (mut on_hand, mut statements) = (10, Vec::new());
    for count in [3, 12] {
        let (took, mut answers) = together(&app, &clients, count).await;
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
    assert_eq!(statements[0], statements[1]);
    assert_eq!(strangers(&app).await, 0);
    assert_clean(&clients[0], 2).await;
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
