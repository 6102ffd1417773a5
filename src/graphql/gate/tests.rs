//! The attacks that the gate exists for, against a small schema: each is answered at once and with a code.
#![expect(clippy::format_push_string, clippy::format_collect, reason = "documents are built to be read, not fast")]

use std::time::Duration;

use async_graphql::{
    EmptySubscription, Executor, Object, Request, Response, Schema, SimpleObject, Value, Variables, value,
};
use serde_json::json;

use super::{Described, Gate, Schemas};
use crate::config::{Config, Environment};
use crate::graphql::request::Caller;
use crate::kernel::actor::Actor;
use crate::kernel::clock::Clock;
use crate::kernel::freshness::Freshness;

mod any_text;
mod kept;
mod valid;

struct Query;

#[derive(SimpleObject)]
struct Row {
    id: i32,
}

#[derive(SimpleObject)]
#[graphql(complex)]
struct Rows {
    nodes: Vec<Row>,
}

#[async_graphql::ComplexObject]
impl Rows {
    async fn own(&self) -> Rows {
        Rows { nodes: Vec::new() }
    }
}

#[Object]
impl Query {
    async fn f(&self, x: Option<Vec<i32>>) -> i32 {
        x.map_or(1, |x| x.into_iter().sum())
    }
    async fn me(&self) -> Query {
        Query
    }
    async fn rows(&self, first: Option<i32>) -> Rows {
        let _ = first;
        Rows { nodes: Vec::new() }
    }
    async fn more(&self, first: Option<i32>) -> Query {
        let _ = first;
        Query
    }
    async fn day(&self, day: Option<crate::graphql::scalars::DateTime>) -> bool {
        day.is_some()
    }
    async fn panics(&self) -> i32 {
        assert!(std::hint::black_box(false), "secret detail");
        1
    }
    async fn leaks(&self) -> async_graphql::Result<i32> {
        Err("no such table: secrets".into())
    }
    async fn hangs(&self) -> i32 {
        std::future::pending().await
    }
    async fn fails(&self) -> async_graphql::Result<i32> {
        use async_graphql::ErrorExtensions;
        Err(async_graphql::Error::new("é".repeat(1_000)).extend_with(|_, e| e.set("code", "SOME")))
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn login(&self) -> i32 {
        1
    }
    async fn touch(&self) -> i32 {
        1
    }
}

fn gate_of(config: &Config) -> impl Executor {
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let sdl = schema.sdl();
    Gate::new(Schemas::checking_only(schema), Described::unknown(&sdl), config, &Clock::system(), Freshness::default())
        .unwrap()
}

async fn ask(request: impl Into<Request>) -> Response {
    ask_of(Config::default(), request).await
}

/// On a thread of its own: a request that blocks it must fail its test, not hang it.
async fn ask_of(config: Config, request: impl Into<Request>) -> Response {
    let request = request.into();
    let (answer, answered) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        answer.send(runtime.block_on(gate_of(&config).execute(request))).ok();
    });
    let answered = tokio::time::timeout(Duration::from_secs(10), answered).await;
    answered.expect("no answer within ten seconds").expect("no answer")
}

fn codes(response: &Response) -> Vec<String> {
    let code = |error: &async_graphql::ServerError| match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    };
    response.errors.iter().map(|error| code(error).expect("a code")).collect()
}

async fn limit_hit(text: impl Into<Request>) -> String {
    let response = ask(text).await;
    assert_eq!(codes(&response), ["LIMIT_EXCEEDED"], "{:?}", response.errors);
    let limit = response.errors[0].extensions.as_ref().unwrap().get("limit");
    limit.unwrap().to_string().replace('"', "")
}

#[tokio::test]
async fn an_ordinary_query_is_answered() {
    let response = ask("query($x: [Int!]) { me { f(x: $x) } }").await;
    assert_eq!(response.data, value!({ "me": { "f": 1 } }));
}

#[tokio::test]
async fn a_nested_list_of_1600_levels_is_refused() {
    let text = format!("{{f(x:{}{})}}", "[".repeat(1_600), "]".repeat(1_600));
    assert_eq!(limit_hit(text).await, "nesting");
}

#[tokio::test]
async fn values_nested_to_the_limit_are_parsed_and_validated_on_the_stack_of_a_thread() {
    let text = format!("{{f(x:{}1{})}}", "[".repeat(62), "]".repeat(62));
    assert_eq!(codes(&ask(text).await), ["GRAPHQL_VALIDATION_FAILED"]);
}

