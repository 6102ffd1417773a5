//! The workloads: what is asked of the program by documents, and of the bare servers in their own words.

use std::collections::BTreeMap;

use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::PASSWORD;
use super::bare::{PAGE, Question, text_of};
use super::data::{LOCATIONS, VARIANTS, location_id, variant_id};
use super::load::{Answers, Request, Requests};
use super::program::Program;

const LIST: &str = "query List($first: Int!, $after: String) { products(first: $first, after: $after, orderBy: TITLE_ASC) { nodes { id title handle variants(first: 3) { nodes { id sku price { amount currency } stockLevels(first: 3) { nodes { onHand available } } } } } pageInfo { hasNextPage } } }";
const PRODUCT: &str = "query Product($handle: String!) { product(handle: $handle) { id title handle variants(first: 3) { nodes { id sku price { amount currency } stockLevels(first: 3) { nodes { onHand available } } } } } }";
const PUBLIC_LIST: &str = "query List($first: Int!, $after: String) { products(first: $first, after: $after, orderBy: TITLE_ASC) { nodes { id title handle variants(first: 3) { nodes { id sku price { amount currency } } } } pageInfo { hasNextPage } } }";
const PUBLIC_PRODUCT: &str = "query Product($handle: String!) { product(handle: $handle) { id title handle variants(first: 3) { nodes { id sku price { amount currency } } } } }";
const SEARCH: &str = "query Search($text: String!) { products(first: 20, filter: { status: [ACTIVE], query: $text }, orderBy: TITLE_ASC) { nodes { id title handle vendor } } }";
const ADJUST: &str = "mutation Adjust($input: StockAdjustInput!) { stockAdjust(input: $input) { levels { onHand } userErrors { code message } } }";
const LOGIN: &str =
    "mutation LogIn($input: LoginInput!) { login(input: $input) { accessToken userErrors { code message } } }";
const CURSORS: &str = "query Cursors($after: String) { products(first: 100, after: $after, orderBy: TITLE_ASC) { edges { cursor node { id title } } } }";

/// What an answer contains when nothing was refused.
const NO_ERRORS: &str = "\"userErrors\":[]";

/// One kind of requests: each as a document, and as a question.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    asked: Vec<Asked>,
    /// What every answer contains, where it is not the same each time.
    contains: Option<&'static str>,
    /// Of a program that keeps no answers.
    pub(crate) afresh: bool,
}

/// One request.
#[derive(Clone)]
struct Asked {
    document: Value,
    question: Question,
    /// By someone who is not logged in.
    anonymous: bool,
}

impl Asked {
    fn new(document: Value, question: Question) -> Self {
        Self { document, question, anonymous: false }
    }

    fn anonymous(document: Value, question: Question) -> Self {
        Self { document, question, anonymous: true }
    }
}

impl Work {
    fn new(name: &'static str, asked: Vec<Asked>) -> Self {
        Self { name, asked, contains: None, afresh: false }
    }

    fn afresh(name: &'static str, asked: Vec<Asked>) -> Self {
        Self { afresh: true, ..Self::new(name, asked) }
    }

    fn containing(name: &'static str, text: &'static str, asked: Vec<Asked>) -> Self {
        Self { contains: Some(text), ..Self::new(name, asked) }
    }

    fn changing(name: &'static str, levels: impl Iterator<Item = i64>) -> Self {
        Self::containing(name, NO_ERRORS, levels.map(adjust).collect())
    }

    /// All of them, for a shop of so many products.
    pub(crate) async fn all(api: &Api<'_>, products: i64) -> Vec<Self> {
        let cursors = api.cursors().await;
        let list = |page: usize, stock: bool| {
            let after = page.checked_mul(PAGE).and_then(|rows| rows.checked_sub(1)).and_then(|row| cursors.get(row));
            let variables = json!({ "first": PAGE, "after": after.map(|(cursor, ..)| cursor) });
            let after = after.map(|(_, title, id)| (title.clone(), *id));
            if stock {
                Asked::new(document(LIST, variables), Question::List { after, stock })
            } else {
                Asked::anonymous(document(PUBLIC_LIST, variables), Question::List { after, stock })
            }
        };
        let product = |number: i64, stock: bool| {
            let handle = format!("product-{}", number * 397 % products);
            let variables = json!({ "handle": handle });
            if stock {
                Asked::new(document(PRODUCT, variables), Question::Product { handle, stock })
            } else {
                Asked::anonymous(document(PUBLIC_PRODUCT, variables), Question::Product { handle, stock })
            }
        };
        let search = |number: i64| {
            let text = format!("product 0{:03}", number * 7 % 1_000);
            Asked::new(document(SEARCH, json!({ "text": text })), Question::Search { text })
        };
        let log_in = |number: i64| {
            let email = format!("user-{}@example.com", number * 31 % (products / 2));
            let input = json!({ "input": { "email": email, "password": PASSWORD } });
            Asked::anonymous(document(LOGIN, input), Question::LogIn { email, password: PASSWORD.to_owned() })
        };
        let levels = products * VARIANTS * LOCATIONS;
        // Levels all over the shop, each once.
        let level = move |number: i64| number * 7_919 % levels;
        // Of 20 requests 11 by customers, who share answers, 8 by staff, and a change.
        let mixed = |turn: usize| {
            let number = i64::try_from(turn).unwrap();
            let customers = (0..6).map(move |some| product(number * 6 + some, false));
            let browsing = (0..5).map(move |some| list((turn * 5 + some) % 50, false));
            let staff = (0..5).map(move |some| product(number * 5 + some, true));
            let lists = (0..3).map(move |some| list((turn * 3 + some) % 50, true));
            customers.chain(browsing).chain(staff).chain(lists).chain([adjust(level(number))])
        };
        vec![
            Self::new("W1 product list, 20 × 3 × 3", (0..50).map(|page| list(page, true)).collect()),
            Self::new("W1 without stock, for anyone: kept", (0..50).map(|page| list(page, false)).collect()),
            Self::afresh("W1 without stock, for anyone: made anew", (0..50).map(|page| list(page, false)).collect()),
            Self::new("W2 product by handle", (0..200).map(|number| product(number, true)).collect()),
            Self::new("W2 without stock, for anyone: kept", (0..200).map(|number| product(number, false)).collect()),
            Self::containing("W3 log-in", NO_ERRORS, (0..1_000).map(log_in).collect()),
            Self::changing("W4 adjustments, one hot variant", 0..1),
            Self::changing("W4 adjustments, 100 variants", (0..100).map(level)),
            Self::changing("W4 adjustments, distinct variants", (0..levels.min(50_000)).map(level)),
            Self::new("W5 page 2,000 of that list", vec![list(2_000.min(cursors.len() / PAGE - 1), true)]),
            Self::new("W6 filtered and text-filtered list", (0..50).map(search).collect()),
            Self::containing("W8 mixed", "{\"data\":{", (0..50).flat_map(mixed).collect()),
        ]
    }

