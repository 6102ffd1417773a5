//! Every list of the schema pages alike: walked from either end, in any order, by any page size, it gives each row once.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::introspection::{Field, Schema};
use crate::inventory::shelves::{Shop, Size, adjust, line};
use crate::support::client::Client;
use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    every_connection_gives_each_row_once_from_both_ends,
    every_connection_refuses_bad_page_arguments,
    a_cursor_of_another_order_is_refused,
);

/// A list of the schema under one order.
struct List {
    field: String,
    order: Option<String>,
}

impl List {
    /// Every root connection of the schema, once for each of its orders.
    async fn all(app: &TestApp) -> Vec<Self> {
        let schema = Schema::of(app).await;
        let pages = |field: &&Field| field.args.iter().any(|argument| argument.name == "after");
        let fields: Vec<_> = schema.root_fields().into_iter().map(|(_, field)| field).filter(pages).collect();
        assert!(!fields.is_empty(), "the schema has no connection");
        fields.into_iter().flat_map(|field| Self::under_each_order(&schema, field)).collect()
    }

    fn under_each_order(schema: &Schema, field: &Field) -> Vec<Self> {
        let order = field.args.iter().find(|argument| argument.name == "orderBy");
        let values = order.and_then(|order| schema.get(order.input.named())?.enum_values.as_ref());
        let list = |order| Self { field: field.name.clone(), order };
        values.map_or_else(
            || vec![list(None)],
            |values| values.iter().map(|value| list(Some(value.name.clone()))).collect(),
        )
    }

    /// One page: `arguments` is `first: 3, after: "…"`.
    fn document(&self, arguments: &str) -> String {
        let order = self.order.as_ref().map(|order| format!(", orderBy: {order}")).unwrap_or_default();
        format!(
            "{{ page: {}({arguments}{order}) {{
                totalCount edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
            }} }}",
            self.field
        )
    }

    async fn page(&self, client: &Client, arguments: &str) -> Value {
        client.query(&self.document(arguments), json!({})).await.field("page").clone()
    }

    /// The cursors of all rows, forwards.
    async fn forwards(&self, client: &Client, mut size: impl FnMut() -> usize) -> Vec<String> {
        let (mut rows, mut arguments) = (Vec::new(), format!("first: {}", size()));
        loop {
            let page = self.page(client, &arguments).await;
            let cursors = cursors(&page);
            assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!rows.is_empty()), "{}", self.field);
            rows.extend(cursors);
            if page["pageInfo"]["hasNextPage"] != json!(true) {
                assert_eq!(page["totalCount"], json!(rows.len()), "{}", self.field);
                return rows;
            }
            arguments = format!("first: {}, after: {}", size(), page["pageInfo"]["endCursor"]);
        }
    }

    /// The cursors of all rows, from the end, put back in order.
    async fn backwards(&self, client: &Client, mut size: impl FnMut() -> usize) -> Vec<String> {
        let (mut rows, mut arguments) = (Vec::new(), format!("last: {}", size()));
        loop {
            let page = self.page(client, &arguments).await;
            assert_eq!(page["pageInfo"]["hasNextPage"], json!(!rows.is_empty()), "{}", self.field);
            let mut before = cursors(&page);
            before.append(&mut rows);
            rows = before;
            if page["pageInfo"]["hasPreviousPage"] != json!(true) {
                return rows;
            }
            arguments = format!("last: {}, before: {}", size(), page["pageInfo"]["startCursor"]);
        }
    }
}

fn cursors(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap_or_else(|| panic!("no edges in {page}"));
    edges.iter().map(|edge| edge["cursor"].as_str().unwrap().to_owned()).collect()
}

/// Rows to page through, with equal sort keys among them.
async fn fill(app: &TestApp, client: &Client) {
    app.products(alike()).await;
    for number in 0..23 {
        let name = format!("Category {number}");
        app.category(NewCategory { position: number % 3, ..NewCategory::named(&name) }).await;
    }
    let create = "mutation($input: LocationCreateInput!) { locationCreate(input: $input) { userErrors { code } } }";
    for number in 0..23 {
        let input = json!({ "code": format!("SHELF-{number}"), "name": format!("Shelf {}", number % 3) });
        client.mutate(create, input).await.payload("locationCreate");
    }
    // Levels of as many units, and movements of the same moment.
    let shop = Shop::open(app, Size { products: 4, variants_each: 4, locations: 1 }).await;
    shop.receive(client, 5).await;
    for number in 0..12 {
        let lines = vec![line(&format!("SKU-{number}"), "LOC-0", number % 3 + 1), line("SKU-15", "LOC-0", 1)];
        adjust(client, lines).await.payload("stockAdjust");
    }
}

/// Products that share titles, vendors, types, prices and moments, many without a vendor or a type, as a property test draws them.
fn alike() -> Vec<NewProduct> {
    let key = (0..3_i64, option::weighted(0.6, "[A-C]"), option::weighted(0.6, "[a-c]"), 0..3_i64);
    let keys = vec(key, 23).new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let product = |(number, (title, vendor, product_type, moment)): (usize, (i64, _, _, i64))| {
        let variant = NewVariant::sku(&format!("ALIKE-{number}")).price(title);
        let product = NewProduct::titled(&format!("Title {title}")).variant(variant);
        NewProduct { handle: format!("alike-{number}"), vendor, product_type, changed_at: Some(moment), ..product }
    };
    keys.into_iter().enumerate().map(product).collect()
}

async fn every_connection_gives_each_row_once_from_both_ends(app: TestApp) {
    let client = app.as_role("ADMINISTRATOR").await;
    fill(&app, &client).await;
    let mut sizes = Sizes(TestRunner::deterministic());
    for list in List::all(&app).await {
        let name = format!("{} by {:?}", list.field, list.order);
        let all = list.forwards(&client, || 100).await;
        let once: BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len(), "a row came twice in {name}");
        // Any sizes must do, and a different one for each page; the sequence of them is the same in each run.
        assert_eq!(list.forwards(&client, || sizes.next()).await, all, "{name}, forwards");
        assert_eq!(list.backwards(&client, || sizes.next()).await, all, "{name}, backwards");
    }
}

/// Page sizes from 1 to 9 as a property test draws them.
struct Sizes(TestRunner);

impl Sizes {
    fn next(&mut self) -> usize {
        (1..=9_usize).new_tree(&mut self.0).unwrap().current()
    }
}

async fn every_connection_refuses_bad_page_arguments(app: TestApp) {
    let client = app.as_role("ADMINISTRATOR").await;
    let bad = ["first: 101", "first: -1", "last: 101", "first: 1, last: 1", r#"first: 1, after: "nonsense""#];
    for list in List::all(&app).await {
        for arguments in bad {
            let answer = client.query(&list.document(arguments), json!({})).await;
            let codes = answer.codes();
            let refused = codes.iter().all(|code| code == "BAD_USER_INPUT" || code == "LIMIT_EXCEEDED");
            assert!(refused && !codes.is_empty(), "{}({arguments}): {:#}", list.field, answer.body);
        }
    }
}

async fn a_cursor_of_another_order_is_refused(app: TestApp) {
    let client = app.as_role("ADMINISTRATOR").await;
    fill(&app, &client).await;
    let by = |order: &str| List { field: "locations".to_owned(), order: Some(order.to_owned()) };
    let page = by("NAME_ASC").page(&client, "first: 2").await;
    let arguments = format!("first: 2, after: {}", page["pageInfo"]["endCursor"]);
    let answer = client.query(&by("CODE_ASC").document(&arguments), json!({})).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
}
