//! The one step in which an import creates a product, or changes it with its variants.

use serde_json::json;
use stockroom::catalog::commands::{ProductUpsert, Upserted, VariantUpsert};
use stockroom::catalog::entity::product::Status;
use stockroom::catalog::error::CatalogError;
use stockroom::catalog::rules::change::{
    Backorder, Choice, NewOption, NewProduct, NewVariant, Patch, ProductChanges, VariantChanges,
};
use stockroom::catalog::rules::{Handle, Sku};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::error::At;
use stockroom::kernel::money::Money;
use stockroom::kernel::write::Meta;

use super::writing::actions;
use crate::support::{TestApp, both_databases};

both_databases!(
    a_product_is_upserted_with_its_variants_in_one_step,
    what_is_as_it_should_be_is_not_written,
    a_refusal_names_the_variant_and_writes_nothing,
    an_upsert_costs_the_same_number_of_statements_for_two_variants_and_for_forty,
);

fn price(text: &str) -> Money {
    Money::parse(text, "EUR".parse().unwrap()).unwrap()
}

fn variant(sku: &str, size: &str) -> NewVariant {
    NewVariant {
        sku: Sku::parse(sku).unwrap(),
        choices: vec![Choice { name: "Size".to_owned(), value: size.to_owned() }],
        barcode: None,
        price: price("10"),
        compare_at_price: None,
        weight_grams: None,
        backorder: Backorder::default(),
    }
}

fn product(handle: &str, variants: Vec<NewVariant>) -> NewProduct {
    NewProduct {
        title: "Tent".to_owned(),
        handle: Some(Handle::parse(handle).unwrap()),
        description: String::new(),
        status: Status::Active,
        vendor: None,
        product_type: None,
        category_id: None,
        tags: vec!["a".to_owned()],
        options: vec![NewOption { name: "Size".to_owned(), values: Vec::new() }],
        variants,
    }
}

async fn run(app: &TestApp, upsert: ProductUpsert) -> Result<Upserted, Vec<At<CatalogError>>> {
    app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), upsert).await.unwrap().outcome
}

/// Two variants, and the upsert that leaves both as they are.
async fn with_two(app: &TestApp) -> (Upserted, ProductUpsert) {
    let variants = vec![variant("S", "S"), variant("M", "M")];
    let created = run(app, ProductUpsert::Create(product("tent", variants))).await.unwrap();
    let same = VariantChanges {
        sku: Some(Sku::parse("S").unwrap()),
        price: Some(price("10.00")),
        barcode: Patch::Clear,
        ..VariantChanges::default()
    };
    let changes = ProductChanges {
        title: Some("Tent".to_owned()),
        status: Some(Status::Active),
        tags: Some(vec!["a".to_owned()]),
        vendor: Patch::Clear,
        ..ProductChanges::default()
    };
    let variants = vec![VariantUpsert::Change(created.variants[0], same)];
    let upsert = ProductUpsert::Change { id: created.product, expected_version: Some(1), changes, variants };
    (created, upsert)
}

async fn a_product_is_upserted_with_its_variants_in_one_step(app: TestApp) {
    let (created, _) = with_two(&app).await;
    let changes = ProductChanges { tags: Some(vec!["b".to_owned()]), ..ProductChanges::default() };
    let dearer = VariantChanges { price: Some(price("12")), ..VariantChanges::default() };
    let heavier = VariantChanges { weight_grams: Patch::Set(900), ..VariantChanges::default() };
    let variants = vec![
        VariantUpsert::Create(variant("L", "L")),
        VariantUpsert::Change(created.variants[1], dearer),
        VariantUpsert::Change(created.variants[0], heavier),
    ];
    let upsert = ProductUpsert::Change { id: created.product, expected_version: None, changes, variants };
    let upserted = run(&app, upsert).await.unwrap();
    assert_eq!(upserted.version, 2);
    assert_eq!(upserted.variants[1..], [created.variants[1], created.variants[0]]);
    let answer = app
        .anonymous()
        .query(
            "{ product(handle: \"tent\") { tags variants { nodes { sku version weightGrams price { amount } } } } }",
            json!({}),
        )
        .await;
    let row = |sku: &str, version: i32, grams: Option<i64>, price: &str| json!({ "sku": sku, "version": version, "weightGrams": grams, "price": { "amount": price } });
    let nodes = [row("S", 2, Some(900), "10.00"), row("M", 2, None, "12.00"), row("L", 1, None, "10.00")];
    assert_eq!(*answer.field("product"), json!({ "tags": ["b"], "variants": { "nodes": nodes } }));
}

async fn what_is_as_it_should_be_is_not_written(app: TestApp) {
    let (created, same) = with_two(&app).await;
    let before = actions(&app).await;
    let upserted = run(&app, same).await.unwrap();
    assert_eq!((upserted.version, &upserted.variants), (1, &created.variants[..1].to_vec()));
    assert_eq!(actions(&app).await, before);
}

async fn a_refusal_names_the_variant_and_writes_nothing(app: TestApp) {
    let (created, _) = with_two(&app).await;
    run(&app, ProductUpsert::Create(product("other", vec![variant("TAKEN", "S")]))).await.unwrap();
    let before = actions(&app).await;
    let dearer = VariantChanges { price: Some(price("12")), ..VariantChanges::default() };
    let taken = VariantChanges { sku: Some(Sku::parse("TAKEN").unwrap()), ..VariantChanges::default() };
    let variants =
        vec![VariantUpsert::Change(created.variants[0], dearer), VariantUpsert::Change(created.variants[1], taken)];
    let changes = ProductChanges { title: Some("Changed".to_owned()), ..ProductChanges::default() };
    let upsert = ProductUpsert::Change { id: created.product, expected_version: None, changes, variants };
    let refused = run(&app, upsert).await.unwrap_err();
    assert_eq!(refused, [At::new("input.variants.1.sku", CatalogError::SkuTaken)]);
    assert_eq!(actions(&app).await, before);
}

async fn an_upsert_costs_the_same_number_of_statements_for_two_variants_and_for_forty(app: TestApp) {
    let mut costs = Vec::new();
    for count in [2, 40] {
        let variants = (0..count).map(|number| variant(&format!("{count}-{number}"), &number.to_string())).collect();
        let created = run(&app, ProductUpsert::Create(product(&format!("tent-{count}"), variants))).await.unwrap();
        let dearer = || VariantChanges { price: Some(price("12")), ..VariantChanges::default() };
        let mut variants: Vec<_> = created.variants.iter().map(|id| VariantUpsert::Change(*id, dearer())).collect();
        variants.extend(
            (0..count)
                .map(|number| VariantUpsert::Create(variant(&format!("{count}+{number}"), &format!("+{number}")))),
        );
        let changes = ProductChanges::default();
        let before = app.statements();
        run(&app, ProductUpsert::Change { id: created.product, expected_version: Some(1), changes, variants })
            .await
            .unwrap();
        costs.push(app.statements() - before);
    }
    assert_eq!(costs[0], costs[1]);
}
