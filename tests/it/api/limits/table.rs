//! Every setting of `[limits]` with the test that hits it: a setting without a row fails here, and so does a row whose test
//! is gone.

use std::collections::BTreeSet;
use std::path::Path;

use stockroom::config::Limits;

use super::just_over;

const DOCUMENTS: (&str, &str) = ("tests/it/api/limits.rs", "each_limit_on_documents_is_enforced_and_named");

/// Limits on documents that one test hits after the other, each named in the answer.
const BY_DOCUMENT: [&str; 20] = [
    "query_bytes",
    "tokens",
    "nesting",
    "operations",
    "fragments",
    "expanded_selections",
    "depth",
    "introspection_depth",
    "aliases",
    "root_fields",
    "mutation_root_fields",
    "credential_fields",
    "directives_per_field",
    "directives_per_document",
    "complexity",
    "nodes",
    "list_items",
    "variables",
    "variable_depth",
    "string_bytes",
];

/// The other settings, each with the file and the name of its test.
const OTHERS: [(&str, &str, &str); 32] = [
    ("graphql.cost", "tests/it/api/rates.rs", "an_operation_that_costs_too_much_is_refused_before_it_runs"),
    ("graphql.errors", "src/graphql/gate/tests.rs", "ten_errors_at_most_are_told"),
    ("graphql.error_message_bytes", "src/graphql/gate/tests.rs", "an_error_message_is_cut_at_500_bytes"),
    ("graphql.response_bytes", "tests/it/api/limits.rs", "an_answer_over_the_limit_is_refused"),
    ("graphql.cached_documents", "src/graphql/gate/tests/kept.rs", "no_more_documents_are_kept_than_allowed"),
    ("time.header_read_ms", "tests/it/api/limits.rs", "a_head_that_never_ends_is_cut_off"),
    ("time.idle_ms", "tests/it/api/limits.rs", "an_idle_connection_is_closed"),
    ("time.send_ms", "tests/it/api/slow.rs", "an_event_stream_that_is_never_read_is_dropped"),
    ("time.body_read_ms", "tests/it/api/limits.rs", "a_body_that_never_comes_is_given_up_with_an_answer"),
    ("time.execution_ms", "tests/it/api/broken.rs", "an_operation_that_never_ends_is_given_up"),
    ("time.websocket_init_ms", "tests/it/api/websocket/invalid.rs", "a_connection_that_says_nothing_closes_with_4408"),
    ("time.websocket_ping_ms", "tests/it/api/websocket/limits.rs", "a_client_that_answers_no_ping_is_closed"),
    ("time.websocket_send_ms", "tests/it/api/slow.rs", "a_websocket_that_never_reads_is_dropped"),
    (
        "time.session_check_ms",
        "tests/it/api/websocket/session.rs",
        "a_connection_whose_session_is_ended_closes_with_4403",
    ),
    ("time.sse_keep_alive_ms", "tests/it/api/sse.rs", "a_subscription_gets_events_and_ends_with_its_client"),
    ("time.sse_ms", "tests/it/api/sse.rs", "a_stream_lasts_only_so_long"),
    ("http.body_bytes", "tests/it/api/limits.rs", "a_body_over_the_limit_is_refused_before_it_is_read"),
    ("http.uri_bytes", "tests/it/api/raw.rs", "a_uri_that_is_too_long_is_refused_with_414"),
    ("http.headers", "tests/it/api/raw.rs", "more_headers_than_allowed_are_refused_with_431"),
    ("http.header_bytes", "tests/it/api/raw.rs", "headers_that_are_too_large_together_are_refused_with_431"),
    ("http.batch", "tests/it/api/batching.rs", "a_list_that_is_too_long_or_empty_or_no_list_of_requests_is_refused"),
    (
        "http.requests_in_flight",
        "tests/it/api/limits.rs",
        "a_request_beyond_those_that_may_be_served_at_once_is_told_to_come_back",
    ),
    ("http.connections", "tests/it/api/limits.rs", "a_connection_beyond_those_that_may_be_open_is_closed_at_once"),
    ("http.connections_per_ip", "src/http/server.rs", "an_address_has_so_many_connections_and_gets_its_places_back"),
    ("websocket.frame_bytes", "tests/it/api/websocket/limits.rs", "a_message_over_the_limit_closes_with_1009"),
    (
        "websocket.operations",
        "tests/it/api/websocket/limits.rs",
        "more_operations_at_once_than_allowed_get_an_error_until_one_ends",
    ),
    ("websocket.send_queue", "tests/it/api/slow.rs", "no_more_messages_wait_for_a_slow_client_than_its_queue_takes"),
    ("websocket.send_queue_bytes", "tests/it/api/slow.rs", "no_more_bytes_wait_for_a_slow_client_than_its_queue_takes"),
    (
        "websocket.messages_per_second",
        "tests/it/api/websocket/limits.rs",
        "more_messages_a_second_than_allowed_close_with_1008",
    ),
    (
        "websocket.message_burst",
        "tests/it/api/websocket/limits.rs",
        "more_messages_a_second_than_allowed_close_with_1008",
    ),
    ("streaming.streams", "tests/it/api/websocket/limits.rs", "connections_over_the_limit_are_told_to_come_back"),
    (
        "streaming.event_buffer",
        "tests/it/api/websocket/limits.rs",
        "a_subscriber_that_falls_behind_is_told_so_and_its_subscription_ends",
    ),
];

fn settings() -> BTreeSet<String> {
    let limits = serde_json::to_value(Limits::default()).unwrap();
    let sections = limits.as_object().unwrap().iter();
    sections
        .flat_map(|(section, settings)| {
            settings.as_object().unwrap().keys().map(move |setting| format!("{section}.{setting}"))
        })
        .collect()
}

#[test]
fn every_limit_has_a_test_that_hits_it() {
    let by_document = BY_DOCUMENT.iter().map(|key| (format!("graphql.{key}"), DOCUMENTS.0, DOCUMENTS.1));
    let others = OTHERS.iter().map(|(key, file, test)| ((*key).to_owned(), *file, *test));
    let rows: Vec<_> = by_document.chain(others).collect();
    let named: BTreeSet<String> = rows.iter().map(|(key, ..)| key.clone()).collect();
    assert_eq!(named.len(), rows.len(), "a setting has two rows");
    assert_eq!(named, settings());
    for (key, file, test) in &rows {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(text.contains(&format!("fn {test}(")), "{key}: no test {test} in {file}");
    }
    let hit: BTreeSet<&str> = just_over().iter().map(|(key, ..)| *key).collect();
    assert_eq!(hit, BTreeSet::from(BY_DOCUMENT));
}
