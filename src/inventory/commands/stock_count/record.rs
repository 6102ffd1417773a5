//! Enters what somebody counted, beside what the books say at that moment.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{create, list};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::commands::stock::VariantName;
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::entity::stock_count_entry;
use crate::inventory::entity::stock_count_line;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::count::{Finding, Tally, Verdict};
use crate::inventory::store::{self, Shelved};
use crate::kernel::actor::{Actor, Denied, Permission, UserId};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::quantity;
use crate::kernel::text::InputError;
use crate::kernel::write::{Command, Cx};

/// Enters what the caller found. Lines of the same variant add up to one entry; an entry replaces the caller's earlier one of the round.
#[derive(Debug, Clone)]
pub struct StockCountRecord {
    /// The count.
    pub id: CountId,
    /// What was found.
    pub lines: Vec<CountedLine>,
    /// Whether variants that are not on the list are put there.
    pub add_unexpected: bool,
}

/// One line.
#[derive(Debug, Clone)]
pub struct CountedLine {
    /// The variant.
    pub variant: VariantName,
    /// What was found of it.
    pub found: Tally,
}

/// Which lines were entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedLines {
    /// The count.
    pub count: CountId,
    /// The variants, in the order of the input, each once.
    pub variants: Vec<ProductVariantId>,
}

impl Command for StockCountRecord {
    type Output = RecordedLines;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::CountStock)?;
        actor.require_user().map(drop)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<RecordedLines, Failure<InventoryError>> {
        let counter = cx.actor.user_id().ok_or_else(|| Fault::Internal("a count without a counter".to_owned()))?;
        let held = store::hold_count(cx.tx, cx.actor, self.id).await?;
        let count = held.ok_or_else(|| Failure::refused("input.id", InventoryError::DocumentNotFound))?;
        super::check_state(&count, &[Status::Counting])?;
        let counted = self.counted(cx).await?;
        let variants: BTreeSet<ProductVariantId> = counted.iter().map(|(variant, _)| *variant).collect();
        let mut lines = self.lines(cx, &count, &variants, &counted).await?;
        // Read after the lines are locked: of two entries of a line, the later sees the later books.
        let books = store::shelved_variants(cx.tx, count.location_id, &variants).await?;
        let entries = entries(cx, counter, &counted, &lines, &books);
        store::insert_count_entries(cx.tx, &entries).await?;
        settle(cx, &mut lines).await?;
        let changes = Changes::new().set("round", &count.round).set("lines", &told(&entries, &lines));
        cx.audit(Entry::new("stock_count.record", count.id, changes));
        super::tell(cx, &count)?;
        let mut seen = BTreeSet::new();
        let order = counted.iter().map(|(variant, _)| *variant).filter(|variant| seen.insert(*variant));
        Ok(RecordedLines { count: count.id, variants: order.collect() })
    }
}

type Lines = BTreeMap<ProductVariantId, stock_count_line::Model>;

impl StockCountRecord {
    /// What each line of the input counts.
    async fn counted(&self, cx: &Cx<'_>) -> Result<Vec<(ProductVariantId, Tally)>, Failure<InventoryError>> {
        let ids = create::resolve(cx, self.lines.iter().map(|line| &line.variant)).await?;
        let (mut counted, mut errors, mut sums) = (Vec::new(), Vec::new(), BTreeMap::<_, Tally>::new());
        for (index, (line, id)) in self.lines.iter().zip(ids).enumerate() {
            let Some(id) = id else {
                errors.push(at(index, line.variant.field(), InventoryError::VariantNotFound));
                continue;
            };
            let sum = sums.entry(id).or_default();
            *sum = sum.with(line.found);
            if sum.on_hand > quantity::MAX {
                errors.push(at(index, "quantity", InputError::out_of_range(0, quantity::MAX).into()));
            }
            counted.push((id, line.found));
        }
        if errors.is_empty() { Ok(counted) } else { Err(Failure::Refused(errors)) }
    }

