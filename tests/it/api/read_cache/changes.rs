//! Whatever changes what anyone sees of the catalog, by whichever mutation, is seen by the next reader.

use serde_json::{Value, json};

use super::tally;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    after_each_change_every_answer_is_as_if_made_anew,
    one_product_s_change_leaves_the_answers_about_others
);

const FRAGMENTS: [(&str, &str); 3] = [
    (
        "P",
        "fragment P on Product {
            id title handle description status vendor productType tags version createdAt updatedAt category { ...C }
            options { id name position values { id value position } } priceRange { min { amount } max { amount currency } }
            variants { totalCount nodes { ...V } edges { cursor } pageInfo { hasNextPage endCursor } }
        }",
    ),
    (
        "V",
        "fragment V on ProductVariant {
            id sku barcode title position version weightGrams createdAt updatedAt backorderPolicy backorderLimit
            price { amount currency } compareAtPrice { amount } selectedOptions { name value } totalAvailable availableForSale
        }",
    ),
    (
        "C",
        "fragment C on Category {
            id name handle description position version createdAt updatedAt parent { name } ancestors { name }
        }",
    ),
];

/// Everything that anyone may ask of the catalog, by every way to it.
const READS: [&str; 20] = [
    "product(handle: \"tent\") { ...P }",
    "product(handle: \"tent\") { title }",
    "product(handle: \"lodge\") { title }",
    "product(handle: \"tent\") { category { name } }",
    "product(handle: \"tent\") { variants(first: 1, orderBy: PRICE_DESC) { totalCount nodes { product { title vendor } } } }",
    "productVariant(sku: \"TENT-S\") { ...V product { status } }",
    "productVariant(sku: \"TENT-XL\") { title }",
    "productVariant(sku: \"TENT-S\") { availableForSale }",
    "variantByBarcode(barcode: \"4006381333931\") { sku product { title } }",
    "products { totalCount nodes { title variants(first: 2) { nodes { sku } } } pageInfo { endCursor } }",
    "products(filter: { tags: [\"dry\"] }) { nodes { handle } }",
    "products(filter: { query: \"TENT-XL\" }, orderBy: UPDATED_AT_DESC) { nodes { handle priceRange { min { amount } } } }",
    "productVariants { totalCount nodes { sku totalAvailable product { category { name } } } }",
    "productVariants(filter: { barcodes: [\"4006381333931\"] }) { nodes { sku } }",
    "categories { totalCount nodes { ...C products { totalCount } children { totalCount } } }",
    "categories(filter: { roots: true }) { nodes { name children { nodes { name } } products { nodes { title vendor } } } }",
    "category(handle: \"shelter\") { name products { nodes { title variants { nodes { sku totalAvailable } } } } }",
    "category(handle: \"shelter\") { children { totalCount nodes { name } } }",
    "category(handle: \"tarps\") { ancestors { name } parent { handle } }",
    "category(handle: \"huts\") { name }",
];

/// The reads by id, which is known only once the object is there.
fn by_id(ids: &Ids) -> Vec<String> {
    vec![
        format!("product(id: \"{}\") {{ ...P }}", ids.tent),
        format!("productVariant(id: \"{}\") {{ title product {{ title }} }}", ids.variant),
        format!("category(id: \"{}\") {{ ...C products {{ totalCount }} }}", ids.shelter),
        format!("products(filter: {{ categoryIds: [\"{}\"] }}) {{ totalCount nodes {{ title }} }}", ids.shelter),
    ]
}

struct Ids {
    tent: String,
    variant: String,
    second: String,
    shelter: String,
    tarps: String,
}

/// Every read as it may have been kept, and made anew: under a name of its own it is another question.
async fn compare(anyone: &Client, reads: &[String], after: &str, number: usize) {
    for read in reads {
        let ask = async |name: &str| {
            let used = |of: &str| read.contains(&format!("...{of}")) || read.contains("...P");
            let fragments = FRAGMENTS.iter().filter(|(of, _)| used(of)).map(|(_, fragment)| *fragment);
            let document = format!("query {name} {{ {read} }} {}", fragments.collect::<Vec<_>>().join(" "));
            anyone.query(&document, json!({})).await
        };
        let kept = ask("Kept").await;
        let anew = ask(&format!("Anew{number}")).await;
        assert!(kept.codes().is_empty(), "{read}: {:#}", kept.body);
        assert_eq!(kept.body, anew.body, "after {after}: {read}");
    }
}

