//! What the benchmarks keep stock of: one location, and variants whose ids are numbers, so that a script of pgbench can name them.

use stockroom::app::App;
use stockroom::catalog::entity::product::ProductId;
use stockroom::catalog::entity::product_variant::ProductVariantId;
use stockroom::inventory::commands::LocationCreate;
use stockroom::inventory::entity::location::LocationId;
use stockroom::inventory::error::InventoryError;
use stockroom::inventory::rules::LocationCode;
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::Failure;
use stockroom::kernel::write::{Command, Cx, Meta};
use uuid::Uuid;

/// Makes the location, and a product with the variants 0 to `variants` − 1.
pub(crate) async fn make(app: &App, variants: i64) -> LocationId {
    let (actor, writer) = (Actor::system("bench"), &app.services.writer);
    let code = LocationCode::parse("BENCH").unwrap();
    let create = LocationCreate { code, name: "Bench".to_owned(), address: String::new(), priority: 100 };
    let location = writer.write(&actor, Meta::new("bench"), create).await.unwrap().outcome.unwrap();
    writer.write(&actor, Meta::new("bench"), MakeVariants(variants)).await.unwrap().outcome.unwrap();
    location
}

/// The id of the variant with this number.
pub(crate) fn variant(number: i64) -> ProductVariantId {
    ProductVariantId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::try_from(number).unwrap()))
}

/// Makes a product with so many variants.
struct MakeVariants(i64);

impl Command for MakeVariants {
    type Output = ();
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(), Failure<InventoryError>> {
        let product: ProductId = cx.ids.make();
        Sql::new(
            "INSERT INTO products (id, title, handle, description, status, version, created_at, updated_at) VALUES (",
        )
        .bind(product)
        .push(", 'Bench', 'bench', '', 'ACTIVE', 1, 0, 0)")
        .execute(cx.tx)
        .await?;
        Sql::new("INSERT INTO product_variants (id, product_id, title, sku, option_key, currency, price_minor, position, version, created_at, updated_at) ")
            .rows(0..self.0, |number| {
                [
                    variant(number).into(),
                    product.into(),
                    "Bench".into(),
                    format!("BENCH-{number}").into(),
                    number.to_string().into(),
                    "EUR".into(),
                    100_i64.into(),
                    number.into(),
                    1_i64.into(),
                    0_i64.into(),
                    0_i64.into(),
                ]
            })
            .execute(cx.tx)
            .await?;
        Ok(())
    }
}