#[tokio::test]
async fn a_fragment_bomb_of_28_is_refused_at_once() {
    let mut text = "{...a0}".to_owned();
    for n in 0..27 {
        text += &format!("fragment a{n} on Query{{...a{0} ...a{0}}}", n + 1);
    }
    let with_fields = format!("{text}fragment a27 on Query{{f}}");
    assert_eq!(limit_hit(with_fields).await, "expanded_selections");
    // The last fragment undefined: it selects nothing, but walking the spreads would still take for ever.
    assert_eq!(limit_hit(text).await, "expanded_selections");
}

#[tokio::test]
async fn fragments_that_spread_themselves_are_refused() {
    let response = ask("{...a} fragment a on Query{...b} fragment b on Query{me{...a}}").await;
    assert_eq!(codes(&response), ["GRAPHQL_VALIDATION_FAILED"]);
}

#[tokio::test]
async fn a_chain_of_fragments_each_nested_deeply_overflows_nothing() {
    let mut text = "{...a0}".to_owned();
    for n in 0..31 {
        let (open, close) = ("...{".repeat(18), "}".repeat(18));
        text += &format!("fragment a{n} on Query{{{open}...a{}{close}}}", n + 1);
    }
    text += "fragment a31 on Query{f}";
    assert_eq!(limit_hit(text).await, "depth");
}

#[tokio::test]
async fn directives_are_limited_per_place_and_per_document() {
    assert_eq!(limit_hit(format!("query {}{{f}}", "@a".repeat(5))).await, "directives_per_field");
    assert_eq!(limit_hit(format!("{{ __typename {}}}", "@a ".repeat(5))).await, "directives_per_field");
    let fields = "me @a @b { f @a @b } ".repeat(6);
    assert_eq!(limit_hit(format!("{{{fields}}}")).await, "directives_per_document");
}

#[tokio::test]
async fn a_thousand_aliases_are_refused() {
    let fields: String = (0..600).map(|n| format!("a{n}:f ")).collect();
    assert_eq!(limit_hit(format!("{{{fields}}}")).await, "aliases");
}

#[tokio::test]
async fn root_fields_are_limited_repeated_ones_too() {
    assert_eq!(limit_hit(format!("{{{}}}", "f ".repeat(21))).await, "root_fields");
    assert_eq!(limit_hit(format!("mutation{{{}}}", "touch ".repeat(6))).await, "mutation_root_fields");
    assert_eq!(limit_hit("mutation{ a: login ...b } fragment b on Mutation { login }").await, "credential_fields");
    assert!(ask("mutation{ login }").await.is_ok());
}

#[tokio::test]
async fn repeated_fields_below_the_root_are_counted() {
    // Not of the type Query again, whose fields count as fields of a root wherever they are.
    let text = format!("{{ rows {{ nodes {{ {} }} }} }}", "id ".repeat(1_900));
    assert!(ask(text).await.is_ok());
    let fields = "id ".repeat(600);
    let text = format!("{{ {} }} fragment a on Query {{ rows {{ nodes {{ {fields} }} }} }}", "...a ".repeat(19));
    assert_eq!(limit_hit(text).await, "expanded_selections");
}

#[tokio::test]
async fn depth_is_counted_through_fragments() {
    let text = |levels: usize| format!("{{{}f{}}}", "me{".repeat(levels), "}".repeat(levels));
    assert!(ask(text(11)).await.is_ok());
    assert_eq!(limit_hit(text(12)).await, "depth");
    let spread = "{me{me{me{me{me{me{...a}}}}}}} fragment a on Query{me{me{me{me{me{me{f}}}}}}}";
    assert_eq!(limit_hit(spread).await, "depth");
}

#[tokio::test]
async fn circular_introspection_is_refused_and_the_usual_one_passes() {
    let twice = "{__schema{types{fields{type{fields{type{name}}}}}}}";
    assert!(ask(twice).await.is_ok());
    let thrice = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
    assert_eq!(limit_hit(thrice).await, "introspection_depth");
    let deep = format!("{{__type(name:\"Query\"){{{}name{}}}}}", "ofType{".repeat(14), "}".repeat(14));
    assert_eq!(limit_hit(deep).await, "introspection_depth");
}

