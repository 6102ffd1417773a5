//! The numbers of one level, and what they leave free. It knows no rules of change.

use super::Model;
use crate::inventory::entity::stock_movement::State;

/// What a level holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Units that are there, in whatever condition.
    pub on_hand: i64,
    /// Units of these that are promised.
    pub reserved: i64,
    /// Units of these that are damaged.
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    pub quality_control: i64,
    /// Units on their way.
    pub incoming: i64,
    /// The number of movements so far.
    pub version: i64,
}

impl From<&Model> for Balance {
    fn from(level: &Model) -> Self {
        Self {
            on_hand: level.on_hand,
            reserved: level.reserved,
            damaged: level.damaged,
            quality_control: level.quality_control,
            incoming: level.incoming,
            version: level.version,
        }
    }
}

impl Balance {
    /// One of the numbers.
    pub fn units(&self, state: State) -> i64 {
        match state {
            State::OnHand => self.on_hand,
            State::Reserved => self.reserved,
            State::Damaged => self.damaged,
            State::QualityControl => self.quality_control,
            State::Incoming => self.incoming,
        }
    }

    /// The same with another number.
    #[must_use]
    pub fn with(mut self, state: State, units: i64) -> Self {
        let number = match state {
            State::OnHand => &mut self.on_hand,
            State::Reserved => &mut self.reserved,
            State::Damaged => &mut self.damaged,
            State::QualityControl => &mut self.quality_control,
            State::Incoming => &mut self.incoming,
        };
        *number = units;
        self
    }

    /// Writes the numbers into a level.
    pub fn write_to(self, level: &mut Model) {
        let Self { on_hand, reserved, damaged, quality_control, incoming, version } = self;
        (level.on_hand, level.reserved, level.incoming) = (on_hand, reserved, incoming);
        (level.damaged, level.quality_control, level.version) = (damaged, quality_control, version);
        level.backordered = self.backordered();
    }

    /// Units that can still be taken or promised: sound, and not promised.
    pub fn available(&self) -> i64 {
        self.free().max(0)
    }

    /// Units promised beyond those that are there.
    pub fn backordered(&self) -> i64 {
        self.free().saturating_neg().max(0)
    }

    /// Units that are available or, when negative, backordered.
    pub fn free(&self) -> i64 {
        self.on_hand.saturating_sub(self.reserved).saturating_sub(self.damaged).saturating_sub(self.quality_control)
    }

    /// Whether the units that are damaged or in quality control are there at all.
    pub fn holds_together(&self) -> bool {
        self.damaged.saturating_add(self.quality_control) <= self.on_hand
    }
}
