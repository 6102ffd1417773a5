//! Changes stock by numbers of units.

use super::stock::{self, LOCATION, LocationName, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::rules::change::{Adjust, Change, Condition, Field};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::quantity::Delta;
use crate::kernel::write::{Command, Cx};

/// Changes stock, all lines or none. Lines of the same variant and location add up.
#[derive(Debug, Clone)]
pub struct StockAdjust {
    /// Why, and whether in earnest.
    pub terms: Terms,
    /// The lines.
    pub lines: Vec<AdjustLine>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct AdjustLine {
    /// The variant.
    pub variant: VariantName,
    /// The location.
    pub location: LocationName,
    /// The change.
    pub delta: Delta,
    /// The condition of the units that come or go.
    pub condition: Condition,
}

impl Command for StockAdjust {
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
            |line, slot| Adjust { slot, delta: line.delta, condition: line.condition },
        )
        .await?;
        let change = Change::Adjust(changes);
        stock::post(cx, &self.terms, change, |refusal| self.field(refusal.line, refusal.field)).await
    }
}

impl StockAdjust {
    fn field(&self, line: usize, field: Field) -> &'static str {
        let line = self.lines.get(line);
        match field {
            Field::Variant => line.map_or("variantId", |line| line.variant.field()),
            Field::Location | Field::Target => line.map_or("locationId", |line| line.location.field(LOCATION)),
            Field::Amount | Field::ChangeFrom => "delta",
        }
    }
}
