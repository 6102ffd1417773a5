//! The plan against a product as it may stand in the catalog.

use uuid::Uuid;

use super::*;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::entity::{product, product_variant};
use crate::catalog::rules::change::Choice;
use crate::catalog::shopify::Catalogue;
use crate::kernel::clock::Timestamp;
use crate::kernel::money::Money;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn draft(text: &str) -> ProductDraft {
    let entry = Catalogue::open(text.as_bytes()).unwrap().next().unwrap().unwrap();
    assert!(entry.problems.is_empty(), "{:?}", entry.problems);
    entry.product.unwrap()
}

fn variant(number: u128, sku: &str, values: &[&str]) -> ExistingVariant {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    let row = product_variant::Model {
        id: ProductVariantId(Uuid::from_u128(number)),
        product_id: ProductId(Uuid::nil()),
        title: rules::variant_title(&values),
        sku: sku.to_owned(),
        barcode: None,
        option_key: rules::option_key(&values),
        currency: currency("USD"),
        price_minor: 1_000,
        compare_at_minor: None,
        weight_grams: Some(200),
        backorder_policy: product_variant::BackorderPolicy::Deny,
        backorder_limit: None,
        position: 1,
        version: 3,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    ExistingVariant { row, values }
}

/// A shirt in two sizes, S-1 and S-2 at 10.00 USD.
fn shirt() -> Existing {
    let product = product::Model {
        id: ProductId(Uuid::nil()),
        title: "Shirt".to_owned(),
        handle: "shirt".to_owned(),
        description: "<p>Blue</p>".to_owned(),
        status: Status::Active,
        vendor: Some("Mill".to_owned()),
        product_type: None,
        category_id: None,
        version: 7,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    };
    let variants = vec![variant(1, "S-1", &["S"]), variant(2, "S-2", &["M"])];
    Existing { product, tags: vec!["blue".to_owned(), "men".to_owned()], options: vec!["Size".to_owned()], variants }
}

fn planned(text: &str, existing: Option<&Existing>) -> (Option<ProductPlan>, Vec<String>) {
    let skus = existing.map(|existing| existing.variants.iter().map(|v| (v.row.sku.clone(), v.row.id)).collect());
    let skus: HashMap<_, _> = skus.unwrap_or_default();
    let mut problems = Vec::new();
    let ground = Ground { existing, skus: &skus, currency: currency("USD"), category: Patch::Keep };
    let plan = plan(&draft(text), &ground, &mut problems);
    (plan, problems.iter().map(ToString::to_string).collect())
}

fn plan_of(text: &str, existing: Option<&Existing>) -> ProductPlan {
    let (plan, problems) = planned(text, existing);
    assert_eq!(problems, [""; 0]);
    plan.unwrap()
}

fn changes(plan: &ProductPlan) -> &ProductChanges {
    let ProductAction::Update { version: 7, changes, .. } = &plan.action else { panic!("{:?}", plan.action) };
    changes
}

#[test]
fn a_new_product_gets_what_the_file_says_and_shopifys_defaults() {
    let plan = plan_of("Handle,Title,Option1 Name,Option1 Value,Variant Price\nhat,Hat,Size,L,12.5\n", None);
    let ProductAction::Create(new) = &plan.action else { panic!("{:?}", plan.action) };
    assert_eq!((new.title.as_str(), new.status, new.options[0].name.as_str()), ("Hat", Status::Active, "Size"));
    let VariantAction::Create(variant) = &plan.variants[0].action else { panic!() };
    assert_eq!((variant.sku.as_str(), variant.price.minor()), ("HAT.L", 1_250));
}

#[test]
fn a_file_that_says_what_the_catalog_has_plans_nothing() {
    let text = "Handle,Title,Body (HTML),Vendor,Type,Tags,Status,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Grams\n\
        shirt,Shirt,<p>Blue</p>,Mill,,\"men, blue\",active,Size,S,,10,200\nshirt,,,,,,,,M,S-2,10.00,200\n";
    assert!(plan_of(text, Some(&shirt())).is_empty());
}

#[test]
fn a_file_with_some_columns_changes_only_those() {
    let plan = plan_of("Handle,Vendor,Tags\nshirt,,\"red, men\"\n", Some(&shirt()));
    let changes = changes(&plan);
    assert_eq!((&changes.vendor, &changes.title, &changes.description), (&Patch::Clear, &None, &None));
    assert_eq!(changes.tags.as_deref(), Some(["men".to_owned(), "red".to_owned()].as_slice()));
    let plan = plan_of("Handle,Variant SKU,Variant Price\nshirt,S-2,11\n", Some(&shirt()));
    assert!(matches!(plan.action, ProductAction::Keep(_)));
    let VariantAction::Update { version: 3, changes, .. } = &plan.variants[0].action else { panic!() };
    assert_eq!(changes.price.map(Money::minor), Some(1_100));
    assert_eq!((&changes.weight_grams, &changes.sku), (&Patch::Keep, &None));
}

#[test]
fn a_row_is_matched_by_option_values_first_and_by_sku_second() {
    let head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n";
    let plan = plan_of(&format!("{head}shirt,Shirt,Size,S,NEW-1,10\nshirt,,,Medium,S-2,10\n"), Some(&shirt()));
    let VariantAction::Update { changes: first, .. } = &plan.variants[0].action else { panic!() };
    assert_eq!(first.sku.as_ref().map(Sku::as_str), Some("NEW-1"));
    let VariantAction::Update { changes: second, .. } = &plan.variants[1].action else { panic!() };
    let medium = Choice { name: "Size".to_owned(), value: "Medium".to_owned() };
    assert_eq!(second.choices.as_deref(), Some([medium].as_slice()));
}

#[test]
fn a_sku_of_another_variant_is_refused() {
    let head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n";
    let (plan, problems) = planned(&format!("{head}shirt,Shirt,Size,S,S-2,10\nshirt,,,L,,10\n"), Some(&shirt()));
    assert_eq!(problems, ["line 2, shirt, Variant SKU: `S-2` is the SKU of another variant"]);
    assert_eq!(plan.unwrap().variants.len(), 1);
}

#[test]
fn rows_that_do_not_tell_which_variant_they_mean_are_refused() {
    let (_, problems) = planned("Handle,Variant Price\nshirt,11\n", Some(&shirt()));
    assert_eq!(problems, ["line 2, shirt, Variant SKU: is missing; the product has several variants"]);
    let (_, problems) = planned("Handle,Variant SKU,Variant Price\nshirt,X-9,11\n", Some(&shirt()));
    assert_eq!(problems, ["line 2, shirt, Variant SKU: is the SKU of no variant of this product"]);
}

#[test]
fn other_options_than_the_product_has_are_refused() {
    let head = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n";
    let (plan, problems) = planned(&format!("{head}shirt,Shirt,Colour,Red,10\n"), Some(&shirt()));
    assert!(plan.is_none());
    assert!(problems[0].contains("other options than the product has (Size)"), "{}", problems[0]);
}

#[test]
fn the_catalogs_rules_are_reported_by_line_and_column() {
    let text = "Handle,Title,Variant SKU,Variant Price,Variant Barcode\nHat Shop,Hat,H,1.005,a b\n";
    let (plan, problems) = planned(text, None);
    assert!(plan.is_none());
    assert!(problems[0].starts_with("line 2, hat shop, Handle: is not valid"), "{}", problems[0]);
    let (_, problems) = planned(&text.replace("Hat Shop", "hat"), None);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("Variant Price: has too many decimals"), "{}", problems[0]);
    assert!(problems[1].contains("Variant Barcode: is not valid"), "{}", problems[1]);
}

