//! A walk through a small shop, every byte of the answer.

use serde_json::json;
use stockroom::catalog::entity::product::Status;

use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(a_customer_browses_the_shop, a_thing_has_one_name_at_a_time, what_is_not_there_is_null);

/// Outdoor → Tents → Family tents, with one product in the middle and a draft.
async fn fill(app: &TestApp) {
    let outdoor = app.category(NewCategory::named("Outdoor")).await;
    let tents = app.category(NewCategory::named("Tents").below(outdoor)).await;
    app.category(NewCategory::named("Family tents").below(tents)).await;
    app.category(NewCategory { position: 1, ..NewCategory::named("Books") }).await;
    let red = NewVariant::sku("TENT-R-2").values(&["Red", "2 people"]).price(19_900);
    let blue = NewVariant::sku("TENT-B-4").values(&["Blue", "4 people"]).price(29_950);
    let tent = NewProduct::titled("Trail tent")
        .vendor("Nordwand")
        .category(tents)
        .tags(&["sale", "new"])
        .option("Colour", &["Red", "Blue"])
        .option("Size", &["2 people", "4 people"])
        .variant(NewVariant { compare_at_minor: Some(24_900), weight_grams: Some(2_400), ..red })
        .variant(NewVariant { barcode: Some("4012345678901".to_owned()), ..blue });
    let description = "<p>Stands <b>anywhere</b>.</p>".to_owned();
    app.product(NewProduct { description, product_type: Some("Tent".to_owned()), ..tent }).await;
    app.product(NewProduct::titled("Mug")).await;
    app.product(NewProduct::titled("Secret stove").status(Status::Draft).category(tents)).await;
}

const BROWSE: &str = "{
    categories(filter: { roots: true }) {
        totalCount
        nodes {
            id name handle description position version createdAt updatedAt parent { name }
            children(first: 5) { totalCount nodes { name parent { name } ancestors { name }
                children(first: 5) { nodes { name ancestors { name } products(first: 5) { totalCount nodes { title } } } }
                products(first: 5) { totalCount pageInfo { hasNextPage } nodes { title } }
            } }
            products { totalCount nodes { title } }
        }
    }
    products {
        totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor }
        nodes {
            id title handle description status vendor productType tags version createdAt updatedAt
            category { name }
            options { id name position values { id value position } }
            priceRange { min { amount currency } max { amount currency } }
            variants {
                totalCount
                nodes {
                    id sku barcode title weightGrams position version createdAt updatedAt
                    product { handle }
                    selectedOptions { name value }
                    price { amount currency }
                    compareAtPrice { amount currency }
                }
            }
        }
    }
    productVariants(first: 1) { totalCount nodes { sku } pageInfo { hasNextPage } }
}";

async fn a_customer_browses_the_shop(mut app: TestApp) {
    app.make_foreseeable().await;
    fill(&app).await;
    let answer = app.anonymous().query(BROWSE, json!({})).await;
    answer.data();
    insta::assert_json_snapshot!("browse", answer.body);
}

async fn a_thing_has_one_name_at_a_time(app: TestApp) {
    let client = app.anonymous();
    for field in ["product", "productVariant", "category"] {
        let other = if field == "productVariant" { "sku" } else { "handle" };
        let none = client.query(&format!("{{ {field} {{ id }} }}"), json!({})).await;
        assert_eq!(none.codes(), ["BAD_USER_INPUT"], "{field}");
        let both = client.query(&format!("{{ {field}(id: \"x\", {other}: \"x\") {{ id }} }}"), json!({})).await;
        assert_eq!(both.codes(), ["BAD_USER_INPUT"], "{field}");
        let wrong = format!("{{ {field}(id: \"user_00000000000000000000000000\") {{ id }} }}");
        let wrong = client.query(&wrong, json!({})).await;
        assert_eq!(wrong.codes(), ["BAD_USER_INPUT"], "{field}");
        let message = wrong.errors()[0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("expected prefix") && message.contains("`user`"), "{message}");
    }
}

async fn what_is_not_there_is_null(app: TestApp) {
    let document = r#"{
        a: product(handle: "nothing") { id }
        b: product(handle: "NOT A HANDLE \u0000") { id }
        c: product(id: "product_00000000000000000000000000") { id }
        d: productVariant(sku: "NOTHING") { id }
        e: productVariant(sku: "") { id }
        f: productVariant(id: "variant_00000000000000000000000000") { id }
        g: category(handle: "nowhere") { id }
        h: category(id: "category_00000000000000000000000000") { id }
        i: node(id: "option_00000000000000000000000000") { id }
        j: node(id: "optionvalue_00000000000000000000000000") { id }
    }"#;
    let answer = app.anonymous().query(document, json!({})).await;
    for (name, value) in answer.data().as_object().unwrap() {
        assert_eq!(*value, json!(null), "{name}");
    }
}
