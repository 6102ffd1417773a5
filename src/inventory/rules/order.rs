//! What becomes of an order for stock: how its lines take what arrives, and how far it has come. It knows no levels.

use crate::inventory::entity::stock_order::Status;
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::error::InventoryError;
use crate::kernel::quantity::{self, Quantity};
use crate::kernel::text::{self, InputError};

/// The longest name of a supplier, in characters.
const SUPPLIER_MAX: usize = 255;

/// The largest tolerance: a thousand times what was ordered.
const TOLERANCE_MAX: i64 = 1_000_000;

/// A supplier's name: one line of at most 255 characters.
pub fn supplier(text: &str) -> Result<String, InputError> {
    text::line(text, SUPPLIER_MAX)
}

/// How many units more than ordered may arrive, in thousandths of what was ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tolerance(i64);

impl Tolerance {
    /// Not one unit more.
    pub const NONE: Self = Self(0);

    /// Checks the range: 0 to 1,000,000.
    pub fn per_mille(share: i64) -> Result<Self, InputError> {
        if (0..=TOLERANCE_MAX).contains(&share) {
            Ok(Self(share))
        } else {
            Err(InputError::out_of_range(0, TOLERANCE_MAX))
        }
    }

    /// Units beyond the `ordered` ones, rounded down.
    fn units(self, ordered: i64) -> i64 {
        ordered.saturating_mul(self.0) / 1_000
    }
}

/// What became of some units of a line: they arrived in one condition or another, or were lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Units that arrived sound.
    pub accepted: i64,
    /// Units that arrived damaged.
    pub damaged: i64,
    /// Units that arrived and wait for a check of their quality.
    pub quality_control: i64,
    /// Units that were lost on the way.
    pub lost: i64,
}

impl Arrival {
    /// Units that arrived, in whatever condition.
    pub fn received(&self) -> i64 {
        self.accepted.saturating_add(self.damaged).saturating_add(self.quality_control)
    }

    /// All units that it tells of.
    pub fn units(&self) -> i64 {
        self.received().saturating_add(self.lost)
    }

    /// What arrived, and what was lost.
    pub fn split(self) -> (Self, Self) {
        (Self { lost: 0, ..self }, Self { lost: self.lost, ..Self::default() })
    }

    /// Checks that it tells of some units, and of no more than a line can have.
    pub fn check(self) -> Result<Self, InputError> {
        if (1..=quantity::MAX).contains(&self.units()) {
            Ok(self)
        } else {
            Err(InputError::out_of_range(1, quantity::MAX))
        }
    }
}

/// How many units a line orders: at least one.
pub fn ordered_quantity(units: i64) -> Result<Quantity, InputError> {
    super::change::moved_quantity(units)
}

/// The line after an arrival; refused when more arrives than the tolerance allows.
pub fn receive(line: &Line, arrival: Arrival, tolerance: Tolerance) -> Result<Line, InventoryError> {
    let settled = line.received().saturating_add(line.lost).saturating_add(line.cancelled);
    let most = line.ordered.saturating_add(tolerance.units(line.ordered)).saturating_sub(settled).max(0);
    if arrival.units() > most {
        return Err(InventoryError::OverReceipt { requested: arrival.units(), most });
    }
    Ok(Line {
        accepted: line.accepted.saturating_add(arrival.accepted),
        damaged: line.damaged.saturating_add(arrival.damaged),
        quality_control: line.quality_control.saturating_add(arrival.quality_control),
        lost: line.lost.saturating_add(arrival.lost),
        ..line.clone()
    })
}

/// The line as if the arrival had not been.
pub fn take_back(line: &Line, arrival: Arrival) -> Line {
    Line {
        accepted: line.accepted.saturating_sub(arrival.accepted),
        damaged: line.damaged.saturating_sub(arrival.damaged),
        quality_control: line.quality_control.saturating_sub(arrival.quality_control),
        lost: line.lost.saturating_sub(arrival.lost),
        ..line.clone()
    }
}

/// The line when nothing more is to come.
pub fn give_up(line: &Line) -> Line {
    Line { cancelled: line.cancelled.saturating_add(line.outstanding()), ..line.clone() }
}

/// How far an order that is on its way has come, by its lines.
pub fn progress(lines: &[Line]) -> Status {
    let begun = lines.iter().any(|line| line.received() > 0 || line.lost > 0);
    let done = lines.iter().all(|line| line.outstanding() == 0);
    match (begun, done) {
        (true, true) => Status::Received,
        (true, false) => Status::PartiallyReceived,
        (false, _) => Status::Open,
    }
}

#[cfg(test)]
mod tests;
