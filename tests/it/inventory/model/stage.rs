//! Where the cases are played: a server with its clients, on which time passes, and which is stopped or killed and started again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use stockroom::kernel::clock::ManualClock;
use tokio::sync::Mutex;

use super::ask::{Ask, Known};
use super::operation::{LOCATIONS, Names, VARIANTS};
use super::order::{self, Told};
use super::world::{Key, Level, Slot, World};
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

/// What every client of a phase knows.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    names: &'a Names,
    known: &'a [Known],
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
        let (mut world, mut known) = (World::default(), Vec::new());
        for (number, phase) in case.0.iter().enumerate() {
            let (told, made) = self.run(phase, &names, &known, number).await?;
            let end = self.observe(&names).await;
            let Some(next) = order::explain(&world, &told, &end) else {
                return Err(format!(
                    "no order explains phase {number}\nbefore: {world:#?}\ntold: {told:#?}\nafter: {end:#?}"
                ));
            };
            (world, known) = (next, [known, made].concat());
            self.then(phase.then).await;
            if let (Then::Minutes(minutes), Some(_)) = (phase.then, &self.hand) {
                world.now += minutes;
                let seen = self.observe(&names).await;
                if !order::is_read(&world, &seen) {
                    return Err(format!("after {minutes} minutes\nmodel: {world:#?}\nserver: {seen:#?}"));
                }
            }
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

    /// The clients of a phase, all at once: what each was told, and the documents that they made. When the server is killed meanwhile, each goes
    /// on with the next server where it stood.
    async fn run(
        &self,
        phase: &Phase,
        names: &Names,
        known: &[Known],
        number: usize,
    ) -> Result<(Vec<Told>, Vec<Known>), String> {
        let around = Surroundings { names, known };
        let clients = phase.clients.iter().enumerate().map(|(client, requests)| async move {
            let (mut told, mut made) = (Told::new(), Vec::new());
            for (index, request) in requests.iter().enumerate() {
                self.ask(request, around, (number, client, index), (&mut told, &mut made)).await?;
            }
            Ok::<_, String>((told, made))
        });
        let (clients, ()) = join(join_all(clients), self.kill()).await;
        let (mut told, mut made) = (Vec::new(), Vec::new());
        for client in clients {
            let client = client?;
            told.push(client.0);
            made.extend(client.1);
        }
        Ok((told, made))
    }

    /// What a client does for one operation.
    async fn ask(
        &self,
        request: &Request,
        Surroundings { names, known }: Surroundings<'_>,
        own: Key,
        (told, made): (&mut Told, &mut Vec<Known>),
    ) -> Result<(), String> {
        let operation = &request.operation;
        // There is nothing that it could be about yet.
        let Ok(target) = operation.target(known) else { return Ok(()) };
        let key = |part: &str| format!("{}-{own:?}-{part}", names.skus[0]);
        let mut about = target.cloned();
        if let Some(draft) = operation.draft(names) {
            let answer = self.send(&draft, request.twice, &key("draft")).await?;
            let id = draft.id(&answer).ok_or_else(|| format!("no draft in {answer}"))?;
            about = operation.makes(own, id, names);
            made.extend(about.clone());
        }
        let ask = operation.ask(names, about.as_ref());
        let answer = self.send(&ask, request.twice, &key("own")).await?;
        let outcome = ask.read(&answer, names)?;
        if let (None, Some(id)) = (&about, ask.id(&answer)) {
            made.extend(operation.makes(own, id, names));
        }
        told.push((operation.clone(), target.map_or(own, |known| known.key), outcome));
        Ok(())
    }

    /// One request, sent until it is answered; twice at once when its client is impatient.
    async fn send(&self, ask: &Ask, twice: bool, key: &str) -> Result<Value, String> {
        let answer = self.until_answered(&ask.body, key);
        if !twice {
            return Ok(answer.await);
        }
        let (one, other) = join(answer, self.until_answered(&ask.body, key)).await;
        if ask.is_same(&one, &other) {
            return Ok(one);
        }
        Err(format!("two answers under one key: {one} and {other}"))
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
