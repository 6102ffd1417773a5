//! What a line of a reservation holds at one location. It changes only under the lock of its level.

use sea_orm::entity::prelude::*;

use super::location::LocationId;
use super::reservation::ReservationId;
use super::stock_level::Slot;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::clock::Timestamp;

/// A row of `reservation_allocations`. It is also a part of recorded outcomes, hence serde.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "reservation_allocations")]
pub struct Model {
    /// The reservation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reservation_id: ReservationId,
    /// The number of the line in the reservation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub location_id: LocationId,
    /// The variant of the line.
    pub variant_id: ProductVariantId,
    /// Its place among the allocations of its line, from 1.
    pub position: i64,
    /// Units that are promised.
    pub held: i64,
    /// Units of these that were promised beyond what was free.
    pub backordered: i64,
    /// Units that were sold.
    pub fulfilled: i64,
    /// Units that were let go.
    pub released: i64,
    /// Units whose time was over.
    pub expired: i64,
    /// That of the reservation.
    pub expires_at: Option<Timestamp>,
}

impl Model {
    /// The level that it is of.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }

    /// The same at a moment, whether or not somebody has written down that its time is over.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        if self.expires_at.is_some_and(|moment| moment <= now) {
            self.expired += self.held;
            (self.held, self.backordered) = (0, 0);
        }
        self
    }

    /// Units that it was given in all.
    pub fn units(&self) -> i64 {
        self.held + self.fulfilled + self.released + self.expired
    }

    /// Units that were free when they were promised.
    pub fn firm(&self) -> i64 {
        self.held - self.backordered
    }
}

/// Rows are joined by the statements that need it.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
