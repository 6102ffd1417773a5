//! The stock audit: compares every level with the ledger, at one moment, and changes nothing.

use super::store::{self, Difference};
use crate::kernel::clock::{Clock, Timestamp};
use crate::kernel::db::Db;
use crate::kernel::error::Fault;

/// What the audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAudit {
    /// How many levels were compared.
    pub checked_levels: u64,
    /// How many differences there are.
    pub difference_count: u64,
    /// The differences, by variant and location; the first thousand when there are more.
    pub differences: Vec<Difference>,
    /// When.
    pub checked_at: Timestamp,
}

impl StockAudit {
    /// Whether every level is what its movements make it.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs the audit on one consistent snapshot.
pub async fn run(db: &Db, clock: &Clock) -> Result<StockAudit, Fault> {
    let checked_at = clock.now();
    let snapshot = db.snapshot().await?;
    let checked_levels = store::count_levels(&snapshot).await?;
    let differences = store::differences(&snapshot).await?;
    snapshot.commit().await?;
    let difference_count = differences.first().map_or(0, |difference| difference.total.unsigned_abs());
    Ok(StockAudit { checked_levels, difference_count, differences, checked_at })
}
