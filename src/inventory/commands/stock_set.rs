//! Sets stock to numbers of units, as after a count.

use super::stock::{self, LOCATION, LocationName, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::rules::change::{Change, Field, SetTo};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Sets stock, all lines or none.
#[derive(Debug, Clone)]
pub struct StockSet {
    /// Why, and whether in earnest.
    pub terms: Terms,
    /// The lines, each of another level.
    pub lines: Vec<SetLine>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct SetLine {
    /// The variant.
    pub variant: VariantName,
    /// The location.
    pub location: LocationName,
    /// The units that shall be on hand.
    pub quantity: Quantity,
    /// The units that must be on hand now; anything else refuses the whole command.
    pub change_from: Option<Quantity>,
}

impl Command for StockSet {
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
            |line, slot| SetTo { slot, quantity: line.quantity, change_from: line.change_from },
        )
        .await?;
        let change = Change::Set(changes);
        stock::post(cx, &self.terms, change, |refusal| self.field(refusal.line, refusal.field)).await
    }
}

impl StockSet {
    fn field(&self, line: usize, field: Field) -> &'static str {
        let line = self.lines.get(line);
        match field {
            Field::Variant => line.map_or("variantId", |line| line.variant.field()),
            Field::Location | Field::Target => line.map_or("locationId", |line| line.location.field(LOCATION)),
            Field::Amount => "quantity",
            Field::ChangeFrom => "changeFrom",
        }
    }
}
