//! What someone wants done to stock: parsed values, before anything is known of the levels.

use std::collections::BTreeSet;

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_adjustment::{AdjustmentId, Document, Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
pub use crate::inventory::entity::stock_level::condition::Condition;
use crate::inventory::entity::stock_movement::State;
use crate::kernel::quantity::{self, Delta, Quantity};
use crate::kernel::text::{self, InputError};

/// The longest reference, in characters.
const REFERENCE_MAX: usize = 255;

/// The longest note, in characters.
const NOTE_MAX: usize = 1_000;

/// Why stock changes: what the ledger says of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo {
    /// The reason.
    pub reason: Reason,
    /// The document behind it, such as an order number.
    pub reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The document that posts it.
    pub document: Option<Document>,
    /// The adjustment that it takes back.
    pub reverses: Option<AdjustmentId>,
}

impl Memo {
    /// Only a reason.
    pub fn new(reason: Reason) -> Self {
        Self { reason, reference: None, note: None, document: None, reverses: None }
    }

    /// The same with a reference that was checked by [`reference`].
    #[must_use]
    pub fn with_reference(mut self, reference: Option<String>) -> Self {
        self.reference = reference;
        self
    }

    /// The same for a document.
    #[must_use]
    pub fn of_document(mut self, document: Document) -> Self {
        self.document = Some(document);
        self
    }

    /// The same with a note that was checked by [`note`].
    #[must_use]
    pub fn with_note(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }
}

/// A reference: one line of at most 255 characters; blank is none.
pub fn reference(text: &str) -> Result<Option<String>, InputError> {
    text::optional_line(text, REFERENCE_MAX).map(|text| (!text.is_empty()).then_some(text))
}

/// A note: some lines of at most 1,000 characters; blank is none.
pub fn note(text: &str) -> Result<Option<String>, InputError> {
    text::block(text, NOTE_MAX).map(|text| (!text.is_empty()).then_some(text))
}

/// A reason that someone gives. Some are for documents alone, whose promises and orders must be found behind them.
pub fn chosen_reason(reason: Reason) -> Result<Reason, InputError> {
    match reason {
        Reason::Reserved | Reason::Released | Reason::Expired | Reason::Ordered => {
            Err(InputError::malformed("only documents give this reason"))
        }
        Reason::Received
        | Reason::Sold
        | Reason::Returned
        | Reason::Damaged
        | Reason::Lost
        | Reason::Inspected
        | Reason::Found
        | Reason::GivenAway
        | Reason::Produced
        | Reason::Count
        | Reason::Correction
        | Reason::Transfer
        | Reason::OpeningStock
        | Reason::Other => Ok(reason),
    }
}

/// How many units a move takes: at least one.
pub fn moved_quantity(units: i64) -> Result<Quantity, InputError> {
    let quantity = Quantity::new(units)?;
    if quantity == Quantity::ZERO { Err(InputError::out_of_range(1, quantity::MAX)) } else { Ok(quantity) }
}

/// Lines that take effect together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Why.
    pub memo: Memo,
    /// What.
    pub change: Change,
}

/// The lines of a group, all of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// More or fewer units. Lines of one level add up.
    Adjust(Vec<Adjust>),
    /// So many units. At most one line a level.
    Set(Vec<SetTo>),
    /// From location to location. Lines of one level add up.
    Move(Vec<Transfer>),
    /// From condition to condition at one location. Lines of one level add up.
    Reclassify(Vec<Reclassify>),
    /// What a document makes of each level. Entries of one level add up.
    Post(Post),
}

/// What a document posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// How it was asked for.
    pub kind: Kind,
    /// What becomes of the levels.
    pub entries: Vec<Entry>,
}

/// What one line of a document does to one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The index of the line in the input, for refusals. Several entries may come from one line.
    pub line: usize,
    /// The part of the line that names the location, for refusals.
    pub place: Field,
    /// The level.
    pub slot: Slot,
    /// By how many units each number changes.
    pub deltas: Vec<(State, i64)>,
    /// How far it may go beyond what is available.
    pub cover: Cover,
}

impl Entry {
    /// What a line does to the level at its own location, within what is available.
    pub fn new(line: usize, slot: Slot, deltas: impl Into<Vec<(State, i64)>>) -> Self {
        Self { line, place: Field::Location, slot, deltas: deltas.into(), cover: Cover::Available }
    }

