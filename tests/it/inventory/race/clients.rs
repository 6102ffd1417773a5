//! Those who race: each does one thing over and over, takes no answer but success and the user errors that its mutations document, and keeps a record of what it
//! was told.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use stockroom::kernel::clock::ManualClock;

use super::{Slot, Told, VARIANTS, place, sku, tick};
use crate::inventory::counting::{act, record};
use crate::inventory::orders::transfer;
use crate::inventory::reservations::{change, create, want};
use crate::inventory::shelves::{ADJUST, line};
use crate::support::client::{Answer, Client};

/// A client with its own chance and its own record.
pub(super) struct Racer {
    client: Client,
    clock: Arc<ManualClock>,
    random: StdRng,
    told: Told,
}

impl Racer {
    pub(super) fn new(client: Client, clock: Arc<ManualClock>, seed: u64) -> Self {
        Self { client, clock, random: StdRng::seed_from_u64(seed), told: Told::default() }
    }

    /// Reserves, for a moment, for long or until further notice; then sells, lets go or forgets it.
    pub(super) async fn reserve(mut self) -> Told {
        for _ in 0..6 {
            tick(&self.clock);
            let Some(id) = self.reserved().await else { continue };
            match self.random.random_range(0..4) {
                0 | 1 => self.fulfil(&id).await,
                2 => self.release(&id).await,
                _ => {}
            }
        }
        self.told
    }

    async fn reserved(&mut self) -> Option<Value> {
        let first = self.random.random_range(0..VARIANTS);
        let lines: Vec<Value> = (0..self.random.random_range(1..=2))
            .map(|number| want(&sku((first + number) % VARIANTS), self.random.random_range(1..=4)))
            .collect();
        let time = [None, Some(1), Some(3_600)].choose(&mut self.random).copied().flatten();
        let answer = create(&self.client, json!({ "lines": lines, "ttlSeconds": time })).await;
        if self.is_refused(&answer.user_error_codes("reservationCreate"), &["INSUFFICIENT_STOCK"]) {
            return None;
        }
        Some(answer.payload("reservationCreate")["reservation"]["id"].clone())
    }

    /// What has expired meanwhile cannot be sold, nor can what a count found missing.
    async fn fulfil(&mut self, id: &Value) {
        let payload = change(&self.client, "Fulfil", json!({ "id": id })).await;
        if self.is_refused(&codes(&payload), &["INVALID_STATE", "INSUFFICIENT_STOCK"]) {
            return;
        }
        for (slot, share) in allocations(&payload["reservation"]) {
            self.told.note("fulfilled", slot, -share["fulfilled"].as_i64().unwrap());
        }
    }

    async fn release(&mut self, id: &Value) {
        let payload = change(&self.client, "Release", json!({ "id": id })).await;
        if self.is_refused(&codes(&payload), &["INVALID_STATE"]) {
            return;
        }
        for (_, share) in allocations(&payload["reservation"]) {
            self.told.mention("released", share["released"].as_i64().unwrap());
        }
    }

    /// Sells over the counter, and takes something back now and then.
    pub(super) async fn sell(mut self) -> Told {
        for _ in 0..8 {
            let slot = self.slot();
            let units = *[-5, -4, -3, -2, -1, 1].choose(&mut self.random).unwrap();
            let lines = [line(&sku(slot.0), &place(slot.1), units)];
            let answer = self.client.mutate(ADJUST, json!({ "reason": "SOLD", "lines": lines })).await;
            if !self.is_refused(&answer.user_error_codes("stockAdjust"), &["INSUFFICIENT_STOCK"]) {
                self.told.note("sold", slot, units);
            }
        }
        self.told
    }

