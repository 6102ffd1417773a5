//! What a group of stock changes does to the levels: decided here, on locked balances, before anything is written.
//!
//! Groups are decided in order, each against what the earlier ones left. A refused group leaves the books as they were.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::change::{Adjust, Change, Cover, Field, Post, Reclassify, SetTo, Transfer};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::error::InventoryError;
use crate::kernel::quantity;

/// One movement to be written: one number of one level changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The level.
    pub slot: Slot,
    /// The number that changes.
    pub state: State,
    /// The change; never zero.
    pub delta: i64,
    /// What the level holds afterwards.
    pub after: Balance,
}

/// Why a line cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The index of the line in its group.
    pub line: usize,
    /// The part of the line.
    pub field: Field,
    /// What is wrong.
    pub error: InventoryError,
}

/// The balances of the levels that a batch touches.
#[derive(Debug, Clone, Default)]
pub struct Books(BTreeMap<Slot, Balance>);

/// What a group wants of one level, all of its lines taken together.
#[derive(Default)]
struct Wish {
    /// The number of the level among those that the group names, so that steps follow the lines.
    order: usize,
    /// What it wants of each number.
    parts: BTreeMap<State, Part>,
    /// The first line that leaves fewer units free.
    takes: Option<usize>,
    /// How far it may go beyond what is available.
    cover: Cover,
}

/// What a group wants of one number of a level.
#[derive(Default)]
struct Part {
    /// The sum of the changes. Beyond 64 bits it counts as out of range.
    delta: i128,
    /// The first line that adds, and the first that takes away.
    gives: Option<usize>,
    takes: Option<usize>,
}

type Wishes = BTreeMap<Slot, Wish>;

impl Books {
    /// The books as they are. A level that is not in them holds nothing.
    pub fn new(balances: impl IntoIterator<Item = (Slot, Balance)>) -> Self {
        Self(balances.into_iter().collect())
    }

    /// What the level holds.
    pub fn balance(&self, slot: Slot) -> Balance {
        self.0.get(&slot).copied().unwrap_or_default()
    }

    /// Decides a group: the steps, in the order of its lines, or everything that is wrong with it.
    pub fn decide(&mut self, change: &Change) -> Result<Vec<Step>, Vec<Refusal>> {
        let wishes = match change {
            Change::Adjust(lines) => adjust(lines),
            Change::Set(lines) => self.set(lines)?,
            Change::Move(lines) => transfer(lines)?,
            Change::Reclassify(lines) => reclassify(lines)?,
            Change::Post(post) => posted(post),
        };
        let (mut steps, mut refusals) = (Vec::new(), Vec::new());
        for (slot, wish) in wishes {
            match self.steps(slot, &wish) {
                Ok(of_level) => steps.push((wish.order, of_level)),
                Err(refusal) => refusals.push(refusal),
            }
        }
        if !refusals.is_empty() {
            refusals.sort_by_key(|refusal| refusal.line);
            return Err(refusals);
        }
        steps.sort_by_key(|(order, _)| *order);
        let steps: Vec<Step> = steps.into_iter().flat_map(|(_, of_level)| of_level).collect();
        self.0.extend(steps.iter().map(|step| (step.slot, step.after)));
        Ok(steps)
    }

    /// The movements of one level, each from what the one before it leaves. Only what they leave together must be possible.
    fn steps(&self, slot: Slot, wish: &Wish) -> Result<Vec<Step>, Refusal> {
        let before = self.balance(slot);
        wish.check_free(slot, before)?;
        let (mut after, mut steps) = (before, Vec::new());
        for (state, part) in &wish.parts {
            if part.delta == 0 {
                continue;
            }
            let units = part.apply(slot, *state, before)?;
            let full = || part.full(*state, before);
            let version = after.version.checked_add(1).ok_or_else(full)?;
            let delta = i64::try_from(part.delta).map_err(|_| full())?;
            after = Balance { version, ..after.with(*state, units) };
            steps.push(Step { slot, state: *state, delta, after });
        }
        if after.holds_together() { Ok(steps) } else { Err(short(slot, wish.takes, before.available(), wish.lost())) }
    }

    fn set(&self, lines: &[SetTo]) -> Result<Wishes, Vec<Refusal>> {
        let (mut wishes, mut first, mut refusals) = (Wishes::new(), BTreeMap::new(), Vec::new());
        for (line, set) in lines.iter().enumerate() {
            let on_hand = self.balance(set.slot).on_hand;
            match first.entry(set.slot) {
                Entry::Occupied(earlier) => {
                    let error = InventoryError::SetTwice { line: *earlier.get() };
                    refusals.push(Refusal { line, field: Field::Variant, error });
                }
                Entry::Vacant(free) => drop(free.insert(line)),
            }
            if set.change_from.is_some_and(|expected| expected.units() != on_hand) {
                let Slot { variant, location } = set.slot;
                let error = InventoryError::StockChanged { variant, location, on_hand };
                refusals.push(Refusal { line, field: Field::ChangeFrom, error });
            }
            let delta = i128::from(set.quantity.units()) - i128::from(on_hand);
            add(&mut wishes, line, set.slot, &[(State::OnHand, delta)]);
        }
        if refusals.is_empty() { Ok(wishes) } else { Err(refusals) }
    }
}

