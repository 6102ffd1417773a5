//! Barcodes: found as scanners read them, and refused where a check digit is wrong.

use serde_json::{Value, json};
use stockroom::catalog::entity::product::Status;

use crate::support::client::Client;
use crate::support::fixtures::{NewProduct, NewVariant};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_scanned_code_finds_its_variant_whatever_zeros_stand_before_it,
    a_code_that_several_variants_have_is_no_answer,
    a_wrong_check_digit_is_refused_at_its_field,
);

fn coded(sku: &str, barcode: &str) -> NewVariant {
    NewVariant { barcode: Some(barcode.to_owned()), ..NewVariant::sku(sku) }
}

/// The SKU that a scanned code leads to.
async fn scan(client: &Client, code: &str) -> Value {
    let answer = client
        .query("query($code: String!) { variantByBarcode(barcode: $code) { sku } }", json!({ "code": code }))
        .await;
    answer.field("variantByBarcode")["sku"].clone()
}

async fn a_scanned_code_finds_its_variant_whatever_zeros_stand_before_it(app: TestApp) {
    app.product(NewProduct::titled("Soap").variant(coded("UPC", "036000291452"))).await;
    app.product(NewProduct::titled("Salt").variant(coded("EAN-13", "0096385074005"))).await;
    app.product(NewProduct::titled("Gum").variant(coded("EAN-8", "96385074"))).await;
    app.product(NewProduct::titled("Shelf").variant(coded("OWN", "SHELF-7"))).await;
    app.product(NewProduct::titled("Soon").status(Status::Draft).variant(coded("DRAFT", "4012345678901"))).await;
    let client = app.anonymous();
    for (code, sku) in [
        ("036000291452", json!("UPC")),
        ("0036000291452", json!("UPC")),
        ("00036000291452", json!("UPC")),
        (" 036000291452\n", json!("UPC")),
        ("36000291452", Value::Null),
        ("036000291453", Value::Null),
        ("96385074", json!("EAN-8")),
        ("0000096385074", json!("EAN-8")),
        ("SHELF-7", json!("OWN")),
        ("shelf-7", Value::Null),
        ("", Value::Null),
        ("\u{0}", Value::Null),
        ("4012345678901", Value::Null),
    ] {
        assert_eq!(scan(&client, code).await, sku, "{code:?}");
    }
    assert_eq!(scan(&app.as_role("CATALOG_MANAGER").await, "4012345678901").await, json!("DRAFT"));
    let filter = "{ productVariants(filter: { barcodes: [\"0036000291452\", \"SHELF-7\"] }) { totalCount } }";
    assert_eq!(client.query(filter, json!({})).await.field("productVariants")["totalCount"], json!(2));
}

async fn a_code_that_several_variants_have_is_no_answer(app: TestApp) {
    app.product(NewProduct::titled("Soap").variant(coded("ONE", "036000291452"))).await;
    app.product(NewProduct::titled("Soap again").variant(coded("TWO", "0036000291452"))).await;
    let answer = app.anonymous().query("{ variantByBarcode(barcode: \"036000291452\") { sku } }", json!({})).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
}

async fn a_wrong_check_digit_is_refused_at_its_field(app: TestApp) {
    let manager = app.as_role("CATALOG_MANAGER").await;
    let document =
        "mutation($input: ProductCreateInput!) { productCreate(input: $input) { userErrors { code field message } } }";
    let price = json!({ "amount": "1", "currency": "EUR" });
    let variant = |sku: &str, barcode: &str| json!({ "sku": sku, "barcode": barcode, "price": price });
    let variants = json!([variant("A", "4012345678902")]);
    let answer = manager.mutate(document, json!({ "title": "Tent", "variants": variants })).await;
    let errors = answer.user_errors("productCreate");
    assert_eq!(
        (&errors[0]["code"], &errors[0]["field"]),
        (&json!("INVALID"), &json!(["input", "variants", "0", "barcode"]))
    );
    assert!(errors[0]["message"].as_str().unwrap().contains("would be 1"), "{errors:?}");
    manager
        .mutate(document, json!({ "title": "Tent", "variants": [variant("A", "4012345678901")] }))
        .await
        .payload("productCreate");
}