    /// Ships from one location to the other and receives in two parts, with a loss.
    pub(super) async fn carry(mut self) -> Told {
        for _ in 0..3 {
            let (variant, from) = self.slot();
            let (to, units) = (1 - from, self.random.random_range(2..=6));
            let input = json!({
                "fromLocationCode": place(from), "toLocationCode": place(to),
                "lines": [{ "sku": sku(variant), "quantity": units }],
            });
            let answer = transfer(&self.client, "Create", input).await;
            let id = answer.payload("stockTransferCreate")["stockTransfer"]["id"].clone();
            let shipped = transfer(&self.client, "Ship", json!({ "id": id })).await;
            if self.is_refused(&shipped.user_error_codes("stockTransferShip"), &["INSUFFICIENT_STOCK"]) {
                continue;
            }
            self.told.note("shipped", (variant, from), -units);
            let lost = self.random.random_range(1..=2).min(units - 1);
            for (accepted, lost) in [(1, 0), (units - 1 - lost, lost)] {
                let lines = [json!({ "sku": sku(variant), "accepted": accepted, "lost": lost })];
                let answer = transfer(&self.client, "Receive", json!({ "id": id, "lines": lines })).await;
                answer.payload("stockTransferReceive");
                self.told.note("arrived", (variant, to), accepted);
                self.told.mention("lost", lost);
            }
        }
        self.told
    }

    /// Counts the first location until a count is approved. Where the books moved between the look and the entry, the count is as wrong as any.
    pub(super) async fn count(mut self, counter: Client) -> Told {
        loop {
            let answer = act(&self.client, "Create", json!({ "locationCode": place(0) })).await;
            let id = answer.payload("stockCountCreate")["stockCount"]["id"].as_str().unwrap().to_owned();
            act(&self.client, "Start", json!({ "id": id })).await.payload("stockCountStart");
            for variant in 0..VARIANTS {
                let found = super::ledger::now(&self.client, (variant, 0)).await.on_hand;
                let found = (found + [2, -1, 1][variant]).max(0);
                record(&counter, &id, &sku(variant), found).await.payload("stockCountRecord");
            }
            act(&self.client, "Finish", json!({ "id": id })).await.payload("stockCountFinish");
            let approved = act(&self.client, "Approve", json!({ "id": id })).await;
            if !self.is_refused(&approved.user_error_codes("stockCountApprove"), &["INSUFFICIENT_STOCK"]) {
                self.posted(&approved);
                return self.told;
            }
            act(&self.client, "Cancel", json!({ "id": id })).await.payload("stockCountCancel");
        }
    }

    fn posted(&mut self, approved: &Answer) {
        let adjustments = approved.payload("stockCountApprove")["adjustments"].as_array().unwrap();
        for line in adjustments.iter().flat_map(|adjustment| adjustment["lines"].as_array().unwrap()) {
            assert_eq!(line["state"], json!("ON_HAND"));
            self.told.note("counted", (number(&line["variant"]["sku"]), 0), line["delta"].as_i64().unwrap());
        }
    }

    fn slot(&mut self) -> Slot {
        (self.random.random_range(0..VARIANTS), self.random.random_range(0..2))
    }

    /// Whether the answer is a refusal: one of those that may be.
    fn is_refused(&mut self, codes: &[String], allowed: &[&str]) -> bool {
        assert!(codes.iter().all(|code| allowed.contains(&code.as_str())), "{codes:?}");
        if codes.iter().any(|code| code == "INSUFFICIENT_STOCK") {
            self.told.mention("refused", 1);
        }
        !codes.is_empty()
    }
}

fn codes(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors.map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

/// The shares of a reservation, each with where it is.
fn allocations(reservation: &Value) -> Vec<(Slot, Value)> {
    let lines = reservation["lines"].as_array().unwrap().iter();
    let shares = lines.flat_map(|line| {
        let variant = number(&line["variant"]["sku"]);
        let shares = line["allocations"].as_array().unwrap().iter();
        shares.map(move |share| ((variant, number(&share["location"]["code"])), share.clone()))
    });
    shares.collect()
}

/// The number at the end of an SKU or a code.
fn number(name: &Value) -> usize {
    name.as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()
}
