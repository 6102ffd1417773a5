//! What browsers and CDNs may keep: answers about the catalog to anyone, and nothing else.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;
use stockroom::catalog::entity::product::Status;
use stockroom::config::Http;

use crate::support::TestApp;
use crate::support::client::patient;
use crate::support::fixtures::{NewProduct, NewVariant};

const CATALOG: &str = "{products{totalCount nodes{id title variants{nodes{sku price{amount}}}} pageInfo{hasNextPage}}}";

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn varies(&self) -> String {
        let values = self.headers.get_all("vary").iter().map(|value| value.to_str().unwrap().to_lowercase());
        values.collect::<Vec<_>>().join(", ")
    }
}

async fn send(app: &TestApp, method: Method, document: &str, headers: &[(&str, &str)]) -> Got {
    let url = reqwest::Url::parse_with_params(&app.url(), [("query", document)]).unwrap();
    let request = patient().request(method, url);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Got { status, headers, body: answer.text().await.unwrap() }
}

fn tent() -> NewProduct {
    NewProduct::titled("Trail tent").variant(NewVariant::sku("TENT-1"))
}

async fn get(app: &TestApp, document: &str) -> Got {
    send(app, Method::GET, document, &[]).await
}

#[tokio::test]
async fn an_answer_about_the_catalog_to_anyone_may_be_kept() {
    let mut app = TestApp::on_sqlite().await;
    // With buckets of points, what is left differs from one request to the next: it must not be in these answers.
    app.reconfigure(|config| config.rates.enabled = true).await;
    app.product(tent()).await;
    let first = get(&app, CATALOG).await;
    assert_eq!((first.status, first.header("cache-control")), (200, Some("public, max-age=60")));
    assert!(first.header("etag").unwrap().starts_with("W/\""));
    for name in ["accept", "authorization"] {
        assert!(first.varies().split(", ").any(|varies| varies == name), "{}", first.varies());
    }
    let second = get(&app, CATALOG).await;
    assert_eq!((&second.body, second.header("etag")), (&first.body, first.header("etag")));
    assert!(!first.body.contains("extensions"), "{}", first.body);
    assert!(first.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{:?}", first.headers);
}

#[tokio::test]
async fn a_client_that_has_the_answer_is_told_so_until_it_changes() {
    let app = TestApp::on_sqlite().await;
    app.product(tent()).await;
    let first = get(&app, CATALOG).await;
    let tag = first.header("etag").unwrap();
    for known in [tag.to_owned(), format!("\"other\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".to_owned()]
    {
        let again = send(&app, Method::GET, CATALOG, &[("if-none-match", &known)]).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{known}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("cache-control"), Some("public, max-age=60"));
        assert!(again.varies().contains("accept"), "{}", again.varies());
    }
    let other_form = [("if-none-match", tag), ("accept", "application/graphql-response+json")];
    assert_eq!(send(&app, Method::GET, CATALOG, &other_form).await.status, 200, "another form is another answer");
    app.set_product_status("trail-tent", Status::Archived).await;
    let changed = send(&app, Method::GET, CATALOG, &[("if-none-match", tag)]).await;
    assert_eq!(changed.status, 200);
    assert!(!changed.body.contains("Trail tent"), "{}", changed.body);
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let app = TestApp::on_sqlite().await;
    let (get, head) = (get(&app, CATALOG).await, send(&app, Method::HEAD, CATALOG, &[]).await);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["etag", "cache-control", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert!(head.header(name).is_some(), "{name}");
    }
    let mutation = send(&app, Method::HEAD, "mutation{__typename}", &[]).await;
    assert_eq!((mutation.status, mutation.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn what_can_be_bought_now_is_kept_for_seconds_only() {
    let app = TestApp::on_sqlite().await;
    for field in ["totalAvailable", "availableForSale"] {
        let got = get(&app, &format!("{{productVariants{{nodes{{{field}}}}}}}")).await;
        assert_eq!(got.header("cache-control"), Some("public, max-age=5"), "{}", got.body);
    }
}

#[tokio::test]
async fn nothing_else_is_kept() {
    let app = TestApp::on_sqlite().await;
    for document in [
        "{__typename}",
        "{viewer{id}}",
        "{products{nodes{id}} viewer{id}}",
        "{node(id:\"x\"){id}}",
        "{__schema{queryType{name}}}",
        "{product(id:\"nonsense\"){id}}",
        "{productVariants{nodes{stockLevels{totalCount}}}}",
        "{stockLevels{totalCount}}",
        "{nothing}",
        "{",
        "mutation{__typename}",
    ] {
        let got = get(&app, document).await;
        assert_eq!((got.header("cache-control"), got.header("etag")), (Some("no-store"), None), "{document}");
    }
    let token = app.as_role("CUSTOMER").await.header("authorization").unwrap().to_owned();
    let personal = send(&app, Method::GET, CATALOG, &[("authorization", &token)]).await;
    assert_eq!((personal.status, personal.header("cache-control")), (200, Some("no-store")));
    let posted = app.anonymous().query(CATALOG, json!({})).await;
    assert_eq!(posted.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn of_all_that_can_be_asked_only_the_catalog_may_be_kept() {
    let app = TestApp::on_sqlite().await;
    let document = "{ __schema { queryType { fields { name type { kind ofType { kind } } } } } }";
    let schema = app.anonymous().query(document, json!({})).await;
    let fields = schema.data()["__schema"]["queryType"]["fields"].as_array().unwrap().clone();
    let mut kept = Vec::new();
    for field in &fields {
        let name = field["name"].as_str().unwrap();
        // With the arguments that any of them needs: those that a field does not have make its answer an error.
        for arguments in ["", "(id:\"x\")", "(ids:[])", "(handle:\"x\")", "(sku:\"x\")", "(code:\"x\")"] {
            let got = get(&app, &format!("{{{name}{arguments}{{__typename}}}}")).await;
            if got.header("cache-control") != Some("no-store") {
                kept.push(format!("{name}{arguments}"));
            }
        }
    }
    kept.sort();
    let catalog = [
        "categories",
        "category(handle:\"x\")",
        "product(handle:\"x\")",
        "productVariant(sku:\"x\")",
        "productVariants",
        "products",
    ];
    assert_eq!(kept, catalog);
}

#[tokio::test]
async fn how_long_answers_are_kept_is_configured() {
    let mut app = TestApp::on_sqlite().await;
    for (seconds, expected) in [(10, "public, max-age=10"), (86_400, "public, max-age=300"), (0, "no-store")] {
        app.reconfigure(|config| config.http = Http { cache_seconds: seconds, ..Http::default() }).await;
        assert_eq!(get(&app, CATALOG).await.header("cache-control"), Some(expected));
    }
}
