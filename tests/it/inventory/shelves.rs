//! A shop for the tests of stock: products, variants and locations, written as fast as the database takes them.

use sea_orm::{ActiveModelTrait as _, EntityTrait as _};
use serde_json::{Value, json};
use stockroom::catalog::entity::product::{self, ProductId};
use stockroom::catalog::entity::product_variant::{self, ProductVariantId};
use stockroom::inventory::entity::location::{self, LocationId};
use stockroom::inventory::error::InventoryError;
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::clock::Timestamp;
use stockroom::kernel::error::Failure;
use stockroom::kernel::write::{Command, Cx, Meta};

use crate::support::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::fixtures::location_row;

/// Stock changes with everything that a payload can show.
pub(crate) const ADJUST: &str = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
    adjustment { id kind reason reference note actorId lines { line variant { sku } location { code } delta onHandAfter } }
    levels { onHand reserved available version variant { sku } location { code } }
    userErrors { __typename code message field
        ... on InsufficientStockError { available requested variant { sku } location { code } } }
} }";

pub(crate) const SET: &str = "mutation($input: StockSetInput!) { stockSet(input: $input) {
    adjustment { id kind lines { variant { sku } location { code } delta onHandAfter } }
    levels { onHand }
    userErrors { __typename code message field ... on StockChangedError { onHand variant { sku } location { code } } }
} }";

pub(crate) const MOVE: &str = "mutation($input: StockMoveInput!) { stockMove(input: $input) {
    adjustment { id kind lines { variant { sku } location { code } delta onHandAfter } }
    levels { onHand location { code } }
    userErrors { __typename code message field ... on InsufficientStockError { available requested } }
} }";

/// How much of it there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) products: usize,
    pub(crate) variants_each: usize,
    pub(crate) locations: usize,
}

/// The ids of the shop's things, in text. The SKUs are `SKU-0`, `SKU-1` …, the codes `LOC-0`, `LOC-1` ….
pub(crate) struct Shop {
    pub(crate) variants: Vec<String>,
    pub(crate) locations: Vec<String>,
}

impl Shop {
    /// One product with so many variants, and so many locations.
    pub(crate) async fn small(app: &TestApp, variants: usize, locations: usize) -> Self {
        Self::open(app, Size { products: 1, variants_each: variants, locations }).await
    }

    /// Writes the shop.
    pub(crate) async fn open(app: &TestApp, size: Size) -> Self {
        let command = Open(size);
        let written = app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), command).await.unwrap();
        let (variants, locations): (Vec<ProductVariantId>, Vec<LocationId>) = written.outcome.unwrap();
        // Rows without an event.
        app.app.services.writer.freshness().touch_all();
        let text = |id: &dyn std::fmt::Display| id.to_string();
        Self {
            variants: variants.iter().map(|id| text(id)).collect(),
            locations: locations.iter().map(|id| text(id)).collect(),
        }
    }

    /// Receives so many units of every variant at the first location.
    pub(crate) async fn receive(&self, client: &Client, units: i64) {
        self.receive_at(client, &self.locations[0], units).await;
    }

    /// The same at any location.
    pub(crate) async fn receive_at(&self, client: &Client, location: &str, units: i64) {
        for chunk in self.variants.chunks(100) {
            let line = |id: &String| json!({ "variantId": id, "locationId": location, "delta": units });
            let lines: Vec<Value> = chunk.iter().map(line).collect();
            adjust(client, lines).await.payload("stockAdjust");
        }
    }
}

/// An adjustment with the reason `OTHER`.
pub(crate) async fn adjust(client: &Client, lines: Vec<Value>) -> Answer {
    client.mutate(ADJUST, json!({ "reason": "OTHER", "lines": lines })).await
}

/// A line by SKU and code.
pub(crate) fn line(sku: &str, location: &str, delta: i64) -> Value {
    json!({ "sku": sku, "locationCode": location, "delta": delta })
}

/// The stock audit, which must be clean over so many levels.
pub(crate) async fn assert_clean(client: &Client, levels: usize) {
    let document = "{ stockAudit { checkedLevels isClean differenceCount differences { onHand ledger breaks } } }";
    let audit = client.query(document, json!({})).await.field("stockAudit").clone();
    let clean = json!({ "checkedLevels": levels, "isClean": true, "differenceCount": 0, "differences": [] });
    assert_eq!(audit, clean);
}

/// The units on hand of a variant at a location, by the level and by the sum of its movements; these must agree.
pub(crate) async fn on_hand(client: &Client, variant: &str, location: &str) -> i64 {
    let document =
        "query($variant: ID!, $location: ID!) { stockLevel(variantId: $variant, locationId: $location) { onHand } }";
    let answer = client.query(document, json!({ "variant": variant, "location": location })).await;
    answer.field("stockLevel")["onHand"].as_i64().unwrap_or(0)
}

struct Open(Size);

impl Command for Open {
    type Output = (Vec<ProductVariantId>, Vec<LocationId>);
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Self::Output, Failure<InventoryError>> {
        let (mut products, mut variants) = (Vec::new(), Vec::new());
        for number in 0..self.0.products {
            let product = product_row(cx.ids.make(), number, cx.now);
            for position in 0..self.0.variants_each {
                variants.push(variant_row(cx.ids.make(), product.id, (variants.len(), position), cx.now));
            }
            products.push(product);
        }
        let locations: Vec<_> = (0..self.0.locations)
            .map(|number| location_row(cx.ids.make(), &format!("LOC-{number}"), 100, cx.now))
            .collect();
        let ids = (
            variants.iter().map(|variant| variant.id).collect(),
            locations.iter().map(|location| location.id).collect(),
        );
        for chunk in products.chunks(500) {
            let rows = chunk.iter().map(|row| product::ActiveModel::from(row.clone()).reset_all());
            product::Entity::insert_many(rows).exec_without_returning(cx.tx).await?;
        }
        for chunk in variants.chunks(500) {
            let rows = chunk.iter().map(|row| product_variant::ActiveModel::from(row.clone()).reset_all());
            product_variant::Entity::insert_many(rows).exec_without_returning(cx.tx).await?;
        }
        let rows = locations.iter().map(|row| location::ActiveModel::from(row.clone()).reset_all());
        location::Entity::insert_many(rows).exec_without_returning(cx.tx).await?;
        Ok(ids)
    }
}

fn product_row(id: ProductId, number: usize, now: Timestamp) -> product::Model {
    product::Model {
        id,
        title: format!("Product {number}"),
        handle: format!("product-{number}"),
        description: String::new(),
        status: product::Status::Active,
        vendor: None,
        product_type: None,
        category_id: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

fn variant_row(
    id: ProductVariantId,
    product_id: ProductId,
    (number, position): (usize, usize),
    now: Timestamp,
) -> product_variant::Model {
    product_variant::Model {
        id,
        product_id,
        title: format!("Variant {position}"),
        sku: format!("SKU-{number}"),
        barcode: None,
        option_key: format!("{position}"),
        currency: "EUR".parse().unwrap(),
        price_minor: 1_000,
        compare_at_minor: None,
        weight_grams: None,
        backorder_policy: product_variant::BackorderPolicy::Deny,
        backorder_limit: None,
        position: i64::try_from(position).unwrap() + 1,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