impl Wish {
    /// How many units fewer are free afterwards; negative when there are more.
    fn lost(&self) -> i128 {
        self.parts.iter().map(|(state, part)| part.delta * weight(*state)).sum()
    }

    /// Refuses what takes more than is free.
    fn check_free(&self, slot: Slot, before: Balance) -> Result<(), Refusal> {
        let (lost, free) = (self.lost(), before.free());
        let beyond = match self.cover {
            Cover::Available => 0,
            Cover::Backorder(units) => units,
            Cover::Counted => return Ok(()),
        };
        if lost <= 0 || i128::from(free) + i128::from(beyond) >= lost {
            return Ok(());
        }
        Err(short(slot, self.takes, free.saturating_add(beyond), lost))
    }
}

impl Part {
    /// The number afterwards.
    fn apply(&self, slot: Slot, state: State, before: Balance) -> Result<i64, Refusal> {
        let units = i128::from(before.units(state)) + self.delta;
        if units < 0 {
            return Err(short(slot, self.takes, before.units(state), -self.delta));
        }
        i64::try_from(units).ok().filter(|units| *units <= quantity::MAX).ok_or_else(|| self.full(state, before))
    }

    fn full(&self, state: State, before: Balance) -> Refusal {
        Refusal {
            line: self.gives.unwrap_or_default(),
            field: Field::Amount,
            error: InventoryError::LevelFull { on_hand: before.units(state), max: quantity::MAX },
        }
    }
}

fn short(slot: Slot, line: Option<usize>, available: i64, requested: i128) -> Refusal {
    let error = InventoryError::InsufficientStock {
        variant: slot.variant,
        location: slot.location,
        available: available.max(0),
        requested: i64::try_from(requested).unwrap_or(i64::MAX),
    };
    Refusal { line: line.unwrap_or_default(), field: Field::Amount, error }
}

/// By how much one unit more of a number leaves fewer units free.
fn weight(state: State) -> i128 {
    match state {
        State::OnHand => -1,
        State::Reserved | State::Damaged | State::QualityControl => 1,
        State::Incoming => 0,
    }
}

fn adjust(lines: &[Adjust]) -> Wishes {
    let mut wishes = Wishes::new();
    for (line, adjust) in lines.iter().enumerate() {
        let units = i128::from(adjust.delta.units());
        match adjust.condition.state() {
            None => add(&mut wishes, line, adjust.slot, &[(State::OnHand, units)]),
            Some(state) => add(&mut wishes, line, adjust.slot, &[(State::OnHand, units), (state, units)]),
        }
    }
    wishes
}

fn transfer(lines: &[Transfer]) -> Result<Wishes, Vec<Refusal>> {
    let (mut wishes, mut refusals) = (Wishes::new(), Vec::new());
    for (line, transfer) in lines.iter().enumerate() {
        if transfer.from == transfer.to {
            refusals.push(Refusal { line, field: Field::Target, error: InventoryError::SameLocation });
        }
        let units = i128::from(transfer.quantity.units());
        add(&mut wishes, line, transfer.source(), &[(State::OnHand, -units)]);
        add(&mut wishes, line, transfer.target(), &[(State::OnHand, units)]);
    }
    if refusals.is_empty() { Ok(wishes) } else { Err(refusals) }
}

fn reclassify(lines: &[Reclassify]) -> Result<Wishes, Vec<Refusal>> {
    let (mut wishes, mut refusals) = (Wishes::new(), Vec::new());
    for (line, reclassify) in lines.iter().enumerate() {
        if reclassify.from == reclassify.to {
            refusals.push(Refusal { line, field: Field::Target, error: InventoryError::SameCondition });
        }
        let units = i128::from(reclassify.quantity.units());
        let ends = [(reclassify.from, -units), (reclassify.to, units)];
        let effects: Vec<_> =
            ends.into_iter().filter_map(|(condition, units)| Some((condition.state()?, units))).collect();
        add(&mut wishes, line, reclassify.slot, &effects);
    }
    if refusals.is_empty() { Ok(wishes) } else { Err(refusals) }
}

fn posted(post: &Post) -> Wishes {
    let mut wishes = Wishes::new();
    for entry in &post.entries {
        let effects: Vec<_> = entry.deltas.iter().map(|(state, delta)| (*state, i128::from(*delta))).collect();
        add(&mut wishes, entry.line, entry.slot, &effects);
        if let Some(wish) = wishes.get_mut(&entry.slot) {
            wish.cover = wish.cover.max(entry.cover);
        }
    }
    wishes
}

/// Adds what one line does to one level. A sum of 64-bit numbers cannot leave 128 bits.
fn add(wishes: &mut Wishes, line: usize, slot: Slot, effects: &[(State, i128)]) {
    let order = wishes.len();
    let wish = wishes.entry(slot).or_insert_with(|| Wish { order, ..Wish::default() });
    let mut lost = 0;
    for (state, delta) in effects {
        lost += delta * weight(*state);
        let part = wish.parts.entry(*state).or_default();
        part.delta = part.delta.saturating_add(*delta);
        let first = if *delta < 0 { &mut part.takes } else { &mut part.gives };
        first.get_or_insert(line);
    }
    if lost > 0 {
        wish.takes.get_or_insert(line);
    }
}

#[cfg(test)]
mod tests;
