//! The workloads: what is asked of the program by documents, and of the bare servers in their own words.

use std::collections::BTreeMap;

use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::bare::{PAGE, Question, text_of};
use super::data::{LOCATIONS, VARIANTS, location_id, variant_id};
use super::load::{Answers, Requests};
use super::program::Program;

const LIST: &str = "query List($first: Int!, $after: String) { products(first: $first, after: $after, orderBy: TITLE_ASC) { nodes { id title handle variants(first: 3) { nodes { id sku price { amount currency } stockLevels(first: 3) { nodes { onHand available } } } } } pageInfo { hasNextPage } } }";
const PRODUCT: &str = "query Product($handle: String!) { product(handle: $handle) { id title handle variants(first: 3) { nodes { id sku price { amount currency } stockLevels(first: 3) { nodes { onHand available } } } } } }";
const SEARCH: &str = "query Search($text: String!) { products(first: 20, filter: { status: [ACTIVE], query: $text }, orderBy: TITLE_ASC) { nodes { id title handle vendor } } }";
const ADJUST: &str = "mutation Adjust($input: StockAdjustInput!) { stockAdjust(input: $input) { levels { onHand } userErrors { code message } } }";
const LOGIN: &str =
    "mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken userErrors { code message } } }";
const CURSORS: &str = "query Cursors($after: String) { products(first: 100, after: $after, orderBy: TITLE_ASC) { edges { cursor node { id title } } } }";

/// One kind of requests: each as a document, and as a question.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    asked: Vec<(Value, Question)>,
    changes: bool,
}

impl Work {
    fn new(name: &'static str, asked: Vec<(Value, Question)>) -> Self {
        Self { name, asked, changes: false }
    }

    fn changing(name: &'static str, levels: impl Iterator<Item = i64>) -> Self {
        let asked = levels.map(|level| {
            let (variant, location) = (variant_id(level / LOCATIONS), location_id(level % LOCATIONS));
            let line = json!({ "variantId": text_of("variant", variant), "locationId": text_of("location", location), "delta": 1 });
            let variables = json!({ "input": { "reason": "RECEIVED", "lines": [line] } });
            (document(ADJUST, variables), Question::Adjust { variant, location })
        });
        Self { name, asked: asked.collect(), changes: true }
    }

    /// All of them, for a shop of so many products.
    pub(crate) async fn all(api: &Api<'_>, products: i64) -> Vec<Self> {
        let cursors = api.cursors().await;
        let list = |page: usize| {
            let after = page.checked_mul(PAGE).and_then(|rows| rows.checked_sub(1)).and_then(|row| cursors.get(row));
            let variables = json!({ "first": PAGE, "after": after.map(|(cursor, ..)| cursor) });
            let after = after.map(|(_, title, id)| (title.clone(), *id));
            (document(LIST, variables), Question::List { after })
        };
        let product = |number: i64| {
            let handle = format!("product-{}", number * 397 % products);
            (document(PRODUCT, json!({ "handle": handle })), Question::Product { handle })
        };
        let search = |number: i64| {
            let text = format!("product 0{:03}", number * 7 % 1_000);
            (document(SEARCH, json!({ "text": text })), Question::Search { text })
        };
        let levels = products * VARIANTS * LOCATIONS;
        // Levels all over the shop, each once.
        let level = move |number: i64| number * 7_919 % levels;
        vec![
            Self::new("W1 product list, 20 × 3 × 3", (0..50).map(list).collect()),
            Self::new("W2 product by handle", (0..200).map(product).collect()),
            Self::changing("W4 adjustments, one hot variant", 0..1),
            Self::changing("W4 adjustments, 100 variants", (0..100).map(level)),
            Self::changing("W4 adjustments, distinct variants", (0..levels.min(50_000)).map(level)),
            Self::new("W5 page 2,000 of that list", vec![list(2_000.min(cursors.len() / PAGE - 1))]),
            Self::new("W6 filtered and text-filtered list", (0..50).map(search).collect()),
        ]
    }

