//! What a transaction writes without waiting for it. PostgreSQL is sent several such statements as one, which saves the ways there and back.

use super::sql::Sql;

/// The most that is sent at once of what several callers write, in bytes: TLS sends 16 KB at once, and what is left would wait some 40 ms until the other side
/// has said that it has the rest, as sqlx 0.9.0 sets no TCP_NODELAY.
pub(in crate::kernel) const PARCEL: usize = 15 * 1_024;

/// How the statements that become one begin, and how their rows are counted: as many as it can be made of.
const PARTS: [(&str, &str); 12] = [
    ("WITH a AS (", "(SELECT count(*) FROM a) = "),
    ("), b AS (", "(SELECT count(*) FROM b) = "),
    ("), c AS (", "(SELECT count(*) FROM c) = "),
    ("), d AS (", "(SELECT count(*) FROM d) = "),
    ("), e AS (", "(SELECT count(*) FROM e) = "),
    ("), f AS (", "(SELECT count(*) FROM f) = "),
    ("), g AS (", "(SELECT count(*) FROM g) = "),
    ("), h AS (", "(SELECT count(*) FROM h) = "),
    ("), i AS (", "(SELECT count(*) FROM i) = "),
    ("), j AS (", "(SELECT count(*) FROM j) = "),
    ("), k AS (", "(SELECT count(*) FROM k) = "),
    ("), l AS (", "(SELECT count(*) FROM l) = "),
];

/// A statement that need not be sent at once.
pub(super) enum Late {
    /// Writes rows.
    Write(Sql),
    /// Has to change so many rows.
    Change(Sql, i64),
    /// A query that has to find so many rows.
    Find(Sql, i64),
    /// A query for its effect.
    Call(Sql),
}

impl Late {
    fn size(&self) -> usize {
        match self {
            Self::Write(sql) | Self::Change(sql, _) | Self::Find(sql, _) | Self::Call(sql) => sql.size(),
        }
    }
}

/// Statements that wait to be sent as one. All of them see what was there before any of them.
pub(super) struct Together {
    /// Those whose rows are counted, and how many it has to be.
    counted: Vec<(Sql, i64)>,
    writes: Vec<Sql>,
    call: Option<Sql>,
    size: usize,
    /// The most that they may have, unless it is a single one.
    most: usize,
}

/// What is sent of them.
pub(super) struct One {
    pub(super) sql: Sql,
    /// PostgreSQL is to divide by zero where one has not changed or found the rows that it has to: so the statement fails there, and not only here, where it may be
    /// the whole transaction.
    pub(super) counts: bool,
}

impl Together {
    /// Nothing yet, and what there will be is of any size.
    pub(super) fn new() -> Self {
        Self { counted: Vec::new(), writes: Vec::new(), call: None, size: 0, most: usize::MAX }
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
            Late::Change(sql, rows) => self.counted.push((sql.push(" RETURNING 1"), rows)),
            Late::Find(sql, rows) => self.counted.push((sql, rows)),
            Late::Call(sql) => self.call = Some(sql),
        }
        full
    }

    /// All there is.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, Self { most: self.most, ..Self::new() })
    }

    fn has_room(&self, late: &Late) -> bool {
        let number = self.counted.len().saturating_add(self.writes.len());
        let free = !matches!(late, Late::Call(_)) || self.call.is_none();
        let fits = self.size.saturating_add(late.size()) <= self.most;
        (number == 0 && self.call.is_none()) || (free && fits && number < PARTS.len())
    }

    /// All of them as one statement.
    pub(super) fn one(self) -> Option<One> {
        let Self { counted, mut writes, call, .. } = self;
        let counts = !counted.is_empty();
        if !counts && (writes.is_empty() || (writes.len() == 1 && call.is_none())) {
            return writes.pop().or(call).map(|sql| One { sql, counts });
        }
        let (mut all, mut end) = (Sql::default(), Sql::new("SELECT 1"));
        let mut parts = PARTS.into_iter();
        for (index, ((sql, rows), (beginning, count))) in counted.into_iter().zip(&mut parts).enumerate() {
            all = all.push(beginning).and_all(sql);
            end = end.push(if index == 0 { " / CASE WHEN " } else { " AND " }).push(count).bind(rows);
        }
        if counts {
            end = end.push(" THEN 1 ELSE 0 END");
        }
        for (sql, (beginning, _)) in writes.into_iter().zip(parts) {
            all = all.push(beginning).and_all(sql);
        }
        if let Some(call) = call {
            end = end.push(", (").and_all(call).push(")");
        }
        Some(One { sql: all.push(") ").and_all(end), counts })
    }
}
