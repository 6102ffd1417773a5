//! Counting while the shop sells: whatever is sold and received before, between and after the entries, the books end at what is on the shelf.

use std::sync::Arc;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::entity::stock_level::Slot;
use stockroom::inventory::entity::stock_movement::State;
use stockroom::inventory::error::InventoryError;
use stockroom::inventory::ledger;
use stockroom::inventory::rules::change::{Change, Entry, Group, Memo, Post};
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::error::Failure;
use stockroom::kernel::id;
use stockroom::kernel::write::{Command, Cx, Meta};
use tokio::sync::Mutex;

use super::{Team, act, line_of, record};
use crate::inventory::shelves::{Shop, adjust, assert_clean, line, on_hand};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(
    what_is_sold_before_and_after_an_entry_stays_sold,
    the_books_end_at_what_is_there_however_many_sell_meanwhile,
    counters_and_sellers_at_once_meet_no_deadlock,
);

const VARIANTS: usize = 8;

async fn what_is_sold_before_and_after_an_entry_stays_sold(app: TestApp) {
    let team = Team::new(&app, 1, 10).await;
    // Nine are there. Two are sold, ann counts seven; one is sold, bob counts six; three more are sold, five come in.
    let id = team.counting().await;
    let sell = async |units: i64| drop(adjust(&team.keeper, vec![line("SKU-0", "LOC-0", -units)]).await);
    sell(2).await;
    record(&team.ann, &id, "SKU-0", 7).await.payload("stockCountRecord");
    sell(1).await;
    record(&team.bob, &id, "SKU-0", 6).await.payload("stockCountRecord");
    sell(3).await;
    team.finish(&id).await;
    let counted = line_of(&team.keeper, &id, "SKU-0").await;
    assert_eq!((&counted["standing"], &counted["variance"]["onHand"]), (&json!("COUNTED"), &json!(-1)));
    assert_eq!(counted["expected"]["onHand"], 10);
    assert_eq!(
        (&counted["entries"][0]["expected"], &counted["entries"][1]["expected"]),
        (&json!({ "onHand": 8 }), &json!({ "onHand": 7 }))
    );
    sell(-5).await;
    assert_eq!(team.approve(&id).await, [""; 0]);
    assert_eq!(on_hand(&team.keeper, &team.shop.variants[0], &team.shop.locations[0]).await, 9 - 2 - 1 - 3 + 5);
    assert_clean(&team.keeper, 1).await;
}

/// What really is on the shelves. Whoever takes a unit, puts one there or counts holds the shelf while the server is told.
type Shelves = Arc<Vec<Mutex<i64>>>;

/// A hundred in the books; more or fewer are there, and so is a variant that the books do not know.
fn shelves() -> Shelves {
    let off = |variant: usize| 100 + i64::try_from(variant).unwrap() * 2 - 7;
    Arc::new((0..VARIANTS).map(|variant| Mutex::new(off(variant))).collect())
}

async fn the_books_end_at_what_is_there_however_many_sell_meanwhile(app: TestApp) {
    let team = Team::new(&app, VARIANTS, 100).await;
    let shelves = shelves();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sellers = (0..12).map(|seed| tokio::spawn(sell(team.keeper.clone(), shelves.clone(), seed, stop.clone())));
    let sellers: Vec<_> = sellers.collect();
    let id = team.counting().await;
    let counters = [&team.ann, &team.bob].into_iter().zip(100..);
    join_all(counters.map(|(client, seed)| count(client.clone(), id.clone(), shelves.clone(), seed))).await;
    team.finish(&id).await;
    for variant in 0..VARIANTS {
        let line = line_of(&team.keeper, &id, &format!("SKU-{variant}")).await;
        let off = i64::try_from(variant).unwrap() * 2 - 7;
        assert_eq!((&line["standing"], &line["variance"]["onHand"]), (&json!("COUNTED"), &json!(off)), "{line}");
    }
    assert_eq!(team.approve(&id).await, [""; 0]);
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let sold: usize = join_all(sellers).await.into_iter().map(Result::unwrap).sum();
    assert!(sold > 0, "nobody sold anything");
    for (variant, shelf) in shelves.iter().enumerate() {
        let booked = on_hand(&team.keeper, &team.shop.variants[variant], &team.shop.locations[0]).await;
        assert_eq!(booked, *shelf.lock().await, "SKU-{variant}");
    }
    assert_clean(&team.keeper, VARIANTS).await;
}

