//! Opening stock: units of variants that the location has no level of yet, booked through the ledger.
//!
//! A variant that has a level is passed over, whatever it holds now: the file tells what was there at the beginning.

use std::collections::BTreeSet;

use super::destination::{self, Destination};
use super::importer::broken;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::catalog::shopify::RowProblem;
use crate::cli::CommandError;
use crate::graphql::services::Services;
use crate::inventory::commands::{LocationName, SetLine, StockSet, Terms, VariantName};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::{self, Memo};
use crate::inventory::store;
use crate::kernel::error::At;
use crate::kernel::quantity::Quantity;
use crate::kernel::write::Meta;

/// The column that a problem with stock is reported at.
const COLUMN: &str = "Variant Inventory Qty";

/// Units of one variant.
pub(super) struct Opening {
    pub(super) line: u64,
    pub(super) handle: String,
    pub(super) variant: ProductVariantId,
    pub(super) units: Quantity,
}

/// What waits to be booked, for one location.
pub(super) struct Openings {
    /// The file's name, which the documents bear.
    pub(super) file: String,
    destination: Destination,
    dry_run: bool,
    waiting: Vec<Opening>,
}

impl Opening {
    pub(super) fn problem(line: u64, handle: String, rule: String) -> RowProblem {
        RowProblem { line, handle: Some(handle), column: Some(COLUMN.into()), rule }
    }
}

impl Openings {
    pub(super) fn new(destination: Destination, dry_run: bool) -> Self {
        Self { file: String::new(), destination, dry_run, waiting: Vec::new() }
    }

    pub(super) fn add(&mut self, opening: Opening) {
        self.waiting.push(opening);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The code of the location.
    pub(super) fn location(&self) -> &str {
        self.destination.code.as_str()
    }

    /// Books everything that waits; returns the number of units.
    pub(super) async fn book(
        &mut self,
        services: &Services,
        problems: &mut Vec<RowProblem>,
    ) -> Result<i64, CommandError> {
        let mut waiting = std::mem::take(&mut self.waiting);
        if let Some(location) = self.destination.id() {
            let variants: Vec<ProductVariantId> = waiting.iter().map(|opening| opening.variant).collect();
            let stocked = store::variants_stocked_at(services.db.read(), location, &variants).await.map_err(broken)?;
            waiting.retain(|opening| !stocked.contains(&opening.variant));
        }
        let most = services.config.inventory.adjustment_lines.max(1);
        let mut units = 0;
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(most));
            units += if self.dry_run { total(&waiting) } else { self.document(services, waiting, problems).await? };
            waiting = rest;
        }
        Ok(units)
    }

    /// Books one document; lines that are refused are reported and the others booked without them.
    async fn document(
        &mut self,
        services: &Services,
        mut lines: Vec<Opening>,
        problems: &mut Vec<RowProblem>,
    ) -> Result<i64, CommandError> {
        let location = self.destination.made(services).await?;
        while !lines.is_empty() {
            let command = self.command(&lines, location);
            let written = services.writer.write(&destination::actor(), Meta::new("import"), command).await;
            let Err(errors) = written.map_err(broken)?.outcome else { return Ok(total(&lines)) };
            let refused: BTreeSet<usize> = errors.iter().filter_map(line_of).collect();
            for error in &errors {
                if let Some(opening) = line_of(error).and_then(|line| lines.get(line)) {
                    let rule = error.error.to_string();
                    problems.push(Opening::problem(opening.line, opening.handle.clone(), rule));
                }
            }
            if refused.is_empty() {
                let rules: Vec<String> = errors.iter().map(|at| at.error.to_string()).collect();
                return Err(broken(rules.join("; ")));
            }
            let mut index = 0..;
            lines.retain(|_| index.next().is_none_or(|line| !refused.contains(&line)));
        }
        Ok(0)
    }

    /// Sets each level from nothing, so that a level which came up in the meantime refuses its line.
    fn command(&self, lines: &[Opening], location: LocationId) -> StockSet {
        let reference = change::reference(&self.file).unwrap_or_default();
        let memo = Memo::new(Reason::OpeningStock).with_reference(reference);
        let lines = lines.iter().map(|opening| SetLine {
            variant: VariantName::Id(opening.variant),
            location: LocationName::Id(location),
            quantity: opening.units,
            change_from: Some(Quantity::ZERO),
        });
        StockSet { terms: Terms { memo, dry_run: false }, lines: lines.collect() }
    }
}

fn total(lines: &[Opening]) -> i64 {
    lines.iter().map(|opening| opening.units.units()).sum()
}

/// The index of the line that an error is about.
fn line_of(error: &At<InventoryError>) -> Option<usize> {
    match error.field.as_slice() {
        [input, lines, line, ..] if input == "input" && lines == "lines" => line.parse().ok(),
        _ => None,
    }
}
