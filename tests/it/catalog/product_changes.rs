//! Products written through the API: their life, the rules on handles, SKUs and versions, and what stands against deleting one.

use serde_json::{Value, json};
use stockroom::catalog::entity::product_variant::ProductVariantId;
use stockroom::inventory::commands::{AdjustLine, LocationCreate, LocationName, StockAdjust, Terms, VariantName};
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::rules::LocationCode;
use stockroom::inventory::rules::change::{Condition, Memo};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::id;
use stockroom::kernel::quantity::Delta;
use stockroom::kernel::write::Meta;

use super::writing::{
    PRODUCT_CREATE, PRODUCT_UPDATE, VARIANT_DELETE, actions, by_id, category, create, eur, manager, plain, problems,
    variant,
};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_product_is_created_with_its_options_and_variants_at_once,
    a_product_lives_from_draft_to_archive_and_back,
    null_empties_a_field_and_leaving_it_out_does_not,
    a_change_to_what_is_there_already_writes_nothing,
    a_stale_version_writes_nothing,
    a_handle_is_made_from_the_title_and_numbered_when_it_is_taken,
    many_products_of_one_title_created_at_once_get_handles_of_their_own,
    one_of_many_variants_created_at_once_gets_the_sku,
    a_taken_handle_or_sku_is_refused_at_its_place,
    a_product_without_stock_is_deleted_with_everything,
    stock_stands_against_deleting_a_product_or_a_variant,
    a_description_keeps_nothing_that_runs,
    a_refused_product_leaves_nothing_behind,
    a_product_costs_the_same_number_of_statements_for_one_variant_and_for_fifty,
);

async fn a_product_is_created_with_its_options_and_variants_at_once(app: TestApp) {
    let manager = manager(&app).await;
    let tents = category(&manager, "Tents", None).await;
    let mut small = variant("T-S", &[("size", "S"), ("Colour", "Red")]);
    small["compareAtPrice"] = eur("12.5");
    let mut product = create(
        &manager,
        json!({
            "title": "Trail Tent", "description": "<p>Dry.</p>", "vendor": "Fell", "productType": "Tent",
            "tags": ["b", "a", "a"], "categoryId": tents["id"],
            "options": [{ "name": "Size", "values": ["S", "M"] }, { "name": "Colour" }],
            "variants": [small, variant("T-M", &[("Colour", "Blue"), ("Size", "M")])],
        }),
    )
    .await;
    product.as_object_mut().unwrap().remove("id");
    for variant in product["variants"]["nodes"].as_array_mut().unwrap() {
        variant.as_object_mut().unwrap().remove("id");
    }
    let row = |sku: &str, size: &str, colour: &str, position: u64, former: Value| {
        json!({
            "sku": sku, "title": format!("{size} / {colour}"), "barcode": null, "weightGrams": null, "position": position, "version": 1,
            "selectedOptions": [{ "name": "Size", "value": size }, { "name": "Colour", "value": colour }],
            "price": eur("10.00"), "compareAtPrice": former,
        })
    };
    let expected = json!({
        "title": "Trail Tent", "handle": "trail-tent", "description": "<p>Dry.</p>", "status": "DRAFT", "vendor": "Fell",
        "productType": "Tent", "tags": ["a", "b"], "version": 1, "category": { "name": "Tents" },
        "options": [
            { "name": "Size", "position": 1, "values": [{ "value": "S", "position": 1 }, { "value": "M", "position": 2 }] },
            { "name": "Colour", "position": 2, "values": [{ "value": "Red", "position": 1 }, { "value": "Blue", "position": 2 }] },
        ],
        "variants": { "totalCount": 2, "nodes": [
            row("T-S", "S", "Red", 1, eur("12.50")), row("T-M", "M", "Blue", 2, Value::Null),
        ] },
    });
    assert_eq!(product, expected);
}

