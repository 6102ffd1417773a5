//! A tour: who am I, all products page by page, stock taken in once though sent twice, the change seen live, too large a
//! sale refused.

mod documents;
mod events;
mod failure;
mod patience;
mod session;
mod stockroom;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use uuid::Uuid;

use crate::documents::{ProductPage, Stock, StockAdjust, StockWatch, Viewer};
use crate::documents::{product_page, stock, stock_adjust, stock_watch, viewer};
use crate::failure::Failure;
use crate::session::Credentials;
use crate::stockroom::Stockroom;

const SKU: &str = "SRJ-M-BRK";
const LOCATION: &str = "WAREHOUSE";
const PAGE_SIZE: i64 = 20;
const LONGEST_WATCH: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    match connect().and_then(tour) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn connect() -> Result<Stockroom, Failure> {
    let url = env::var("STOCKROOM_URL").unwrap_or_else(|_| "http://127.0.0.1:8080/graphql".to_owned());
    let file = env::var("STOCKROOM_SESSION").unwrap_or_else(|_| ".session.json".to_owned());
    let credentials = Credentials { email: setting("STOCKROOM_EMAIL")?, password: setting("STOCKROOM_PASSWORD")? };
    Stockroom::connect(&url, credentials, file.into())
}

fn setting(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| Failure::Refused(format!("Set {name}.")))
}

fn tour(mut stockroom: Stockroom) -> Result<(), Failure> {
    let viewer = stockroom.query::<Viewer>(viewer::Variables {})?.viewer;
    let viewer = viewer.ok_or_else(|| Failure::Refused("Nobody is logged in.".to_owned()))?;
    let roles: Vec<_> = viewer.roles.into_iter().map(|role| role.code).collect();
    println!("Logged in as {}, {}", viewer.email, roles.join(", "));

    let variant = stockroom.query::<Stock>(stock::Variables { sku: SKU.to_owned() })?.product_variant;
    let absent = || Failure::Refused(format!("There is no {SKU}: start the server with --demo."));
    let variant = variant.ok_or_else(absent)?;
    println!("{SKU}: {} available", variant.total_available);
    let changes = stockroom.subscribe::<StockWatch>(stock_watch::Variables { variant_ids: Some(vec![variant.id]) })?;

    let (products, pages) = count_products(&mut stockroom)?;
    println!("{products} products in {pages} pages");

    let delivery = line(12, stock_adjust::StockReason::RECEIVED);
    let key = Uuid::new_v4().to_string();
    for attempt in ["Took 12 in", "The same again"] {
        let answer = stockroom.mutation::<StockAdjust>(delivery.clone(), &key)?;
        let stock_adjust::StockAdjustStockAdjust { adjustment, user_errors } = answer.data.stock_adjust;
        let adjustment = adjustment.ok_or_else(|| refusal(&user_errors))?;
        let on_hand = adjustment.lines.first().and_then(|line| line.on_hand_after).unwrap_or_default();
        println!("{attempt}: {on_hand} on hand{}", if answer.replayed { ", replayed" } else { "" });
    }

    let late = |_| Failure::Refused("No change was seen in time.".to_owned());
    let seen = changes.recv_timeout(LONGEST_WATCH).map_err(late)??.stock_level_changed;
    let sku = seen.variant.map(|variant| variant.sku).unwrap_or_default();
    let location = seen.location.map(|location| location.code).unwrap_or_default();
    println!("Seen live: {sku} at {location} by {} to {}", seen.delta, seen.on_hand);
    oversell(&mut stockroom)
}

/// Reads every product, page after page.
fn count_products(stockroom: &mut Stockroom) -> Result<(usize, usize), Failure> {
    let (mut products, mut pages, mut after) = (0, 0, None);
    loop {
        let page = stockroom.query::<ProductPage>(product_page::Variables { first: PAGE_SIZE, after })?.products;
        products += page.nodes.len();
        pages += 1;
        if !page.page_info.has_next_page {
            return Ok((products, pages));
        }
        after = page.page_info.end_cursor;
    }
}

/// Tries to sell more than there is, and reads the facts of the refusal.
fn oversell(stockroom: &mut Stockroom) -> Result<(), Failure> {
    use stock_adjust::StockAdjustStockAdjustUserErrorsOn::InsufficientStockError;

    let sale = line(-1_000_000, stock_adjust::StockReason::SOLD);
    let refused = stockroom.mutation::<StockAdjust>(sale, &Uuid::new_v4().to_string())?.data.stock_adjust;
    if refused.adjustment.is_some() {
        return Err(Failure::Refused("More was sold than there is.".to_owned()));
    }
    for error in &refused.user_errors {
        let InsufficientStockError(facts) = &error.on else { return Err(refusal(&refused.user_errors)) };
        println!("Refused to sell {}: {} available ({:?})", facts.requested, facts.available, error.code);
    }
    Ok(())
}

fn line(delta: i64, reason: stock_adjust::StockReason) -> stock_adjust::Variables {
    let line = stock_adjust::StockAdjustLineInput {
        sku: Some(SKU.to_owned()),
        location_code: Some(LOCATION.to_owned()),
        delta,
        variant_id: None,
        location_id: None,
        condition: stock_adjust::StockCondition::AVAILABLE,
    };
    let input = stock_adjust::StockAdjustInput {
        reason,
        reference: Some("TOUR".to_owned()),
        note: None,
        dry_run: false,
        lines: vec![line],
    };
    stock_adjust::Variables { input }
}

/// What was wrong with an input, for those who did not expect it.
fn refusal(user_errors: &[stock_adjust::StockAdjustStockAdjustUserErrors]) -> Failure {
    Failure::Refused(user_errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" "))
}
