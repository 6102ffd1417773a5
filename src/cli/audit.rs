//! `stockroom audit`: compares every stock level with the ledger and changes nothing. Scripts read the exit code: 0 clean, 1 not.

use std::process::ExitCode;

use sea_orm::ActiveEnum as _;

use super::{CommandError, output};
use crate::app::App;
use crate::config::Config;
use crate::inventory::audit::{self, StockAudit};
use crate::inventory::store::{Difference, DocumentDifference};

pub(super) async fn run(mut config: Config) -> Result<ExitCode, CommandError> {
    // It looks only: a database that lacks migrations is not touched either.
    config.server.migrate = false;
    let app = App::open(config).await?;
    let found = audit::run(&app.services.db, &app.services.clock).await;
    app.close().await?;
    let found = found.map_err(|fault| CommandError::Failed(fault.to_string()))?;
    output::result(&summary(&found));
    for difference in &found.differences {
        output::result(&line(difference));
    }
    for difference in &found.document_differences {
        output::result(&document_line(difference));
    }
    Ok(if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(audit: &StockAudit) -> String {
    let StockAudit { checked_levels, checked_documents, checked_at, .. } = audit;
    let differences = audit.difference_count.saturating_add(audit.document_difference_count);
    let verdict = if audit.is_clean() { "clean" } else { "NOT CLEAN" };
    format!(
        "{verdict}: {checked_levels} stock levels and {checked_documents} documents checked at {checked_at}, {differences} differences"
    )
}

fn document_line(difference: &DocumentDifference) -> String {
    let DocumentDifference { variant, location, expected, found, .. } = difference;
    let state = difference.state.to_value().to_lowercase();
    let document = match difference.document_type.zip(difference.document_id) {
        Some((kind, id)) => format!("{} {id}", kind.to_value().to_lowercase()),
        None => "documents".to_owned(),
    };
    format!("{document} {variant} {location} {state}: lines={expected} found={found}")
}

fn line(difference: &Difference) -> String {
    let Difference { variant, location, version, movements, breaks, .. } = difference;
    let shown = |number: Option<i64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    let numbers: Vec<String> = difference
        .numbers()
        .into_iter()
        .filter(|(_, level, ledger)| *level != Some(*ledger))
        .map(|(state, level, ledger)| format!("{}={} ledger={ledger} ", state.to_value().to_lowercase(), shown(level)))
        .collect();
    let (numbers, version) = (numbers.concat(), shown(*version));
    format!("{variant} {location} {numbers}version={version} movements={movements} breaks={breaks}")
}
