//! Stock that is read without being locked: whatever somebody else does before the change is written, it is decided on what holds by then.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secrecy::ExposeSecret as _;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::task::JoinHandle;

use super::shelves::{ADJUST, Shop, adjust, assert_clean, line, on_hand};
use crate::support::client::{Answer, Client};
use crate::support::patience::PATIENCE;
use crate::support::second::Second;
use crate::support::{TestApp, both_databases};

both_databases!(
    two_servers_sell_what_there_is_and_not_one_more,
    one_key_sent_to_two_servers_has_one_effect,
    an_expired_key_is_used_again,
);

/// Those of the server's statements that wait for a lock of somebody else's.
const WAITING: &str = "FROM pg_stat_activity
    WHERE application_name = 'stockroom' AND datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'";

/// Three of five units are to be taken, which waits for somebody else's transaction.
struct Between {
    keeper: Client,
    other: PgConnection,
    onlooker: PgConnection,
    taking: JoinHandle<Answer>,
}

impl Between {
    /// The other transaction has done `sql` and not committed it yet.
    async fn open(app: &TestApp, sql: &'static str) -> Self {
        let keeper = app.as_role("INVENTORY_MANAGER").await;
        Shop::small(app, 1, 1).await.receive(&keeper, 5).await;
        let url = app.config().database_url();
        let mut other = PgConnection::connect(url.expose_secret()).await.unwrap();
        let mut onlooker = PgConnection::connect(url.expose_secret()).await.unwrap();
        other.execute("BEGIN").await.unwrap();
        other.execute(sql).await.unwrap();
        let client = keeper.clone();
        let taking = tokio::spawn(async move { adjust(&client, vec![line("SKU-0", "LOC-0", -3)]).await });
        let waiting = format!("SELECT query {WAITING}");
        let deadline = Instant::now() + PATIENCE;
        let query = loop {
            let waits = sqlx::query_scalar(AssertSqlSafe(waiting.clone())).fetch_optional(&mut onlooker).await;
            if let Some::<String>(query) = waits.unwrap() {
                break query;
            }
            assert!(Instant::now() < deadline, "the change does not wait");
            tokio::task::yield_now().await;
        };
        assert!(query.contains("UPDATE stock_levels"), "it waits before it writes: {query}");
        Self { keeper, other, onlooker, taking }
    }

