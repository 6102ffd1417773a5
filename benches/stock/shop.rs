//! The shop of the measurement: one location, a thousand variants with stock. Their ids are numbers, so that a script of pgbench can name them.

use stockroom::app::App;
use stockroom::catalog::entity::product::ProductId;
use stockroom::catalog::entity::product_variant::ProductVariantId;
use stockroom::inventory::commands::{AdjustLine, LocationCreate, LocationName, StockAdjust, Terms, VariantName};
use stockroom::inventory::entity::location::LocationId;
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::error::InventoryError;
use stockroom::inventory::rules::LocationCode;
use stockroom::inventory::rules::change::{Condition, Memo};
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::Failure;
use stockroom::kernel::quantity::Delta;
use stockroom::kernel::write::{Command, Cx, Meta};
use uuid::Uuid;

/// How many variants there are: [`LINES`] sections of a shelf with [`SECTION`] variants each. A reservation takes one of each section.
pub(crate) const LINES: i64 = 5;
/// Variants of one section.
pub(crate) const SECTION: i64 = 200;

/// What has been made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shop {
    pub(crate) location: LocationId,
}

impl Shop {
    pub(crate) async fn make(app: &App) -> Self {
        let (actor, writer) = (Actor::system("bench"), &app.services.writer);
        let code = LocationCode::parse("BENCH").unwrap();
        let create = LocationCreate { code, name: "Bench".to_owned(), address: String::new(), priority: 100 };
        let location = writer.write(&actor, Meta::new("bench"), create).await.unwrap().outcome.unwrap();
        writer.write(&actor, Meta::new("bench"), MakeVariants).await.unwrap().outcome.unwrap();
        let lines = (0..LINES * SECTION).map(|number| receive(number, location, 500_000_000)).collect();
        let open = StockAdjust { terms: terms(), lines };
        writer.write(&actor, Meta::new("bench"), open).await.unwrap().outcome.unwrap();
        Self { location }
    }
}

/// The id of the variant with this number.
pub(crate) fn variant(number: i64) -> ProductVariantId {
    ProductVariantId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::try_from(number).unwrap()))
}

/// A line that brings in units.
pub(crate) fn receive(number: i64, location: LocationId, units: i64) -> AdjustLine {
    AdjustLine {
        variant: VariantName::Id(variant(number)),
        location: LocationName::Id(location),
        delta: Delta::new(units).unwrap(),
        condition: Condition::Available,
    }
}

/// Goods have come in.
pub(crate) fn terms() -> Terms {
    Terms { memo: Memo::new(Reason::Received), dry_run: false }
}

/// Makes a product with all variants.
struct MakeVariants;

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
        Sql::new("INSERT INTO product_variants (id, product_id, title, sku, option_key, currency, price_minor, position, version, created_at, updated_at) VALUES ")
            .rows(0..LINES * SECTION, |sql, number| {
                sql.bind(variant(number))
                    .push(", ")
                    .bind(product)
                    .push(", 'Bench', ")
                    .bind(format!("BENCH-{number}"))
                    .push(", ")
                    .bind(number.to_string())
                    .push(", 'EUR', 100, ")
                    .bind(number)
                    .push(", 1, 0, 0")
            })
            .execute(cx.tx)
            .await?;
        Ok(())
    }
}
