//! The documentation tells the truth: every fenced block of README.md and docs/ is run against a demo server and its answer
//! compared, tables of settings and codes are those of the program, and links lead somewhere.
//!
//! What the languages of the blocks mean is said in [`page`].

mod codes;
mod compare;
mod documents;
mod links;
mod page;
mod run;
mod settings;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A test for each page, so that a failure names it.
macro_rules! pages {
    ($($test:ident = $path:literal),+ $(,)?) => {
        const PAGES: &[&str] = &[$($path),+];

        $(#[test]
        fn $test() {
            run::page($path);
        })+
    };
}

pages! {
    the_readme_works_as_pasted = "README.md",
    the_index = "docs/README.md",
    authenticate = "docs/authenticate.md",
    page_through_a_list = "docs/page.md",
    filter_a_list = "docs/filter.md",
    handle_errors = "docs/handle-errors.md",
    error_codes = "docs/error-codes.md",
    retry_safely = "docs/retry-safely.md",
    count_stock = "docs/counting.md",
    watch_changes = "docs/watch-changes.md",
    receiving = "docs/receiving.md",
    reservations = "docs/reservations.md",
    stock_over_time = "docs/stock-over-time.md",
    limits_and_costs = "docs/limits-and-costs.md",
    persisted_operations = "docs/persisted-operations.md",
    caching = "docs/caching.md",
    deploy = "docs/deploy.md",
    benchmarks = "docs/benchmarks.md",
}

/// The text of a file of the repository.
fn read(path: &str) -> String {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&whole).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_page_of_the_documentation_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<String> = names.map(|name| format!("docs/{name}")).collect();
    let run: BTreeSet<String> =
        PAGES.iter().filter(|path| path.starts_with("docs/")).map(|path| (*path).to_owned()).collect();
    assert_eq!(there, run);
}
