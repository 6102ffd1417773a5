//! Who a client is behind a proxy, as the buckets of points see it: named by a trusted proxy, and by nobody else.

use serde_json::json;

use crate::support::TestApp;

/// A server with buckets of ten points for anonymous callers, behind these proxies.
async fn behind(proxies: &[&str]) -> TestApp {
    let mut app = TestApp::on_sqlite().await;
    let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
    app.reconfigure(|config| {
        config.server.trusted_proxies = proxies;
        config.rates.enabled = true;
        config.rates.anonymous_burst = 10.try_into().unwrap();
        config.rates.anonymous_per_second = 1.try_into().unwrap();
    })
    .await;
    // The buckets do not fill.
    app.stop_the_clock().await;
    app
}

/// How many of twelve queries, forwarded for these addresses in turn, are answered.
async fn answered(app: &TestApp, forwarded_for: &[&str]) -> usize {
    let mut answered = 0;
    for address in forwarded_for.iter().cycle().take(12) {
        let client = app.anonymous().with_header("x-forwarded-for", address);
        let answer = client.query("{ __typename }", json!({})).await;
        answered += usize::from(answer.status == 200);
        assert!(answer.status == 200 || (answer.status, answer.codes()) == (429, vec!["RATE_LIMITED".to_owned()]));
    }
    answered
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_a_bucket() {
    let app = behind(&["127.0.0.0/8"]).await;
    assert_eq!(answered(&app, &["203.0.113.1"]).await, 10);
    assert_eq!(answered(&app, &["203.0.113.2", "203.0.113.3"]).await, 12);
    assert_eq!(answered(&app, &["198.51.100.7, 203.0.113.1", "198.51.100.8, 203.0.113.1"]).await, 0, "forged hops");
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_is_believed() {
    let app = behind(&[]).await;
    assert_eq!(answered(&app, &["203.0.113.1", "203.0.113.2", "203.0.113.3"]).await, 10);
}
