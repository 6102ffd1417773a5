//! Loaders of stock counts: their progress, their lines, and what was entered.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::nested::{self, Nested, NestedPage};
use super::{Scope, loader};
use crate::inventory::entity::stock_count::{self, CountId};
use crate::inventory::entity::stock_count_entry;
use crate::inventory::entity::stock_count_line::{self, CountLineId};
use crate::inventory::store::{self, CountLineList, Progress};

async fn counts(scope: &Scope, keys: &[CountId]) -> Result<HashMap<CountId, Option<stock_count::Model>>, DbErr> {
    let found = store::counts_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Stock counts by id.
    StockCountById,
    StockCountByIdBatch,
    CountId => Option<stock_count::Model>,
    counts
);

async fn lines_by_id(
    scope: &Scope,
    keys: &[CountLineId],
) -> Result<HashMap<CountLineId, Option<stock_count_line::Model>>, DbErr> {
    let found = store::count_lines_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Lines of stock counts by id.
    CountLineById,
    CountLineByIdBatch,
    CountLineId => Option<stock_count_line::Model>,
    lines_by_id
);

async fn progress(scope: &Scope, keys: &[CountId]) -> Result<HashMap<CountId, Progress>, DbErr> {
    store::progress_of_counts(scope.db.read(), keys).await
}

loader!(
    /// How far a count has come.
    ProgressOfCount,
    ProgressOfCountBatch,
    CountId => Progress,
    progress
);

type OfCount = Nested<CountId, CountLineList>;

async fn lines(
    scope: &Scope,
    keys: &[OfCount],
) -> Result<HashMap<OfCount, NestedPage<stock_count_line::Model>>, DbErr> {
    let (db, actor) = (scope.db.read(), &scope.actor);
    let read =
        |counts: Vec<_>, list, page| async move { store::lines_of_counts(db, actor, &counts, list, &page).await };
    nested::pages(keys, read).await
}

loader!(
    /// A page of the lines of a count.
    LinesOfCount,
    LinesOfCountBatch,
    OfCount => NestedPage<stock_count_line::Model>,
    lines
);

async fn line_counts(
    scope: &Scope,
    keys: &[(CountId, CountLineList)],
) -> Result<HashMap<(CountId, CountLineList), u64>, DbErr> {
    let mut lists: HashMap<CountLineList, Vec<CountId>> = HashMap::new();
    for (count, list) in keys {
        lists.entry(*list).or_default().push(*count);
    }
    let mut found = HashMap::new();
    for (list, counts) in lists {
        let numbers = store::line_counts_of_counts(scope.db.read(), &scope.actor, &counts, list).await?;
        found.extend(numbers.into_iter().map(|(count, number)| ((count, list), number)));
    }
    Ok(found)
}

loader!(
    /// How many lines a list of a count holds.
    LineCountOfCount,
    LineCountOfCountBatch,
    (CountId, CountLineList) => u64,
    line_counts
);

async fn entries(
    scope: &Scope,
    keys: &[CountLineId],
) -> Result<HashMap<CountLineId, Vec<stock_count_entry::Model>>, DbErr> {
    store::entries_of_count_lines(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The entries of a line of a count that the caller may see.
    EntriesOfCountLine,
    EntriesOfCountLineBatch,
    CountLineId => Vec<stock_count_entry::Model>,
    entries
);
