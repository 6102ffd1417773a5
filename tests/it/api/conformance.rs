//! What other people's checkers say of the transports.

use crate::support::{TestApp, node};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_audit_of_graphql_over_http_is_ok() {
    let app = TestApp::on_sqlite().await;
    let Some(mut audits) = node::script("graphql-http.mjs") else { return };
    audits.arg(app.url());
    let printed = node::printed_by(audits).await;
    assert!(printed.ends_with("61 of 61 audits ok\n"), "{printed}");
}
