//! What other people's checkers say of the transports and of the schema.

use crate::support::{TestApp, node};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_audit_of_graphql_over_http_is_ok() {
    let app = TestApp::on_sqlite().await;
    let Some(mut audits) = node::script("graphql-http.mjs") else { return };
    audits.arg(app.url());
    let printed = node::printed_by(audits).await;
    assert!(printed.ends_with("61 of 61 audits ok\n"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_pleases_graphql_eslint_and_describes_everything() {
    let Some(lint) = node::script("schema-lint.mjs") else { return };
    let printed = node::printed_by(lint).await;
    assert!(printed.starts_with("Relay preset: 0 violations\n"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_compiler_accepts_the_schema_and_an_app_on_it() {
    let Some(compile) = node::script("relay.mjs") else { return };
    let artifacts = node::printed_by(compile).await;
    for artifact in
        ["ShopQuery", "ShopProductsPageQuery", "ShopProductAgainQuery", "ShopAdjustMutation", "ShopWatchSubscription"]
    {
        assert!(artifacts.contains(&format!("{artifact}.graphql.ts")), "{artifact} is missing of:\n{artifacts}");
    }
}
