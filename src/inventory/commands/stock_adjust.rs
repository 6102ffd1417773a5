//! Changes stock by numbers of units.

use super::posting::StockLines;
use super::stock::{LOCATION, LocationName, Names, Terms, VariantName};
use crate::inventory::rules::change::{Adjust, Change, Condition, Field};
use crate::kernel::quantity::Delta;

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

impl StockLines for StockAdjust {
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
            Some(Adjust { slot, delta: line.delta, condition: line.condition })
        });
        Change::Adjust(lines.collect())
    }

    fn field(&self, line: usize, field: Field) -> &'static str {
        let line = self.lines.get(line);
        match field {
            Field::Variant => line.map_or("variantId", |line| line.variant.field()),
            Field::Location | Field::Target => line.map_or("locationId", |line| line.location.field(LOCATION)),
            Field::Amount | Field::ChangeFrom => "delta",
        }
    }
}
