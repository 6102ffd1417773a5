//! Where the cases are played: a server with its clients, on which time passes, and which is stopped or killed and started again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use stockroom::kernel::clock::ManualClock;
use tokio::sync::Mutex;

use super::ask::{Ask, Kind, Known};
use super::operation::{Asker, Keys, Names, PRIORITIES, VARIANTS};
use super::order::{self, Seen, Told};
use super::promises::Policy;
use super::tally::Tally;
use super::world::{Key, Level, Slot, World};
use super::{Case, Phase, Request, Then};
use crate::inventory::crash;
use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::process::Process;

/// After so many cases the clients log in again.
const CASES_OF_A_TOKEN: usize = 15;

/// Documents that are looked at in one request.
const MOST_NODES: usize = 50;

/// What is looked at after each phase, beside the documents.
const STOCK: &str = "query($skus: [String!], $after: String) {
    productVariants(filter: { skus: $skus }) { nodes { sku backorderPolicy backorderLimit } }
    stockLevels(filter: { skus: $skus }, first: 100) {
        nodes { variant { sku } location { code } onHand reserved damaged qualityControl incoming safetyStock }
    }
    stockMovements(filter: { skus: $skus }, first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { variant { sku } location { code } state delta reason levelVersion }
    }
}";

pub(super) struct Stage {
    app: Mutex<TestApp>,
    /// Moves the time of a server in this process.
    hand: Option<Arc<ManualClock>>,
    /// The server, when it is a process of its own.
    process: Option<Mutex<Process>>,
    people: Mutex<People>,
    cases: AtomicUsize,
    tally: Mutex<Tally>,
}

/// The clients of those who can ask for something.
#[derive(Clone)]
struct People {
    keeper: Client,
    editor: Client,
    counters: [Client; 2],
}

impl People {
    async fn log_in(app: &TestApp) -> Self {
        let (ann, bob) = (app.as_one_of("STOCK_COUNTER", "ann").await, app.as_one_of("STOCK_COUNTER", "bob").await);
        let (keeper, editor) = (app.as_role("INVENTORY_MANAGER").await, app.as_role("CATALOG_MANAGER").await);
        Self { keeper, editor, counters: [ann, bob] }
    }

    fn client(&self, asker: Asker) -> &Client {
        match asker {
            Asker::Keeper => &self.keeper,
            Asker::Editor => &self.editor,
            Asker::Counter(number) => &self.counters[number],
        }
    }
}