async fn a_product_lives_from_draft_to_archive_and_back(app: TestApp) {
    let manager = manager(&app).await;
    let id = create(&manager, plain("Tent")).await["id"].clone();
    let status = |answer: &crate::support::client::Answer, mutation: &str| {
        let product = &answer.payload(mutation)["product"];
        (product["status"].as_str().unwrap().to_owned(), product["version"].as_i64().unwrap())
    };
    let active = manager.mutate(PRODUCT_UPDATE, json!({ "id": id, "status": "ACTIVE" })).await;
    assert_eq!(status(&active, "productUpdate"), ("ACTIVE".to_owned(), 2));
    let archive = by_id("productArchive", "product { status version }");
    let archived = manager.mutate(&archive, json!({ "id": id, "expectedVersion": 2 })).await;
    assert_eq!(status(&archived, "productArchive"), ("ARCHIVED".to_owned(), 3));

    let back = manager.mutate(PRODUCT_UPDATE, json!({ "id": id, "status": "ACTIVE" })).await;
    assert_eq!(problems(&back, "productUpdate"), ["INVALID_STATE input.status"]);
    let unarchive = by_id("productUnarchive", "product { status version }");
    let draft = manager.mutate(&unarchive, json!({ "id": id })).await;
    assert_eq!(status(&draft, "productUnarchive"), ("DRAFT".to_owned(), 4));
    let again = manager.mutate(&unarchive, json!({ "id": id })).await;
    assert_eq!(status(&again, "productUnarchive"), ("DRAFT".to_owned(), 4));
    let expected = ["product.update", "product.update", "product.update", "variant.create", "product.create"];
    assert_eq!(actions(&app).await, expected);
}

async fn null_empties_a_field_and_leaving_it_out_does_not(app: TestApp) {
    let manager = manager(&app).await;
    let tents = category(&manager, "Tents", None).await;
    let mut input = plain("Tent");
    for (field, value) in [("vendor", json!("Fell")), ("productType", json!("Tent")), ("description", json!("Dry"))] {
        input[field] = value;
    }
    input["tags"] = json!(["a"]);
    input["categoryId"] = tents["id"].clone();
    let id = create(&manager, input).await["id"].clone();

    let kept = manager.mutate(PRODUCT_UPDATE, json!({ "id": id, "title": "Tarp", "productType": "Tarp" })).await;
    let expected = json!({
        "title": "Tarp", "handle": "tent", "description": "Dry", "status": "DRAFT", "vendor": "Fell", "productType": "Tarp",
        "tags": ["a"], "version": 2, "category": { "name": "Tents" },
    });
    assert_eq!(kept.payload("productUpdate")["product"], expected);
    let input =
        json!({ "id": id, "description": null, "vendor": null, "productType": "  ", "tags": null, "categoryId": null });
    let emptied = manager.mutate(PRODUCT_UPDATE, input).await;
    let expected = json!({
        "title": "Tarp", "handle": "tent", "description": "", "status": "DRAFT", "vendor": null, "productType": null,
        "tags": [], "version": 3, "category": null,
    });
    assert_eq!(emptied.payload("productUpdate")["product"], expected);
}

async fn a_change_to_what_is_there_already_writes_nothing(app: TestApp) {
    let manager = manager(&app).await;
    let id = create(&manager, plain("Tent")).await["id"].clone();
    let input =
        json!({ "id": id, "title": " Tent ", "handle": "tent", "tags": [], "vendor": null, "expectedVersion": 1 });
    let same = manager.mutate(PRODUCT_UPDATE, input).await;
    assert_eq!(same.payload("productUpdate")["product"]["version"], json!(1));
    assert_eq!(actions(&app).await, ["variant.create", "product.create"]);
}

async fn a_stale_version_writes_nothing(app: TestApp) {
    let manager = manager(&app).await;
    let id = create(&manager, plain("Tent")).await["id"].clone();
    manager.mutate(PRODUCT_UPDATE, json!({ "id": id, "title": "First" })).await.payload("productUpdate");
    for (mutation, document) in [
        ("productUpdate", PRODUCT_UPDATE.to_owned()),
        ("productArchive", by_id("productArchive", "product { version }")),
        ("productUnarchive", by_id("productUnarchive", "product { version }")),
        ("productDelete", by_id("productDelete", "deletedProductId")),
    ] {
        let stale = manager.mutate(&document, json!({ "id": id, "expectedVersion": 1 })).await;
        assert_eq!(problems(&stale, mutation), ["STALE input.expectedVersion"], "{mutation}");
    }
    let now = manager.query("query($id: ID!) { product(id: $id) { title status version } }", json!({ "id": id })).await;
    assert_eq!(*now.field("product"), json!({ "title": "First", "status": "DRAFT", "version": 2 }));
}

async fn a_handle_is_made_from_the_title_and_numbered_when_it_is_taken(app: TestApp) {
    let manager = manager(&app).await;
    let mut handles = Vec::new();
    for title in ["Zelt für Zwei!", "zelt  für zwei", "ZELT-FÜR-ZWEI", "???", "…"] {
        handles.push(create(&manager, json!({ "title": title })).await["handle"].clone());
    }
    assert_eq!(json!(handles), json!(["zelt-für-zwei", "zelt-für-zwei-2", "zelt-für-zwei-3", "product", "product-2"]));
}

