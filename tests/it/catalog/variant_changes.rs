//! Variants and options written through the API: each broken rule is named at its place, with indexes.

use serde_json::{Value, json};

use super::writing::{
    PRODUCT_CREATE, VARIANT_CREATE, VARIANT_DELETE, VARIANT_UPDATE, actions, create, eur, manager, plain, problems,
    variant,
};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    every_broken_rule_of_options_and_variants_is_named_at_its_place,
    a_value_that_is_not_acceptable_is_named_at_its_place,
    a_variant_brings_new_values_to_the_options,
    a_product_without_options_has_one_variant,
    a_variant_is_changed_field_by_field,
    a_variant_cannot_take_what_another_has,
    all_prices_of_a_product_have_one_currency,
    a_variant_that_is_gone_is_not_found,
    variants_have_a_limit,
);

async fn refusals(client: &Client, input: Value) -> Vec<String> {
    problems(&client.mutate(PRODUCT_CREATE, input).await, "productCreate")
}

async fn every_broken_rule_of_options_and_variants_is_named_at_its_place(app: TestApp) {
    let manager = manager(&app).await;
    let options = json!([{ "name": "Size", "values": ["S", "S"] }, { "name": "SIZE" }]);
    let twice = refusals(&manager, json!({ "title": "Tent", "options": options })).await;
    assert_eq!(twice, ["INVALID input.options.0.values.1", "INVALID input.options.1.name"]);

    let four: Vec<_> = ["A", "B", "C", "D"].iter().map(|name| json!({ "name": name })).collect();
    assert_eq!(refusals(&manager, json!({ "title": "Tent", "options": four })).await, ["INVALID input.options"]);

    let variants = json!([
        variant("A", &[("Size", "S")]),
        variant("B", &[("Size", "S")]),
        variant("C", &[("Colour", "Red")]),
        variant("D", &[("Size", "M"), ("size", "L")]),
        variant("A", &[("Size", "XL")]),
    ]);
    let broken =
        refusals(&manager, json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": variants })).await;
    assert_eq!(
        broken,
        [
            "NOT_FOUND input.variants.2.selectedOptions.0.name",
            "REQUIRED input.variants.2.selectedOptions",
            "INVALID input.variants.3.selectedOptions.1.name",
            "TAKEN input.variants.1.selectedOptions",
            "TAKEN input.variants.4.sku",
        ]
    );
    assert_eq!(actions(&app).await, Vec::<String>::new());
}

async fn a_value_that_is_not_acceptable_is_named_at_its_place(app: TestApp) {
    let manager = manager(&app).await;
    let texts = json!({
        "title": "x".repeat(256), "handle": "No Spaces", "vendor": "a\u{0}b", "productType": "a\nb", "categoryId": "product_1",
        "tags": ["x".repeat(256)], "description": "a\u{7}b",
    });
    let expected = [
        "INVALID input.title",
        "INVALID input.handle",
        "INVALID input.description",
        "INVALID input.vendor",
        "INVALID input.productType",
        "INVALID input.categoryId",
        "INVALID input.tags",
    ];
    assert_eq!(refusals(&manager, texts).await, expected);
    assert_eq!(refusals(&manager, json!({ "title": " " })).await, ["REQUIRED input.title"]);
    let nowhere = json!({ "title": "Tent", "categoryId": "category_00000000000000000000000000" });
    assert_eq!(refusals(&manager, nowhere).await, ["NOT_FOUND input.categoryId"]);

    let price =
        |amount: &str, currency: &str| json!({ "sku": "A", "price": { "amount": amount, "currency": currency } });
    let variants = json!([
        price("-1", "EUR"), price("1.005", "EUR"), price("1", "XXX"), price("one", "EUR"), price("10000000000.01", "EUR"),
        { "sku": "", "barcode": "ä", "price": eur("1"), "compareAtPrice": { "amount": "2", "currency": "usd" }, "weightGrams": -1 },
    ]);
    let expected = [
        "OUT_OF_RANGE input.variants.0.price.amount",
        "INVALID input.variants.1.price.amount",
        "INVALID input.variants.2.price.currency",
        "INVALID input.variants.3.price.amount",
        "OUT_OF_RANGE input.variants.4.price.amount",
        "REQUIRED input.variants.5.sku",
        "INVALID input.variants.5.barcode",
        "INVALID input.variants.5.compareAtPrice.currency",
        "OUT_OF_RANGE input.variants.5.weightGrams",
    ];
    assert_eq!(refusals(&manager, json!({ "title": "Tent", "variants": variants })).await, expected);
    let huge = manager.mutate(PRODUCT_CREATE, json!({ "title": "x".repeat(1_000_000) })).await;
    assert_eq!((huge.status, huge.codes()), (413, vec!["PAYLOAD_TOO_LARGE".to_owned()]));
    assert_eq!(actions(&app).await, Vec::<String>::new());
}

async fn a_variant_brings_new_values_to_the_options(app: TestApp) {
    let manager = manager(&app).await;
    let input =
        json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": [variant("S", &[("Size", "S")])] });
    let id = create(&manager, input).await["id"].clone();
    let mut new = variant("M", &[("size", "M")]);
    new["productId"] = id;
    new["expectedVersion"] = json!(1);
    let added = manager.mutate(VARIANT_CREATE, new.clone()).await;
    let product = &added.payload("productVariantCreate")["productVariant"]["product"];
    assert_eq!(*product, json!({ "version": 2, "options": [{ "values": [{ "value": "S" }, { "value": "M" }] }] }));
    assert_eq!(actions(&app).await[..2], ["variant.create", "product.update"]);

    let stale = manager.mutate(VARIANT_CREATE, new.clone()).await;
    assert_eq!(problems(&stale, "productVariantCreate"), ["STALE input.expectedVersion"]);
    new["expectedVersion"] = Value::Null;
    let twice = manager.mutate(VARIANT_CREATE, new).await;
    assert_eq!(problems(&twice, "productVariantCreate"), ["TAKEN input.selectedOptions", "TAKEN input.sku"]);
}

async fn a_product_without_options_has_one_variant(app: TestApp) {
    let manager = manager(&app).await;
    let product = create(&manager, plain("Tent")).await;
    assert_eq!(product["variants"]["nodes"][0]["title"], json!("Default"));
    let mut second = variant("SECOND", &[]);
    second["productId"] = product["id"].clone();
    let refused = manager.mutate(VARIANT_CREATE, second).await;
    assert_eq!(problems(&refused, "productVariantCreate"), ["INVALID input.selectedOptions"]);
}

async fn a_variant_is_changed_field_by_field(app: TestApp) {
    let manager = manager(&app).await;
    let input =
        json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": [variant("S", &[("Size", "S")])] });
    let id = create(&manager, input).await["variants"]["nodes"][0]["id"].clone();
    let input = json!({
        "id": id, "expectedVersion": 1, "sku": "L", "barcode": "4012345678901", "price": eur("9"), "compareAtPrice": eur("10"),
        "weightGrams": 1200, "selectedOptions": [{ "name": "Size", "value": "L" }],
    });
    let changed = manager.mutate(VARIANT_UPDATE, input.clone()).await;
    let expected = json!({
        "sku": "L", "title": "L", "barcode": "4012345678901", "weightGrams": 1200, "version": 2,
        "price": eur("9.00"), "compareAtPrice": eur("10.00"), "product": { "version": 2 },
    });
    assert_eq!(changed.payload("productVariantUpdate")["productVariant"], expected);

    let stale = manager.mutate(VARIANT_UPDATE, input).await;
    assert_eq!(problems(&stale, "productVariantUpdate"), ["STALE input.expectedVersion"]);
    assert_eq!(stale.user_errors("productVariantUpdate")[0]["currentVersion"], json!(2));
    let emptied = json!({ "id": id, "barcode": null, "compareAtPrice": null, "weightGrams": null });
    let emptied = manager.mutate(VARIANT_UPDATE, emptied).await;
    let expected = json!({
        "sku": "L", "title": "L", "barcode": null, "weightGrams": null, "version": 3,
        "price": eur("9.00"), "compareAtPrice": null, "product": { "version": 2 },
    });
    assert_eq!(emptied.payload("productVariantUpdate")["productVariant"], expected);
    let same = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "price": eur("9"), "sku": "L" })).await;
    assert_eq!(same.payload("productVariantUpdate")["productVariant"]["version"], json!(3));
}

