//! Each filter finds exactly what it says, and what is too much is refused.

use serde_json::{Value, json};
use stockroom::catalog::entity::product::Status;

use crate::support::client::Client;
use crate::support::fixtures::{NewCategory, NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    each_filter_finds_exactly_what_it_says,
    filters_can_be_joined_and_turned_round,
    a_search_takes_every_character_literally_and_ignores_the_case,
    a_category_holds_what_lies_below_it,
    variants_are_found_by_sku_barcode_product_and_text,
    categories_are_found_by_place_and_text,
    what_is_too_much_or_malformed_is_refused_by_name,
);

/// Five products with little in common; «Bare» has neither vendor nor type nor anything else.
async fn fill(app: &TestApp) {
    let tents = app.category(NewCategory::named("Tents")).await;
    let at = |moment: i64, product: NewProduct| NewProduct { changed_at: Some(moment), ..product };
    let of_type = |word: &str, product: NewProduct| NewProduct { product_type: Some(word.to_owned()), ..product };
    let dome = NewProduct::titled("Dome").vendor("Nordwand").category(tents).tags(&["new", "sale"]);
    let tunnel = NewProduct::titled("Tunnel").vendor("Zelt AG").category(tents).tags(&["sale"]);
    let mug = NewProduct::titled("Mug").vendor("Nordwand").status(Status::Draft);
    let stove = NewProduct::titled("Stove").vendor("Flamme").status(Status::Archived).tags(&["hot"]);
    let yen = NewVariant { currency: "JPY".to_owned(), ..NewVariant::sku("STOVE-JP").price(5_000) };
    app.products(vec![
        at(1_000_000, of_type("Tent", dome).variant(NewVariant::sku("D-1").price(20_000))),
        at(2_000_000, of_type("Tent", tunnel).variant(NewVariant::sku("T-1").price(30_000))),
        at(3_000_000, of_type("Cup", mug).variant(NewVariant::sku("M-1").price(500)).variant(NewVariant::sku("M-2"))),
        at(4_000_000, stove.variant(yen)),
        at(5_000_000, NewProduct::titled("Bare")),
    ])
    .await;
}