/// What GraphiQL and the code generators send, from graphql-js 16.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name } mutationType { name } subscriptionType { name }
    types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
  fragment FullType on __Type { kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
  fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[tokio::test]
async fn the_introspection_that_tools_send_passes() {
    let response = ask(INTROSPECTION).await;
    assert!(response.is_ok(), "{:?}", response.errors);
}

#[tokio::test]
async fn page_sizes_multiply_from_literals_variables_and_defaults() {
    assert_eq!(limit_hit("{more(first:100){more(first:100){more(first:100){f}}}}").await, "nodes");
    let query = "query($n:Int=100){more(first:$n){more(first:$n){more(first:$n){f}}}}";
    assert_eq!(limit_hit(query).await, "nodes");
    let small = Request::new(query).variables(Variables::from_json(json!({ "n": 10 })));
    assert!(ask(small).await.is_ok());
    assert!(ask("{more{more{more{f}}}}").await.is_ok());
    assert_eq!(limit_hit("{more{more{more{more{f}}}}}").await, "nodes");
}

#[tokio::test]
async fn operations_and_variables_are_limited() {
    let operations: String = (0..6).map(|n| format!("query q{n}{{f}}")).collect();
    assert_eq!(limit_hit(operations).await, "operations");
    let variables: String = (0..101).map(|n| format!("$v{n}:Int ")).collect();
    assert_eq!(limit_hit(format!("query({variables}){{f}}")).await, "variables");
}

#[tokio::test]
async fn a_variable_that_must_be_given_is_missed_before_anything_runs() {
    let text = "query($x: [Int!]!) { f(x: $x) }";
    assert_eq!(codes(&ask(text).await), ["GRAPHQL_VALIDATION_FAILED"]);
    let null = Request::new(text).variables(Variables::from_json(json!({ "x": null })));
    assert_eq!(codes(&ask(null).await), ["GRAPHQL_VALIDATION_FAILED"]);
    assert!(ask("query($x: [Int!]! = [1]) { f(x: $x) }").await.is_ok());
    assert!(ask("query($x: [Int!]) { f(x: $x) }").await.is_ok());
}

#[tokio::test]
async fn a_value_that_its_type_refuses_is_bad_input_and_not_a_fault() {
    assert_eq!(codes(&ask("{ day(day: \"yesterday\") }").await), ["BAD_USER_INPUT"]);
}

#[tokio::test]
async fn ten_errors_at_most_are_told() {
    let fields: String = (0..19).map(|n| format!("unknown{n} ")).collect();
    assert_eq!(ask(format!("{{{fields}}}")).await.errors.len(), 10);
}

#[tokio::test]
async fn a_syntax_error_has_its_place_and_not_the_text() {
    let response = ask("query { f(x: secret_text }").await;
    assert_eq!(codes(&response), ["GRAPHQL_PARSE_FAILED"]);
    let error = &response.errors[0];
    assert!(!error.message.contains("secret_text"), "{}", error.message);
    assert_eq!(error.locations[0].line, 1);
}

#[tokio::test]
async fn several_operations_need_a_name() {
    let response = ask("query a{f} query b{f}").await;
    assert_eq!(codes(&response), ["GRAPHQL_VALIDATION_FAILED"]);
    let response = ask(Request::new("query a{f} query b{f}").operation_name("c")).await;
    assert_eq!(codes(&response), ["GRAPHQL_VALIDATION_FAILED"]);
    assert!(ask(Request::new("query a{f} query b{f}").operation_name("b")).await.is_ok());
}

#[tokio::test]
async fn a_panic_becomes_an_internal_error_with_the_request_id() {
    let response = ask(Request::new("{panics}").data(Caller::new(Actor::anonymous(), "req-1"))).await;
    assert_eq!(codes(&response), ["INTERNAL"]);
    let json = serde_json::to_string(&response).unwrap();
    assert!(!json.contains("secret") && json.contains("req-1"), "{json}");
}

#[tokio::test]
async fn an_error_without_a_code_is_hidden() {
    let response = ask("{leaks}").await;
    assert_eq!(codes(&response), ["INTERNAL"]);
    assert!(!response.errors[0].message.contains("secrets"));
    assert_eq!(response.errors[0].path.len(), 1);
}

#[tokio::test]
async fn an_error_message_is_cut_at_500_bytes() {
    let response = ask("{fails}").await;
    assert_eq!(codes(&response), ["SOME"]);
    assert!(response.errors[0].message.len() <= 500);
}

#[tokio::test]
async fn an_operation_that_hangs_is_ended() {
    let mut config = Config::default();
    config.limits.time.execution_ms = 20.try_into().unwrap();
    let response = ask_of(config, "{hangs}").await;
    assert_eq!(codes(&response), ["TIMEOUT"]);
}

#[tokio::test]
async fn introspection_is_off_in_production() {
    let mut config = Config::default();
    config.server.environment = Environment::Production;
    for text in ["{__schema{types{name}}}", "{...a} fragment a on Query{__type(name:\"Query\"){name}}"] {
        let response = gate_of(&config).execute(Request::new(text)).await;
        assert_eq!(codes(&response), ["GRAPHQL_VALIDATION_FAILED"]);
    }
    assert!(gate_of(&config).execute(Request::new("{__typename}")).await.is_ok());
}
