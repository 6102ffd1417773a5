//! Sets stock to numbers of units, as after a count.

use super::posting::StockLines;
use super::stock::{LOCATION, LocationName, Names, Terms, VariantName};
use crate::inventory::rules::change::{Change, Field, SetTo};
use crate::kernel::quantity::Quantity;

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

impl StockLines for StockSet {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn names(&self) -> Vec<(&VariantName, Vec<&LocationName>)> {
        self.lines.iter().map(|line| (&line.variant, vec![&line.location])).collect()
    }

    fn change(&self, names: &mut Names) -> Change {
        let slots = self.lines.iter().enumerate();
        let lines = slots.filter_map(|(index, line)| {
            let slot = names.slot(index, (&line.variant, &line.location))?;
            Some(SetTo { slot, quantity: line.quantity, change_from: line.change_from })
        });
        Change::Set(lines.collect())
    }

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
