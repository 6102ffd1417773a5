//! How many stock adjustments a second the library makes: of distinct variants, and of one that everybody wants. A measurement, not a test.
//!
//! `cargo bench --bench adjustments` on SQLite in a temporary folder; `cargo bench --bench adjustments -- postgres://…` on an empty PostgreSQL database.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and stops at the first fault")]

use std::time::{Duration, Instant};

use stockroom::app::App;
use stockroom::catalog::entity::product_variant::ProductVariantId;
use stockroom::config::Config;
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

const CLIENTS: usize = 32;
const LASTING: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.server.data_dir = folder.path().to_owned();
    // Cargo adds `--bench`.
    config.database.url = std::env::args().skip(1).find(|argument| argument.contains("://")).map(Into::into);
    let app = App::open(config).await.unwrap();
    let (actor, writer) = (Actor::system("bench"), &app.services.writer);
    let code = LocationCode::parse("BENCH").unwrap();
    let create = LocationCreate { code, name: "Bench".to_owned(), address: String::new(), priority: 100 };
    let location = writer.write(&actor, Meta::new("bench"), create).await.unwrap().outcome.unwrap();
    let variants = writer.write(&actor, Meta::new("bench"), MakeVariants).await.unwrap().outcome.unwrap();
    measure("distinct variants", &app, location, &variants).await;
    measure("one hot variant", &app, location, &vec![*variants.first().unwrap(); CLIENTS]).await;
    app.close().await.unwrap();
}

/// Each client adjusts its own variant, one adjustment after the other.
async fn measure(name: &str, app: &App, location: LocationId, variants: &[ProductVariantId]) {
    let start = Instant::now();
    let clients: Vec<_> = variants
        .iter()
        .map(|variant| {
            let (writer, variant, actor) = (app.services.writer.clone(), *variant, Actor::system("bench"));
            tokio::spawn(async move {
                let mut made = 0_u32;
                while start.elapsed() < LASTING {
                    let written = writer.write(&actor, Meta::new("bench"), receive(variant, location));
                    written.await.unwrap().outcome.unwrap();
                    made += 1;
                }
                made
            })
        })
        .collect();
    let mut made = 0;
    for client in clients {
        made += client.await.unwrap();
    }
    println!("{name}: {:.0} adjustments/s by {CLIENTS} clients", f64::from(made) / start.elapsed().as_secs_f64());
}

fn receive(variant: ProductVariantId, location: LocationId) -> StockAdjust {
    let line = AdjustLine {
        variant: VariantName::Id(variant),
        location: LocationName::Id(location),
        delta: Delta::new(1).unwrap(),
        condition: Condition::Available,
    };
    StockAdjust { terms: Terms { memo: Memo::new(Reason::Received), dry_run: false }, lines: vec![line] }
}

/// Makes a product with one variant for each client.
struct MakeVariants;

impl Command for MakeVariants {
    type Output = Vec<ProductVariantId>;
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Self::Output, Failure<InventoryError>> {
        let product: stockroom::catalog::entity::product::ProductId = cx.ids.make();
        Sql::new(
            "INSERT INTO products (id, title, handle, description, status, version, created_at, updated_at) VALUES (",
        )
        .bind(product)
        .push(", 'Bench', 'bench', '', 'ACTIVE', 1, 0, 0)")
        .execute(cx.tx)
        .await?;
        let variants: Vec<ProductVariantId> = (0..CLIENTS).map(|_| cx.ids.make()).collect();
        Sql::new("INSERT INTO product_variants (id, product_id, title, sku, option_key, currency, price_minor, position, version, created_at, updated_at) VALUES ")
            .rows(variants.iter().zip(1_i64..), |sql, (variant, position)| {
                sql.bind(*variant)
                    .push(", ")
                    .bind(product)
                    .push(", 'Bench', ")
                    .bind(format!("BENCH-{position}"))
                    .push(", ")
                    .bind(position.to_string())
                    .push(", 'EUR', 100, ")
                    .bind(position)
                    .push(", 1, 0, 0")
            })
            .execute(cx.tx)
            .await?;
        Ok(variants)
    }
}
