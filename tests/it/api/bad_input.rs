//! Input that is wrong in every way there is: each gets a clear error with a code, none a 5xx, and nothing is written.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::client::{Answer, Client};
use crate::support::{TestApp, both_databases};

both_databases!(
    bodies_that_are_no_request_are_refused,
    documents_that_do_not_fit_are_refused,
    values_that_do_not_fit_are_refused,
    texts_that_may_not_be_are_named_by_their_field,
    tokens_that_are_not_good_are_refused,
    a_token_is_good_for_its_time_only,
);

const CREATE: &str = "mutation($input: LocationCreateInput!) {
    locationCreate(input: $input) { location { id } userErrors { code message field } }
}";

/// An error that a client can act on, and no trace of it in the database.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.codes()), (status, vec![code.to_owned()]), "{:#}", answer.body);
    assert!(!answer.errors()[0]["message"].as_str().unwrap().is_empty());
    assert_eq!(answer.body.get("data").filter(|data| !data.is_null()), None);
}

/// Everything that writing leaves behind: an audit entry for each change.
async fn written(app: &TestApp) -> Value {
    let administrator = app.as_role("ADMINISTRATOR").await;
    let log = "{ auditLog(first: 1) { totalCount } locations(first: 1) { totalCount } }";
    let data = administrator.query(log, json!({})).await.data().clone();
    json!([data["auditLog"]["totalCount"], data["locations"]["totalCount"]])
}

/// Runs `attempt` with a manager's client and checks that it wrote nothing.
async fn writing_nothing(app: &TestApp, attempt: impl AsyncFnOnce(Client)) {
    let manager = app.as_role("INVENTORY_MANAGER").await;
    written(app).await;
    let before = written(app).await;
    attempt(manager).await;
    // Looking is itself a log-in, which is written down.
    let logged_in = written(app).await;
    assert_eq!((&logged_in[1], logged_in[0].as_i64()), (&before[1], before[0].as_i64().map(|count| count + 1)));
}

