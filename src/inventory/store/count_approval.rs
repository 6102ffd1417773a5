//! What approving a stock count reads and writes: the lines that differ, those that something else has set since, and the end of the list.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _,
};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::stock_count::CountId;
use crate::inventory::entity::stock_count_line::{self, Column, Entity, Standing};
use crate::kernel::db::sql::Sql;

/// Whether lines that nobody counted are left as they are, or taken for empty shelves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Uncounted {
    /// Left as they are.
    #[default]
    Leave,
    /// Nothing was there when counting ended.
    Zero,
}

/// The lines whose variance is to be posted.
fn differing(count: CountId, uncounted: Uncounted) -> Condition {
    let not_zero =
        Column::VarianceOnHand.ne(0).or(Column::VarianceDamaged.ne(0)).or(Column::VarianceQualityControl.ne(0));
    let counted = Column::Standing.eq(Standing::Counted);
    let settled = match uncounted {
        Uncounted::Leave => counted,
        Uncounted::Zero => counted.or(Column::Standing.eq(Standing::Uncounted)),
    };
    Condition::all().add(Column::CountId.eq(count)).add(settled).add(not_zero)
}

/// How many lines counters disagree on.
pub async fn disputed_lines(tx: &impl ConnectionTrait, count: CountId) -> Result<u64, DbErr> {
    let lines = Entity::find().filter(Column::CountId.eq(count)).filter(Column::Standing.eq(Standing::Disputed));
    lines.count(tx).await
}

/// The lines to be posted, by variant.
pub async fn differing_lines(
    tx: &impl ConnectionTrait,
    count: CountId,
    uncounted: Uncounted,
) -> Result<Vec<stock_count_line::Model>, DbErr> {
    Entity::find().filter(differing(count, uncounted)).order_by_asc(Column::VariantId).all(tx).await
}

#[derive(FromQueryResult)]
struct SetSince {
    variant_id: ProductVariantId,
}

/// The variants of lines to be posted whose books alone have changed since: their level was set to a counted number, or that was taken back. What was
/// found beyond the books of the entry is no longer what is beyond them now.
pub async fn set_since(
    tx: &impl ConnectionTrait,
    count: CountId,
    uncounted: Uncounted,
) -> Result<Vec<ProductVariantId>, DbErr> {
    let sql = Sql::new(
        "SELECT DISTINCT x.variant_id AS variant_id FROM stock_count_lines x \
         JOIN stock_movements m ON m.variant_id = x.variant_id AND m.location_id = x.location_id AND m.level_version > x.since_version \
         JOIN stock_adjustments a ON a.id = m.adjustment_id LEFT JOIN stock_adjustments r ON r.id = a.reverses_id \
         WHERE (a.kind IN ('SET', 'COUNT') OR r.kind = 'SET') AND x.count_id = ",
    )
    .bind(count);
    let sql = match uncounted {
        Uncounted::Leave => sql.push(" AND x.standing = 'COUNTED'"),
        Uncounted::Zero => sql.push(" AND x.standing IN ('COUNTED', 'UNCOUNTED')"),
    };
    let not_zero = " AND (x.variance_on_hand <> 0 OR x.variance_damaged <> 0 OR x.variance_quality_control <> 0) ORDER BY x.variant_id";
    let rows: Vec<SetSince> = sql.push(not_zero).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.variant_id).collect())
}

/// Marks the lines that were posted; returns how many.
pub async fn mark_posted(tx: &impl ConnectionTrait, count: CountId, uncounted: Uncounted) -> Result<u64, DbErr> {
    let posted = Entity::update_many().col_expr(Column::IsPosted, Expr::value(true));
    let updated = posted.filter(differing(count, uncounted)).exec(tx).await?;
    Ok(updated.rows_affected)
}

/// Lets other counts count these levels.
pub async fn close_lines(tx: &impl ConnectionTrait, count: CountId) -> Result<u64, DbErr> {
    let closed = Entity::update_many().col_expr(Column::IsOpen, Expr::value(false));
    let updated = closed.filter(Column::CountId.eq(count)).filter(Column::IsOpen.eq(true)).exec(tx).await?;
    Ok(updated.rows_affected)
}
