//! What was found valid once is not validated again, as long as the answer stays the same.

use async_graphql::registry::Registry;
use async_graphql::{
    EmptyMutation, EmptySubscription, Enum, Executor as _, InputObject, Object, OneofObject, OutputType as _, Request,
    Schema, Variables,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use super::super::{CacheHints, Described, Gate, Inputs, Schemas};
use crate::config::Config;
use crate::graphql::validator::TakeForValid;
use crate::kernel::clock::Clock;
use crate::kernel::freshness::Freshness;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum Colour {
    Red,
    Blue,
}

#[derive(Debug, InputObject)]
struct Line {
    units: i32,
    note: Option<String>,
    #[graphql(default = 3)]
    most: i32,
    colours: Option<Vec<Colour>>,
    inner: Option<Box<Line>>,
}

#[derive(Debug, OneofObject)]
enum Name {
    Id(async_graphql::ID),
    Code(String),
}

struct Query {
    mark: &'static str,
}

#[Object]
impl Query {
    async fn mark(&self, same: Option<i32>) -> &str {
        let _ = same;
        self.mark
    }
    #[expect(clippy::too_many_arguments, reason = "one of each kind")]
    async fn echo(
        &self,
        line: Option<Line>,
        lines: Option<Vec<Line>>,
        name: Option<Name>,
        #[graphql(default = 7)] number: i32,
        id: Option<async_graphql::ID>,
        flag: Option<bool>,
    ) -> String {
        format!("{line:?} {lines:?} {name:?} {number} {id:?} {flag:?}")
    }
}

type Small = Schema<Query, EmptyMutation, EmptySubscription>;

fn checking(mark: &'static str) -> Small {
    Schema::new(Query { mark }, EmptyMutation, EmptySubscription)
}

fn trusting(mark: &'static str) -> Small {
    let builder = Schema::build(Query { mark }, EmptyMutation, EmptySubscription);
    builder.extension(TakeForValid).enable_federation().finish()
}

fn marked() -> Gate<Small> {
    gate(Schemas { checking: checking("checked"), trusting: trusting("trusted") })
}

fn gate(schemas: Schemas<Small>) -> Gate<Small> {
    let mut registry = Registry::default();
    Query::create_type_info(&mut registry);
    let sdl = schemas.checking.sdl();
    let described = Described { sdl: &sdl, hints: CacheHints::default(), inputs: Inputs::of(&registry) };
    Gate::new(schemas, described, &Config::default(), &Clock::system(), Freshness::default()).unwrap()
}

async fn ask(gate: &Gate<Small>, document: &str, variables: serde_json::Value) -> serde_json::Value {
    let response = gate.execute(Request::new(document).variables(Variables::from_json(variables))).await;
    serde_json::to_value(&response).unwrap()
}

#[tokio::test]
async fn a_document_is_validated_until_it_was_found_valid() {
    let gate = marked();
    let one = "query ($x: Int) { mark(same: $x) }";
    let marked = async |variables| ask(&gate, one, variables).await["data"]["mark"].clone();
    assert_eq!(marked(json!({})).await, "checked");
    assert_eq!(marked(json!({})).await, "trusted");
    assert_eq!(marked(json!({ "x": 1 })).await, "checked", "so far nothing was given for x");
    assert_eq!(marked(json!({ "x": 2 })).await, "trusted");
    assert_eq!(marked(json!({})).await, "trusted");
    assert_eq!(marked(json!({ "x": null })).await, "checked");
    assert_eq!(marked(json!({ "x": "text" })).await, serde_json::Value::Null);
    assert_eq!(marked(json!({ "x": 3 })).await, "trusted");
}

/// Each operation is found valid by itself.
#[tokio::test]
async fn what_is_known_of_one_operation_says_nothing_of_another() {
    let gate = marked();
    let two = "query A { mark } query B($x: Int) { mark(same: $x) }";
    for (name, mark) in [("A", "checked"), ("A", "trusted"), ("B", "checked"), ("B", "trusted"), ("A", "trusted")] {
        let response = gate.execute(Request::new(two).operation_name(name)).await;
        assert_eq!(response.data, async_graphql::value!({ "mark": mark }), "{name}");
    }
}

#[tokio::test]
async fn what_the_schema_looks_like_is_told_by_the_one_that_validates() {
    let gate = gate(Schemas { checking: checking(""), trusting: trusting("") });
    for document in
        ["{ __schema { types { name } } }", "{ ...f } fragment f on Query { __type(name: \"_Service\") { name } }"]
    {
        let first = ask(&gate, document, json!({})).await;
        assert_eq!(ask(&gate, document, json!({})).await, first);
        assert!(!first.to_string().contains("_Service"), "{first}");
    }
    assert_eq!(ask(&gate, "{ _service { sdl } }", json!({})).await["data"], serde_json::Value::Null);
}

const DOCUMENTS: &[&str] = &[
    "query ($v: Int! = 5) { echo(number: $v) }",
    "query ($v: Int = 5) { echo(number: $v) }",
    "query ($v: Line) { echo(line: $v) }",
    "query ($v: [Line!]) { echo(lines: $v) }",
    "query ($v: Name!) { echo(name: $v) }",
    "query ($v: String!) { echo(name: { code: $v }) }",
    "query ($v: Int!, $w: String) { echo(line: { units: $v, note: $w, most: \"text\" }) }",
    "query ($v: Int!, $w: Colour) { echo(line: { units: $v, colours: [RED, $w] }) }",
    "query ($v: Colour!) { echo(line: { units: 1, colours: [$v] }) }",
    "query ($v: ID, $w: Boolean) { echo(id: $v, flag: $w) }",
    "query ($w: Boolean!) { echo @include(if: $w) __typename }",
    "query ($v: Int!) { echo(line: { units: $v, inner: { units: \"text\" } }) }",
];

fn value() -> impl Strategy<Value = serde_json::Value> {
    let line = json!({ "units": 1, "note": null, "colours": ["RED", "BLUE"], "inner": { "units": 2 } });
    select(vec![
        json!(1),
        json!(2.5),
        json!(4_000_000_000_i64),
        json!("RED"),
        json!("GREEN"),
        json!(true),
        json!(null),
        json!([]),
        json!([{ "units": 1 }, null]),
        json!([{ "units": 1 }]),
        json!({ "units": 1, "colours": "RED" }),
        json!({ "units": 1, "colours": ["GREEN"] }),
        json!({ "units": 1, "unknown": 1 }),
        json!({ "units": null }),
        json!({ "most": 1 }),
        json!({ "units": 1, "inner": { "units": "1" } }),
        json!({ "code": "a" }),
        json!({ "code": "a", "id": 1 }),
        json!({}),
        line,
    ])
}

fn variables() -> impl Strategy<Value = serde_json::Value> {
    (subsequence(vec!["v", "w"], 0..=2), value(), value()).prop_map(|(names, first, second)| {
        names.into_iter().zip([first, second]).map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

proptest! {
    /// Whatever was asked before, the answer is that of a gate that validates everything.
    #[test]
    fn the_answer_is_that_of_validation(
        document in select(DOCUMENTS),
        asked in proptest::collection::vec(variables(), 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let knowing = gate(Schemas { checking: checking(""), trusting: trusting("") });
        let checking = gate(Schemas::checking_only(checking("")));
        for variables in asked {
            let (one, other) = runtime.block_on(async {
                (ask(&knowing, document, variables.clone()).await, ask(&checking, document, variables).await)
            });
            prop_assert_eq!(one, other);
        }
    }
}
