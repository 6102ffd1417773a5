//! What the program is measured against: axum with answers that are ready, which is the limit of HTTP; and axum with sqlx, which asks the least of the
//! database that can answer, and writes the JSON down.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Hasher, Params, Version};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use super::naive;
use super::rows::{Pool, ProductRow};

/// What a request asks of the bare server with SQL: what the document of the same workload asks of the program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Question {
    /// A page of products with variants and levels, behind the product of this title and id.
    List { after: Option<(String, Uuid)>, stock: bool },
    /// The same of one product.
    Product { handle: String, stock: bool },
    /// Whether a password is right.
    LogIn { email: String, password: String },
    /// A page of active products that contain a text.
    Search { text: String },
    /// A unit more of a level, and whether its adjustment and its movement are kept.
    Adjust { variant: Uuid, location: Uuid, history: bool },
}

/// Rows of a page.
pub(crate) const PAGE: usize = 20;

/// Serves the answers of a file: a JSON object of requests and answers.
pub(crate) async fn serve_ready(file: &Path) {
    let answers: HashMap<String, String> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let answers: HashMap<Bytes, Bytes> =
        answers.into_iter().map(|(asked, answer)| (asked.into(), answer.into())).collect();
    let handler = |State(answers): State<Arc<HashMap<Bytes, Bytes>>>, asked: Bytes| async move {
        json_of(answers.get(&asked).cloned().unwrap_or_default())
    };
    serve(Router::new().route("/graphql", post(handler)).with_state(Arc::new(answers))).await;
}

/// Answers from a database.
pub(crate) async fn serve_sql(url: &str) {
    let pool = Pool::open(url).await;
    let (changes, _) = broadcast::channel::<Utf8Bytes>(1_024);
    let told = changes.clone();
    let handler = |State(pool): State<Pool>, asked: Bytes| async move {
        let question = serde_json::from_slice(&asked).unwrap();
        let answer = answer(&pool, &question).await;
        if matches!(question, Question::Adjust { .. }) {
            // Nobody may listen.
            drop(told.send(answer.to_string().into()));
        }
        json_of(serde_json::to_vec(&answer).unwrap().into())
    };
    let upgrade = |upgrade: WebSocketUpgrade| async move {
        let mut changes = changes.subscribe();
        upgrade.protocols(["graphql-transport-ws"]).on_upgrade(|mut socket| async move {
            while let Ok(change) = changes.recv().await {
                if socket.send(Message::Text(change)).await.is_err() {
                    return;
                }
            }
        })
    };
    serve(Router::new().route("/graphql", post(handler).get(upgrade)).with_state(pool)).await;
}

/// Answers documents without loaders.
pub(crate) async fn serve_naive(url: &str) {
    let schema = naive::schema(Pool::open(url).await);
    serve(Router::new().route("/graphql", post(naive::answer)).with_state(schema)).await;
}

