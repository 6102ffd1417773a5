//! Whatever changes what anyone sees of the catalog, by whichever mutation, is seen by the next reader.

use serde_json::{Value, json};

use super::tally;
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    after_each_change_every_answer_is_as_if_made_anew,
    one_product_s_change_leaves_the_answers_about_others
);

const FRAGMENTS: &str = "
    fragment P on Product {
        id title handle description status vendor productType tags version createdAt updatedAt category { ...C }
        options { id name position values { id value position } } priceRange { min { amount } max { amount currency } }
        variants { totalCount nodes { ...V } edges { cursor } pageInfo { hasNextPage endCursor } }
    }
    fragment V on ProductVariant {
        id sku barcode title position version weightGrams createdAt updatedAt backorderPolicy backorderLimit
        price { amount currency } compareAtPrice { amount } selectedOptions { name value } totalAvailable availableForSale
    }
    fragment C on Category { id name handle description position version createdAt updatedAt parent { name } ancestors { name } }";

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
    shelter: String,
}

/// Every read as it may have been kept, and made anew: under a name of its own it is another question.
async fn compare(anyone: &Client, reads: &[String], after: &str, number: usize) {
    for read in reads {
        let ask = async |name: &str| {
            let used = |name: &str| read.contains(&format!("...{name}")) || (name != "P" && read.contains("...P"));
            let mut document = format!("query {name} {{ {read} }}");
            for fragment in FRAGMENTS.split("fragment ").skip(1).filter(|fragment| used(&fragment[..1])) {
                document.push_str(&format!(" fragment {fragment}"));
            }
            anyone.query(&document, json!({})).await
        };
        let kept = ask("Kept").await;
        let anew = ask(&format!("Anew{number}")).await;
        assert_eq!(kept.codes(), [] as [&str; 0], "{read}");
        assert_eq!(kept.body, anew.body, "after {after}: {read}");
    }
}

