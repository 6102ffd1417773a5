//! Write-offs and returns: written, posted, cancelled, reversed.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ask::{Ask, Kind, Known};
use super::operation::{Condition, Deed, Keys, Names, any_condition, any_slot};
use super::stock::opposite;
use super::world::{Key, Outcome, Slot, World, refused, wish};

const KINDS: &[Kind] = &[Kind::WriteOff, Kind::Return];

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum SlipDeed {
    /// A write-off of these units, posted at once or later; it stays a draft when they are not there.
    WriteOff { lines: Lines, later: bool },
    /// A return of these, posted at once or later.
    Return { lines: Lines, later: bool },
    /// A slip is posted: the one of this number among those known.
    Post { document: u8 },
    /// Or given up.
    Cancel { document: u8 },
    /// Or taken back.
    Reverse { document: u8 },
}

type Lines = Vec<(Slot, i64, Condition)>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Slip {
    lines: Lines,
    /// Whether its units go.
    writes_off: bool,
    changes: Vec<(Slot, &'static str, i64)>,
    pub(super) status: &'static str,
}

pub(super) fn any_deed() -> impl Strategy<Value = SlipDeed> {
    let lines = || vec((any_slot(), 1_i64..5, any_condition()), 1..3);
    prop_oneof![
        3 => (lines(), prop::bool::weighted(0.3)).prop_map(|(lines, later)| SlipDeed::WriteOff { lines, later }),
        2 => (lines(), prop::bool::weighted(0.3)).prop_map(|(lines, later)| SlipDeed::Return { lines, later }),
        5 => any::<u8>().prop_map(|document| SlipDeed::Post { document }),
        1 => any::<u8>().prop_map(|document| SlipDeed::Cancel { document }),
        3 => any::<u8>().prop_map(|document| SlipDeed::Reverse { document }),
    ]
}

/// A return that is posted.
pub(super) fn any_opening() -> impl Strategy<Value = Vec<SlipDeed>> {
    vec((any_slot(), 1_i64..5, any_condition()), 1..3).prop_map(|lines| vec![SlipDeed::Return { lines, later: false }])
}

impl Deed for SlipDeed {
    fn name(&self) -> String {
        let name = match self {
            Self::WriteOff { .. } => "write off",
            Self::Return { .. } => "return",
            Self::Post { .. } => "post a slip",
            Self::Cancel { .. } => "cancel a slip",
            Self::Reverse { .. } => "reverse a slip",
        };
        name.to_owned()
    }

    fn about(&self) -> Option<(u8, &'static [Kind])> {
        match self {
            Self::Post { document } | Self::Cancel { document } | Self::Reverse { document } => {
                Some((*document, KINDS))
            }
            Self::WriteOff { .. } | Self::Return { .. } => None,
        }
    }

    fn makes(&self) -> Option<Kind> {
        match self {
            Self::WriteOff { .. } => Some(Kind::WriteOff),
            Self::Return { .. } => Some(Kind::Return),
            Self::Post { .. } | Self::Cancel { .. } | Self::Reverse { .. } => None,
        }
    }

    fn draft(&self, names: &Names) -> Option<Ask> {
        match self {
            Self::WriteOff { lines, later: false } | Self::Return { lines, later: false } => self.create(lines, names),
            Self::WriteOff { .. }
            | Self::Return { .. }
            | Self::Post { .. }
            | Self::Cancel { .. }
            | Self::Reverse { .. } => None,
        }
    }

    fn draw_up(&self, world: &mut World, own: Key) {
        if let Self::WriteOff { lines, .. } | Self::Return { lines, .. } = self {
            let writes_off = matches!(self, Self::WriteOff { .. });
            let slip = Slip { lines: lines.clone(), writes_off, changes: Vec::new(), status: "DRAFT" };
            world.slips.insert(own, slip);
        }
    }

    fn ask(&self, names: &Names, about: Option<&Known>) -> Ask {
        if let Self::WriteOff { lines, later: true } | Self::Return { lines, later: true } = self {
            return self.create(lines, names).unwrap();
        }
        let about = about.unwrap();
        let verb = match self {
            Self::WriteOff { .. } | Self::Return { .. } | Self::Post { .. } => "Post",
            Self::Cancel { .. } => "Cancel",
            Self::Reverse { .. } => "Reverse",
        };
        Ask::document(about.kind, verb, json!({ "id": about.id }))
    }

    fn apply(&self, world: &mut World, Keys { about, .. }: Keys) -> Outcome {
        if let Self::WriteOff { later: true, .. } | Self::Return { later: true, .. } = self {
            return Outcome::done();
        }
        let mut slip = world.slips[&about].clone();
        let (from, to) = match self {
            Self::WriteOff { .. } | Self::Return { .. } | Self::Post { .. } => ("DRAFT", "POSTED"),
            Self::Cancel { .. } => ("DRAFT", "CANCELLED"),
            Self::Reverse { .. } => ("POSTED", "REVERSED"),
        };
        if slip.status != from {
            return refused("INVALID_STATE");
        }
        let posted = match to {
            "POSTED" => world.post(&slip.wishes(), if slip.writes_off { "DAMAGED" } else { "RETURNED" }),
            "REVERSED" => world.post(&opposite(&slip.changes), "CORRECTION"),
            _ => world.post(&[], "nothing"),
        };
        match posted {
            Ok(posted) => slip.changes = posted.changes,
            Err(faults) => return Outcome::Refused(faults),
        }
        slip.status = to;
        world.slips.insert(about, slip);
        Outcome::done()
    }
}

impl SlipDeed {
    /// The request for the draft.
    fn create(&self, lines: &Lines, names: &Names) -> Option<Ask> {
        let line = |(slot, units, condition): &(Slot, i64, Condition)| {
            names.line(*slot, json!({ "quantity": units, "condition": condition.name() }))
        };
        let lines: Vec<Value> = lines.iter().map(line).collect();
        Some(Ask::document(self.makes()?, "Create", json!({ "lines": lines })))
    }
}

impl Slip {
    fn wishes(&self) -> Vec<super::world::Wish> {
        let sign = if self.writes_off { -1 } else { 1 };
        let line = |(index, (slot, units, condition)): (usize, &(Slot, i64, Condition))| {
            let beside = condition.state().map(|state| wish(index, *slot, state, sign * units));
            [Some(wish(index, *slot, "ON_HAND", sign * units)), beside].into_iter().flatten()
        };
        self.lines.iter().enumerate().flat_map(line).collect()
    }
}
