//! `@skip` and `@include`, whether their condition is written down, given, or the default of a variable.

use serde_json::{Value, json};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_is_what_is_written_or_given_or_the_default() {
    let app = TestApp::on_sqlite().await;
    let document = "query($on: Boolean! = true, $off: Boolean = false, $given: Boolean!) {
        a: product(handle: \"none\") @include(if: $on) { id }
        b: product(handle: \"none\") @include(if: $off) { id }
        c: product(handle: \"none\") @skip(if: $on) { id }
        d: product(handle: \"none\") @skip(if: $off) { id }
        ... @include(if: $on) { e: product(handle: \"none\") { id } }
        ...Given @include(if: $on)
        f: product(handle: \"none\") @include(if: true) { id }
        g: product(handle: \"none\") @skip(if: true) { id }
        h: product(handle: \"none\") @include(if: $on) @skip(if: $given) { id }
    }
    fragment Given on Query {
        i: product(handle: \"none\") @include(if: $given) { id }
        j: product(handle: \"none\") @skip(if: $given) { id }
    }";
    let client = app.anonymous();
    for (variables, shown) in [
        (json!({ "given": true }), "a d e f i"),
        (json!({ "given": false }), "a d e f h j"),
        (json!({ "given": true, "on": false, "off": true }), "b c f"),
    ] {
        let answer = client.query(document, variables.clone()).await;
        let expected: Value =
            shown.split(' ').map(|name| (name.to_owned(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
        assert_eq!(*answer.data(), expected, "{variables}");
    }
}
