//! Where the cases are played: a server with its clients, on which time passes, and which is stopped or killed and started again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use stockroom::kernel::clock::ManualClock;
use tokio::sync::Mutex;

use super::operation::{LOCATIONS, Names, VARIANTS};
use super::order::{self, Told};
use super::world::{Level, Outcome, Slot, World};
use super::{Case, Phase, Request, Then};
use crate::inventory::crash;
use crate::inventory::shelves::{Shop, Size};
use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::process::Process;

/// After so many cases the clients log in again.
const CASES_OF_A_TOKEN: usize = 20;

pub(super) struct Stage {
    app: Mutex<TestApp>,
    /// Moves the time of a server in this process.
    hand: Option<Arc<ManualClock>>,
    /// The server, when it is a process of its own.
    process: Option<Mutex<Process>>,
    keeper: Mutex<Client>,
    cases: AtomicUsize,
}

impl Stage {
    /// A server in this process, under a clock that only the stage moves.
    pub(super) async fn in_process(mut app: TestApp) -> Self {
        // Longer than the cases take between two log-ins, whatever time passes in them.
        app.reconfigure(|config| config.accounts.access_token_seconds = 86_400).await;
        let hand = app.stop_the_clock().await;
        Self::with(app, Some(hand), false).await
    }

    /// A server in a process of its own, which is killed in every case.
    pub(super) async fn with_kills(app: TestApp) -> Self {
        Self::with(app, None, true).await
    }

    async fn with(app: TestApp, hand: Option<Arc<ManualClock>>, kills: bool) -> Self {
        let keeper = app.as_role("INVENTORY_MANAGER").await;
        Shop::open(&app, Size { products: 0, variants_each: 0, locations: LOCATIONS }).await;
        let process = kills.then(|| Mutex::new(crash::serve(&app)));
        Self { app: Mutex::new(app), hand, process, keeper: Mutex::new(keeper), cases: AtomicUsize::new(0) }
    }

    /// Plays a case on variants of its own.
    pub(super) async fn play(&self, case: &Case) -> Result<(), String> {
        let names = self.new_variants().await;
        let mut world = World::default();
        for (number, phase) in case.0.iter().enumerate() {
            let key = format!("{}-{number}", names.skus[0]);
            let told = self.run(phase, &names, &key).await?;
            let end = self.observe(&names).await;
            let Some(next) = order::explain(&world, &told, &end) else {
                return Err(format!(
                    "no order explains phase {number}\nbefore: {world:#?}\ntold: {told:#?}\nafter: {end:#?}"
                ));
            };
            world = next;
            self.then(phase.then).await;
        }
        Ok(())
    }

    /// Fresh variants, so that a case begins with nothing.
    async fn new_variants(&self) -> Names {
        let case = self.cases.fetch_add(1, Ordering::Relaxed);
        let skus: Vec<String> = (0..VARIANTS).map(|variant| format!("CASE-{case}-{variant}")).collect();
        let product = NewProduct::titled(&format!("Case {case}"));
        let product = skus.iter().fold(product, |product, sku| product.variant(NewVariant::sku(sku)));
        let app = self.app.lock().await;
        app.product(product).await;
        if case.is_multiple_of(CASES_OF_A_TOKEN) {
            *self.keeper.lock().await = app.as_role("INVENTORY_MANAGER").await;
        }
        Names { skus }
    }

    /// The clients of a phase, all at once. When the server is killed meanwhile, each goes on with the next server where it stood.
    async fn run(&self, phase: &Phase, names: &Names, key: &str) -> Result<Vec<Told>, String> {
        let count = AtomicUsize::new(0);
        let clients = phase.clients.iter().enumerate().map(|(client, requests)| {
            let count = &count;
            async move {
                let mut told = Told::new();
                for (number, request) in requests.iter().enumerate() {
                    let outcome = self.ask(request, names, &format!("{key}-{client}-{number}")).await?;
                    told.push((request.operation.clone(), outcome));
                    count.fetch_add(1, Ordering::SeqCst);
                }
                Ok(told)
            }
        });
        let all = join_all(clients);
        let (told, ()) = join(all, self.kill()).await;
        told.into_iter().collect()
    }

