//! `stockroom import shopify FILE…`: products, variants and opening stock from Shopify's product CSV.
//!
//! Each product is one write and the opening stock of some hundred variants another, so a run that is cut off leaves
//! whole products; running it again completes it and changes nothing else.

mod destination;
mod importer;
mod opening;
mod progress;
mod summary;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use self::destination::Destination;
use self::importer::Importer;
use self::progress::Progress;
pub use self::summary::Summary;
use super::{CommandError, output};
use crate::app::App;
use crate::catalog::shopify::{Catalogue, Columns};
use crate::config::Config;
use crate::graphql::services::Services;
use crate::kernel::money::Currency;

#[derive(Debug, Subcommand)]
pub(super) enum Source {
    /// Product CSV as Shopify exports it: products by handle, variants, and their quantities as opening stock.
    Shopify(Arguments),
}

/// What the import takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Arguments {
    /// The files, read in this order.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Code of the location that gets the opening stock [default: the first location; where there is none, MAIN is made].
    #[arg(long, value_name = "CODE")]
    pub location: Option<String>,
    /// ISO 4217 code of the currency of the prices, which the file does not tell [default: the shop's currency].
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Say what the import would do, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
}

pub(super) async fn run(config: Config, source: Source) -> Result<ExitCode, CommandError> {
    let Source::Shopify(arguments) = source;
    let app = App::open(config).await?;
    let imported = shopify(&app.services, &arguments).await;
    app.close().await?;
    let errors = imported?.errors;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Imports the files and reports to the terminal. Rows that can't be imported are reported and counted; only what stops
/// the whole run is an error.
pub async fn shopify(services: &Services, arguments: &Arguments) -> Result<Summary, CommandError> {
    let currency = currency(services, arguments)?;
    let destination = Destination::find(services, arguments.location.as_deref()).await?;
    let mut importer = Importer::new(services, currency, destination, arguments.dry_run);
    let mut told = Told::default();
    for path in &arguments.files {
        importer.summary.files += 1;
        let progress = Progress::start(path);
        if let Err(problem) = file(&mut importer, path, &progress, &mut told).await? {
            importer.summary.errors += 1;
            progress.note(&format!("error: {}: {problem}", path.display()));
        }
        progress.finish();
    }
    output::result(&importer.report());
    Ok(importer.summary)
}

/// Imports one file. The inner error is that of the file, after which the next one goes on.
async fn file(
    importer: &mut Importer<'_>,
    path: &Path,
    progress: &Progress,
    told: &mut Told,
) -> Result<Result<(), String>, CommandError> {
    let opened = std::fs::File::open(path).map_err(|error| error.to_string());
    let catalogue = opened.and_then(|source| Catalogue::open(source).map_err(|problem| problem.to_string()));
    let mut catalogue = match catalogue {
        Ok(catalogue) => catalogue,
        Err(problem) => return Ok(Err(problem)),
    };
    for note in told.of(catalogue.columns()) {
        progress.note(&format!("{}: {note}", path.display()));
    }
    importer.begin(path);
    let mut ended = Ok(());
    while let Some(entry) = catalogue.next() {
        progress.at(catalogue.position_bytes());
        let problems = match entry {
            Ok(entry) => importer.entry(entry).await?,
            Err(problem) => {
                ended = Err(problem.to_string());
                break;
            }
        };
        for problem in problems {
            progress.note(&format!("{}: {problem}", path.display()));
        }
    }
    for problem in importer.end().await? {
        progress.note(&format!("{}: {problem}", path.display()));
    }
    Ok(ended)
}

fn currency(services: &Services, arguments: &Arguments) -> Result<Currency, CommandError> {
    let shop = &services.config.shop.currency;
    let code = arguments.currency.as_ref().map_or_else(|| shop.clone(), |code| code.trim().to_uppercase());
    code.parse().map_err(|error| CommandError::Failed(format!("--currency: {code} {error}")))
}

/// The columns without use that have been told of: each is named once a run, not once a file.
#[derive(Default)]
struct Told(HashSet<String>);

impl Told {
    /// What is to be told of a file's columns.
    fn of(&mut self, columns: &Columns) -> Vec<String> {
        let kinds =
            [(columns.unknown(), "unknown columns"), (columns.not_kept(), "columns without a place in the catalog")];
        let mut notes = Vec::new();
        for (names, what) in kinds {
            // Families such as `Google Shopping / …` are told of as one.
            let families = names.iter().map(|name| match name.split_once(" / ") {
                Some((family, _)) => format!("{family} / …"),
                None => name.clone(),
            });
            let new: Vec<String> = families.filter(|name| self.0.insert(name.clone())).collect();
            if !new.is_empty() {
                notes.push(format!("{what}: {}", new.join(", ")));
            }
        }
        notes
    }
}
