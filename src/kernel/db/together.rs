//! What a transaction writes without waiting for it. PostgreSQL is sent several such statements as one, which saves the ways there and back.

use super::sql::Sql;

/// The most that is sent at once of what several callers write, in bytes: TLS sends 16 KB at once, and what is left would wait some 40 ms until the other side
/// has said that it has the rest, as sqlx 0.9.0 sets no TCP_NODELAY.
pub(in crate::kernel) const PARCEL: usize = 15 * 1_024;

/// How the statements that become one begin: as many as it can be made of.
const BEGINNINGS: [&str; 12] = [
    "WITH a AS (",
    "), b AS (",
    "), c AS (",
    "), d AS (",
    "), e AS (",
    "), f AS (",
    "), g AS (",
    "), h AS (",
    "), i AS (",
    "), j AS (",
    "), k AS (",
    "), l AS (",
];

/// A statement that need not be sent at once.
pub(super) enum Late {
    /// Writes rows.
    Write(Sql),
    /// Has to change so many rows.
    Change(Sql, u64),
    /// A query for its effect.
    Call(Sql),
}

impl Late {
    /// What is sent if it is sent alone, and how many rows it has to change.
    pub(super) fn alone(self) -> (Sql, Option<u64>) {
        match self {
            Self::Write(sql) | Self::Call(sql) => (sql, None),
            Self::Change(sql, rows) => (sql, Some(rows)),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Write(sql) | Self::Change(sql, _) | Self::Call(sql) => sql.size(),
        }
    }
}

/// Statements that wait to be sent as one. All of them see what was there before any of them.
pub(super) struct Together {
    writes: Vec<Sql>,
    /// One that has to change rows, or a query.
    last: Option<Late>,
    size: usize,
    /// The most that they may have, unless it is a single one.
    most: usize,
}

impl Together {
    /// Nothing yet, and what there will be is of any size.
    pub(super) fn new() -> Self {
        Self { writes: Vec::new(), last: None, size: 0, most: usize::MAX }
    }

    /// From now on of so many bytes at most.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// The most that one of several may have.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Adds one; gives what there was before when it has no room for another.
    pub(super) fn add(&mut self, late: Late) -> Option<Self> {
        let full = (!self.has_room(&late)).then(|| self.take());
        self.size = self.size.saturating_add(late.size());
        match late {
            Late::Write(sql) => self.writes.push(sql),
            last @ (Late::Change(..) | Late::Call(_)) => self.last = Some(last),
        }
        full
    }

    /// All there is.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self { most: self.most, ..Self::new() })
    }

    fn has_room(&self, late: &Late) -> bool {
        let free = matches!(late, Late::Write(_)) || self.last.is_none();
        let number = self.writes.len().saturating_add(usize::from(self.last.is_some()));
        let fits = self.size.saturating_add(late.size()) <= self.most;
        number == 0 || (free && fits && number < BEGINNINGS.len())
    }

    /// All of them as one statement, and how many rows it has to change.
    pub(super) fn one(self) -> Option<(Sql, Option<u64>)> {
        let Self { mut writes, last, .. } = self;
        if writes.is_empty() {
            return last.map(Late::alone);
        }
        let (end, rows) = match last {
            None if writes.len() == 1 => return writes.pop().map(|only| (only, None)),
            None => (Sql::new("SELECT 1"), None),
            Some(Late::Change(sql, rows)) => {
                writes.insert(0, sql.push(" RETURNING 1"));
                (Sql::new("SELECT 1 FROM a"), Some(rows))
            }
            Some(Late::Write(sql) | Late::Call(sql)) => (sql, None),
        };
        let parts = BEGINNINGS.into_iter().zip(writes).map(|(beginning, sql)| Sql::new(beginning).and_all(sql));
        let one = parts.fold(Sql::default(), Sql::and_all);
        Some((one.push(") ").and_all(end), rows))
    }
}
