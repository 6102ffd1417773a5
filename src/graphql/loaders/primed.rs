//! What a list has fetched for all its rows at once, until the fields of the rows ask for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Scope;

/// Values that wait to be asked for, each as often as it was wanted; and where such values are looked up.
#[derive(Clone)]
pub(super) struct Primed<K, V, S = Arc<Scope>> {
    scope: S,
    waiting: Arc<Mutex<HashMap<K, Waiting<V>>>>,
}

struct Waiting<V> {
    value: V,
    /// How often it will be asked for.
    wanted: usize,
}

impl<K, V, S> Primed<K, V, S> {
    pub(super) fn new(scope: S) -> Self {
        Self { scope, waiting: Arc::default() }
    }

    pub(super) fn scope(&self) -> &S {
        &self.scope
    }
}

impl<K: Eq + Hash, V: Clone, S> Primed<K, V, S> {
    /// Keeps the value of each key as often as the key is wanted.
    pub(super) fn put(&self, wanted: Vec<K>, mut values: HashMap<K, V>) {
        let mut waiting = self.lock();
        for key in wanted {
            if let Some(same) = waiting.get_mut(&key) {
                same.wanted += 1;
            } else if let Some(value) = values.remove(&key) {
                waiting.insert(key, Waiting { value, wanted: 1 });
            }
        }
    }

    /// The value that waits for a key.
    pub(super) fn take(&self, key: K) -> Result<V, K> {
        let mut waiting = self.lock();
        if waiting.is_empty() {
            return Err(key);
        }
        match waiting.entry(key) {
            Entry::Occupied(same) if same.get().wanted <= 1 => Ok(same.remove().value),
            Entry::Occupied(mut same) => {
                same.get_mut().wanted -= 1;
                Ok(same.get().value.clone())
            }
            Entry::Vacant(none) => Err(none.into_key()),
        }
    }

    /// Drops what nobody has asked for.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Waiting<V>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_there_as_often_as_it_is_wanted() {
        let primed = Primed::new(());
        primed.put(vec!["a", "b", "a", "c"], HashMap::from([("a", 1), ("b", 2)]));
        let asked = ["a", "a", "a", "b", "b", "c"].map(|key| primed.take(key));
        assert_eq!(asked, [Ok(1), Ok(1), Err("a"), Ok(2), Err("b"), Err("c")]);
    }

    #[test]
    fn what_nobody_asked_for_is_dropped() {
        let primed = Primed::new(());
        primed.put(vec!["a"], HashMap::from([("a", 1)]));
        primed.clear();
        assert_eq!(primed.take("a"), Err("a"));
    }
}