async fn a_variant_cannot_take_what_another_has(app: TestApp) {
    let manager = manager(&app).await;
    create(&manager, plain("Tarp")).await;
    let variants = json!([variant("S", &[("Size", "S")]), variant("M", &[("Size", "M")])]);
    let product =
        create(&manager, json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": variants })).await;
    let id = &product["variants"]["nodes"][1]["id"];
    let size = json!([{ "name": "Size", "value": "S" }]);
    let inside = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "sku": "S", "selectedOptions": size })).await;
    assert_eq!(problems(&inside, "productVariantUpdate"), ["TAKEN input.selectedOptions", "TAKEN input.sku"]);
    let outside = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "sku": "Tarp" })).await;
    assert_eq!(problems(&outside, "productVariantUpdate"), ["TAKEN input.sku"]);
}

async fn all_prices_of_a_product_have_one_currency(app: TestApp) {
    let manager = manager(&app).await;
    let usd = json!({ "amount": "1.00", "currency": "USD" });
    let mut other = variant("M", &[("Size", "M")]);
    other["price"] = usd.clone();
    let mut former = variant("L", &[("Size", "L")]);
    former["compareAtPrice"] = usd.clone();
    let variants = json!([variant("S", &[("Size", "S")]), other, former]);
    let mixed =
        refusals(&manager, json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": variants })).await;
    assert_eq!(mixed, ["INVALID input.variants.2.compareAtPrice.currency", "INVALID input.variants.1.price.currency"]);

    // The only variant may change to another currency, and leaves its former price behind.
    let mut only = plain("Tent");
    only["variants"][0]["compareAtPrice"] = eur("12");
    let id = create(&manager, only).await["variants"]["nodes"][0]["id"].clone();
    let changed = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "price": usd })).await;
    let variant = &changed.payload("productVariantUpdate")["productVariant"];
    assert_eq!((&variant["price"], &variant["compareAtPrice"]), (&usd, &Value::Null));
    let refused = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "compareAtPrice": eur("2") })).await;
    assert_eq!(problems(&refused, "productVariantUpdate"), ["INVALID input.compareAtPrice.currency"]);
}