/// Sells and receives units at random until told to stop; returns how often.
async fn sell(client: Client, shelves: Shelves, seed: u64, stop: Arc<std::sync::atomic::AtomicBool>) -> usize {
    let (mut random, mut times) = (StdRng::seed_from_u64(seed), 0);
    while !stop.load(std::sync::atomic::Ordering::SeqCst) {
        let (variant, units) = (random.random_range(0..VARIANTS), random.random_range(-2..=2));
        let mut shelf = shelves[variant].lock().await;
        if units == 0 || *shelf + units < 0 {
            continue;
        }
        let answer = adjust(&client, vec![line(&format!("SKU-{variant}"), "LOC-0", units)]).await;
        if answer.user_errors("stockAdjust").is_empty() {
            *shelf += units;
            times += 1;
        }
    }
    times
}

/// Counts every shelf twice, in an order of its own.
async fn count(client: Client, id: String, shelves: Shelves, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for turn in 0..VARIANTS * 2 {
        let variant = if turn < VARIANTS { turn } else { random.random_range(0..VARIANTS) };
        let shelf = shelves[variant].lock().await;
        record(&client, &id, &format!("SKU-{variant}"), *shelf).await.payload("stockCountRecord");
    }
}

async fn counters_and_sellers_at_once_meet_no_deadlock(app: TestApp) {
    let team = Team::new(&app, VARIANTS, 1_000).await;
    let id = team.counting().await;
    let all = |reversed: bool| {
        let mut skus: Vec<_> = (0..VARIANTS).map(|variant| format!("SKU-{variant}")).collect();
        if reversed {
            skus.reverse();
        }
        skus
    };
    let counting = (0..16).map(|number| {
        let client = if number % 4 < 2 { &team.ann } else { &team.bob };
        let lines: Vec<_> = all(number % 2 == 0).iter().map(|sku| json!({ "sku": sku, "quantity": 1_000 })).collect();
        client.mutate(super::RECORD, json!({ "id": id, "lines": lines }))
    });
    let selling = (0..16).map(|number| {
        let lines = all(number % 2 == 0).iter().map(|sku| line(sku, "LOC-0", -1)).collect();
        adjust(&team.keeper, lines)
    });
    let (counted, sold) = tokio::join!(join_all(counting), join_all(selling));
    assert!(counted.iter().all(|answer| answer.user_errors("stockCountRecord").is_empty()));
    assert!(sold.iter().all(|answer| answer.user_errors("stockAdjust").is_empty()));
    act(&team.keeper, "Cancel", json!({ "id": id })).await.payload("stockCountCancel");
    assert_clean(&team.keeper, VARIANTS).await;
}

/// Changes one number of the first variant's level at the first location, as a document would.
pub(super) async fn post(app: &TestApp, shop: &Shop, state: State, units: i64) {
    let slot =
        Slot { variant: id::parse(&shop.variants[0]).unwrap(), location: id::parse(&shop.locations[0]).unwrap() };
    let command = PostUnits { slot, state, units };
    let written = app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), command).await.unwrap();
    written.outcome.unwrap();
}

struct PostUnits {
    slot: Slot,
    state: State,
    units: i64,
}

impl Command for PostUnits {
    type Output = ();
    type Error = InventoryError;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(), Failure<InventoryError>> {
        let entries = vec![Entry::new(0, self.slot, [(self.state, self.units)])];
        let kind = stockroom::inventory::entity::stock_adjustment::Kind::Reservation;
        let group = Group { memo: Memo::new(Reason::Reserved), change: Change::Post(Post { kind, entries }) };
        drop(ledger::post(cx, group).await?.unwrap());
        Ok(())
    }
}
