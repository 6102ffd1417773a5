//! How many SQL statements a query costs: a number that depends on its fields, never on its rows.

use serde_json::json;

use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_page_of_products_costs_a_constant_number_of_statements,
    a_tree_of_categories_costs_a_constant_number_of_statements,
    what_is_not_asked_for_costs_nothing,
);

/// 100 products in ten categories, each with two options, three variants and two tags.
async fn fill(app: &TestApp) {
    let top = app.category(NewCategory::named("Top")).await;
    let mut categories = Vec::new();
    for number in 0..10 {
        categories.push(app.category(NewCategory::named(&format!("Category {number}")).below(top)).await);
    }
    let products = (0..100_usize).map(|number| {
        let product = NewProduct::titled(&format!("Product {number:03}"))
            .category(categories[number % 10])
            .tags(&["a", "b"])
            .option("Colour", &["Red", "Blue"])
            .option("Size", &["S", "M"]);
        let values = [["Red", "S"], ["Red", "M"], ["Blue", "S"]];
        values.iter().enumerate().fold(product, |product, (index, values)| {
            product.variant(NewVariant::sku(&format!("{number}-{index}")).values(values))
        })
    });
    app.products(products.collect()).await;
}

/// What a query with `$first` costs for 10 and for 100 rows.
async fn costs(app: &TestApp, document: &str, list: &str) -> [u64; 2] {
    let client = app.anonymous();
    let mut costs = [0, 0];
    for (cost, first) in costs.iter_mut().zip([10, 100]) {
        let before = app.statements();
        let answer = client.query(document, json!({ "first": first })).await;
        *cost = app.statements() - before;
        let rows = answer.field(list)["nodes"].as_array().unwrap().len();
        assert_eq!(rows, first, "{:#}", answer.body);
    }
    costs
}

async fn a_page_of_products_costs_a_constant_number_of_statements(app: TestApp) {
    fill(&app).await;
    let document = "query($first: Int) { products(first: $first) { totalCount nodes {
        title tags priceRange { min { amount } }
        category { name ancestors { name } }
        options { name values { value } }
        variants(first: 5) { totalCount nodes {
            sku price { amount } selectedOptions { name value } product { title }
        } }
    } } }";
    // The page and its count; tags, price range, category, its ancestors, options, their values; variants, their count, their option values, their
    // product.
    assert_eq!(costs(&app, document, "products").await, [12, 12]);
}

async fn a_tree_of_categories_costs_a_constant_number_of_statements(app: TestApp) {
    fill(&app).await;
    let document = "{ categories(filter: { roots: true }) { nodes { children(first: 10) { totalCount nodes {
        name parent { name } children(first: 5) { nodes { name } }
        products(first: 10) { totalCount nodes { title variants(first: 5) { nodes { sku } } } }
    } } } } }";
    let before = app.statements();
    let answer = app.anonymous().query(document, json!({})).await;
    let products = &answer.field("categories")["nodes"][0]["children"]["nodes"][9]["products"];
    assert_eq!(products["totalCount"], json!(10));
    // The roots; their children and how many; the parents and the children of these; their products, how many, and their variants.
    assert_eq!(app.statements() - before, 8);
}

async fn what_is_not_asked_for_costs_nothing(app: TestApp) {
    fill(&app).await;
    let document = "query($first: Int) { products(first: $first) { nodes { title handle vendor status } } }";
    assert_eq!(costs(&app, document, "products").await, [1, 1]);
}
