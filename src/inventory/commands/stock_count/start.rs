//! Begins counting: the list is made, and notes what the books say at this moment.

use std::collections::BTreeSet;

use super::{CountName, list};
use crate::inventory::entity::location::Status as LocationStatus;
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::db::constraint;
use crate::kernel::error::Failure;
use crate::kernel::write::{Command, Cx};

/// Begins counting.
#[derive(Debug, Clone)]
pub struct StockCountStart {
    /// Which count.
    pub name: CountName,
    /// Lines of a count at most.
    pub max_lines: usize,
}

impl Command for StockCountStart {
    type Output = CountId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountId, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, &[Status::Draft]).await?;
        let refused = |error| Failure::refused("input.id", error);
        let locations = store::lock_locations(cx.tx, &BTreeSet::from([before.location_id])).await?;
        if locations.get(&before.location_id) != Some(&LocationStatus::Active) {
            return Err(refused(InventoryError::CountClosedLocation));
        }
        let shelved = store::shelved_for(cx.tx, &before, self.max_lines.saturating_add(1)).await?;
        if shelved.is_empty() {
            return Err(refused(InventoryError::CountEmpty));
        }
        if shelved.len() > self.max_lines {
            return Err(refused(InventoryError::CountTooLong { max: self.max_lines }));
        }
        let lines: Vec<_> = shelved.iter().map(|shelved| list::line(cx, &before, shelved, false)).collect();
        store::insert_count_lines(cx.tx, &lines).await.map_err(|error| {
            if constraint::is_taken(&error, "uq_stock_count_lines_location_id_variant_id") {
                refused(InventoryError::CountedElsewhere)
            } else {
                error.into()
            }
        })?;
        let after = stock_count::Model { status: Status::Counting, started_at: Some(cx.now), ..before.clone() };
        let changes = Changes::new().set("lines", &lines.len());
        Ok(super::move_on(cx, "stock_count.start", &before, after, changes).await?.id)
    }
}
