//! Lists inside lists: every parent gets its own page, and each page is the one that it would get alone.

use proptest::collection::vec;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_nested_list_gives_each_row_once_from_both_ends,
    many_parents_get_the_pages_that_each_gets_alone,
    a_nested_list_refuses_bad_page_arguments,
);

/// Products with random numbers of variants at few different prices, in one category that also has categories below it.
async fn fill(app: &TestApp) -> String {
    let category = app.category(NewCategory::named("All")).await;
    for number in 0..7 {
        let name = format!("Below {number}");
        app.category(NewCategory { position: number % 2, ..NewCategory::named(&name).below(category) }).await;
    }
    let prices = vec(vec(0..3_i64, 0..9), 7).new_tree(&mut TestRunner::default()).unwrap().current();
    let products = prices.iter().enumerate().map(|(number, prices)| {
        let handle = format!("p-{number}");
        let product = NewProduct { handle, ..NewProduct::titled("Same title") }.category(category);
        prices.iter().enumerate().fold(product, |product, (index, price)| {
            product.variant(NewVariant::sku(&format!("{number}-{index}")).price(*price))
        })
    });
    app.products(products.collect()).await;
    category.to_string()
}

const LISTS: [(&str, &str, &str); 3] = [
    ("product", "variants", "PRICE_DESC"),
    ("category", "products", "TITLE_ASC"),
    ("category", "children", "POSITION_ASC"),
];

/// One page of a list below one parent.
async fn page(client: &Client, parent: (&str, &str), list: (&str, &str), arguments: &str) -> Value {
    let ((kind, handle), (field, order)) = (parent, list);
    let document = format!(
        "{{ {kind}(handle: \"{handle}\") {{ {field}(orderBy: {order}, {arguments}) {{
            totalCount edges {{ cursor node {{ id }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }} }} }}"
    );
    client.query(&document, json!({})).await.field(kind)[field].clone()
}

/// The ids of all rows: forwards with `first` and `after`, backwards with `last` and `before`.
async fn walk(client: &Client, parent: (&str, &str), list: (&str, &str), forwards: bool) -> Vec<Value> {
    let (size, cursor, more, end) = if forwards {
        ("first", "after", "hasNextPage", "endCursor")
    } else {
        ("last", "before", "hasPreviousPage", "startCursor")
    };
    let (mut rows, mut arguments) = (Vec::new(), format!("{size}: 2"));
    loop {
        let page = page(client, parent, list, &arguments).await;
        let mut ids: Vec<_> = page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].clone()).collect();
        if !forwards {
            ids.reverse();
        }
        rows.extend(ids);
        if page["pageInfo"][more] != json!(true) {
            assert_eq!(page["totalCount"], json!(rows.len()), "{parent:?} {list:?}");
            break;
        }
        arguments = format!("{size}: 2, {cursor}: {}", page["pageInfo"][end]);
    }
    if !forwards {
        rows.reverse();
    }
    rows
}

async fn a_nested_list_gives_each_row_once_from_both_ends(app: TestApp) {
    fill(&app).await;
    let client = app.anonymous();
    for (kind, field, order) in LISTS {
        for number in 0..7 {
            let handle = if kind == "product" { format!("p-{number}") } else { "all".to_owned() };
            let (parent, list) = ((kind, handle.as_str()), (field, order));
            let whole = page(&client, parent, list, "first: 100").await;
            let ids: Vec<_> =
                whole["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].clone()).collect();
            assert_eq!(walk(&client, parent, list, true).await, ids, "{parent:?} {list:?} forwards");
            assert_eq!(walk(&client, parent, list, false).await, ids, "{parent:?} {list:?} backwards");
            if kind == "category" {
                assert_eq!(ids.len(), 7);
                break;
            }
        }
    }
}

async fn many_parents_get_the_pages_that_each_gets_alone(app: TestApp) {
    fill(&app).await;
    let client = app.anonymous();
    for arguments in ["first: 3", "last: 3", "first: 0"] {
        let selection = format!(
            "variants(orderBy: PRICE_DESC, {arguments}) {{
                totalCount edges {{ cursor node {{ id }} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
            }}"
        );
        let document = format!("{{ products(orderBy: HANDLE_ASC) {{ nodes {{ handle {selection} }} }} }}");
        let together = client.query(&document, json!({})).await.field("products")["nodes"].clone();
        for product in together.as_array().unwrap() {
            let handle = product["handle"].as_str().unwrap();
            let alone = page(&client, ("product", handle), ("variants", "PRICE_DESC"), arguments).await;
            assert_eq!(product["variants"], alone, "{handle} {arguments}");
        }
    }
}

async fn a_nested_list_refuses_bad_page_arguments(app: TestApp) {
    fill(&app).await;
    let client = app.anonymous();
    let other =
        page(&client, ("category", "all"), ("products", "TITLE_ASC"), "first: 1").await["pageInfo"]["endCursor"]
            .clone();
    let cursor = format!("after: {other}");
    for (kind, field, _) in LISTS {
        let handle = if kind == "product" { "p-0" } else { "all" };
        for bad in ["first: 101", "last: -1", "first: 1, last: 1", r#"before: "nonsense""#, cursor.as_str()] {
            let document = format!("{{ {kind}(handle: \"{handle}\") {{ {field}({bad}) {{ nodes {{ id }} }} }} }}");
            let answer = client.query(&document, json!({})).await;
            if field == "products" && bad == cursor {
                answer.data();
            } else {
                assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{field}({bad})");
            }
        }
    }
}
