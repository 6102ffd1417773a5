//! Creates a location.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};

use crate::inventory::entity::location::{self, LocationId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::db::constraint;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Creates an active location.
#[derive(Debug, Clone)]
pub struct LocationCreate {
    /// The unique code.
    pub code: LocationCode,
    /// The name for people.
    pub name: String,
    /// The postal address, or empty.
    pub address: String,
    /// Its place when stock is reserved by priority.
    pub priority: i64,
}

impl Command for LocationCreate {
    type Output = LocationId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageLocations)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<LocationId, Failure<InventoryError>> {
        let id: LocationId = cx.ids.make();
        let row = location::ActiveModel {
            id: Set(id),
            code: Set(self.code.as_str().to_owned()),
            name: Set(self.name.clone()),
            address: Set(self.address.clone()),
            status: Set(Status::Active),
            priority: Set(self.priority),
            version: Set(1),
            created_at: Set(cx.now),
            updated_at: Set(cx.now),
        };
        row.insert(cx.tx).await.map_err(|error| {
            if constraint::is_taken(&error, "uq_locations_code") {
                Failure::refused("input.code", InventoryError::CodeTaken)
            } else {
                error.into()
            }
        })?;
        let changes = Changes::new().set("code", &self.code).set("name", &self.name).set("address", &self.address);
        let changes = changes.set("priority", &self.priority);
        cx.audit(Entry::new("location.create", id, changes));
        Ok(id)
    }
}
