//! Says that units are in another condition than they were counted in.

use super::posting::StockLines;
use super::stock::{LOCATION, LocationName, Names, Terms, VariantName};
use crate::inventory::rules::change::{Change, Condition, Field, Reclassify};
use crate::kernel::quantity::Quantity;

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

impl StockLines for StockReclassify {
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
            Some(Reclassify { slot, from: line.from, to: line.to, quantity: line.quantity })
        });
        Change::Reclassify(lines.collect())
    }

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
