//! The lines of a stock count as its commands write them: the list when counting begins, what entries make of it, what approval takes from it. Each
//! function sends a number of statements that does not depend on how many lines share a statement's bound of rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_count::{self, CountId, Extent};
use crate::inventory::entity::stock_count_entry;
use crate::inventory::entity::stock_count_line::{self, Column, CountLineId, Entity, Standing};
use crate::kernel::db::Tx;
use crate::kernel::db::sql::{Sql, insert_all, insert_later};

/// Rows of one statement at most: SQLite takes 32,766 parameters, and no row here has more than 18.
const ROWS: usize = 1_500;

/// A variant to be counted, with what the books say of it at the location.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Shelved {
    /// The variant.
    pub variant_id: ProductVariantId,
    /// Its SKU.
    pub sku: String,
    /// Units on hand; 0 where there is no level, and so on.
    pub on_hand: i64,
    /// Damaged units.
    pub damaged: i64,
    /// Units in quality control.
    pub quality_control: i64,
    /// The version of the level.
    pub version: i64,
}

fn shelved(location: LocationId) -> Sql {
    Sql::new(
        "SELECT v.id AS variant_id, v.sku AS sku, COALESCE(l.on_hand, 0) AS on_hand, COALESCE(l.damaged, 0) AS damaged, \
         COALESCE(l.quality_control, 0) AS quality_control, COALESCE(l.version, 0) AS version FROM product_variants v \
         LEFT JOIN stock_levels l ON l.variant_id = v.id AND l.location_id = ",
    )
    .bind(location)
}

/// What a count is to put on its list, by variant; at most `limit` rows.
pub async fn shelved_for(
    tx: &impl ConnectionTrait,
    count: &stock_count::Model,
    limit: usize,
) -> Result<Vec<Shelved>, DbErr> {
    let sql = shelved(count.location_id);
    let sql = match count.extent {
        Extent::Full => sql.push(" WHERE l.id IS NOT NULL"),
        Extent::Cycle => sql
            .push(" WHERE v.id IN (SELECT object_id FROM stock_count_scopes WHERE kind = 'VARIANT' AND count_id = ")
            .bind(count.id)
            .push(
                ") OR (l.id IS NOT NULL AND (v.product_id IN (SELECT object_id FROM stock_count_scopes \
                 WHERE kind = 'PRODUCT' AND count_id = ",
            )
            .bind(count.id)
            .push(
                ") OR v.product_id IN (SELECT p.id FROM products p WHERE p.category_id IN (\
                 WITH RECURSIVE branch (id) AS (SELECT object_id FROM stock_count_scopes WHERE kind = 'CATEGORY' AND count_id = ",
            )
            .bind(count.id)
            .push(
                " UNION SELECT c.id FROM categories c JOIN branch ON c.parent_id = branch.id) SELECT id FROM branch))))",
            ),
    };
    sql.push(" ORDER BY v.id LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX)).all(tx).await
}

/// What the books say of these variants at the location; a variant that does not exist is absent.
pub async fn shelved_variants(
    tx: &impl ConnectionTrait,
    location: LocationId,
    variants: &BTreeSet<ProductVariantId>,
) -> Result<BTreeMap<ProductVariantId, Shelved>, DbErr> {
    let sql = shelved(location).push(" WHERE v.id IN (").bind_all(variants.iter().copied()).push(") ORDER BY v.id");
    let rows: Vec<Shelved> = sql.all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.variant_id, row)).collect())
}

/// Puts lines on the list. One whose level another open count counts violates `uq_stock_count_lines_location_id_variant_id`.
pub async fn insert_count_lines(tx: &impl ConnectionTrait, rows: &[stock_count_line::Model]) -> Result<(), DbErr> {
    insert_all::<Entity>(tx, rows).await
}

/// Puts a line on the list unless the variant is there, or another open count counts it.
pub async fn add_count_lines(tx: &impl ConnectionTrait, rows: &[stock_count_line::Model]) -> Result<(), DbErr> {
    for chunk in rows.chunks(ROWS) {
        let rows = chunk.iter().map(|row| stock_count_line::ActiveModel::from(row.clone()).reset_all());
        let or_not = sea_orm::sea_query::OnConflict::new().do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(or_not).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The lines of these variants, locked until the transaction ends, by variant.
pub async fn lock_count_lines(
    tx: &impl ConnectionTrait,
    count: CountId,
    variants: &BTreeSet<ProductVariantId>,
) -> Result<BTreeMap<ProductVariantId, stock_count_line::Model>, DbErr> {
    let rows = Entity::find()
        .filter(Column::CountId.eq(count))
        .filter(Column::VariantId.is_in(variants.iter().copied()))
        .order_by_asc(Column::VariantId)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.variant_id, row)).collect())
}

