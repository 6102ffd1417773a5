//! Whether what was read a while ago may still be shown: everything that is written touches tags, and what was read is fresh as long as none of the tags
//! that it depends on has been touched since. It knows neither what a tag stands for nor what is kept.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// How many counters the tags share: two that share one are touched together, which costs a look at the database and nothing else.
const COUNTERS: u64 = 1 << 16;

/// Something that a reader depends on: an object, or all objects of a kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u64);

impl Tag {
    /// One object.
    pub fn object(id: Uuid) -> Self {
        let (_time, random) = id.as_u64_pair();
        Self(random)
    }

    /// Any object of a kind, such as `product`: what depends on which of them there are.
    pub const fn any(kind: &str) -> Self {
        // FNV-1a: the same in every process and version, for tags travel between servers.
        let (mut hash, mut rest) = (0xcbf2_9ce4_8422_2325_u64, kind.as_bytes());
        while let [first, others @ ..] = rest {
            #[expect(clippy::as_conversions, reason = "`u64::from` is not const")]
            let byte = *first as u64;
            hash = (hash ^ byte).wrapping_mul(0x0100_0000_01b3);
            rest = others;
        }
        Self(hash)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A moment in the order of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// When each tag was touched last. Clones share everything; its size is fixed.
#[derive(Clone)]
pub struct Freshness(Arc<Touches>);

struct Touches {
    /// Counts the changes.
    latest: AtomicU64,
    /// The last change of everything.
    all: AtomicU64,
    /// The last change of the tags that share a counter.
    counters: Box<[AtomicU64]>,
}

impl Default for Freshness {
    fn default() -> Self {
        let counters = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Touches { latest: AtomicU64::new(0), all: AtomicU64::new(0), counters }))
    }
}

impl Freshness {
    /// This moment. Whoever reads takes it before the first look at the database.
    pub fn now(&self) -> Moment {
        Moment(self.0.latest.load(Ordering::SeqCst))
    }

    /// Says that what these tags stand for has changed. Whoever writes says it after the commit and before the answer.
    pub fn touch(&self, tags: impl IntoIterator<Item = Tag>) {
        let mut tags = tags.into_iter().peekable();
        if tags.peek().is_none() {
            return;
        }
        let now = self.advance();
        for counter in tags.filter_map(|tag| self.counter(tag)) {
            counter.fetch_max(now, Ordering::SeqCst);
        }
    }

    /// Says that anything may have changed.
    pub fn touch_all(&self) {
        self.0.all.fetch_max(self.advance(), Ordering::SeqCst);
    }

    /// Whether none of these tags has been touched since.
    pub fn is_fresh(&self, since: Moment, tags: &[Tag]) -> bool {
        let untouched = |counter: &AtomicU64| counter.load(Ordering::SeqCst) <= since.0;
        untouched(&self.0.all) && tags.iter().all(|tag| self.counter(*tag).is_some_and(untouched))
    }

    fn advance(&self) -> u64 {
        self.0.latest.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }

    fn counter(&self, tag: Tag) -> Option<&AtomicU64> {
        self.0.counters.get(usize::try_from((tag.0 ^ (tag.0 >> 32)) % COUNTERS).ok()?)
    }
}

/// The tags that a request comes to depend on while it reads. Clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Dependencies(Arc<Mutex<BTreeSet<Tag>>>);

impl Dependencies {
    /// Adds tags.
    pub fn add(&self, tags: impl IntoIterator<Item = Tag>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(tags);
    }

    /// All of them.
    pub fn tags(&self) -> Box<[Tag]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Tags as a text that travels between servers: hexadecimal, with blanks between them; `*` for everything, when they are too many for a notice of PostgreSQL.
pub(super) fn to_text(tags: &BTreeSet<Tag>) -> String {
    /// A notice has fewer than 8,000 bytes, a tag with its blank 17.
    const MOST: usize = 400;
    if tags.len() > MOST {
        return "*".to_owned();
    }
    tags.iter().map(|tag| format!("{tag:?}")).collect::<Vec<_>>().join(" ")
}

/// Reads such a text; nothing when it means everything, or is none.
pub(super) fn from_text(text: &str) -> Option<Vec<Tag>> {
    text.split_whitespace().map(|tag| u64::from_str_radix(tag, 16).ok().map(Tag)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_fresh_until_one_of_its_tags_is_touched() {
        let freshness = Freshness::default();
        let [tent, chair, kind] =
            [Tag::object(Uuid::from_u128(1)), Tag::object(Uuid::from_u128(2)), Tag::any("product")];
        let before = freshness.now();
        freshness.touch([chair]);
        assert!(freshness.is_fresh(before, &[tent, kind]));
        assert!(!freshness.is_fresh(before, &[tent, chair]));
        assert!(freshness.is_fresh(freshness.now(), &[tent, chair]));
        freshness.touch_all();
        assert!(!freshness.is_fresh(before, &[tent]));
        assert!(!freshness.is_fresh(before, &[]));
        assert!(freshness.is_fresh(freshness.now(), &[tent]));
    }

    #[test]
    fn a_reader_that_began_before_a_touch_is_stale_after_it() {
        let freshness = Freshness::default();
        let tag = Tag::any("product");
        freshness.touch([tag]);
        let between = freshness.now();
        freshness.touch([tag]);
        assert!(!freshness.is_fresh(between, &[tag]));
    }

    #[test]
    fn tags_travel_as_text() {
        let tags = BTreeSet::from([Tag::any("product"), Tag::any("category"), Tag::object(Uuid::from_u128(7))]);
        let read: BTreeSet<Tag> = from_text(&to_text(&tags)).unwrap().into_iter().collect();
        assert_eq!(read, tags);
        let many: BTreeSet<Tag> = (0..401).map(|number| Tag::object(Uuid::from_u128(number))).collect();
        assert_eq!(to_text(&many), "*");
        assert_eq!((from_text("*"), from_text("0 x")), (None, None));
    }
}