async fn a_variant_that_is_gone_is_not_found(app: TestApp) {
    let manager = manager(&app).await;
    let product = create(&manager, plain("Tent")).await;
    let id = &product["variants"]["nodes"][0]["id"];
    let deleted = manager.mutate(VARIANT_DELETE, json!({ "id": id, "expectedVersion": 1 })).await;
    let expected = json!({
        "deletedProductVariantId": id, "product": { "version": 2, "variants": { "nodes": [] } }, "userErrors": [],
    });
    assert_eq!(*deleted.payload("productVariantDelete"), expected);
    let again = manager.mutate(VARIANT_DELETE, json!({ "id": id })).await;
    assert_eq!(problems(&again, "productVariantDelete"), ["NOT_FOUND input.id"]);
    let update = manager.mutate(VARIANT_UPDATE, json!({ "id": id, "sku": "X" })).await;
    assert_eq!(problems(&update, "productVariantUpdate"), ["NOT_FOUND input.id"]);
    let wrong = manager.mutate(VARIANT_UPDATE, json!({ "id": product["id"], "sku": "X" })).await;
    assert_eq!(problems(&wrong, "productVariantUpdate"), ["INVALID input.id"]);
}

async fn variants_have_a_limit(app: TestApp) {
    let manager = manager(&app).await;
    let sized = |number: i32| variant(&format!("T-{number}"), &[("Size", &number.to_string())]);
    let input = |count| {
        let variants: Vec<_> = (0..count).map(sized).collect();
        json!({ "title": "Tent", "options": [{ "name": "Size" }], "variants": variants })
    };
    assert_eq!(refusals(&manager, input(101)).await, ["INVALID input.variants"]);
    let mut last = sized(100);
    last["productId"] = create(&manager, input(100)).await["id"].clone();
    let refused = manager.mutate(VARIANT_CREATE, last).await;
    assert!(problems(&refused, "productVariantCreate").contains(&"INVALID input.variants".to_owned()));
}