pub(crate) fn json_of(body: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn serve(router: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("listening on http://{}/graphql", listener.local_addr().unwrap());
    let tapped = axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true)));
    axum::serve(tapped, router).await.unwrap();
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Nodes<T> {
    nodes: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_info: Option<PageInfo>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

#[derive(Serialize)]
struct Product {
    id: String,
    title: String,
    handle: String,
    variants: Nodes<Variant>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Variant {
    id: String,
    sku: String,
    price: Price,
    #[serde(skip_serializing_if = "Option::is_none")]
    stock_levels: Option<Nodes<Level>>,
}

#[derive(Serialize)]
struct Price {
    amount: String,
    currency: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    on_hand: i64,
    available: i64,
}

#[derive(Serialize)]
struct Found {
    id: String,
    title: String,
    handle: String,
    vendor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Data {
    Products(Nodes<Product>),
    Product(Option<Product>),
}

#[derive(Serialize)]
struct Whole {
    data: Data,
}

async fn answer(pool: &Pool, question: &Question) -> Value {
    match question {
        Question::List { after, stock } => {
            let mut products = pool.products(after.as_ref()).await;
            let has_next_page = products.len() > PAGE;
            products.truncate(PAGE);
            let nodes = whole(pool, products, *stock).await;
            let page = Nodes { nodes, page_info: Some(PageInfo { has_next_page }) };
            serde_json::to_value(Whole { data: Data::Products(page) }).unwrap()
        }
        Question::Product { handle, stock } => {
            let product = whole(pool, pool.product(handle).await, *stock).await.pop();
            serde_json::to_value(Whole { data: Data::Product(product) }).unwrap()
        }
        Question::LogIn { email, password } => {
            let (hash, password) = (pool.password_hash(email).await, password.clone());
            let right = tokio::task::spawn_blocking(move || is_right(&hash, &password)).await.unwrap();
            let errors: &[&str] = if right { &[] } else { &["WRONG"] };
            json!({ "data": { "login": { "userErrors": errors } } })
        }
        Question::Search { text } => {
            let found = pool.search(text).await.into_iter();
            let nodes: Vec<Found> = found
                .map(|(id, title, handle, vendor)| Found { id: text_of("product", id), title, handle, vendor })
                .collect();
            json!({ "data": { "products": { "nodes": nodes } } })
        }
        Question::Adjust { variant, location, history } => {
            let (variant, location) = (*variant, *location);
            let on_hand =
                if *history { pool.record(variant, location).await } else { pool.adjust(variant, location).await };
            json!({ "data": { "stockAdjust": { "levels": [{ "onHand": on_hand }], "userErrors": [] } } })
        }
    }
}

/// By the fastest implementation, with memory that is used again.
fn is_right(hash: &str, password: &str) -> bool {
    static IDLE: Mutex<Vec<Hasher>> = Mutex::new(Vec::new());
    let taken = IDLE.lock().unwrap().pop();
    let mut hasher = taken.unwrap_or_else(|| {
        let params = Params::builder().memory(Memory::kib(19_456)).passes(2).lanes(1).build().unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hasher()
    });
    let right = hasher.verify_password(hash, password.as_bytes(), Algorithm::Argon2id).is_ok();
    IDLE.lock().unwrap().push(hasher);
    right
}

async fn whole(pool: &Pool, products: Vec<ProductRow>, stock: bool) -> Vec<Product> {
    let ids: Vec<Uuid> = products.iter().map(|(id, ..)| *id).collect();
    let variants = pool.variants(&ids).await;
    let ids: Vec<Uuid> = variants.iter().map(|(id, ..)| *id).collect();
    let mut levels: HashMap<Uuid, Vec<Level>> = HashMap::with_capacity(ids.len());
    let found = if stock { pool.levels(&ids).await } else { Vec::new() };
    for (variant, on_hand, available) in found {
        levels.entry(variant).or_default().push(Level { on_hand, available });
    }
    let mut of_product: HashMap<Uuid, Vec<Variant>> = HashMap::with_capacity(products.len());
    for (id, product, sku, minor, currency) in variants {
        let stock_levels = stock.then(|| Nodes { nodes: levels.remove(&id).unwrap_or_default(), page_info: None });
        let price = Price { amount: price(minor), currency };
        let variant = Variant { id: text_of("variant", id), sku, price, stock_levels };
        of_product.entry(product).or_default().push(variant);
    }
    let whole = |(id, title, handle): ProductRow| {
        let variants = Nodes { nodes: of_product.remove(&id).unwrap_or_default(), page_info: None };
        Product { id: text_of("product", id), title, handle, variants }
    };
    products.into_iter().map(whole).collect()
}

/// An amount in the usual form.
pub(crate) fn price(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// The text of an id.
pub(crate) fn text_of(prefix: &str, id: Uuid) -> String {
    TypeSafeId::from_type_and_uuid(DynamicType::new(prefix).unwrap(), id).to_string()
}