#[test]
fn what_is_new_needs_a_title_and_a_price() {
    let (_, problems) = planned("Handle,Vendor\nhat,Mill\n", None);
    assert_eq!(problems, ["line 2, hat, Title: is missing; a new product needs a title"]);
    let (_, problems) = planned("Handle,Title,Variant SKU\nhat,Hat,H-1\n", None);
    assert_eq!(problems, ["line 2, hat, Variant Price: is missing; a new variant needs a price"]);
}

#[test]
fn an_archived_product_is_not_put_on_sale_by_a_file() {
    let mut shirt = shirt();
    shirt.product.status = Status::Archived;
    let (plan, problems) = planned("Handle,Status\nshirt,active\n", Some(&shirt));
    assert!(plan.is_none() && problems[0].contains("must become a draft"), "{problems:?}");
}

#[test]
fn a_price_in_another_currency_than_the_products_is_refused() {
    let mut shirt = shirt();
    for variant in &mut shirt.variants {
        variant.row.currency = currency("EUR");
        variant.row.compare_at_minor = Some(1_500);
    }
    let (plan, problems) = planned("Handle,Variant SKU,Variant Price\nshirt,S-1,10\n", Some(&shirt));
    assert!(plan.is_none());
    assert_eq!(problems, ["line 2, shirt, Variant Price: is in USD, while the product's prices are in EUR"]);
    // Without a price, a row speaks of the currency that the variant has.
    assert!(plan_of("Handle,Variant SKU,Variant Compare At Price\nshirt,S-1,15\n", Some(&shirt)).is_empty());
}