/// Appends entries, at the latest with the commit.
pub async fn insert_count_entries(tx: &Tx, rows: &[stock_count_entry::Model]) -> Result<(), DbErr> {
    insert_later::<stock_count_entry::Entity>(tx, rows).await
}

/// The entries of these lines in the round that each is in, in the order in which they were made.
pub async fn entries_of_round(
    tx: &impl ConnectionTrait,
    lines: impl Iterator<Item = (CountLineId, i64)>,
) -> Result<HashMap<CountLineId, Vec<stock_count_entry::Model>>, DbErr> {
    let sql = Sql::new(
        "SELECT id, count_id, line_id, round, counter_id, on_hand, damaged, quality_control, books_on_hand, books_damaged, \
         books_quality_control, level_version, created_at FROM stock_count_entries WHERE (line_id, round) IN (",
    )
    .rows(lines, |(line, round)| [line.into(), round.into()])
    .push(") ORDER BY id");
    let rows: Vec<stock_count_entry::Model> = sql.all(tx).await?;
    let mut entries: HashMap<CountLineId, Vec<stock_count_entry::Model>> = HashMap::new();
    for row in rows {
        entries.entry(row.line_id).or_default().push(row);
    }
    Ok(entries)
}

/// Writes what the entries of these locked lines say now; returns how many lines there were.
pub async fn update_count_lines(tx: &impl ConnectionTrait, lines: &[stock_count_line::Model]) -> Result<u64, DbErr> {
    let mut updated = 0;
    for chunk in lines.chunks(ROWS) {
        updated += Sql::new("WITH verdict (line_id, said, units, broken, checked, differs, since) AS (")
            .rows(chunk, |line| {
                [
                    line.id.into(),
                    line.standing.into(),
                    line.variance_on_hand.into(),
                    line.variance_damaged.into(),
                    line.variance_quality_control.into(),
                    line.has_variance.into(),
                    line.since_version.into(),
                ]
            })
            .push(
                ") UPDATE stock_count_lines SET standing = verdict.said, variance_on_hand = verdict.units, variance_damaged = verdict.broken, \
                 variance_quality_control = verdict.checked, has_variance = verdict.differs, since_version = verdict.since \
                 FROM verdict WHERE stock_count_lines.id = verdict.line_id",
            )
            .execute(tx)
            .await?;
    }
    Ok(updated)
}

/// Notes for every line that nobody counted what the books say at this moment: what its variance is, should nothing have been there.
pub async fn close_uncounted(tx: &impl ConnectionTrait, count: CountId) -> Result<u64, DbErr> {
    const LEVEL: &str = " FROM stock_levels l WHERE l.variant_id = stock_count_lines.variant_id AND l.location_id = stock_count_lines.location_id), 0)";
    Sql::new("UPDATE stock_count_lines SET variance_on_hand = -COALESCE((SELECT l.on_hand")
        .push(LEVEL)
        .push(", variance_damaged = -COALESCE((SELECT l.damaged")
        .push(LEVEL)
        .push(", variance_quality_control = -COALESCE((SELECT l.quality_control")
        .push(LEVEL)
        .push(", since_version = COALESCE((SELECT l.version")
        .push(LEVEL)
        .push(" WHERE count_id = ")
        .bind(count)
        .push(" AND standing = ")
        .bind(Standing::Uncounted)
        .execute(tx)
        .await
}

/// Which lines to count again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// Every line on which counters disagree.
    Disputed,
    /// Every line that differs from the books, and every one on which counters disagree.
    Differing,
    /// These variants.
    Variants(BTreeSet<ProductVariantId>),
}

/// Puts lines into another round, uncounted; returns how many.
pub async fn reopen_lines(tx: &impl ConnectionTrait, count: CountId, which: &Again, round: i64) -> Result<u64, DbErr> {
    let disputed = Column::Standing.eq(Standing::Disputed);
    let chosen = match which {
        Again::Disputed => disputed,
        Again::Differing => disputed.or(Column::HasVariance.eq(true)),
        Again::Variants(variants) => Column::VariantId.is_in(variants.iter().copied()),
    };
    let updated = Entity::update_many()
        .col_expr(Column::Round, Expr::value(round))
        .col_expr(Column::Standing, Expr::value(Standing::Uncounted))
        .col_expr(Column::HasVariance, Expr::value(false))
        .filter(Column::CountId.eq(count))
        .filter(chosen)
        .exec(tx)
        .await?;
    Ok(updated.rows_affected)
}
