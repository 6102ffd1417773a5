//! One race of everything: reservations of which some expire, sales, transfers with losses and a stock count want the same few units at once. No unit
//! is sold twice and none is lost: what is left is what there was, less what the clients were told, and the ledger says the same.

mod clients;
mod ledger;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use stockroom::kernel::clock::ManualClock;

use self::clients::Racer;
use super::orders::assert_sound;
use super::shelves::{Shop, adjust, line};
use crate::support::client::Client;
use crate::support::{TestApp, both_databases};

both_databases!(of_all_that_happens_at_once_no_unit_is_sold_twice_or_lost);

const VARIANTS: usize = 3;
const LOCATIONS: usize = 2;
/// Units of each variant at each location at the start.
const OPENING: i64 = 30;

/// A variant and a location, by their numbers.
type Slot = (usize, usize);

/// What the answers to one client said.
#[derive(Debug, Default)]
struct Told {
    /// By how much the units on hand changed.
    on_hand: BTreeMap<Slot, i64>,
    /// Units, by what became of them.
    fates: BTreeMap<&'static str, i64>,
}

impl Told {
    /// So many units came to a level, or went from it when negative.
    fn note(&mut self, fate: &'static str, slot: Slot, units: i64) {
        *self.on_hand.entry(slot).or_default() += units;
        *self.fates.entry(fate).or_default() += units.abs();
    }

    /// So many units met this fate without being on hand.
    fn mention(&mut self, fate: &'static str, units: i64) {
        *self.fates.entry(fate).or_default() += units;
    }

    fn add(&mut self, other: &Self) {
        for (slot, units) in &other.on_hand {
            *self.on_hand.entry(*slot).or_default() += units;
        }
        for (fate, units) in &other.fates {
            *self.fates.entry(fate).or_default() += units;
        }
    }
}

async fn of_all_that_happens_at_once_no_unit_is_sold_twice_or_lost(mut app: TestApp) {
    let clock = app.stop_the_clock().await;
    let keeper = app.as_role("INVENTORY_MANAGER").await;
    let counter = app.as_role("STOCK_COUNTER").await;
    Shop::small(&app, VARIANTS, LOCATIONS).await;
    let opening = slots().map(|(variant, location)| line(&sku(variant), &place(location), OPENING));
    adjust(&keeper, opening.collect()).await.payload("stockAdjust");

    let over = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch(keeper.clone(), over.clone()));
    let sweeping = tokio::spawn(sweep(app.app.clone(), over.clone()));
    let racer = |seed: u64| Racer::new(keeper.clone(), clock.clone(), seed);
    let racing = (0..12).map(|seed| tokio::spawn(racer(seed).reserve()));
    let racing = racing.chain((12..20).map(|seed| tokio::spawn(racer(seed).sell())));
    let racing = racing.chain((20..26).map(|seed| tokio::spawn(racer(seed).carry())));
    let racing: Vec<_> = racing.chain([tokio::spawn(racer(26).count(counter))]).collect();
    let mut told = Told::default();
    for racer in join_all(racing).await {
        told.add(&racer.unwrap());
    }
    over.store(true, Ordering::SeqCst);
    assert!(watching.await.unwrap() > 0, "nobody looked");
    sweeping.await.unwrap();

    for fate in ["fulfilled", "released", "sold", "shipped", "arrived", "lost", "counted", "refused"] {
        assert!(told.fates.get(fate).is_some_and(|units| *units > 0), "nothing was {fate}: {:?}", told.fates);
    }
    let expired = "{ stockAdjustments(filter: { reasons: [EXPIRED] }) { totalCount } }";
    assert_ne!(keeper.query(expired, json!({})).await.field("stockAdjustments")["totalCount"], json!(0));
    clock.advance(Duration::from_secs(10));
    app.app.sweep_reservations().await.unwrap();
    for slot in slots() {
        let level = ledger::walked(&keeper, slot).await;
        assert_eq!(level.on_hand, OPENING + told.on_hand.get(&slot).unwrap_or(&0), "{slot:?}: {told:?}");
        assert_eq!(level.incoming, 0, "{slot:?}: every transfer has arrived");
        assert_eq!(level, ledger::now(&keeper, slot).await, "{slot:?}");
    }
    assert_sound(&keeper).await;
}

fn slots() -> impl Iterator<Item = Slot> {
    (0..VARIANTS).flat_map(|variant| (0..LOCATIONS).map(move |location| (variant, location)))
}

fn sku(variant: usize) -> String {
    format!("SKU-{variant}")
}

fn place(location: usize) -> String {
    format!("LOC-{location}")
}

/// Reads all levels again and again: at no moment does one of them show what cannot be. Returns how often it looked.
async fn watch(client: Client, over: Arc<AtomicBool>) -> usize {
    let document = "{ stockLevels { nodes { onHand reserved available backordered incoming } } }";
    let mut looks = 0;
    while !over.load(Ordering::SeqCst) {
        let answer = client.query(document, json!({})).await;
        for level in answer.field("stockLevels")["nodes"].as_array().unwrap() {
            let number = |name: &str| level[name].as_i64().unwrap();
            let [on_hand, reserved, available, late, incoming] =
                ["onHand", "reserved", "available", "backordered", "incoming"].map(number);
            assert!([on_hand, reserved, available, late, incoming].iter().all(|units| *units >= 0), "{level}");
            assert_eq!(on_hand + late, reserved + available, "{level}");
        }
        looks += 1;
    }
    looks
}

/// Takes back what has expired, again and again, as the server does every few seconds.
async fn sweep(app: stockroom::app::App, over: Arc<AtomicBool>) {
    while !over.load(Ordering::SeqCst) {
        app.sweep_reservations().await.unwrap();
        tokio::task::yield_now().await;
    }
}

/// Lets time go on a little.
fn tick(clock: &ManualClock) {
    clock.advance(Duration::from_millis(200));
}