    /// The lines of these variants, locked; those that are missing are added, if they may be.
    async fn lines(
        &self,
        cx: &Cx<'_>,
        count: &stock_count::Model,
        variants: &BTreeSet<ProductVariantId>,
        counted: &[(ProductVariantId, Tally)],
    ) -> Result<Lines, Failure<InventoryError>> {
        let mut lines = store::lock_count_lines(cx.tx, count.id, variants).await?;
        let missing: BTreeSet<_> = variants.iter().filter(|variant| !lines.contains_key(variant)).copied().collect();
        if self.add_unexpected && !missing.is_empty() {
            let shelved = store::shelved_variants(cx.tx, count.location_id, &missing).await?;
            let fresh: Vec<_> = shelved.values().map(|shelved| list::line(cx, count, shelved, true)).collect();
            store::add_count_lines(cx.tx, &fresh).await?;
            // Another counter may have added them meanwhile.
            lines.extend(store::lock_count_lines(cx.tx, count.id, &missing).await?);
        }
        let missing = if self.add_unexpected { InventoryError::CountedElsewhere } else { InventoryError::NotOnCount };
        let problem = |variant: &ProductVariantId| match lines.get(variant) {
            None => Some(missing.clone()),
            Some(line) if line.round < count.round => Some(InventoryError::NotCountedAgain),
            Some(_) => None,
        };
        let errors: Vec<_> = counted
            .iter()
            .zip(&self.lines)
            .enumerate()
            .filter_map(|(index, ((variant, _), line))| Some(at(index, line.variant.field(), problem(variant)?)))
            .collect();
        if errors.is_empty() { Ok(lines) } else { Err(Failure::Refused(errors)) }
    }
}

/// One entry for each variant.
fn entries(
    cx: &Cx<'_>,
    counter: UserId,
    counted: &[(ProductVariantId, Tally)],
    lines: &Lines,
    books: &BTreeMap<ProductVariantId, Shelved>,
) -> Vec<stock_count_entry::Model> {
    let mut found: BTreeMap<ProductVariantId, Tally> = BTreeMap::new();
    for (variant, tally) in counted {
        let sum = found.entry(*variant).or_default();
        *sum = sum.with(*tally);
    }
    let entry = |(variant, found): (ProductVariantId, Tally)| {
        let (line, books) = (lines.get(&variant)?, books.get(&variant)?);
        Some(stock_count_entry::Model {
            id: cx.ids.make(),
            count_id: line.count_id,
            line_id: line.id,
            round: line.round,
            counter_id: counter,
            on_hand: found.on_hand,
            damaged: found.damaged,
            quality_control: found.quality_control,
            books_on_hand: books.on_hand,
            books_damaged: books.damaged,
            books_quality_control: books.quality_control,
            level_version: books.version,
            created_at: cx.now,
        })
    };
    found.into_iter().filter_map(entry).collect()
}

/// Writes on the locked lines what their entries say now.
async fn settle(cx: &Cx<'_>, lines: &mut Lines) -> Result<(), Fault> {
    let entries = store::entries_of_round(cx.tx, lines.values().map(|line| (line.id, line.round))).await?;
    for line in lines.values_mut() {
        let of_line = entries.get(&line.id).map(Vec::as_slice).unwrap_or_default();
        let verdict = Verdict::of(of_line.iter().map(finding));
        let (difference, since) = match verdict {
            Verdict::Agreed { difference, since } => (difference, since),
            Verdict::Uncounted | Verdict::Disputed => (Tally::default(), line.expected_version),
        };
        line.standing = verdict.standing();
        line.variance_on_hand = difference.on_hand;
        line.variance_damaged = difference.damaged;
        line.variance_quality_control = difference.quality_control;
        line.has_variance = !difference.is_zero();
        line.since_version = since;
    }
    let lines: Vec<_> = lines.values().cloned().collect();
    let updated = store::update_count_lines(cx.tx, &lines).await?;
    if usize::try_from(updated) != Ok(lines.len()) {
        return Err(Fault::Internal(format!("{updated} lines of a count were written instead of {}", lines.len())));
    }
    Ok(())
}

fn finding(entry: &stock_count_entry::Model) -> Finding {
    let found = Tally { on_hand: entry.on_hand, damaged: entry.damaged, quality_control: entry.quality_control };
    let books = Tally {
        on_hand: entry.books_on_hand,
        damaged: entry.books_damaged,
        quality_control: entry.books_quality_control,
    };
    Finding { counter: entry.counter_id, difference: found.beyond(books), level_version: entry.level_version }
}

/// An entry in the audit log.
#[derive(Serialize)]
struct Told {
    sku: String,
    found: Tally,
}

fn told(entries: &[stock_count_entry::Model], lines: &Lines) -> Vec<Told> {
    let skus: BTreeMap<_, _> = lines.values().map(|line| (line.id, &line.sku)).collect();
    let told = |entry: &stock_count_entry::Model| Told {
        sku: skus.get(&entry.line_id).map(|sku| (*sku).clone()).unwrap_or_default(),
        found: Tally { on_hand: entry.on_hand, damaged: entry.damaged, quality_control: entry.quality_control },
    };
    entries.iter().map(told).collect()
}

fn at(line: usize, field: &str, error: InventoryError) -> At<InventoryError> {
    At::new(&format!("input.lines.{line}.{field}"), error)
}