    /// Whether the schema without loaders can answer, too.
    pub(crate) fn is_asked_naively(&self) -> bool {
        self.asked.iter().all(|asked| {
            matches!(asked.question, Question::List { stock: true, .. } | Question::Product { stock: true, .. })
        })
    }

    /// A unit more of one level, as a document and as a question.
    pub(crate) fn change() -> (Request, Request) {
        let Asked { document, question, .. } = adjust(0);
        (Request::of(&document), Request::of(&serde_json::to_value(question).unwrap()))
    }

    /// What is sent to the program, with the answers that it gives now.
    pub(crate) async fn requests(&self, api: &Api<'_>) -> Requests {
        let bodies = self.asked.iter().map(|asked| asked.document.to_string());
        self.with_answers(bodies, api.client.clone(), &api.program.url, &api.token).await
    }

    /// The same for the bare server with SQL, which keeps a history of stock or none.
    pub(crate) async fn questions(&self, server: &Program, history: bool) -> Requests {
        let question = |asked: &Asked| match asked.question.clone() {
            Question::Adjust { variant, location, .. } => Question::Adjust { variant, location, history },
            other => other,
        };
        let bodies = self.asked.iter().map(|asked| serde_json::to_string(&question(asked)).unwrap());
        self.with_answers(bodies, Client::new(), &server.url, "").await
    }

    /// Whether it does nothing but change stock.
    pub(crate) fn is_change_of_stock(&self) -> bool {
        self.asked.iter().all(|asked| matches!(asked.question, Question::Adjust { .. }))
    }

    /// The same requests for a server that answers the same with its fields in another order.
    pub(crate) async fn asked_of(&self, server: &Program, ours: &Requests) -> Requests {
        let bodies = ours.requests.iter().map(|request| request.body.clone());
        let theirs = self.with_answers(bodies, Client::new(), &server.url, "").await;
        self.assert_same(ours, &theirs);
        Requests { answers: Answers::Containing("{\"data\":{".to_owned()), ..theirs }
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
        for request in &requests.requests {
            // What one document answers is about as long, whatever its variables.
            let kind = request.body.split("\"variables\"").next().unwrap_or_default();
            let known = match requests.answers {
                Answers::Containing(_) => ready.iter().find(|(body, _): &(&String, _)| body.starts_with(kind)),
                Answers::OneOf(_) => None,
            };
            let answer = match known {
                Some((_, answer)) => String::clone(answer),
                None => post(&api.client, &api.program.url, &api.token, request).await,
            };
            ready.insert(request.body.clone(), answer);
        }
        ready
    }

    async fn with_answers(
        &self,
        bodies: impl Iterator<Item = String>,
        client: Client,
        url: &str,
        token: &str,
    ) -> Requests {
        let requests = bodies.zip(&self.asked).map(|(body, asked)| Request { body, anonymous: asked.anonymous });
        let requests: Vec<Request> = requests.collect();
        if let Some(text) = self.contains {
            return Requests { requests, answers: Answers::Containing(text.to_owned()) };
        }
        let mut answers = Vec::new();
        for request in &requests {
            answers.push(post(&client, url, token, request).await);
        }
        Requests { requests, answers: Answers::OneOf(answers) }
    }
}

/// A unit more of a level.
fn adjust(level: i64) -> Asked {
    let (variant, location) = (variant_id(level / LOCATIONS), location_id(level % LOCATIONS));
    let line =
        json!({ "variantId": text_of("variant", variant), "locationId": text_of("location", location), "delta": 1 });
    let variables = json!({ "input": { "reason": "RECEIVED", "lines": [line] } });
    Asked::new(document(ADJUST, variables), Question::Adjust { variant, location, history: false })
}

fn document(query: &str, variables: Value) -> Value {
    json!({ "query": query, "variables": variables })
}

async fn post(client: &Client, url: &str, token: &str, request: &Request) -> String {
    let answer = request.sent(client, url, token).send().await.unwrap();
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
        let answer = post(&client, &program.url, "", &Request::of(&document(LOGIN, input))).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let token = answer["data"]["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        Self { program, client, token }
    }

    /// The cursor, title and id of each product of the first 2,001 pages of the list.
    async fn cursors(&self) -> Vec<(String, String, Uuid)> {
        let (mut cursors, mut after) = (Vec::new(), Value::Null);
        while cursors.len() < 2_001 * PAGE {
            let request = Request::of(&document(CURSORS, json!({ "after": after })));
            let answer = post(&self.client, &self.program.url, &self.token, &request).await;
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
