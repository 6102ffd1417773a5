//! Says that units are in another condition than they were counted in.

use super::stock::{self, LOCATION, LocationName, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::rules::change::{Change, Condition, Field, Reclassify};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Moves units from condition to condition at their location, all lines or none. Lines of the same variant and location add up.
#[derive(Debug, Clone)]
pub struct StockReclassify {
    /// Why, and whether in earnest.
    pub terms: Terms,
    /// The lines.
    pub lines: Vec<ReclassifyLine>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct ReclassifyLine {
    /// The variant.
    pub variant: VariantName,
    /// The location.
    pub location: LocationName,
    /// How the units were counted.
    pub from: Condition,
    /// How they shall be counted.
    pub to: Condition,
    /// How many; at least one.
    pub quantity: Quantity,
}

impl Command for StockReclassify {
    type Output = Posted;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Posted, Failure<InventoryError>> {
        let changes = stock::at_levels(
            cx,
            &self.lines,
            |line| (&line.variant, &line.location),
            |line, slot| Reclassify { slot, from: line.from, to: line.to, quantity: line.quantity },
        )
        .await?;
        let change = Change::Reclassify(changes);
        stock::post(cx, &self.terms, change, |refusal| self.field(refusal.line, refusal.field)).await
    }
}

impl StockReclassify {
    fn field(&self, line: usize, field: Field) -> &'static str {
        let line = self.lines.get(line);
        match field {
            Field::Variant => line.map_or("variantId", |line| line.variant.field()),
            Field::Location => line.map_or("locationId", |line| line.location.field(LOCATION)),
            Field::Target => "to",
            Field::Amount | Field::ChangeFrom => "quantity",
        }
    }
}
