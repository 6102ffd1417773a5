//! How the reading of a level, of its past and of its explanation grows with the ledger: 50,000 movements against 5 million. A measurement, not a test.
//!
//! `cargo bench --bench history` on SQLite in a temporary folder; `cargo bench --bench history -- postgres://…` on an empty PostgreSQL database.
// What a server is made of is laid out in one piece, a hundred and more futures deep, when it is optimised.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and stops at the first fault")]

#[path = "common/shelf.rs"]
mod shelf;

use std::time::{Duration, Instant};

use stockroom::app::App;
use stockroom::catalog::entity::product_variant::ProductVariantId;
use stockroom::config::Config;
use stockroom::inventory::entity::location::LocationId;
use stockroom::inventory::entity::stock_adjustment::{self, Kind, Reason};
use stockroom::inventory::entity::stock_level::Slot;
use stockroom::inventory::entity::stock_level::balance::Balance;
use stockroom::inventory::entity::stock_movement::{self, State};
use stockroom::inventory::error::InventoryError;
use stockroom::inventory::store::{self, LevelChange, LevelFilter, Locked, Making, View};
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::clock::Timestamp;
use stockroom::kernel::error::Failure;
use stockroom::kernel::page::Page;
use stockroom::kernel::write::{Command, Cx, Meta};

const LEVELS: i64 = 100;
const READS: usize = 2_000;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.server.data_dir = folder.path().to_owned();
    // Cargo adds `--bench`.
    config.database.url = std::env::args().skip(1).find(|argument| argument.contains("://")).map(Into::into);
    let app = App::open(config).await.unwrap();
    let (actor, writer) = (Actor::system("bench"), &app.services.writer);
    let location = shelf::make(&app, LEVELS).await;
    let slots: Vec<Slot> = (0..LEVELS).map(|number| Slot { variant: shelf::variant(number), location }).collect();
    let mut made = 0;
    for movements_each in [500, 50_000] {
        while made < movements_each {
            let until = movements_each.min(made + 200);
            let grow = Grow { slots: slots.iter().map(|slot| (slot.variant, slot.location)).collect(), made, until };
            writer.write(&actor, Meta::new("bench"), grow).await.unwrap().outcome.unwrap();
            made = until;
        }
        measure(&app, &slots, made).await;
    }
    app.close().await.unwrap();
}

/// The median time of each kind of reading, over levels and moments all over the ledger.
async fn measure(app: &App, slots: &[Slot], made: i64) {
    let (db, actor) = (app.services.db.read(), Actor::system("bench"));
    let (mut level, mut past, mut explained) = (Vec::new(), Vec::new(), Vec::new());
    for (slot, number) in slots.iter().cycle().zip(1_i64..).take(READS) {
        let version = number * 7_919 % made + 1;
        let start = Instant::now();
        let filter = LevelFilter {
            variants: Some(vec![slot.variant]),
            locations: Some(vec![slot.location]),
            ..LevelFilter::default()
        };
        store::levels(&actor, filter, View::at(app.services.clock.now())).one(db).await.unwrap().unwrap();
        level.push(start.elapsed());
        let start = Instant::now();
        store::balances_at(db, &actor, &[(*slot, moment(version))]).await.unwrap();
        past.push(start.elapsed());
        let start = Instant::now();
        let making = Making { slot: *slot, version, state: None };
        store::making_page(db, &actor, making, &Page::first(20)).await.unwrap();
        explained.push(start.elapsed());
    }
    let total = made * i64::try_from(slots.len()).unwrap();
    for (name, times) in [("level", level), ("level at a past moment", past), ("page of its movements", explained)] {
        println!("{total} movements, {name}: {:?}", median(times));
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn moment(version: i64) -> Timestamp {
    Timestamp(version * 1_000_000)
}

/// Lets every level have more movements of one unit, as the ledger would have written them.
struct Grow {
    slots: Vec<(ProductVariantId, LocationId)>,
    made: i64,
    until: i64,
}

impl Command for Grow {
    type Output = ();
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(), Failure<InventoryError>> {
        let slots = || self.slots.iter().map(|(variant, location)| Slot { variant: *variant, location: *location });
        let fresh: Vec<_> = slots().map(|slot| (cx.ids.make(), slot)).collect();
        store::make_levels(cx.tx, &fresh, moment(0)).await?;
        let levels = store::lock_levels(cx.tx, &slots().collect(), cx.now).await?;
        for version in self.made + 1..=self.until {
            let adjustment = adjustment(cx, version);
            let movement = |(line, slot): (i64, Slot)| stock_movement::Model {
                id: cx.ids.make(),
                adjustment_id: adjustment.id,
                line,
                variant_id: slot.variant,
                location_id: slot.location,
                state: State::OnHand,
                delta: 1,
                balance_after: version,
                level_version: version,
                reason: adjustment.reason,
                reference: None,
                actor_id: None,
                created_at: adjustment.created_at,
            };
            let movements: Vec<_> = (1..).zip(slots()).map(movement).collect();
            store::insert_adjustments(cx.tx, &[adjustment]).await?;
            store::insert_movements(cx.tx, &movements).await?;
        }
        let after = Balance { on_hand: self.until, version: self.until, ..Balance::default() };
        let change = |locked: &Locked| LevelChange {
            id: locked.level.id,
            location: locked.level.location_id,
            version: locked.level.version,
            settings_version: locked.level.settings_version,
            after,
            at: moment(self.until),
        };
        store::update_levels(cx.tx, &levels.iter().map(change).collect::<Vec<_>>()).await?;
        Ok(())
    }
}

fn adjustment(cx: &Cx<'_>, version: i64) -> stock_adjustment::Model {
    stock_adjustment::Model {
        id: cx.ids.make(),
        kind: Kind::Adjust,
        reason: Reason::Received,
        reference: None,
        note: None,
        actor_id: None,
        actor_name: Some("bench".to_owned()),
        request_id: "bench".to_owned(),
        created_at: moment(version),
        document_type: None,
        document_id: None,
        reverses_id: None,
    }
}