async fn after_each_change_every_answer_is_as_if_made_anew(app: TestApp) {
    let (staff, anyone) = (app.as_role("ADMINISTRATOR").await, app.anonymous());
    app.locations([("MAIN", 1)].into_iter()).await;
    let mut reads: Vec<String> = READS.map(str::to_owned).to_vec();
    compare(&anyone, &reads, "nothing", 0).await;
    let mut number = 0;
    let mut done = async |mutation: &str, selection: &str, input: Value, reads: &[String]| {
        number += 1;
        let name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!(
            "mutation($input: {name}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        let answer = staff.mutate(&document, input.clone()).await;
        let payload = answer.payload(mutation).clone();
        assert_eq!(payload["userErrors"], json!([]), "{mutation} {input:#}");
        compare(&anyone, reads, &format!("{mutation} {input}"), number).await;
        payload
    };
    let of = |payload: &Value, path: &str| payload.pointer(path).unwrap().as_str().unwrap().to_owned();
    let shelter = done("categoryCreate", "category { id }", json!({ "name": "Shelter" }), &reads).await;
    let shelter = of(&shelter, "/category/id");
    let tarps =
        done("categoryCreate", "category { id }", json!({ "name": "Tarps", "parentId": shelter }), &reads).await;
    let tarps = of(&tarps, "/category/id");
    let euros = |amount: &str| json!({ "amount": amount, "currency": "EUR" });
    let size = |sku: &str, size: &str| json!({ "sku": sku, "price": euros("10"), "selectedOptions": [{ "name": "Size", "value": size }] });
    let tent = json!({ "title": "Tent", "status": "DRAFT", "categoryId": tarps, "tags": ["dry"], "options": [{ "name": "Size" }],
        "variants": [size("TENT-S", "S"), size("TENT-M", "M")] });
    let tent = done("productCreate", "product { id variants { nodes { id } } }", tent, &reads).await;
    let ids = Ids {
        tent: of(&tent, "/product/id"),
        variant: of(&tent, "/product/variants/nodes/0/id"),
        shelter: shelter.clone(),
    };
    let second = of(&tent, "/product/variants/nodes/1/id");
    reads.extend(by_id(&ids));
    compare(&anyone, &reads, "what is read by id", 1_000).await;
    let (tent, variant) = (&ids.tent, &ids.variant);
    let product = |mut change: Value| {
        change["id"] = json!(tent);
        ("productUpdate", "product { id }", change)
    };
    let of_variant = |mut change: Value| {
        change["id"] = json!(variant);
        ("productVariantUpdate", "productVariant { id }", change)
    };
    let of_category = |id: &String, mut change: Value| {
        change["id"] = json!(id);
        ("categoryUpdate", "category { id }", change)
    };
    let adjust = |delta: i64| {
        let line = json!({ "variantId": variant, "locationCode": "MAIN", "delta": delta });
        ("stockAdjust", "adjustment { id }", json!({ "reason": "RECEIVED", "lines": [line] }))
    };
    let reserve = json!({ "lines": [{ "variantId": variant, "quantity": 2 }] });
    let xl = json!({ "productId": tent, "sku": "TENT-XL", "price": euros("30"), "selectedOptions": [{ "name": "Size", "value": "XL" }] });
    let changes = [
        product(json!({ "status": "ACTIVE" })),
        product(json!({ "title": "Dry tent", "description": "<p>Dry.</p>", "vendor": "Fell", "productType": "Tent" })),
        product(json!({ "handle": "lodge" })),
        product(json!({ "handle": "tent" })),
        product(json!({ "tags": ["light"] })),
        product(json!({ "tags": ["dry", "light"] })),
        product(json!({ "categoryId": shelter })),
        product(json!({ "categoryId": null })),
        product(json!({ "categoryId": tarps })),
        of_variant(json!({ "price": euros("9.5"), "compareAtPrice": euros("12") })),
        of_variant(json!({ "barcode": "4006381333931", "weightGrams": 900 })),
        of_variant(json!({ "barcode": null })),
        of_variant(json!({ "backorderPolicy": "ALLOW_UP_TO", "backorderLimit": 5 })),
        of_variant(json!({ "selectedOptions": [{ "name": "Size", "value": "XS" }] })),
        ("productVariantCreate", "productVariant { id }", xl),
        of_category(&tarps, json!({ "name": "Tarpaulins", "description": "Dry" })),
        of_category(&shelter, json!({ "name": "Shelters" })),
        of_category(&tarps, json!({ "parentId": null })),
        of_category(&tarps, json!({ "parentId": shelter, "handle": "huts" })),
        of_category(&tarps, json!({ "handle": "tarps" })),
        adjust(5),
        adjust(-1),
        ("reservationCreate", "reservation { id }", reserve.clone()),
        ("reservationCreate", "reservation { id }", reserve),
        ("productVariantDelete", "deletedProductVariantId", json!({ "id": second })),
        ("productArchive", "product { id }", json!({ "id": tent })),
        ("productUnarchive", "product { id }", json!({ "id": tent })),
        product(json!({ "status": "ACTIVE" })),
        product(json!({ "status": "DRAFT" })),
        product(json!({ "status": "ACTIVE", "categoryId": null })),
        ("categoryDelete", "deletedCategoryId", json!({ "id": tarps })),
    ];
    for (mutation, selection, input) in changes {
        done(mutation, selection, input, &reads).await;
    }
    let plain = json!({ "title": "Lodge", "status": "ACTIVE", "variants": [{ "sku": "LODGE", "price": euros("1") }] });
    let lodge = done("productCreate", "product { id }", plain, &reads).await;
    done("productDelete", "deletedProductId", json!({ "id": of(&lodge, "/product/id") }), &reads).await;
    let (given, made) = tally(&app);
    assert!(given > 200 && made > given, "{given} were given again, {made} made");
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