/// What a client sends: which request, twice or once, as who, and under which idempotency key.
struct Sending<'a> {
    ask: &'a Ask,
    twice: bool,
    asker: Asker,
    key: String,
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
        let people = Mutex::new(People::log_in(&app).await);
        let process = kills.then(|| Mutex::new(crash::serve(&app)));
        let (cases, tally) = (AtomicUsize::new(0), Mutex::default());
        Self { app: Mutex::new(app), hand, process, people, cases, tally }
    }

    /// Plays a case on variants and at locations of its own.
    pub(super) async fn play(&self, case: &Case) -> Result<(), String> {
        let names = self.new_names().await;
        let mut worlds = vec![World { is_timed: self.hand.is_some(), ..World::default() }];
        let mut known: Vec<Known> = Vec::new();
        for (number, phase) in case.0.iter().enumerate() {
            let (told, made) = self.run(phase, &names, &known, number).await?;
            known.extend(made);
            let end = self.observe(&names, &known).await;
            let next = order::explain(&worlds, &told, &end);
            if next.is_empty() {
                return Err(format!(
                    "no order explains phase {number}\nbefore: {worlds:#?}\ntold: {told:#?}\nafter: {end:#?}"
                ));
            }
            worlds = next;
            let mut tally = self.tally.lock().await;
            told.iter().flatten().for_each(|(operation, _, outcome)| tally.note(operation, outcome));
            drop(tally);
            self.then(phase.then).await;
            if let (Then::Minutes(minutes), Some(_)) = (phase.then, &self.hand) {
                for world in &mut worlds {
                    world.now += minutes;
                }
                let seen = self.observe(&names, &known).await;
                if !worlds.iter().any(|world| order::is_read(world, &seen)) {
                    return Err(format!("after {minutes} minutes\nmodel: {worlds:#?}\nserver: {seen:#?}"));
                }
            }
        }
        Ok(())
    }

    /// Fresh variants and locations, so that a case begins with nothing.
    async fn new_names(&self) -> Names {
        let case = self.cases.fetch_add(1, Ordering::Relaxed);
        let skus: Vec<String> = (0..VARIANTS).map(|variant| format!("CASE-{case}-{variant}")).collect();
        let values: Vec<&str> = skus.iter().map(String::as_str).collect();
        let product = NewProduct::titled(&format!("Case {case}")).option("Size", &values);
        let product = skus.iter().fold(product, |product, sku| product.variant(NewVariant::sku(sku).values(&[sku])));
        let codes: Vec<String> = (0..PRIORITIES.len()).map(|location| format!("CASE-{case}-LOC-{location}")).collect();
        let app = self.app.lock().await;
        app.locations(codes.iter().map(String::as_str).zip(PRIORITIES)).await;
        let category = app.category(NewCategory::named(&format!("Case {case}"))).await;
        app.product(product.category(category)).await;
        if case.is_multiple_of(CASES_OF_A_TOKEN) {
            *self.people.lock().await = People::log_in(&app).await;
        }
        let start = self.hand.is_some().then(|| app.app.services.clock.now());
        drop(app);
        let query =
            "query($skus: [String!]) { productVariants(filter: { skus: $skus }) { nodes { id sku product { id } } } }";
        let answer = self.client(Asker::Keeper).await.query(query, json!({ "skus": skus })).await;
        let nodes = answer.field("productVariants")["nodes"].as_array().unwrap().clone();
        let id = |sku: &String| {
            nodes.iter().find(|node| node["sku"] == json!(sku)).unwrap()["id"].as_str().unwrap().to_owned()
        };
        let product = nodes[0]["product"]["id"].as_str().unwrap().to_owned();
        Names { start, ids: skus.iter().map(id).collect(), product, category: category.to_string(), codes, skus }
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
        let (operation, deed) = (&request.operation, request.operation.deed());
        // Of what others make, a client hears when all are done.
        let Ok(target) = operation.target(known.iter().chain(&*made)) else { return Ok(()) };
        let mut about = target.cloned();
        let keys = Keys { own, about: about.as_ref().map_or(own, |known| known.key) };
        let sending = |ask, part: &str| {
            let key = format!("{}-{own:?}-{part}", names.skus[0]);
            Sending { ask, twice: request.twice, asker: deed.asker(), key }
        };
        let known = |id| {
            let kind = deed.makes()?;
            Some(Known { key: own, kind, id, sku: names.skus[deed.variant()].clone() })
        };
        let draft = deed.draft(names);
        if let Some(draft) = &draft {
            let answer = self.send(sending(draft, "draft")).await?;
            about = known(draft.id(&answer).ok_or_else(|| format!("no draft in {answer}"))?);
            made.extend(about.clone());
        }
        let ask = deed.ask(names, about.as_ref());
        let answer = self.send(sending(&ask, "own")).await?;
        let outcome = ask.read(&answer, names)?;
        if let (true, Some(id)) = (outcome.is_done() && draft.is_none(), ask.id(&answer)) {
            made.extend(known(id));
        }
        told.push((operation.clone(), keys, outcome));
        Ok(())
    }

    /// One request, sent until it is answered; twice at once when its client is impatient.
    async fn send(&self, sending: Sending<'_>) -> Result<Value, String> {
        let answer = self.until_answered(&sending);
        if !sending.twice {
            return Ok(answer.await);
        }
        let (one, other) = join(answer, self.until_answered(&sending)).await;
        if sending.ask.is_same(&one, &other) {
            return Ok(one);
        }
        Err(format!("two answers under one key: {one} and {other}"))
    }

    async fn until_answered(&self, Sending { ask, asker, key, .. }: &Sending<'_>) -> Value {
        loop {
            let client = self.client(*asker).await.with_idempotency_key(key);
            if let Some(answer) = client.attempt(&ask.body).await {
                return answer;
            }
        }
    }

    async fn client(&self, asker: Asker) -> Client {
        let client = self.people.lock().await.client(asker).clone();
        match &self.process {
            Some(process) => client.at(&process.lock().await.url),
            None => client,
        }
    }

    /// Kills the server at whatever it is doing, and starts it again; clients wait for the new one.
    async fn kill(&self) {
        let Some(process) = &self.process else { return };
        let mut process = process.lock().await;
        // One answered request, so that the clients are under way.
        let keeper = self.people.lock().await.keeper.at(&process.url);
        keeper.attempt(&json!({ "query": "{ __typename }" })).await;
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

    /// The levels of a case with their histories and the documents that are known, as the server has them.
    async fn observe(&self, names: &Names, known: &[Known]) -> Seen {
        let (stock, movements) = self.stock(names).await;
        let (levels, policies) = (levels(names, &stock, movements), policies(names, &stock));
        Seen { levels, documents: self.documents(names, known).await, policies }
    }

    /// The variants of a case and their levels in one answer, and all their movements.
    async fn stock(&self, names: &Names) -> (Value, Vec<Value>) {
        let (mut movements, mut after, client) = (Vec::new(), Value::Null, self.client(Asker::Keeper).await);
        loop {
            let answer = client.query(STOCK, json!({ "skus": names.skus, "after": after })).await;
            let page = answer.field("stockMovements");
            movements.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                return (answer.data().clone(), movements);
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    async fn documents(&self, names: &Names, known: &[Known]) -> BTreeMap<Key, Value> {
        let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {} }} }}", Kind::SHOWN);
        let (mut documents, client) = (BTreeMap::new(), self.client(Asker::Keeper).await);
        let shown: Vec<&Known> = known.iter().filter(|known| known.kind.is_shown()).collect();
        for some in shown.chunks(MOST_NODES) {
            let ids: Vec<&String> = some.iter().map(|known| &known.id).collect();
            let answer = client.query(&query, json!({ "ids": ids })).await;
            let nodes = answer.field("nodes").as_array().unwrap().iter();
            documents.extend(some.iter().zip(nodes).map(|(known, node)| (known.key, known.kind.read(node, names))));
        }
        documents
    }

    /// Whether some operation has not been accepted or refused yet.
    pub(super) async fn lacks_something(&self) -> bool {
        self.tally.lock().await.never().iter().any(|names| !names.is_empty())
    }

    /// Every operation was accepted and refused somewhere.
    pub(super) async fn assert_everything_happened(&self) {
        self.tally.lock().await.assert_everything_happened();
    }

    /// The stock audit finds nothing.
    pub(super) async fn assert_clean(&self) {
        let query = "{ stockAudit { isClean differenceCount } }";
        let audit = self.client(Asker::Keeper).await.query(query, json!({})).await.field("stockAudit").clone();
        assert_eq!(audit, json!({ "isClean": true, "differenceCount": 0 }));
    }
}