async fn bodies_that_are_no_request_are_refused(app: TestApp) {
    writing_nothing(&app, async |manager| {
        let create = json!({ "query": CREATE, "variables": { "input": { "code": "A", "name": "a" } } }).to_string();
        let bodies = [
            ("{\"query\":".to_owned(), "the end is missing"),
            (format!("{create}}}"), "something follows"),
            (format!("[{create}]"), "a batch"),
            (create.replacen('{', "{\"query\":\"{__typename}\",", 1), "a key twice"),
            (create.replace("\"A\"", "\"\u{0}\""), "a raw NUL"),
            ("null".to_owned(), "null"),
            ("{}".to_owned(), "no query"),
            ("{\"query\":5}".to_owned(), "a query that is no text"),
            ("{\"query\":\"{__typename}\",\"variables\":[]}".to_owned(), "variables that are no object"),
        ];
        for (body, what) in bodies {
            let answer = Answer::read(manager.post("application/json", body).await).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_REQUEST".to_owned()]), "{what}");
        }
        let not_utf8 = [b"{\"query\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
        assert_refused(&Answer::read(manager.post("application/json", not_utf8).await).await, 400, "BAD_REQUEST");
        let megabyte =
            json!({ "query": CREATE, "variables": { "input": { "code": "A", "name": "x".repeat(1 << 20) } } });
        assert_refused(&manager.send(&megabyte).await, 413, "PAYLOAD_TOO_LARGE");
    })
    .await;
}

async fn documents_that_do_not_fit_are_refused(app: TestApp) {
    writing_nothing(&app, async |manager| {
        for (document, code) in [
            ("{ locations(first: 1) { nodes { id } }", "GRAPHQL_PARSE_FAILED"),
            ("{ locations(first: 1) { nodes { nothing } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("mutation { nothingCreate { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ locations(first: \"1\") { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("mutation { locationCreate(input: {}) { location { id } } }", "GRAPHQL_VALIDATION_FAILED"),
            ("query a { __typename } query b { __typename }", "GRAPHQL_VALIDATION_FAILED"),
            ("{ \u{0} }", "GRAPHQL_PARSE_FAILED"),
        ] {
            assert_refused(&manager.query(document, json!({})).await, 400, code);
        }
        let missing = manager.query(CREATE, json!({})).await;
        assert_eq!(missing.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{:#}", missing.body);
        let unknown = manager.mutate(CREATE, json!({ "code": "A", "name": "a", "nothing": 1 })).await;
        assert_eq!(unknown.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{:#}", unknown.body);
    })
    .await;
}

async fn values_that_do_not_fit_are_refused(app: TestApp) {
    writing_nothing(&app, async |manager| {
        let product = "product_01jdzzzzzzzzzzzzzzzzzzzzzz";
        let wrong_type = manager.query("query($id: ID!) { location(id: $id) { id } }", json!({ "id": product })).await;
        assert_eq!(wrong_type.codes(), ["BAD_USER_INPUT"], "{:#}", wrong_type.body);
        let message = wrong_type.errors()[0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("location") && message.contains("product"), "{message}");
        for id in ["", "x", &"é€𝄞".repeat(9), "location_", "location_!", "location_01jd\u{0}", &"l".repeat(10_000)]
        {
            let answer = manager.query("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{id}: {:#}", answer.body);
        }
        for (first, code) in
            [(101_i64, "BAD_USER_INPUT"), (-1, "BAD_USER_INPUT"), (i64::from(i32::MAX), "LIMIT_EXCEEDED")]
        {
            let list = "query($first: Int) { locations(first: $first) { nodes { id } } }";
            let answer = manager.query(list, json!({ "first": first })).await;
            assert_eq!(answer.codes(), [code], "{first}: {:#}", answer.body);
        }
        for number in ["99999999999999999999", "1e400", "1.5", "2147483648"] {
            let list = format!("{{ locations(first: {number}) {{ nodes {{ id }} }} }}");
            let answer = manager.query(&list, json!({})).await;
            assert!(answer.status < 500 && !answer.codes().is_empty(), "{number}: {:#}", answer.body);
        }
    })
    .await;
}

async fn texts_that_may_not_be_are_named_by_their_field(app: TestApp) {
    writing_nothing(&app, async |manager| {
        for (name, what) in [
            ("a\u{0}b".to_owned(), "a NUL"),
            ("a\u{7}b".to_owned(), "a bell"),
            (" ".to_owned(), "nothing but space"),
            ("x".repeat(60_000), "far too long"),
        ] {
            let answer = manager.mutate(CREATE, json!({ "code": "A", "name": name })).await;
            let errors = answer.user_errors("locationCreate");
            assert_eq!(errors.len(), 1, "{what}: {:#}", answer.body);
            assert_eq!(errors[0]["field"], json!(["input", "name"]), "{what}");
        }
        let longest = json!({ "code": "A", "name": "x".repeat(70_000) });
        assert_eq!(manager.mutate(CREATE, longest).await.codes(), ["LIMIT_EXCEEDED"]);
    })
    .await;
}

async fn tokens_that_are_not_good_are_refused(app: TestApp) {
    writing_nothing(&app, async |manager| {
        let token = manager.header("authorization").unwrap().trim_start_matches("Bearer ").to_owned();
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 1_000_000);
        let prolonged = URL_SAFE_NO_PAD.encode(claims.to_string());
        let mut flipped = signature.to_owned().into_bytes();
        flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
        let flipped = String::from_utf8(flipped).unwrap();
        for (bad, what) in [
            (format!("{none}.{payload}."), "alg=none"),
            (format!("{none}.{payload}.{signature}"), "alg=none with a signature"),
            (format!("{header}.{prolonged}.{signature}"), "another payload"),
            (format!("{header}.{payload}.{flipped}"), "another signature"),
            (format!("{header}.{payload}."), "no signature"),
            (format!("{header}.{payload}"), "two parts"),
            ("x".to_owned(), "no token"),
            ("x".repeat(10_000), "a long one"),
        ] {
            let client = app.anonymous().with_token(&bad);
            let answer = client.mutate(CREATE, json!({ "code": "A", "name": "a" })).await;
            assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED".to_owned()]), "{what}");
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        }
        let basic = app.anonymous().with_header("authorization", "Basic YTpi");
        assert_refused(&basic.query("{ __typename }", json!({})).await, 401, "UNAUTHENTICATED");
    })
    .await;
}

async fn a_token_is_good_for_its_time_only(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let manager = app.as_role("INVENTORY_MANAGER").await;
    let create = |code: &str| json!({ "code": code, "name": "a" });
    hand.advance(Duration::from_secs(299));
    manager.mutate(CREATE, create("IN-TIME")).await.payload("locationCreate");
    hand.advance(Duration::from_secs(7));
    assert_refused(&manager.mutate(CREATE, create("TOO-LATE")).await, 401, "UNAUTHENTICATED");
    let list = "{ locations(first: 10) { nodes { code } } }";
    let answer = app.as_role("INVENTORY_MANAGER").await.query(list, json!({})).await;
    assert_eq!(answer.field("locations")["nodes"], json!([{ "code": "IN-TIME" }]));
}
