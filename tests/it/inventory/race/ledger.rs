//! What the ledger says of a level after the race: its movements, walked from the first to the last, with what may not be at any of their ends.

use serde_json::{Value, json};

use super::{Slot, place, sku};
use crate::support::client::Client;

/// The numbers of a level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) incoming: i64,
}

impl Level {
    /// Units that nobody was promised; fewer than none when more are promised than there are.
    fn free(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Adds a movement.
    fn step(&mut self, movement: &Value) {
        let delta = movement["delta"].as_i64().unwrap();
        match movement["state"].as_str().unwrap() {
            "ON_HAND" => self.on_hand += delta,
            "RESERVED" => self.reserved += delta,
            "INCOMING" => self.incoming += delta,
            other => panic!("nobody touched {other}"),
        }
    }
}

/// The level as it is shown now.
pub(super) async fn now(client: &Client, slot: Slot) -> Level {
    let document = "query($sku: String, $code: String) { stockLevel(sku: $sku, locationCode: $code) { onHand reserved incoming } }";
    let answer = client.query(document, json!({ "sku": sku(slot.0), "code": place(slot.1) })).await;
    let number = |name: &str| answer.field("stockLevel")[name].as_i64().unwrap();
    Level { on_hand: number("onHand"), reserved: number("reserved"), incoming: number("incoming") }
}

/// The level by its movements. After each adjustment no number is negative, and nothing but a count, which finds what is there, leaves more promised
/// than there is, or adds to it.
pub(super) async fn walked(client: &Client, slot: Slot) -> Level {
    let movements = movements(client, slot).await;
    let mut level = Level::default();
    for group in movements.chunk_by(|one, next| one["adjustment"]["id"] == next["adjustment"]["id"]) {
        let before = level;
        for movement in group {
            level.step(movement);
        }
        assert!(level.on_hand >= 0 && level.reserved >= 0 && level.incoming >= 0, "{level:?} after {group:#?}");
        let counted = group[0]["adjustment"]["kind"] == json!("COUNT");
        assert!(counted || level.free() >= before.free().min(0), "oversold: {before:?}, {level:?} after {group:#?}");
    }
    level
}

/// All movements of a level, the first one first.
async fn movements(client: &Client, slot: Slot) -> Vec<Value> {
    let document = "query($sku: String, $code: String, $after: String) {
        explainLevel(sku: $sku, locationCode: $code) { movements(first: 100, after: $after) {
            nodes { state delta adjustment { id kind } } pageInfo { hasNextPage endCursor } } } }";
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "sku": sku(slot.0), "code": place(slot.1), "after": after });
        let answer = client.query(document, variables).await;
        let page = &answer.field("explainLevel")["movements"];
        found.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            found.reverse();
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}
