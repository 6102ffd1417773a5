//! Changes of stock that no document stands behind, and taking them back.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::operation::{Condition, Deed, Keys, LOCATIONS, Names, VARIANTS, any_condition, any_slot};
use super::world::{Adjustment, Key, Outcome, Slot, Wish, World, refused, wish};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum StockDeed {
    Adjust {
        lines: Vec<(Slot, i64, Condition)>,
    },
    Set {
        slot: Slot,
        to: i64,
        from: Option<i64>,
    },
    Move {
        variant: usize,
        from: usize,
        to: usize,
        units: i64,
    },
    Reclassify {
        slot: Slot,
        from: Condition,
        to: Condition,
        units: i64,
    },
    /// One of these is taken back: the one of this number among those known.
    Reverse {
        document: u8,
    },
}

pub(super) fn any_deed() -> impl Strategy<Value = StockDeed> {
    let delta = prop_oneof![3 => 1_i64..12, 2 => -8_i64..0];
    let line = (any_slot(), delta, any_condition());
    prop_oneof![
        6 => vec(line, 1..4).prop_map(|lines| StockDeed::Adjust { lines }),
        3 => (any_slot(), 0_i64..15, prop::option::weighted(0.3, 0_i64..15))
            .prop_map(|(slot, to, from)| StockDeed::Set { slot, to, from }),
        3 => (0..VARIANTS, 0..LOCATIONS, 0..LOCATIONS, 1_i64..8)
            .prop_map(|(variant, from, to, units)| StockDeed::Move { variant, from, to, units }),
        2 => (any_slot(), any_condition(), any_condition(), 1_i64..6)
            .prop_map(|(slot, from, to, units)| StockDeed::Reclassify { slot, from, to, units }),
        2 => any::<u8>().prop_map(|document| StockDeed::Reverse { document }),
    ]
}

impl Deed for StockDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::Adjust { .. } => "adjust",
            Self::Set { .. } => "set",
            Self::Move { .. } => "move",
            Self::Reclassify { .. } => "reclassify",
            Self::Reverse { .. } => "reverse an adjustment",
        };
        name.to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        match self {
            Self::Reverse { document } => Some((*document, &[Kind::Adjustment])),
            Self::Adjust { .. } | Self::Set { .. } | Self::Move { .. } | Self::Reclassify { .. } => None,
        }
    }

    fn makes(&self) -> Option<Kind> {
        Some(Kind::Adjustment)
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        match self {
            Self::Adjust { lines } => {
                let line = |(slot, delta, condition): &(Slot, i64, Condition)| {
                    names.line(*slot, json!({ "delta": delta, "condition": condition.name() }))
                };
                let lines: Vec<Value> = lines.iter().map(line).collect();
                Ask::stock("stockAdjust", json!({ "reason": "OTHER", "lines": lines }))
            }
            Self::Set { slot, to, from } => {
                let line = names.line(*slot, json!({ "quantity": to, "changeFrom": from }));
                Ask::stock("stockSet", json!({ "reason": "COUNT", "lines": [line] }))
            }
            Self::Move { variant, from, to, units } => {
                let (sku, from, to) = (&names.skus[*variant], &names.codes[*from], &names.codes[*to]);
                let line = json!({ "sku": sku, "fromLocationCode": from, "toLocationCode": to, "quantity": units });
                Ask::stock("stockMove", json!({ "lines": [line] }))
            }
            Self::Reclassify { slot, from, to, units } => {
                let more = json!({ "from": from.name(), "to": to.name(), "quantity": units });
                Ask::stock("stockReclassify", json!({ "lines": [names.line(*slot, more)] }))
            }
            Self::Reverse { .. } => Ask::stock("stockAdjustmentReverse", json!({ "adjustmentId": about.unwrap().id })),
        }
    }

    fn apply(&self, world: &mut World, Keys { own, about }: Keys) -> Outcome {
        match self {
            Self::Adjust { lines } => {
                let wishes = lines.iter().enumerate().flat_map(|(index, (slot, delta, condition))| {
                    let beside = condition.state().map(|state| wish(index, *slot, state, *delta));
                    [Some(wish(index, *slot, "ON_HAND", *delta)), beside].into_iter().flatten()
                });
                world.adjust(own, &wishes.collect::<Vec<_>>(), "OTHER")
            }
            Self::Set { slot, to, from } => {
                let on_hand = world.levels.get(slot).map_or(0, |level| level.on_hand);
                if from.is_some_and(|from| from != on_hand) {
                    return Outcome::Refused(vec![(0, "STALE".to_owned(), vec![on_hand])]);
                }
                world.adjust_as((own, Some(*slot)), &[wish(0, *slot, "ON_HAND", to - on_hand)], "COUNT")
            }
            Self::Move { from, to, .. } if from == to => refused("INVALID"),
            Self::Move { variant, from, to, units } => {
                let ends = [wish(0, (*variant, *from), "ON_HAND", -units), wish(0, (*variant, *to), "ON_HAND", *units)];
                world.adjust(own, &ends, "TRANSFER")
            }
            Self::Reclassify { from, to, .. } if from == to => refused("INVALID"),
            Self::Reclassify { slot, from, to, units } => {
                let end = |condition: Condition, delta| Some(wish(0, *slot, condition.state()?, delta));
                let ends = [end(*from, -units), end(*to, *units)];
                world.adjust(own, &ends.into_iter().flatten().collect::<Vec<_>>(), "INSPECTED")
            }
            Self::Reverse { .. } => {
                let adjustment = world.adjustments[&about].clone();
                if adjustment.is_final || adjustment.changes.is_empty() {
                    return refused("INVALID_STATE");
                }
                let outcome = world.adjust_as((own, adjustment.sets), &opposite(&adjustment.changes), "CORRECTION");
                for key in [own, about] {
                    if let Some(adjustment) = world.adjustments.get_mut(&key) {
                        adjustment.is_final = true;
                    }
                }
                outcome
            }
        }
    }
}

/// What takes changes back. The request names no lines.
pub(super) fn opposite(changes: &[(Slot, &'static str, i64)]) -> Vec<Wish> {
    changes.iter().map(|(slot, state, delta)| wish(0, *slot, state, -delta)).collect()
}

impl World {
    fn adjust(&mut self, own: Key, wishes: &[Wish], reason: &str) -> Outcome {
        self.adjust_as((own, None), wishes, reason)
    }

    /// The same where it sets a level, or takes back what did.
    fn adjust_as(&mut self, (own, sets): (Key, Option<Slot>), wishes: &[Wish], reason: &str) -> Outcome {
        match self.post(wishes, reason) {
            Ok(posted) => {
                if let Some(slot) = sets.filter(|_| !posted.changes.is_empty()) {
                    self.corrects(slot);
                }
                self.adjustments.insert(own, Adjustment { changes: posted.changes, sets, is_final: false });
                Outcome::levels(posted.levels)
            }
            Err(faults) => Outcome::Refused(faults),
        }
    }
}
