//! Moves stock from location to location.

use super::posting::StockLines;
use super::stock::{FROM, LocationName, Names, TO, Terms, VariantName};
use crate::inventory::rules::change::{Change, Field, Transfer};
use crate::kernel::quantity::Quantity;

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

impl StockLines for StockMove {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn names(&self) -> Vec<(&VariantName, Vec<&LocationName>)> {
        self.lines.iter().map(|line| (&line.variant, vec![&line.from, &line.to])).collect()
    }

    fn change(&self, names: &mut Names) -> Change {
        let lines = self.lines.iter().enumerate().filter_map(|(index, line)| {
            let variant = names.variant(index, &line.variant);
            let (from, to) = (names.location(index, &line.from, FROM), names.location(index, &line.to, TO));
            Some(Transfer { variant: variant?, from: from?, to: to?, quantity: line.quantity })
        });
        Change::Move(lines.collect())
    }

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