/// Who changes things, and what is read after each change.
struct Stage {
    staff: Client,
    anyone: Client,
    reads: Vec<String>,
    number: usize,
}

impl Stage {
    /// Changes something, which must succeed, and compares everything that can be read afterwards.
    async fn change(&mut self, (mutation, selection, input): Change) -> Value {
        self.number += 1;
        let name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!(
            "mutation($input: {name}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        let answer = self.staff.mutate(&document, input.clone()).await;
        let payload = answer.payload(mutation).clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input:#}");
        compare(&self.anyone, &self.reads, &format!("{mutation} {input}"), self.number).await;
        payload
    }
}

/// A mutation, what is selected of its payload, and its input.
type Change = (&'static str, &'static str, Value);

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

fn of_size(sku: &str, size: &str) -> Value {
    json!({ "sku": sku, "price": euros("10"), "selectedOptions": [{ "name": "Size", "value": size }] })
}

async fn after_each_change_every_answer_is_as_if_made_anew(app: TestApp) {
    app.locations([("MAIN", 1)].into_iter()).await;
    let (staff, anyone) = (app.as_role("ADMINISTRATOR").await, app.anonymous());
    let mut stage = Stage { staff, anyone, reads: READS.map(str::to_owned).to_vec(), number: 0 };
    compare(&stage.anyone, &stage.reads, "nothing", 0).await;
    let of = |payload: &Value, path: &str| payload.pointer(path).unwrap().as_str().unwrap().to_owned();
    let shelter = stage.change(("categoryCreate", "category { id }", json!({ "name": "Shelter" }))).await;
    let shelter = of(&shelter, "/category/id");
    let tarps = json!({ "name": "Tarps", "parentId": shelter });
    let tarps = of(&stage.change(("categoryCreate", "category { id }", tarps)).await, "/category/id");
    let tent = json!({
        "title": "Tent", "status": "DRAFT", "categoryId": tarps, "tags": ["dry"], "options": [{ "name": "Size" }],
        "variants": [of_size("TENT-S", "S"), of_size("TENT-M", "M")],
    });
    let tent = stage.change(("productCreate", "product { id variants { nodes { id } } }", tent)).await;
    let variant = |index: usize| of(&tent, &format!("/product/variants/nodes/{index}/id"));
    let ids = Ids { tent: of(&tent, "/product/id"), variant: variant(0), second: variant(1), shelter, tarps };
    stage.reads.extend(by_id(&ids));
    compare(&stage.anyone, &stage.reads, "what is read by id", 1_000).await;
    for change in changes_of_the_product(&ids).into_iter().chain(changes_around_it(&ids)) {
        stage.change(change).await;
    }
    let plain = json!({ "title": "Lodge", "status": "ACTIVE", "variants": [{ "sku": "LODGE", "price": euros("1") }] });
    let lodge = stage.change(("productCreate", "product { id }", plain)).await;
    stage.change(("productDelete", "deletedProductId", json!({ "id": of(&lodge, "/product/id") }))).await;
    let (given, made) = tally(&app);
    assert!(given > 200 && made > given, "{given} were given again, {made} made");
}

fn changes_of_the_product(ids: &Ids) -> Vec<Change> {
    let product = |mut change: Value| {
        change["id"] = json!(ids.tent);
        ("productUpdate", "product { id }", change)
    };
    let variant = |mut change: Value| {
        change["id"] = json!(ids.variant);
        ("productVariantUpdate", "productVariant { id }", change)
    };
    let mut larger = of_size("TENT-XL", "XL");
    larger["productId"] = json!(ids.tent);
    vec![
        product(json!({ "status": "ACTIVE" })),
        product(json!({ "title": "Dry tent", "description": "<p>Dry.</p>", "vendor": "Fell", "productType": "Tent" })),
        product(json!({ "handle": "lodge" })),
        product(json!({ "handle": "tent" })),
        product(json!({ "tags": ["light"] })),
        product(json!({ "tags": ["dry", "light"] })),
        product(json!({ "categoryId": ids.shelter })),
        product(json!({ "categoryId": null })),
        product(json!({ "categoryId": ids.tarps })),
        variant(json!({ "price": euros("9.5"), "compareAtPrice": euros("12") })),
        variant(json!({ "barcode": "4006381333931", "weightGrams": 900 })),
        variant(json!({ "barcode": null })),
        variant(json!({ "backorderPolicy": "ALLOW_UP_TO", "backorderLimit": 5 })),
        variant(json!({ "selectedOptions": [{ "name": "Size", "value": "XS" }] })),
        ("productVariantCreate", "productVariant { id }", larger),
    ]
}

/// Of its categories and its stock; then it goes.
fn changes_around_it(ids: &Ids) -> Vec<Change> {
    let category = |id: &String, mut change: Value| {
        change["id"] = json!(id);
        ("categoryUpdate", "category { id }", change)
    };
    let adjust = |delta: i64| {
        let line = json!({ "variantId": ids.variant, "locationCode": "MAIN", "delta": delta });
        ("stockAdjust", "adjustment { id }", json!({ "reason": "RECEIVED", "lines": [line] }))
    };
    let reserve = || {
        let lines = json!([{ "variantId": ids.variant, "quantity": 2 }]);
        ("reservationCreate", "reservation { id }", json!({ "lines": lines }))
    };
    let product = |change: Value| ("productUpdate", "product { id }", change);
    vec![
        category(&ids.tarps, json!({ "name": "Tarpaulins", "description": "Dry" })),
        category(&ids.shelter, json!({ "name": "Shelters" })),
        category(&ids.tarps, json!({ "parentId": null })),
        category(&ids.tarps, json!({ "parentId": ids.shelter, "handle": "huts" })),
        category(&ids.tarps, json!({ "handle": "tarps" })),
        adjust(5),
        adjust(-1),
        reserve(),
        reserve(),
        ("productVariantDelete", "deletedProductVariantId", json!({ "id": ids.second })),
        ("productArchive", "product { id }", json!({ "id": ids.tent })),
        ("productUnarchive", "product { id }", json!({ "id": ids.tent })),
        product(json!({ "id": ids.tent, "status": "ACTIVE" })),
        product(json!({ "id": ids.tent, "status": "DRAFT" })),
        product(json!({ "id": ids.tent, "status": "ACTIVE", "categoryId": null })),
        ("categoryDelete", "deletedCategoryId", json!({ "id": ids.tarps })),
    ]
}

async fn one_product_s_change_leaves_the_answers_about_others(app: TestApp) {
    let (staff, anyone) = (app.as_role("ADMINISTRATOR").await, app.anonymous());
    let create =
        "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id } userErrors { code } } }";
    let mut ids = Vec::new();
    for title in ["Tent", "Chair"] {
        let variant = json!({ "sku": title, "price": { "amount": "1", "currency": "EUR" } });
        let product = json!({ "title": title, "status": "ACTIVE", "variants": [variant] });
        let answer = staff.mutate(create, product).await;
        ids.push(answer.payload("productCreate")["product"]["id"].clone());
    }
    let reads = [
        "{ product(handle: \"tent\") { title variants { nodes { sku totalAvailable } } } }",
        "{ productVariant(sku: \"Tent\") { title product { title } } }",
        "{ categories { nodes { name } } }",
        "{ product(handle: \"chair\") { title } }",
        "{ products { nodes { title } } }",
        "{ productVariants { nodes { sku } } }",
    ];
    for read in reads {
        anyone.query(read, json!({})).await;
    }
    let update =
        "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { id } userErrors { code } } }";
    staff.mutate(update, json!({ "id": ids[1], "title": "Camp chair" })).await.payload("productUpdate");
    let mut given = Vec::new();
    for read in reads {
        let before = tally(&app).0;
        anyone.query(read, json!({})).await;
        given.push(tally(&app).0 > before);
    }
    assert_eq!(given, [true, true, true, false, false, false]);
}