    async fn commit(mut self) -> Answer {
        self.other.execute("COMMIT").await.unwrap();
        self.taking.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_that_is_gone_meanwhile_is_not_taken() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let answer = Between::open(&app, "UPDATE stock_levels SET on_hand = 2, version = version + 1").await.commit().await;
    let refusal = answer.user_errors("stockAdjust");
    assert_eq!((&refusal[0]["code"], &refusal[0]["available"]), (&json!("INSUFFICIENT_STOCK"), &json!(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_location_that_is_closed_meanwhile_nothing_is_taken() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let answer = Between::open(&app, "UPDATE locations SET status = 'DEACTIVATED'").await.commit().await;
    assert_eq!(answer.user_error_codes("stockAdjust"), ["INVALID_STATE"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_level_that_is_watched_from_then_on_is_told_of() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let watched = "UPDATE stock_levels SET reorder_point = 4, settings_version = settings_version + 1";
    Between::open(&app, watched).await.commit().await.payload("stockAdjust");
    let url = app.config().database_url();
    let mut onlooker = PgConnection::connect(url.expose_secret()).await.unwrap();
    let low: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE topic = 'stock_level.low'")
        .fetch_one(&mut onlooker)
        .await
        .unwrap();
    assert_eq!(low, 1);
}

/// The one statement is the commit: whether it took place is not known when the connection is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_been_written_is_not_done_again() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let between = Between::open(&app, "UPDATE stock_levels SET updated_at = updated_at").await;
    let Between { keeper, mut other, mut onlooker, taking } = between;
    let lost = format!("SELECT pg_terminate_backend(pid) {WAITING}");
    sqlx::query(AssertSqlSafe(lost)).execute(&mut onlooker).await.unwrap();
    assert_eq!(taking.await.unwrap().codes(), ["UNAVAILABLE"]);
    other.execute("ROLLBACK").await.unwrap();
    for left in [4, 3] {
        let answer = adjust(&keeper, vec![line("SKU-0", "LOC-0", -1)]).await;
        assert_eq!(answer.payload("stockAdjust")["levels"][0]["onHand"], json!(left));
    }
    assert_clean(&keeper, 1).await;
}

/// Whoever changes several levels holds some of them while waiting for others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_many_levels_by_two_servers_meet_no_deadlock() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    Shop::small(&app, 40, 1).await.receive(&keeper, 1_000).await;
    let second = Second::beside(&app).await;
    let servers = [keeper.clone(), keeper.at(&second.url)];
    let clients = (0..16_usize).map(|number| tokio::spawn(change_or_reserve(servers[number % 2].clone(), number)));
    for client in join_all(clients).await {
        client.unwrap();
    }
    assert_clean(&keeper, 40).await;
    second.stop().await;
    let mut onlooker = PgConnection::connect(app.config().database_url().expose_secret()).await.unwrap();
    // What a connection has counted is known when it ends.
    let there = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'stockroom' AND datname = current_database()";
    app.app.close().await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while sqlx::query_scalar::<_, i64>(there).fetch_one(&mut onlooker).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "connections do not end");
    }
    let met = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(sqlx::query_scalar::<_, i64>(met).fetch_one(&mut onlooker).await.unwrap(), 0);
}

async fn change_or_reserve(client: Client, seed: usize) {
    let mut random = StdRng::seed_from_u64(u64::try_from(seed).unwrap());
    for _ in 0..25 {
        let skus = (0..8).map(|_| format!("SKU-{}", random.random_range(0..40)));
        if seed % 4 < 2 {
            let lines = skus.map(|sku| line(&sku, "LOC-0", 1)).collect();
            adjust(&client, lines).await.payload("stockAdjust");
        } else {
            let lines: Vec<_> = skus.map(|sku| json!({ "sku": sku, "quantity": 1 })).collect();
            client.mutate(RESERVE, json!({ "lines": lines })).await.payload("reservationCreate");
        }
    }
}

const RESERVE: &str = "mutation($input: ReservationCreateInput!) { reservationCreate(input: $input) { reservation { id } userErrors { code } } }";

async fn two_servers_sell_what_there_is_and_not_one_more(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 2, 1).await;
    shop.receive(&keeper, 150).await;
    let second = Second::beside(&app).await;
    let servers = [keeper.clone(), keeper.at(&second.url)];
    let clients = (0..12).map(|number| tokio::spawn(take_until_empty(servers[number % 2].clone(), number % 3 % 2)));
    let taken: i64 = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(taken, 2 * 150);
    for variant in &shop.variants {
        assert_eq!(on_hand(&keeper, variant, &shop.locations[0]).await, 0);
    }
    assert_clean(&keeper, 2).await;
    second.stop().await;
}

/// Returns how many units it got.
async fn take_until_empty(client: Client, variant: usize) -> i64 {
    let mut taken = 0;
    loop {
        let answer = adjust(&client, vec![line(&format!("SKU-{variant}"), "LOC-0", -1)]).await;
        match answer.user_error_codes("stockAdjust").as_slice() {
            [] => taken += 1,
            [code] if code == "INSUFFICIENT_STOCK" => return taken,
            codes => panic!("{codes:?}"),
        }
    }
}

async fn one_key_sent_to_two_servers_has_one_effect(app: TestApp) {
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 100).await;
    let second = Second::beside(&app).await;
    for number in 0..10 {
        let keyed = keeper.with_idempotency_key(&format!("order-{number}"));
        let servers = [keyed.clone(), keyed.at(&second.url)];
        let take = || json!({ "reason": "SOLD", "lines": [line("SKU-0", "LOC-0", -3)] });
        let answers = join_all((0..8).map(|client: usize| servers[client % 2].mutate(ADJUST, take()))).await;
        let first = answers[0].payload("stockAdjust");
        assert!(answers.iter().all(|answer| answer.payload("stockAdjust") == first));
    }
    assert_eq!(on_hand(&keeper, &shop.variants[0], &shop.locations[0]).await, 70);
    assert_clean(&keeper, 1).await;
    second.stop().await;
}

async fn an_expired_key_is_used_again(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let shop = Shop::small(&app, 1, 1).await;
    shop.receive(&keeper, 10).await;
    let take = |delta: i64| json!({ "reason": "SOLD", "lines": [line("SKU-0", "LOC-0", delta)] });
    keeper.with_idempotency_key("order-1").mutate(ADJUST, take(-3)).await.payload("stockAdjust");
    clock.advance(Duration::from_hours(25));
    let keyed = app.as_role("INVENTORY_MANAGER").await.with_idempotency_key("order-1");
    for replayed in [false, true] {
        let answer = keyed.mutate(ADJUST, take(-4)).await;
        answer.payload("stockAdjust");
        let told = &answer.body["extensions"]["idempotency"]["replayed"];
        assert_eq!(*told == json!(true), replayed);
    }
    assert_eq!(on_hand(&keyed, &shop.variants[0], &shop.locations[0]).await, 3);
}
