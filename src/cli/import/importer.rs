//! Carries out the drafts of a file: compares, writes what differs, counts. Knows nothing of the terminal.

use std::path::Path;

use super::destination::{self, Destination};
use super::opening::{Opening, Openings};
use super::summary::{Report, Summary};
use crate::catalog::commands::{Imported, ImportedVariant, ProductImport, ProductOutcome, VariantOutcome};
use crate::catalog::error::CatalogError;
use crate::catalog::shopify::{Entry, ProductDraft, RowProblem};
use crate::cli::CommandError;
use crate::graphql::services::Services;
use crate::kernel::error::At;
use crate::kernel::money::Currency;
use crate::kernel::quantity::Quantity;
use crate::kernel::write::Meta;

/// One run over some files.
pub(super) struct Importer<'a> {
    pub(super) summary: Summary,
    services: &'a Services,
    currency: Currency,
    dry_run: bool,
    openings: Openings,
}

impl<'a> Importer<'a> {
    pub(super) fn new(services: &'a Services, currency: Currency, destination: Destination, dry_run: bool) -> Self {
        let openings = Openings::new(destination, dry_run);
        Self { summary: Summary::default(), services, currency, dry_run, openings }
    }

    /// The next entries come from this file.
    pub(super) fn begin(&mut self, path: &Path) {
        self.openings.file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }

    /// Imports one product; returns everything that is wrong with its rows, counted already.
    pub(super) async fn entry(&mut self, entry: Entry) -> Result<Vec<RowProblem>, CommandError> {
        let mut problems = entry.problems;
        if let Some(draft) = entry.product {
            let imported = self.product(draft, &mut problems).await?;
            self.count(&imported, &mut problems);
            if self.openings.len() >= self.services.config.inventory.adjustment_lines {
                self.summary.units += self.openings.book(self.services, &mut problems).await?;
            }
        }
        Ok(self.tally(problems))
    }

    /// Books what is left of the file's opening stock.
    pub(super) async fn end(&mut self) -> Result<Vec<RowProblem>, CommandError> {
        let mut problems = Vec::new();
        self.summary.units += self.openings.book(self.services, &mut problems).await?;
        Ok(self.tally(problems))
    }

    pub(super) fn report(&self) -> String {
        let location = self.openings.location();
        Report { summary: &self.summary, location, dry_run: self.dry_run }.to_string()
    }

    /// Writes only when something differs, so that an import of what is there already takes no lock.
    async fn product(&mut self, draft: ProductDraft, problems: &mut Vec<RowProblem>) -> Result<Imported, CommandError> {
        let (actor, db) = (destination::actor(), self.services.db.read());
        let command = ProductImport { draft, currency: self.currency, dry_run: self.dry_run };
        let mut imported = if let Some(nothing_to_do) = command.look(db, &actor).await.map_err(broken)? {
            nothing_to_do
        } else {
            let written = self.services.writer.write(&actor, Meta::new("import"), command).await;
            written.map_err(broken)?.outcome.map_err(|errors| broken(first(&errors)))?
        };
        problems.append(&mut imported.problems);
        Ok(imported)
    }

    fn count(&mut self, imported: &Imported, problems: &mut Vec<RowProblem>) {
        match imported.product {
            ProductOutcome::Created => self.summary.created += 1,
            ProductOutcome::Updated => self.summary.updated += 1,
            ProductOutcome::Unchanged => self.summary.unchanged += 1,
            ProductOutcome::LeftOut => {}
        }
        for variant in &imported.variants {
            match variant.outcome {
                VariantOutcome::Created => self.summary.variants_created += 1,
                VariantOutcome::Updated => self.summary.variants_updated += 1,
                VariantOutcome::Unchanged => {}
            }
            self.open(&imported.handle, variant, problems);
        }
    }

    fn open(&mut self, handle: &str, variant: &ImportedVariant, problems: &mut Vec<RowProblem>) {
        let Some(units) = variant.quantity else { return };
        let (line, handle) = (variant.line, handle.to_owned());
        match Quantity::new(units) {
            Ok(units) => self.openings.add(Opening { line, handle, variant: variant.id, units }),
            Err(error) => problems.push(Opening::problem(line, handle, error.to_string())),
        }
    }

    /// Counts the problems and puts them in the order of the file.
    fn tally(&mut self, mut problems: Vec<RowProblem>) -> Vec<RowProblem> {
        self.summary.errors += u64::try_from(problems.len()).unwrap_or(u64::MAX);
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

/// The command tells of refusals in its output; one that comes otherwise is not about the file.
fn first(errors: &[At<CatalogError>]) -> String {
    errors.first().map(|at| at.error.to_string()).unwrap_or_default()
}

pub(super) fn broken(error: impl std::fmt::Display) -> CommandError {
    CommandError::Failed(format!("the import stopped: {error}"))
}