async fn many_products_of_one_title_created_at_once_get_handles_of_their_own(app: TestApp) {
    let manager = manager(&app).await;
    let creating = (0..24).map(|_| manager.mutate(PRODUCT_CREATE, json!({ "title": "Tent" })));
    let answers = futures_util::future::join_all(creating).await;
    let mut handles: Vec<String> = answers
        .iter()
        .map(|answer| answer.payload("productCreate")["product"]["handle"].as_str().unwrap().to_owned())
        .collect();
    handles.sort();
    let mut expected: Vec<String> = (2..=24).map(|number| format!("tent-{number}")).collect();
    expected.push("tent".to_owned());
    expected.sort();
    assert_eq!(handles, expected);
}

async fn one_of_many_variants_created_at_once_gets_the_sku(app: TestApp) {
    let manager = manager(&app).await;
    let input = |number: i32| json!({ "title": format!("Tent {number}"), "variants": [variant("ONE", &[])] });
    let answers =
        futures_util::future::join_all((0..8).map(|number| manager.mutate(PRODUCT_CREATE, input(number)))).await;
    let refused: Vec<_> = answers.iter().flat_map(|answer| problems(answer, "productCreate")).collect();
    assert_eq!(refused, ["TAKEN input.variants.0.sku"; 7]);
    let all = manager.query("{ products { totalCount } }", json!({})).await;
    assert_eq!(all.field("products")["totalCount"], json!(1));
}

async fn a_taken_handle_or_sku_is_refused_at_its_place(app: TestApp) {
    let manager = manager(&app).await;
    create(&manager, plain("Tent")).await;
    let other = create(&manager, plain("Tarp")).await["id"].clone();
    let taken = manager.mutate(PRODUCT_CREATE, json!({ "title": "Other", "handle": "tent" })).await;
    assert_eq!(problems(&taken, "productCreate"), ["TAKEN input.handle"]);
    let message = &taken.user_errors("productCreate")[0]["message"];
    assert_eq!(*message, json!("handle is taken by another product"));
    let taken = manager.mutate(PRODUCT_UPDATE, json!({ "id": other, "handle": "tent" })).await;
    assert_eq!(problems(&taken, "productUpdate"), ["TAKEN input.handle"]);

    let size = |sku, size| variant(sku, &[("Size", size)]);
    let variants = json!([size("NEW", "S"), size("Tent", "M"), size("NEWER", "L"), size("Tarp", "XL")]);
    let input = json!({ "title": "Other", "options": [{ "name": "Size" }], "variants": variants });
    let taken = manager.mutate(PRODUCT_CREATE, input).await;
    assert_eq!(problems(&taken, "productCreate"), ["TAKEN input.variants.1.sku", "TAKEN input.variants.3.sku"]);
    // The case of a SKU counts.
    create(&manager, json!({ "title": "Other", "variants": [variant("TENT", &[])] })).await;
}

async fn a_product_without_stock_is_deleted_with_everything(app: TestApp) {
    let manager = manager(&app).await;
    let input = json!({
        "title": "Tent", "tags": ["a"], "options": [{ "name": "Size" }],
        "variants": [variant("S", &[("Size", "S")]), variant("M", &[("Size", "M")])],
    });
    let product = create(&manager, input.clone()).await;
    let delete = by_id("productDelete", "deletedProductId");
    let deleted = manager.mutate(&delete, json!({ "id": product["id"], "expectedVersion": 1 })).await;
    assert_eq!(deleted.payload("productDelete")["deletedProductId"], product["id"]);
    let again = manager.mutate(&delete, json!({ "id": product["id"] })).await;
    assert_eq!(problems(&again, "productDelete"), ["NOT_FOUND input.id"]);
    let left = manager.query("{ productVariants { totalCount } products { totalCount } }", json!({})).await;
    assert_eq!(*left.data(), json!({ "productVariants": { "totalCount": 0 }, "products": { "totalCount": 0 } }));
    let actions = actions(&app).await;
    assert_eq!(actions[..3], ["variant.delete", "variant.delete", "product.delete"]);
    // Handle and SKUs are free again.
    assert_eq!(create(&manager, input).await["handle"], json!("tent"));
}

