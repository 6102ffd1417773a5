//! Changes a location.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::inventory::entity::location::{self, LocationId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{Failure, Fault};
use crate::kernel::write::{Command, Cx};

/// Changes a location; what is `None` stays.
#[derive(Debug, Clone)]
pub struct LocationUpdate {
    /// The location.
    pub id: LocationId,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The name for people.
    pub name: Option<String>,
    /// The postal address.
    pub address: Option<String>,
    /// Its place when stock is reserved by priority.
    pub priority: Option<i64>,
    /// Whether it takes part in business.
    pub status: Option<Status>,
}

impl Command for LocationUpdate {
    type Output = LocationId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageLocations)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<LocationId, Failure<InventoryError>> {
        // Locked, so that no stock comes to it between the look and the change.
        let found = store::lock_location(cx.tx, cx.actor, self.id).await?;
        let before = found.ok_or_else(|| Failure::refused("input.id", InventoryError::LocationNotFound))?;
        if self.expected_version.is_some_and(|expected| expected != before.version) {
            return Err(stale(before.version));
        }
        let after = location::Model {
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            address: self.address.clone().unwrap_or_else(|| before.address.clone()),
            priority: self.priority.unwrap_or(before.priority),
            status: self.status.unwrap_or(before.status),
            ..before.clone()
        };
        if after == before {
            return Ok(self.id);
        }
        let closes = before.status == Status::Active && after.status == Status::Deactivated;
        if closes && self.holds_stock(cx).await? {
            return Err(Failure::refused("input.id", InventoryError::LocationHoldsStock));
        }
        // The version in the condition makes a change that came in between visible.
        let updated = location::Entity::update_many()
            .col_expr(location::Column::Name, Expr::value(after.name.clone()))
            .col_expr(location::Column::Address, Expr::value(after.address.clone()))
            .col_expr(location::Column::Priority, Expr::value(after.priority))
            .col_expr(location::Column::Status, Expr::value(after.status))
            .col_expr(location::Column::Version, Expr::value(before.version + 1))
            .col_expr(location::Column::UpdatedAt, Expr::value(cx.now))
            .filter(location::Column::Id.eq(self.id))
            .filter(location::Column::Version.eq(before.version))
            .exec(cx.tx)
            .await?;
        if updated.rows_affected != 1 {
            return Err(stale(before.version + 1));
        }
        let changes = Changes::new()
            .field("name", &before.name, &after.name)
            .field("address", &before.address, &after.address)
            .field("priority", &before.priority, &after.priority)
            .field("status", &before.status, &after.status);
        cx.audit(Entry::new("location.update", self.id, changes));
        Ok(self.id)
    }
}

impl LocationUpdate {
    /// Whether stock stands against closing it. What expired reservations hold there does not, and is taken back first: nobody could do so later.
    async fn holds_stock(&self, cx: &mut Cx<'_>) -> Result<bool, Fault> {
        let lapsing = store::lapsing_slots(cx.tx, self.id, cx.now).await?;
        ledger::settle(cx, &lapsing).await?;
        Ok(store::holds_stock(cx.tx, self.id).await?)
    }
}

fn stale(current: i64) -> Failure<InventoryError> {
    Failure::refused("input.expectedVersion", InventoryError::Stale { current })
}