    /// What is sent to the program, with the answers that it gives now.
    pub(crate) async fn requests(&self, api: &Api<'_>) -> Requests {
        let bodies: Vec<String> = self.asked.iter().map(|(document, _)| document.to_string()).collect();
        self.with_answers(bodies, api.client.clone(), &api.program.url, &api.token).await
    }

    /// The same for the bare server with SQL.
    pub(crate) async fn questions(&self, server: &Program) -> Requests {
        let bodies: Vec<String> =
            self.asked.iter().map(|(_, question)| serde_json::to_string(question).unwrap()).collect();
        self.with_answers(bodies, Client::new(), &server.url, "").await
    }

    /// The program and the bare server must answer the same.
    pub(crate) fn assert_same(&self, ours: &Requests, bare: &Requests) {
        let (Answers::OneOf(ours), Answers::OneOf(bare)) = (&ours.answers, &bare.answers) else { return };
        for (one, other) in ours.iter().zip(bare) {
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap()["data"].take();
            assert_eq!(read(one), read(other), "{}", self.name);
        }
    }

    /// The answers of the program to all requests.
    pub(crate) async fn ready(&self, api: &Api<'_>, requests: &Requests) -> BTreeMap<String, String> {
        let mut ready = BTreeMap::new();
        for body in &requests.bodies {
            // What a change answers is as long, whichever it is.
            let answer = match (&requests.answers, ready.values().next()) {
                (Answers::Containing(_), Some(answer)) => String::clone(answer),
                _ => post(&api.client, &api.program.url, &api.token, body.clone()).await,
            };
            ready.insert(body.clone(), answer);
        }
        ready
    }

    async fn with_answers(&self, bodies: Vec<String>, client: Client, url: &str, token: &str) -> Requests {
        if self.changes {
            return Requests { bodies, answers: Answers::Containing("\"userErrors\":[]".to_owned()) };
        }
        let mut answers = Vec::new();
        for body in &bodies {
            answers.push(post(&client, url, token, body.clone()).await);
        }
        Requests { bodies, answers: Answers::OneOf(answers) }
    }
}

fn document(query: &str, variables: Value) -> Value {
    json!({ "query": query, "variables": variables })
}

async fn post(client: &Client, url: &str, token: &str, body: String) -> String {
    let request = client.post(url).header("Content-Type", "application/json").body(body);
    let request = if token.is_empty() { request } else { request.bearer_auth(token) };
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    answer.text().await.unwrap()
}

/// The program's API, for somebody who may see and change everything.
pub(crate) struct Api<'a> {
    pub(crate) program: &'a Program,
    client: Client,
    pub(crate) token: String,
}

impl<'a> Api<'a> {
    pub(crate) async fn log_in(program: &'a Program, email: &str, password: &str) -> Self {
        let client = Client::new();
        let input = json!({ "input": { "email": email, "password": password } });
        let answer = post(&client, &program.url, "", document(LOGIN, input).to_string()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let token = answer["data"]["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Self { program, client, token }
    }

    /// The cursor, title and id of each product of the first 2,001 pages of the list.
    async fn cursors(&self) -> Vec<(String, String, Uuid)> {
        let (mut cursors, mut after) = (Vec::new(), Value::Null);
        while cursors.len() < 2_001 * PAGE {
            let body = document(CURSORS, json!({ "after": after })).to_string();
            let answer = post(&self.client, &self.program.url, &self.token, body).await;
            let mut answer: Value = serde_json::from_str(&answer).unwrap();
            let edges = answer["data"]["products"]["edges"].take();
            let Some(last) = edges.as_array().and_then(|edges| edges.last()) else { break };
            after = last["cursor"].clone();
            for edge in edges.as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let id =
                    text(&edge["node"]["id"]).parse::<type_safe_id::TypeSafeId<type_safe_id::DynamicType>>().unwrap();
                cursors.push((text(&edge["cursor"]), text(&edge["node"]["title"]), id.uuid()));
            }
        }
        cursors
    }
}
