//! What pages of other origins may do from a browser: nothing by default, and what the allow-list says otherwise.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Error};

use crate::support::TestApp;
use crate::support::client::{Answer, Client, patient};

const SHOP: &str = "https://shop.example";
const QUERY: &str = "?query=%7B__typename%7D";

async fn allowing(origins: &[&str]) -> TestApp {
    let mut app = TestApp::on_sqlite().await;
    let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    app.reconfigure(|config| config.http.cors_origins = origins).await;
    app
}

async fn get(client: &Client, headers: &[(&str, &str)]) -> Answer {
    let client = headers.iter().fold(client.clone(), |client, (name, value)| client.with_header(name, value));
    Answer::read(client.get(QUERY).await).await
}

async fn preflight(app: &TestApp, origin: &str) -> (u16, HeaderMap) {
    let asking = patient().request(Method::OPTIONS, app.url()).header("origin", origin);
    let asking = asking.header("access-control-request-method", "POST");
    let answer = asking.header("access-control-request-headers", "authorization,content-type").send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone())
}

#[tokio::test]
async fn a_query_that_a_foreign_page_may_have_had_a_browser_send_is_refused() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous();
    for forged in [
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        [("origin", "null"), ("sec-fetch-mode", "no-cors")],
        [("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "image")],
        [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")],
    ] {
        let answer = get(&client, &forged).await;
        assert_eq!((answer.status, answer.codes()), (403, vec!["CROSS_SITE_REQUEST".to_owned()]), "{forged:?}");
    }
}

#[tokio::test]
async fn a_form_of_a_foreign_page_is_refused() {
    let app = TestApp::on_sqlite().await;
    let client = app.anonymous().with_header("origin", "https://evil.example");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer = Answer::read(client.post(content_type, r#"{"query":"{ __typename }"}"#).await).await;
        assert_eq!((answer.status, answer.codes()), (403, vec!["CROSS_SITE_REQUEST".to_owned()]));
    }
}

#[tokio::test]
async fn a_query_that_was_asked_for_or_comes_from_no_foreign_page_is_answered() {
    let app = allowing(&[SHOP]).await;
    let client = app.anonymous();
    let own = app.url().trim_end_matches("/graphql").to_owned();
    for fine in [
        &[][..],
        &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
        &[("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
        &[("origin", SHOP), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example"), ("graphql-require-preflight", "1")],
        &[("sec-fetch-site", "cross-site"), ("content-type", "application/json")],
    ] {
        get(&client, fine).await.data();
    }
}

#[tokio::test]
async fn without_an_allow_list_no_page_of_another_origin_may_read() {
    let app = TestApp::on_sqlite().await;
    let (status, headers) = preflight(&app, SHOP).await;
    assert_eq!((status, &headers["allow"]), (405, &"GET, HEAD, POST".parse().unwrap()));
    let answer = app.anonymous().with_header("origin", SHOP).query("{ __typename }", json!({})).await;
    for headers in [headers, answer.headers] {
        assert!(headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{headers:?}");
    }
}

#[tokio::test]
async fn a_page_of_the_allow_list_may_ask_and_read_and_others_may_not() {
    let app = allowing(&[SHOP, "http://localhost:3000"]).await;
    let (status, headers) = preflight(&app, SHOP).await;
    assert_eq!(status, 200);
    assert_eq!(headers["access-control-allow-origin"], SHOP);
    assert_eq!(headers["access-control-allow-methods"], "GET,POST");
    assert_eq!(headers["access-control-allow-headers"], "authorization,content-type");
    assert_eq!(headers["access-control-max-age"], "600");
    let (_, others) = preflight(&app, "https://evil.example").await;
    assert!(!others.contains_key("access-control-allow-origin"), "{others:?}");

    let answer = app.anonymous().with_header("origin", SHOP).query("{ __typename }", json!({})).await;
    answer.data();
    let headers = answer.headers;
    assert_eq!(headers["access-control-allow-origin"], SHOP);
    assert!(!headers.contains_key("access-control-allow-credentials"));
    let exposed = headers["access-control-expose-headers"].to_str().unwrap().to_owned();
    for name in ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"] {
        assert!(exposed.split(',').any(|exposed| exposed == name), "{exposed}");
    }
    assert!(headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin")), "{headers:?}");
    let refused = app.anonymous().with_header("origin", SHOP).query("{", json!({})).await;
    assert_eq!(refused.headers["access-control-allow-origin"], SHOP, "errors can be read, too");
}

/// Asks for a WebSocket as a page of `origin` does: the status when it is refused.
async fn socket_from(app: &TestApp, origin: Option<&str>) -> Option<u16> {
    let mut request = app.url().replacen("http", "ws", 1).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok(_) => None,
        Err(Error::Http(answer)) => Some(refusal(&answer)),
        Err(other) => panic!("{other}"),
    }
}

fn refusal(answer: &tungstenite::http::Response<Option<Vec<u8>>>) -> u16 {
    let body = String::from_utf8(answer.body().clone().unwrap_or_default()).unwrap();
    assert!(body.is_empty() || body.contains("CROSS_SITE_REQUEST"), "{body}");
    answer.status().as_u16()
}

#[tokio::test]
async fn a_websocket_is_opened_for_pages_that_may_and_for_programs() {
    let app = allowing(&[SHOP]).await;
    let own = app.url().trim_end_matches("/graphql").to_owned();
    for fine in [None, Some(SHOP), Some(own.as_str())] {
        assert_eq!(socket_from(&app, fine).await, None, "{fine:?}");
    }
    for foreign in ["https://evil.example", "null", "http://shop.example"] {
        assert_eq!(socket_from(&app, Some(foreign)).await, Some(403), "{foreign}");
    }
}

#[tokio::test]
async fn where_the_server_has_an_address_it_is_what_pages_are_compared_with() {
    let mut app = TestApp::on_sqlite().await;
    app.reconfigure(|config| config.server.public_url = Some("https://api.shop.example".parse().unwrap())).await;
    assert_eq!(socket_from(&app, Some("https://api.shop.example")).await, None);
    let rebound = app.url().trim_end_matches("/graphql").to_owned();
    assert_eq!(socket_from(&app, Some(&rebound)).await, Some(403));
    let answer = app.anonymous().query("{ __typename }", json!({})).await;
    assert_eq!(answer.headers["strict-transport-security"], "max-age=63072000; includeSubDomains");
}

#[tokio::test]
async fn over_plain_http_no_browser_is_told_to_use_tls() {
    let mut app = TestApp::on_sqlite().await;
    for public_url in [None, Some("http://api.shop.example".parse().unwrap())] {
        app.reconfigure(|config| config.server.public_url = public_url).await;
        let answer = app.anonymous().query("{ __typename }", json!({})).await;
        assert!(!answer.headers.contains_key("strict-transport-security"));
    }
}
