//! What counting tells: how far what is there differs from what the books say, whatever is sold and received meanwhile.
//!
//! An entry is everything that one counter found of a variant at a location at one moment. Beside it stands what the books said at that moment.
//! What moves before or after an entry moves the shelf and the books alike, so the difference between the two is the same at any moment: it can be
//! taken at each entry, compared between counters, and posted later as a change. A level is never set to a counted number.

use crate::inventory::entity::stock_count_line::Standing;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::kernel::actor::UserId;

/// Units of one variant at one location, by their condition: found on the shelf, told by the books, or the difference of the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Units in whatever condition.
    pub on_hand: i64,
    /// Units of these that are damaged.
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    pub quality_control: i64,
}

impl From<Balance> for Tally {
    fn from(balance: Balance) -> Self {
        Self { on_hand: balance.on_hand, damaged: balance.damaged, quality_control: balance.quality_control }
    }
}

impl Tally {
    /// Units found: sound ones, damaged ones, and ones that wait for a check of their quality. Quantities are far from the bounds of 64 bits.
    pub fn of(sound: i64, damaged: i64, quality_control: i64) -> Self {
        Self { on_hand: sound.saturating_add(damaged).saturating_add(quality_control), damaged, quality_control }
    }

    /// Units that are neither damaged nor waiting for a check.
    pub fn sound(self) -> i64 {
        self.on_hand.saturating_sub(self.damaged).saturating_sub(self.quality_control)
    }

    /// What is found beyond what the books say; negative where less is found. Quantities are far from the bounds of 64 bits.
    #[must_use]
    pub fn beyond(self, books: Self) -> Self {
        Self {
            on_hand: self.on_hand.saturating_sub(books.on_hand),
            damaged: self.damaged.saturating_sub(books.damaged),
            quality_control: self.quality_control.saturating_sub(books.quality_control),
        }
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            on_hand: self.on_hand.saturating_add(other.on_hand),
            damaged: self.damaged.saturating_add(other.damaged),
            quality_control: self.quality_control.saturating_add(other.quality_control),
        }
    }

    /// Whether every number is zero.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// What one counter found, and how far that is from the books of the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Who counted.
    pub counter: UserId,
    /// What was found beyond the books.
    pub difference: Tally,
    /// The version of the level at that moment.
    pub level_version: i64,
}

/// What the entries of a line say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has counted.
    Uncounted,
    /// Every counter found the same difference.
    Agreed {
        /// What is to be posted.
        difference: Tally,
        /// The version of the level at the earliest of the entries.
        since: i64,
    },
    /// Two counters found different ones: count again.
    Disputed,
}

impl Verdict {
    /// What the findings of one round say, given in the order in which they were made. Of several by one counter the last one holds.
    pub fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        let mut last: Vec<Finding> = Vec::new();
        for finding in findings {
            last.retain(|earlier| earlier.counter != finding.counter);
            last.push(finding);
        }
        let Some((first, others)) = last.split_first() else { return Self::Uncounted };
        if others.iter().any(|other| other.difference != first.difference) {
            return Self::Disputed;
        }
        let since = last.iter().map(|finding| finding.level_version).fold(first.level_version, i64::min);
        Self::Agreed { difference: first.difference, since }
    }

    /// Where the line stands.
    pub fn standing(self) -> Standing {
        match self {
            Self::Uncounted => Standing::Uncounted,
            Self::Agreed { .. } => Standing::Counted,
            Self::Disputed => Standing::Disputed,
        }
    }
}

#[cfg(test)]
mod tests;