fn policies(names: &Names, stock: &Value) -> BTreeMap<usize, Policy> {
    let policy = |node: &Value| match (node["backorderPolicy"].as_str().unwrap(), node["backorderLimit"].as_i64()) {
        ("DENY", None) => Policy::Deny,
        ("ALLOW", None) => Policy::Allow,
        ("ALLOW_UP_TO", Some(units)) => Policy::UpTo(units),
        other => panic!("no policy {other:?}"),
    };
    let nodes = stock["productVariants"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| (names.variant(node["sku"].as_str().unwrap()), policy(node))).collect()
}

fn levels(names: &Names, stock: &Value, mut movements: Vec<Value>) -> BTreeMap<Slot, Level> {
    let mut levels: BTreeMap<Slot, Level> = BTreeMap::new();
    for node in stock["stockLevels"]["nodes"].as_array().unwrap() {
        let level = levels.entry(names.slot(node)).or_default();
        let number = |name: &str| node[name].as_i64().unwrap();
        (level.on_hand, level.reserved, level.incoming) = (number("onHand"), number("reserved"), number("incoming"));
        (level.damaged, level.quality_control) = (number("damaged"), number("qualityControl"));
        level.safety_stock = number("safetyStock");
    }
    movements.sort_by_key(|movement| movement["levelVersion"].as_i64());
    for movement in movements {
        let text = |name: &str| movement[name].as_str().unwrap().to_owned();
        let history = &mut levels.get_mut(&names.slot(&movement)).unwrap().history;
        history.push((text("state"), movement["delta"].as_i64().unwrap(), text("reason")));
    }
    levels
}
