//! What counters find of a variant, and what it says together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a counter finds of a variant: sound units, damaged ones, and ones that wait for a check of their quality.
pub(super) type Found = [i64; 3];

/// What is counted of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) is_unexpected: bool,
    pub(super) round: usize,
    /// What each counter found beyond the books in this round, and the version of the level then.
    pub(super) entries: BTreeMap<usize, (Found, usize)>,
    /// What is to be posted if nobody counted: that nothing was there when counting ended.
    pub(super) empty: (Found, usize),
    pub(super) posted: Option<Found>,
}

/// What the entries of a line say.
pub(super) enum Verdict {
    Uncounted,
    Counted(Found, usize),
    Disputed,
}

impl Line {
    pub(super) fn new(round: usize, is_unexpected: bool) -> Self {
        Self { is_unexpected, round, entries: BTreeMap::new(), empty: ([0; 3], 0), posted: None }
    }

    pub(super) fn verdict(&self) -> Verdict {
        let mut entries = self.entries.values();
        let Some((difference, version)) = entries.next() else { return Verdict::Uncounted };
        if entries.clone().any(|(other, _)| other != difference) {
            return Verdict::Disputed;
        }
        Verdict::Counted(*difference, entries.map(|(_, version)| *version).fold(*version, usize::min))
    }

    /// What approval posts, and the version of the level behind which nobody may have set it.
    pub(super) fn to_post(&self, zero: bool) -> Option<(Found, usize)> {
        let (difference, since) = match self.verdict() {
            Verdict::Counted(difference, since) => (difference, since),
            Verdict::Uncounted if zero => self.empty,
            Verdict::Uncounted | Verdict::Disputed => return None,
        };
        (difference != [0; 3]).then_some((difference, since))
    }

    /// What a keeper sees of it once counting has ended.
    pub(super) fn shown(&self, numbers: bool) -> Value {
        let (standing, variance) = match self.verdict() {
            Verdict::Uncounted => ("UNCOUNTED", None),
            Verdict::Counted(difference, _) => ("COUNTED", Some(difference)),
            Verdict::Disputed if numbers => ("DISPUTED", None),
            // Nobody is told that others disagree while they count.
            Verdict::Disputed => ("COUNTED", None),
        };
        json!([standing, self.round, self.is_unexpected, variance.filter(|_| numbers), self.posted])
    }
}