/// The titles that a filter finds, from A to Z, with the total count beside them.
async fn titles(client: &Client, filter: &str) -> String {
    let document = format!("{{ products(filter: {filter}) {{ totalCount nodes {{ title }} }} }}");
    let page = client.query(&document, json!({})).await.field("products").clone();
    let nodes = page["nodes"].as_array().unwrap();
    assert_eq!(page["totalCount"], json!(nodes.len()), "{filter}");
    nodes.iter().map(|node| node["title"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

async fn each_filter_finds_exactly_what_it_says(app: TestApp) {
    fill(&app).await;
    let client = app.as_role("SUPPORT").await;
    let some = client.query("{ product(handle: \"mug\") { id } }", json!({})).await.field("product")["id"].clone();
    let cases = [
        ("{}".to_owned(), "Bare Dome Mug Stove Tunnel"),
        ("null".to_owned(), "Bare Dome Mug Stove Tunnel"),
        ("{ status: [ACTIVE] }".to_owned(), "Bare Dome Tunnel"),
        ("{ status: [DRAFT, ARCHIVED] }".to_owned(), "Mug Stove"),
        ("{ status: [] }".to_owned(), ""),
        (r#"{ vendors: ["Nordwand"] }"#.to_owned(), "Dome Mug"),
        (r#"{ vendors: ["nordwand", "Flamme"] }"#.to_owned(), "Stove"),
        (r#"{ productTypes: ["Tent", "Cup"] }"#.to_owned(), "Dome Mug Tunnel"),
        (r#"{ tags: ["new", "hot"] }"#.to_owned(), "Dome Stove"),
        (r#"{ handles: ["mug", "bare", "nothing"] }"#.to_owned(), "Bare Mug"),
        (format!("{{ ids: [{some}] }}"), "Mug"),
        ("{ ids: [] }".to_owned(), ""),
        (r#"{ createdAt: { from: "1970-01-01T00:00:02Z", to: "1970-01-01T00:00:04Z" } }"#.to_owned(), "Mug Tunnel"),
        (r#"{ updatedAt: { from: "1970-01-01T01:00:05+01:00" } }"#.to_owned(), "Bare"),
        (r#"{ updatedAt: { to: "1970-01-01T00:00:02Z" } }"#.to_owned(), "Dome"),
        (r#"{ priceMin: { amount: "200", currency: "EUR" } }"#.to_owned(), "Dome Tunnel"),
        (r#"{ priceMax: { amount: "199.99", currency: "EUR" } }"#.to_owned(), "Mug"),
        (r#"{ priceMin: { amount: "5000", currency: "JPY" } }"#.to_owned(), "Stove"),
        // Five and ten euros: no single mug costs seven.
        (
            r#"{ priceMin: { amount: "6", currency: "EUR" }, priceMax: { amount: "9", currency: "EUR" } }"#.to_owned(),
            "",
        ),
        (r#"{ query: "nordw", status: [ACTIVE] }"#.to_owned(), "Dome"),
    ];
    for (filter, expected) in cases {
        assert_eq!(titles(&client, &filter).await, expected, "{filter}");
    }
}

async fn filters_can_be_joined_and_turned_round(app: TestApp) {
    fill(&app).await;
    let client = app.as_role("SUPPORT").await;
    let cases = [
        (r#"{ and: [{ tags: ["new"] }, { tags: ["sale"] }] }"#, "Dome"),
        (r#"{ or: [{ tags: ["hot"] }, { vendors: ["Zelt AG"] }] }"#, "Stove Tunnel"),
        (r#"{ status: [ACTIVE], or: [{ tags: ["hot"] }, { vendors: ["Zelt AG"] }] }"#, "Tunnel"),
        // What has no vendor, type, category, tag or variant has not this one either.
        (r#"{ not: { vendors: ["Nordwand"] } }"#, "Bare Stove Tunnel"),
        (r#"{ not: { productTypes: ["Tent"] } }"#, "Bare Mug Stove"),
        (r#"{ not: { tags: ["sale"] } }"#, "Bare Mug Stove"),
        (r#"{ not: { query: "nord" } }"#, "Bare Stove Tunnel"),
        (r#"{ not: { query: "d-1" } }"#, "Bare Mug Stove Tunnel"),
        (r#"{ not: { priceMin: { amount: "0", currency: "EUR" } } }"#, "Bare Stove"),
        (r#"{ not: { not: { vendors: ["Nordwand"] } } }"#, "Dome Mug"),
        (r#"{ not: { or: [{ status: [DRAFT] }, { vendors: ["Flamme", "Zelt AG"] }] } }"#, "Bare Dome"),
        ("{ and: [] }", "Bare Dome Mug Stove Tunnel"),
        ("{ or: [] }", ""),
        ("{ not: {} }", ""),
        ("{ or: [{}] }", "Bare Dome Mug Stove Tunnel"),
        (r#"{ or: [{ vendors: ["Flamme"] }, {}] }"#, "Bare Dome Mug Stove Tunnel"),
    ];
    for (filter, expected) in cases {
        assert_eq!(titles(&client, filter).await, expected, "{filter}");
    }
    let category = client.query("{ category(handle: \"tents\") { id } }", json!({})).await;
    let id = &category.field("category")["id"];
    assert_eq!(titles(&client, &format!("{{ not: {{ categoryIds: [{id}] }} }}")).await, "Bare Mug Stove");
}

async fn a_search_takes_every_character_literally_and_ignores_the_case(app: TestApp) {
    let product = |title: &str, handle: &str| NewProduct { handle: handle.to_owned(), ..NewProduct::titled(title) };
    app.products(vec![
        product("100% wool", "a"),
        product("100 wool", "b"),
        product(r"C:\temp", "c").variant(NewVariant::sku("x_y")),
        product("C temp", "d").variant(NewVariant::sku("xzy")),
        product("Don't", "e").vendor("ÄRA"),
        product("Other", "f-ound").vendor("Aera"),
    ])
    .await;
    let client = app.anonymous();
    let cases = [
        ("100%", "100% wool"),
        ("%", "100% wool"),
        ("_", r"C:\temp"),
        ("X_Y", r"C:\temp"),
        ("XZY", "C temp"),
        (r"\", r"C:\temp"),
        (r":\T", r"C:\temp"),
        ("don't", "Don't"),
        ("WOOL", "100 wool|100% wool"),
        ("Ära", "Don't"),
        ("ÄRA", "Don't"),
        ("f-OUND", "Other"),
        ("  wool  ", "100 wool|100% wool"),
        ("nothing of the kind", ""),
    ];
    let document = "query($query: String) { products(filter: { query: $query }) { nodes { title } } }";
    for (query, expected) in cases {
        let answer = client.query(document, json!({ "query": query })).await;
        let nodes = answer.field("products")["nodes"].as_array().unwrap();
        let found: Vec<_> = nodes.iter().map(|node| node["title"].as_str().unwrap()).collect();
        assert_eq!(found.join("|"), expected, "{query}");
    }
}

async fn a_category_holds_what_lies_below_it(app: TestApp) {
    let top = app.category(NewCategory::named("Outdoor")).await;
    let middle = app.category(NewCategory::named("Tents").below(top)).await;
    let bottom = app.category(NewCategory::named("Family").below(middle)).await;
    let other = app.category(NewCategory::named("Books")).await;
    let product = |title: &str, category| NewProduct::titled(title).category(category);
    let shelf = [("At top", top), ("In middle", middle), ("On bottom", bottom), ("Elsewhere", other)];
    app.products(shelf.map(|(title, category)| product(title, category)).to_vec()).await;
    app.product(NewProduct::titled("Nowhere")).await;
    let client = app.anonymous();
    let cases = [
        (vec![top], "At top In middle On bottom"),
        (vec![middle], "In middle On bottom"),
        (vec![bottom, other], "Elsewhere On bottom"),
        (vec![top, middle], "At top In middle On bottom"),
        (vec![], ""),
    ];
    for (categories, expected) in cases {
        let ids: Vec<_> = categories.iter().map(|id| format!("\"{id}\"")).collect();
        assert_eq!(titles(&client, &format!("{{ categoryIds: [{}] }}", ids.join(","))).await, expected);
    }
}

/// The values of one field in a list, joined.
async fn listed(client: &Client, list: &str, filter: &str, field: &str) -> String {
    let document = format!("{{ list: {list}(filter: {filter}) {{ totalCount nodes {{ {field} }} }} }}");
    let page = client.query(&document, json!({})).await.field("list").clone();
    let nodes = page["nodes"].as_array().unwrap();
    assert_eq!(page["totalCount"], json!(nodes.len()), "{filter}");
    nodes.iter().map(|node| node[field].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

async fn variants_are_found_by_sku_barcode_product_and_text(app: TestApp) {
    let coded = NewVariant { barcode: Some("4012345".to_owned()), ..NewVariant::sku("A-2").values(&["Red"]) };
    let shirt = NewProduct::titled("Shirt").option("Colour", &["Blue", "Red"]);
    let shirt = app.product(shirt.variant(NewVariant::sku("A-1").values(&["Blue"])).variant(coded)).await;
    app.product(NewProduct::titled("Mug").variant(NewVariant::sku("M_1"))).await;
    let client = app.anonymous();
    let of_shirt = format!("{{ productIds: [\"{shirt}\"] }}");
    let cases = [
        ("{}", "A-1 A-2 M_1"),
        (r#"{ skus: ["A-1", "a-2", "M_1"] }"#, "A-1 M_1"),
        (r#"{ barcodes: ["4012345", "1"] }"#, "A-2"),
        (of_shirt.as_str(), "A-1 A-2"),
        (r#"{ query: "a-" }"#, "A-1 A-2"),
        (r#"{ query: "_" }"#, "M_1"),
        (r#"{ query: "123" }"#, "A-2"),
        (r#"{ query: "blue" }"#, "A-1"),
        ("{ ids: [] }", ""),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(&client, "productVariants", filter, "sku").await, expected, "{filter}");
    }
}

async fn categories_are_found_by_place_and_text(app: TestApp) {
    let top = app.category(NewCategory::named("Outdoor")).await;
    let tents = app.category(NewCategory { position: 1, ..NewCategory::named("Tents").below(top) }).await;
    app.category(NewCategory { position: 2, ..NewCategory::named("Family").below(tents) }).await;
    let client = app.anonymous();
    let (below_top, one) = (format!("{{ parentId: \"{top}\" }}"), format!("{{ ids: [\"{tents}\"] }}"));
    let cases = [
        ("{}", "Outdoor Tents Family"),
        ("{ roots: true }", "Outdoor"),
        ("{ roots: false }", "Tents Family"),
        (below_top.as_str(), "Tents"),
        (one.as_str(), "Tents"),
        (r#"{ handles: ["family", "outdoor"] }"#, "Outdoor Family"),
        (r#"{ query: "T" }"#, "Outdoor Tents"),
        (r#"{ query: "%" }"#, ""),
    ];
    for (filter, expected) in cases {
        assert_eq!(listed(&client, "categories", filter, "name").await, expected, "{filter}");
    }
}

async fn what_is_too_much_or_malformed_is_refused_by_name(app: TestApp) {
    let many: Vec<Value> = (0..101).map(|number| json!(format!("v{number}"))).collect();
    let ids = vec![json!("product_00000000000000000000000000"); 101];
    let deep = (0..5).fold(json!({}), |filter, _| json!({ "not": filter }));
    let wide = json!({ "or": vec![json!({}); 50] });
    let eur = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    let cases = [
        (json!({ "vendors": many }), "filter.vendors has too many items"),
        (json!({ "ids": ids }), "filter.ids has too many items"),
        (json!({ "tags": ["a\u{0}b"] }), "filter.tags must not contain control characters"),
        (json!({ "query": "a\u{0}b" }), "filter.query must not contain control characters"),
        (json!({ "query": "x".repeat(101) }), "filter.query is too long"),
        (json!({ "handles": ["x".repeat(256)] }), "filter.handles is too long"),
        (json!({ "ids": ["nonsense"] }), "filter.ids is not an id"),
        (json!({ "categoryIds": ["product_00000000000000000000000000"] }), "filter.categoryIds is the id of another"),
        (json!({ "or": [{}, { "not": { "vendors": ["\u{7}"] } }] }), "filter.or[1].not.vendors must not"),
        (deep, "at most 5 deep"),
        (wide, "50 altogether"),
        (json!({ "priceMin": eur("-1") }), "filter.priceMin.amount must not be negative"),
        (json!({ "priceMax": eur("1.234") }), "filter.priceMax.amount has too many decimals"),
        (json!({ "priceMax": { "amount": "1", "currency": "XXX" } }), "filter.priceMax.currency is not an ISO 4217"),
        (
            json!({ "priceMin": eur("1"), "priceMax": { "amount": "1", "currency": "USD" } }),
            "filter.priceMax must be in EUR",
        ),
    ];
    let document = "query($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }";
    for (filter, message) in cases {
        let answer = app.anonymous().query(document, json!({ "filter": filter })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{:#}", answer.body);
        let got = answer.errors()[0]["message"].as_str().unwrap().to_owned();
        assert!(got.contains(message), "{got}");
    }
}