    /// The same at the other location that the line names.
    #[must_use]
    pub fn at_target(mut self) -> Self {
        self.place = Field::Target;
        self
    }

    /// The same, with leave to go beyond what is available.
    #[must_use]
    pub fn within(mut self, cover: Cover) -> Self {
        self.cover = cover;
        self
    }
}

/// How far a change may go beyond what is available at its level. Of several entries of one level the widest holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cover {
    /// Not at all.
    #[default]
    Available,
    /// Until so many units are backordered there.
    Backorder(i64),
    /// As far as it goes: somebody counted.
    Counted,
}

/// A level changes by a number of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adjust {
    /// The level.
    pub slot: Slot,
    /// The change.
    pub delta: Delta,
    /// The condition of the units that come or go.
    pub condition: Condition,
}

/// Units at a location turn out to be in another condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reclassify {
    /// The level.
    pub slot: Slot,
    /// How they were counted.
    pub from: Condition,
    /// How they shall be counted.
    pub to: Condition,
    /// How many.
    pub quantity: Quantity,
}

/// A level shall have a number of units on hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetTo {
    /// The level.
    pub slot: Slot,
    /// The units that it shall have.
    pub quantity: Quantity,
    /// The units that it must have now, when the caller says so.
    pub change_from: Option<Quantity>,
}

/// Units go from one location to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// The variant.
    pub variant: ProductVariantId,
    /// Where the units are.
    pub from: LocationId,
    /// Where they shall be.
    pub to: LocationId,
    /// How many.
    pub quantity: Quantity,
}

impl Transfer {
    /// The level that gives.
    pub fn source(&self) -> Slot {
        Slot { variant: self.variant, location: self.from }
    }

    /// The level that takes.
    pub fn target(&self) -> Slot {
        Slot { variant: self.variant, location: self.to }
    }
}

impl Change {
    /// How it was asked for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Adjust(_) => Kind::Adjust,
            Self::Set(_) => Kind::Set,
            Self::Move(_) => Kind::Move,
            Self::Reclassify(_) => Kind::Reclassify,
            Self::Post(post) => post.kind,
        }
    }

    /// Every level that it touches, in the order in which levels are locked.
    pub fn slots(&self) -> BTreeSet<Slot> {
        self.touches().into_iter().map(|touch| touch.slot).collect()
    }

    /// The levels as the lines name them, with the places where they do.
    pub fn touches(&self) -> Vec<Touch> {
        let at = |line, field, slot| Touch { line, field, slot };
        match self {
            Self::Adjust(lines) => {
                lines.iter().enumerate().map(|(line, adjust)| at(line, Field::Location, adjust.slot)).collect()
            }
            Self::Set(lines) => {
                lines.iter().enumerate().map(|(line, set)| at(line, Field::Location, set.slot)).collect()
            }
            Self::Reclassify(lines) => {
                lines.iter().enumerate().map(|(line, units)| at(line, Field::Location, units.slot)).collect()
            }
            Self::Post(post) => post.entries.iter().map(|entry| at(entry.line, entry.place, entry.slot)).collect(),
            Self::Move(lines) => lines
                .iter()
                .enumerate()
                .flat_map(|(line, transfer)| {
                    [at(line, Field::Location, transfer.source()), at(line, Field::Target, transfer.target())]
                })
                .collect(),
        }
    }
}

/// A level, where a line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// The index of the line.
    pub line: usize,
    /// The part of the line that names the location.
    pub field: Field,
    /// The level.
    pub slot: Slot,
}

/// A part of a line, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The variant.
    Variant,
    /// The location; of a move, where the stock is.
    Location,
    /// Of a move, where the stock shall be; of a reclassification, the condition that it shall be in.
    Target,
    /// The change or the number of units.
    Amount,
    /// What the level must be.
    ChangeFrom,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_reference_or_note_is_none() {
        assert_eq!(reference("  "), Ok(None));
        assert_eq!(note("\n"), Ok(None));
        assert_eq!(reference(" PO-1 "), Ok(Some("PO-1".to_owned())));
    }

    #[test]
    fn a_long_reference_is_refused() {
        assert!(reference(&"x".repeat(256)).is_err() && note(&"x".repeat(1_001)).is_err());
    }
}