    /// One request, sent until it is answered; twice at once when its client is impatient.
    async fn ask(&self, request: &Request, names: &Names, key: &str) -> Result<Outcome, String> {
        let body = request.operation.request(names);
        let answer = self.until_answered(&body, key);
        if !request.twice {
            return request.operation.read(&answer.await, names);
        }
        let (one, other) = join(answer, self.until_answered(&body, key)).await;
        if one["data"] != other["data"] {
            return Err(format!("two answers under one key: {one} and {other}"));
        }
        request.operation.read(&one, names)
    }

    async fn until_answered(&self, body: &Value, key: &str) -> Value {
        loop {
            let client = self.client().await.with_idempotency_key(key);
            if let Some(answer) = client.attempt(body).await {
                return answer;
            }
        }
    }

    async fn keeper(&self) -> Client {
        self.keeper.lock().await.clone()
    }

    async fn client(&self) -> Client {
        match &self.process {
            Some(process) => self.keeper().await.at(&process.lock().await.url),
            None => self.keeper().await,
        }
    }

    /// Kills the server at whatever it is doing, and starts it again; clients wait for the new one.
    async fn kill(&self) {
        let Some(process) = &self.process else { return };
        let mut process = process.lock().await;
        // One answered request, so that the clients are under way.
        self.keeper().await.at(&process.url).attempt(&json!({ "query": "{ __typename }" })).await;
        process.kill();
        *process = crash::serve(&*self.app.lock().await);
    }

    async fn then(&self, then: Then) {
        match (then, &self.hand) {
            (Then::Nothing, _) | (Then::Minutes(_), None) => {}
            (Then::Restart, Some(_)) => self.app.lock().await.restart().await,
            (Then::Restart, None) => self.kill().await,
            (Then::Minutes(minutes), Some(hand)) => hand.advance(Duration::from_mins(minutes.into())),
        }
    }

    /// The levels of a case with their histories, as the server has them.
    async fn observe(&self, names: &Names) -> BTreeMap<Slot, Level> {
        let query = "query($skus: [String!]) { stockLevels(filter: { skus: $skus }, first: 100) {
            nodes { variant { sku } location { code } onHand reserved damaged qualityControl incoming }
        } }";
        let answer = self.client().await.query(query, json!({ "skus": names.skus })).await;
        let mut levels: BTreeMap<Slot, Level> = BTreeMap::new();
        for node in answer.field("stockLevels")["nodes"].as_array().unwrap() {
            let level = levels.entry(names.slot(node)).or_default();
            let number = |name: &str| node[name].as_i64().unwrap();
            (level.on_hand, level.reserved, level.incoming) =
                (number("onHand"), number("reserved"), number("incoming"));
            (level.damaged, level.quality_control) = (number("damaged"), number("qualityControl"));
        }
        let mut movements = self.movements(names).await;
        movements.sort_by_key(|movement| movement["levelVersion"].as_i64());
        for movement in movements {
            let text = |name: &str| movement[name].as_str().unwrap().to_owned();
            let history = &mut levels.get_mut(&names.slot(&movement)).unwrap().history;
            history.push((text("state"), movement["delta"].as_i64().unwrap(), text("reason")));
        }
        levels
    }

    async fn movements(&self, names: &Names) -> Vec<Value> {
        let query = "query($skus: [String!], $after: String) { stockMovements(filter: { skus: $skus }, first: 100, after: $after) {
            pageInfo { hasNextPage endCursor }
            nodes { variant { sku } location { code } state delta reason levelVersion }
        } }";
        let (mut movements, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = self.client().await.query(query, json!({ "skus": names.skus, "after": after })).await;
            let page = answer.field("stockMovements");
            movements.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return movements;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    /// The stock audit finds nothing.
    pub(super) async fn assert_clean(&self) {
        let query = "{ stockAudit { isClean differenceCount } }";
        let audit = self.client().await.query(query, json!({})).await.field("stockAudit").clone();
        assert_eq!(audit, json!({ "isClean": true, "differenceCount": 0 }));
    }
}
