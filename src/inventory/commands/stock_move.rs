//! Moves stock from location to location.

use super::stock::{self, FROM, LocationName, Names, TO, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Posted;
use crate::inventory::rules::change::{Change, Field, Transfer};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::Failure;
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Moves stock, all lines or none.
#[derive(Debug, Clone)]
pub struct StockMove {
    /// Why, and whether in earnest.
    pub terms: Terms,
    /// The lines.
    pub lines: Vec<MoveLine>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct MoveLine {
    /// The variant.
    pub variant: VariantName,
    /// Where the units are.
    pub from: LocationName,
    /// Where they shall be.
    pub to: LocationName,
    /// How many; at least one.
    pub quantity: Quantity,
}

impl Command for StockMove {
    type Output = Posted;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Posted, Failure<InventoryError>> {
        let lines = || self.lines.iter();
        let locations = lines().flat_map(|line| [&line.from, &line.to]);
        let mut names = Names::look_up(cx, lines().map(|line| &line.variant), locations).await?;
        let changes = lines().enumerate().filter_map(|(index, line)| {
            let variant = names.variant(index, &line.variant);
            let from = names.location(index, &line.from, FROM);
            let to = names.location(index, &line.to, TO);
            Some(Transfer { variant: variant?, from: from?, to: to?, quantity: line.quantity })
        });
        let change = Change::Move(changes.collect());
        names.finish()?;
        stock::post(cx, &self.terms, change, |refusal| self.field(refusal.line, refusal.field)).await
    }
}

impl StockMove {
    fn field(&self, line: usize, field: Field) -> &'static str {
        let line = self.lines.get(line);
        match field {
            Field::Variant => line.map_or("variantId", |line| line.variant.field()),
            Field::Location => line.map_or("fromLocationId", |line| line.from.field(FROM)),
            Field::Target => line.map_or("toLocationId", |line| line.to.field(TO)),
            Field::Amount | Field::ChangeFrom => "quantity",
        }
    }
}
