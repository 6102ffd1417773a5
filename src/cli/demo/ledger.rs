//! The stock of the demo shop: its documents, entered one after the other by the people who work there.

use std::collections::HashSet;

use sea_orm::{ActiveEnum as _, FromQueryResult, Iterable as _};

use super::DemoError;
use super::data::{Document, DocumentKind};
use super::people::Staff;
use super::replay::{Past, Replay, parsed, rule_of};
use crate::inventory::commands::{
    AdjustLine, LocationName, MoveLine, SetLine, StockAdjust, StockMove, StockSet, Terms, VariantName,
};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change::{self, Condition, Memo};
use crate::kernel::actor::Actor;
use crate::kernel::db::sql::Sql;
use crate::kernel::quantity::{Delta, Quantity};

/// Enters the documents that are missing; returns how many.
pub(super) async fn load(replay: &Replay, documents: &[Document], staff: &Staff) -> Result<usize, DemoError> {
    let entered = entered(replay, documents).await?;
    let mut new = 0;
    for document in documents.iter().filter(|document| !entered.contains(&document.reference)) {
        let actor = staff.get(&document.actor).unwrap_or(&replay.loader);
        if enter(replay, document, actor).await? {
            new += 1;
        }
    }
    Ok(new)
}

#[derive(FromQueryResult)]
struct Entered {
    reference: String,
}

/// Which of the documents are in the ledger, from an earlier load.
async fn entered(replay: &Replay, documents: &[Document]) -> Result<HashSet<String>, DemoError> {
    let references = documents.iter().map(|document| document.reference.as_str());
    let sql = Sql::new("SELECT DISTINCT reference FROM stock_adjustments WHERE reference IN (");
    let rows: Vec<Entered> = sql.bind_all(references).push(")").all(replay.db().read()).await?;
    Ok(rows.into_iter().map(|row| row.reference).collect())
}

/// Enters one document. A shop that has sold in the meantime may refuse the rest of a history that was cut off; then it
/// stays cut off there.
async fn enter(replay: &Replay, document: &Document, actor: &Actor) -> Result<bool, DemoError> {
    let what = document.reference.as_str();
    let minute = document.minute_of_day().unwrap_or_default();
    let at = Past { days_ago: document.days_ago, minute };
    let terms = terms(document)?;
    let refused = match document.kind {
        DocumentKind::Adjust => {
            let lines = lines(document, |variant, location, units| {
                Ok(AdjustLine {
                    variant,
                    location,
                    delta: parsed(what, Delta::new(units))?,
                    condition: Condition::Available,
                })
            })?;
            replay.run(what, at, actor, StockAdjust { terms, lines }).await?.err()
        }
        DocumentKind::Count => {
            let lines = lines(document, |variant, location, units| {
                let quantity = parsed(what, Quantity::new(units))?;
                Ok(SetLine { variant, location, quantity, change_from: None })
            })?;
            replay.run(what, at, actor, StockSet { terms, lines }).await?.err()
        }
        DocumentKind::Move => {
            let to = location(what, document.to.as_deref().unwrap_or_default())?;
            let lines = lines(document, |variant, from, units| {
                Ok(MoveLine { variant, from, to: to.clone(), quantity: parsed(what, Quantity::new(units))? })
            })?;
            replay.run(what, at, actor, StockMove { terms, lines }).await?.err()
        }
    };
    if let Some(errors) = &refused {
        tracing::warn!(document = what, rule = %rule_of(errors), "a document of the demo shop no longer fits and is left out");
    }
    Ok(refused.is_none())
}

fn terms(document: &Document) -> Result<Terms, DemoError> {
    let what = document.reference.as_str();
    let memo = Memo::new(parsed(what, reason(&document.reason))?)
        .with_reference(parsed(what, change::reference(&document.reference))?)
        .with_note(parsed(what, change::note(document.note.as_deref().unwrap_or_default()))?);
    Ok(Terms { memo, dry_run: false })
}

fn reason(name: &str) -> Result<Reason, String> {
    Reason::iter().find(|reason| reason.to_value() == name).ok_or_else(|| format!("no reason {name}"))
}

fn location(what: &str, code: &str) -> Result<LocationName, DemoError> {
    parsed(what, LocationCode::parse(code)).map(LocationName::Code)
}

fn lines<T>(
    document: &Document,
    line: impl Fn(VariantName, LocationName, i64) -> Result<T, DemoError>,
) -> Result<Vec<T>, DemoError> {
    let location = location(&document.reference, &document.location)?;
    let lines = document.lines.iter();
    lines.map(|(sku, units)| line(VariantName::Sku(sku.clone()), location.clone(), *units)).collect()
}
