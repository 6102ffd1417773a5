//! The numbers of a level at one moment of its history.

use async_graphql::Object;

use crate::graphql::scalars::DateTime;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::kernel::clock::Timestamp;

/// What a level held at one moment.
#[derive(Debug, Clone, Copy)]
pub struct StockBalance {
    balance: Balance,
    changed_at: Option<Timestamp>,
}

impl StockBalance {
    /// These numbers, and when the last of them came to be so; no time when nothing had happened yet.
    pub fn new(balance: Balance, changed_at: Option<Timestamp>) -> Self {
        Self { balance, changed_at }
    }
}

/// What a level held at one moment: the sum of its movements up to there.
#[Object]
impl StockBalance {
    /// Units that were there, in whatever condition.
    async fn on_hand(&self) -> i64 {
        self.balance.on_hand
    }

    /// Units of these that were promised to someone.
    async fn reserved(&self) -> i64 {
        self.balance.reserved
    }

    /// Units of these that were damaged.
    async fn damaged(&self) -> i64 {
        self.balance.damaged
    }

    /// Units of these that waited for a check of their quality.
    async fn quality_control(&self) -> i64 {
        self.balance.quality_control
    }

    /// Units on their way to the location.
    async fn incoming(&self) -> i64 {
        self.balance.incoming
    }

    /// Units that could be taken or promised.
    async fn available(&self) -> i64 {
        self.balance.available()
    }

    /// Units that were promised beyond those that were there.
    async fn backordered(&self) -> i64 {
        self.balance.backordered()
    }

    /// How many movements the level had had.
    async fn version(&self) -> i64 {
        self.balance.version
    }

    /// When the last of these movements was made; null when there was none.
    async fn changed_at(&self) -> Option<DateTime> {
        self.changed_at.map(Into::into)
    }
}
