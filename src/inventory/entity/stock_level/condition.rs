//! The condition of units that are there and not promised.

use sea_orm::entity::prelude::*;

use crate::inventory::entity::stock_movement::State;

/// The condition of units that are there and not promised.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Condition {
    /// Sound, and free to be taken or promised.
    #[default]
    #[sea_orm(string_value = "AVAILABLE")]
    Available,
    /// Damaged.
    #[sea_orm(string_value = "DAMAGED")]
    Damaged,
    /// Waiting for a check of their quality.
    #[sea_orm(string_value = "QUALITY_CONTROL")]
    QualityControl,
}

impl Condition {
    /// The number of the level that counts these units beside `on_hand`.
    pub fn state(self) -> Option<State> {
        match self {
            Self::Available => None,
            Self::Damaged => Some(State::Damaged),
            Self::QualityControl => Some(State::QualityControl),
        }
    }
}