/// Books one unit in and out of a variant, so that nothing but history is left.
async fn leave_history(app: &TestApp, variant: ProductVariantId) {
    let (writer, system) = (&app.app.services.writer, Actor::system("test"));
    let code = LocationCode::parse("MAIN").unwrap();
    let location =
        LocationCreate { code: code.clone(), name: "Main".to_owned(), address: String::new(), priority: 100 };
    writer.write(&system, Meta::new("test"), location).await.unwrap().outcome.unwrap();
    for delta in [1, -1] {
        let line = AdjustLine {
            variant: VariantName::Id(variant),
            location: LocationName::Code(code.clone()),
            delta: Delta::new(delta).unwrap(),
            condition: Condition::Available,
        };
        let terms = Terms { memo: Memo::new(Reason::Received), dry_run: false };
        let adjust = StockAdjust { terms, lines: vec![line] };
        writer.write(&system, Meta::new("test"), adjust).await.unwrap().outcome.unwrap();
    }
}

async fn stock_stands_against_deleting_a_product_or_a_variant(app: TestApp) {
    let manager = manager(&app).await;
    let input = json!({
        "title": "Tent", "options": [{ "name": "Size" }],
        "variants": [variant("S", &[("Size", "S")]), variant("M", &[("Size", "M")])],
    });
    let product = create(&manager, input).await;
    let (with, without) = (&product["variants"]["nodes"][0]["id"], &product["variants"]["nodes"][1]["id"]);
    leave_history(&app, id::parse(with.as_str().unwrap()).unwrap()).await;

    let refused = manager.mutate(VARIANT_DELETE, json!({ "id": with })).await;
    assert_eq!(problems(&refused, "productVariantDelete"), ["IN_USE input.id"]);
    let delete = by_id("productDelete", "deletedProductId");
    let refused = manager.mutate(&delete, json!({ "id": product["id"] })).await;
    assert_eq!(problems(&refused, "productDelete"), ["IN_USE input.id"]);
    let deleted = manager.mutate(VARIANT_DELETE, json!({ "id": without })).await;
    let expected = json!({ "version": 2, "variants": { "nodes": [{ "sku": "S" }] } });
    assert_eq!(deleted.payload("productVariantDelete")["product"], expected);
    let archive = by_id("productArchive", "product { status }");
    let archived = manager.mutate(&archive, json!({ "id": product["id"] })).await;
    assert_eq!(archived.payload("productArchive")["product"]["status"], json!("ARCHIVED"));
}

async fn a_description_keeps_nothing_that_runs(app: TestApp) {
    let manager = manager(&app).await;
    let html = "<p onclick=\"x()\">Hi<script>alert(1)</script><img src=x onerror=alert(1)><a href=\"javascript:x()\">a</a></p>";
    let product = create(&manager, json!({ "title": "Tent", "description": html })).await;
    let clean = "<p>Hi<img src=\"x\"><a rel=\"noopener noreferrer\">a</a></p>";
    assert_eq!(product["description"], json!(clean));
    let again = manager.mutate(PRODUCT_UPDATE, json!({ "id": product["id"], "description": html })).await;
    assert_eq!(again.payload("productUpdate")["product"]["description"], json!(clean));
    assert_eq!(again.payload("productUpdate")["product"]["version"], json!(1));
}

async fn a_refused_product_leaves_nothing_behind(app: TestApp) {
    let manager = manager(&app).await;
    create(&manager, plain("Tent")).await;
    let before = actions(&app).await;
    let size = |sku, size| variant(sku, &[("Size", size)]);
    let input = json!({ "title": "Other", "tags": ["a"], "options": [{ "name": "Size" }], "variants": [size("NEW", "S"), size("Tent", "M")] });
    let refused = manager.with_idempotency_key("refused").mutate(PRODUCT_CREATE, input).await;
    assert_eq!(problems(&refused, "productCreate"), ["TAKEN input.variants.1.sku"]);
    assert_eq!(actions(&app).await, before);
    let all = manager.query("{ products { totalCount } productVariants { totalCount } }", json!({})).await;
    assert_eq!(*all.data(), json!({ "products": { "totalCount": 1 }, "productVariants": { "totalCount": 1 } }));
}

async fn a_product_costs_the_same_number_of_statements_for_one_variant_and_for_fifty(app: TestApp) {
    let manager = manager(&app).await;
    let mut costs = Vec::new();
    for count in [1, 50] {
        let sized = |number| variant(&format!("{count}-{number}"), &[("Size", &format!("{number}"))]);
        let variants: Vec<_> = (0..count).map(sized).collect();
        let tags: Vec<_> = (0..count).map(|number| number.to_string()).collect();
        let input = json!({ "title": format!("Tent {count}"), "tags": tags, "options": [{ "name": "Size" }], "variants": variants });
        let before = app.statements();
        create(&manager, input).await;
        costs.push(app.statements() - before);
    }
    assert_eq!(costs[0], costs[1]);
}
