//! A line of a reservation: what was asked for.

use sea_orm::entity::prelude::*;

use super::reservation::ReservationId;
use crate::catalog::entity::product_variant::ProductVariantId;

/// A row of `reservation_lines`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "reservation_lines")]
pub struct Model {
    /// The reservation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reservation_id: ReservationId,
    /// Its number in the reservation, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    /// The variant.
    pub variant_id: ProductVariantId,
    /// Units that were asked for.
    pub requested: i64,
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
