//! What a group of stock changes does to the levels: decided here, on locked balances, before anything is written.
//!
//! Groups are decided in order, each against what the earlier ones left. A refused group leaves the books as they were.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::change::{Adjust, Change, Field, SetTo, Transfer};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::error::InventoryError;
use crate::kernel::quantity;

/// What a level holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Units that are there.
    pub on_hand: i64,
    /// Units of these that are promised.
    pub reserved: i64,
    /// The number of movements so far.
    pub version: i64,
}

/// One movement to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The level.
    pub slot: Slot,
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
struct Wish {
    /// The number of the level among those that the group names, so that steps follow the lines.
    order: usize,
    /// The sum of the changes. Beyond 64 bits it counts as out of range.
    delta: i128,
    /// The first line that gives, and the first that takes.
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
        };
        let (mut steps, mut refusals) = (Vec::new(), Vec::new());
        for (slot, wish) in wishes {
            match self.step(slot, &wish) {
                Ok(Some(step)) => steps.push((wish.order, step)),
                Ok(None) => {}
                Err(refusal) => refusals.push(refusal),
            }
        }
        if !refusals.is_empty() {
            refusals.sort_by_key(|refusal| refusal.line);
            return Err(refusals);
        }
        steps.sort_by_key(|(order, _)| *order);
        let steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
        self.0.extend(steps.iter().map(|step| (step.slot, step.after)));
        Ok(steps)
    }

    fn step(&self, slot: Slot, wish: &Wish) -> Result<Option<Step>, Refusal> {
        let before = self.balance(slot);
        let after = i128::from(before.on_hand) + wish.delta;
        if wish.delta == 0 {
            return Ok(None);
        }
        if wish.delta < 0 && after < i128::from(before.reserved) {
            let error = InventoryError::InsufficientStock {
                variant: slot.variant,
                location: slot.location,
                available: before.on_hand.saturating_sub(before.reserved),
                requested: i64::try_from(-wish.delta).unwrap_or(i64::MAX),
            };
            return Err(Refusal { line: wish.takes.unwrap_or_default(), field: Field::Amount, error });
        }
        let full = || Refusal {
            line: wish.gives.unwrap_or_default(),
            field: Field::Amount,
            error: InventoryError::LevelFull { on_hand: before.on_hand, max: quantity::MAX },
        };
        let on_hand = i64::try_from(after).ok().filter(|units| *units <= quantity::MAX).ok_or_else(full)?;
        let version = before.version.checked_add(1).ok_or_else(full)?;
        let delta = i64::try_from(wish.delta).map_err(|_| full())?;
        Ok(Some(Step { slot, delta, after: Balance { on_hand, version, ..before } }))
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
            add(&mut wishes, line, set.slot, i128::from(set.quantity.units()) - i128::from(on_hand));
        }
        if refusals.is_empty() { Ok(wishes) } else { Err(refusals) }
    }
}

fn adjust(lines: &[Adjust]) -> Wishes {
    let mut wishes = Wishes::new();
    for (line, adjust) in lines.iter().enumerate() {
        add(&mut wishes, line, adjust.slot, adjust.delta.units().into());
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
        add(&mut wishes, line, transfer.source(), -units);
        add(&mut wishes, line, transfer.target(), units);
    }
    if refusals.is_empty() { Ok(wishes) } else { Err(refusals) }
}

/// Adds one line's change of one level. A sum of 64-bit numbers cannot leave 128 bits.
fn add(wishes: &mut Wishes, line: usize, slot: Slot, delta: i128) {
    let order = wishes.len();
    let wish = wishes.entry(slot).or_insert(Wish { order, delta: 0, gives: None, takes: None });
    wish.delta = wish.delta.saturating_add(delta);
    let first = if delta < 0 { &mut wish.takes } else { &mut wish.gives };
    first.get_or_insert(line);
}

#[cfg(test)]
mod tests;
