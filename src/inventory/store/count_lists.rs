//! Reading stock counts: lists, look-ups, progress, lines and entries, each for what the caller may see.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _, QueryOrder as _, Select,
};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_count::{self, CountId, Extent, Status};
use crate::inventory::entity::stock_count_entry;
use crate::inventory::entity::stock_count_line::{self, CountLineId, Standing};
use crate::kernel::actor::{Actor, UserId};
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, Reading, ReadingGroups, count_grouped, fetch, fetch_grouped};

/// Which counts a list holds: those that meet every condition given.
#[derive(Debug, Clone, Default)]
pub struct CountFilter {
    /// With one of these numbers.
    pub numbers: Option<Vec<String>>,
    /// In one of these states.
    pub statuses: Option<Vec<Status>>,
    /// Of this extent.
    pub extent: Option<Extent>,
    /// At one of these locations.
    pub locations: Option<Vec<LocationId>>,
    /// With one of these external references.
    pub external_references: Option<Vec<String>>,
    /// Planned by this user.
    pub created_by: Option<UserId>,
    /// Changed at this moment or later.
    pub updated_since: Option<Timestamp>,
}

/// The orders of lists of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
    /// By number.
    NumberAsc,
    /// By number, the last first.
    NumberDesc,
}

impl CountOrder {
    fn order(self) -> Order<stock_count::Model> {
        use stock_count::{Column, Entity};
        let (name, descending) = match self {
            Self::CreatedAtAsc => ("CREATED_AT_ASC", false),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", true),
            Self::UpdatedAtAsc => ("UPDATED_AT_ASC", false),
            Self::UpdatedAtDesc => ("UPDATED_AT_DESC", true),
            Self::NumberAsc => ("NUMBER_ASC", false),
            Self::NumberDesc => ("NUMBER_DESC", true),
        };
        let (column, key): (_, fn(&stock_count::Model) -> Key) = match self {
            Self::CreatedAtAsc | Self::CreatedAtDesc => (Column::CreatedAt, |row| Key::Int(row.created_at.0)),
            Self::UpdatedAtAsc | Self::UpdatedAtDesc => (Column::UpdatedAt, |row| Key::Int(row.updated_at.0)),
            Self::NumberAsc | Self::NumberDesc => (Column::Number, |row| Key::Text(row.number.clone())),
        };
        let (column, id) = (Some(Expr::col((Entity, column))), Expr::col((Entity, Column::Id)));
        Order { name, column, nullable: false, id, descending, key, row_id: |row| row.id.0, parts: None }
    }
}

/// The counts of a list that `actor` may see.
pub fn counts(actor: &Actor, filter: CountFilter) -> Select<stock_count::Entity> {
    use stock_count::Column;
    let condition = Condition::all()
        .add_option(filter.numbers.map(|numbers| Column::Number.is_in(numbers)))
        .add_option(filter.statuses.map(|statuses| Column::Status.is_in(statuses)))
        .add_option(filter.extent.map(|extent| Column::Extent.eq(extent)))
        .add_option(filter.locations.map(|locations| Column::LocationId.is_in(locations)))
        .add_option(filter.external_references.map(|references| Column::ExternalReference.is_in(references)))
        .add_option(filter.created_by.map(|user| Column::CreatedBy.eq(user)))
        .add_option(filter.updated_since.map(|since| Column::UpdatedAt.gte(since)));
    stock_count::visible_to(actor).filter(condition)
}

/// One page of the counts of `select`.
pub fn counts_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<stock_count::Entity>,
    order: CountOrder,
    page: &'a Page,
) -> Reading<'a, stock_count::Model> {
    fetch(db, select, order.order(), page)
}

/// The counts with these ids that `actor` may see.
pub async fn counts_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[CountId],
) -> Result<HashMap<CountId, stock_count::Model>, DbErr> {
    let select = stock_count::visible_to(actor).filter(stock_count::Column::Id.is_in(ids.iter().copied()));
    Ok(select.all(db).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The lines with these ids that `actor` may see.
pub async fn count_lines_by_ids(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[CountLineId],
) -> Result<HashMap<CountLineId, stock_count_line::Model>, DbErr> {
    let select = stock_count_line::visible_to(actor).filter(stock_count_line::Column::Id.is_in(ids.iter().copied()));
    Ok(select.all(db).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The count with this number, if `actor` may see it.
pub async fn count_by_number(
    db: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<stock_count::Model>, DbErr> {
    stock_count::visible_to(actor).filter(stock_count::Column::Number.eq(number)).one(db).await
}

/// How far a count has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult)]
pub struct Progress {
    /// The lines on the list.
    pub lines: i64,
    /// Those that nobody has counted in their round.
    pub uncounted: i64,
    /// Those on which counters disagree.
    pub disputed: i64,
    /// Those that were counted and differ from the books.
    pub differing: i64,
    /// Those that counters put on the list.
    pub unexpected: i64,
}

#[derive(FromQueryResult)]
struct ProgressRow {
    count_id: CountId,
    #[sea_orm(nested)]
    progress: Progress,
}

/// The progress of each of these counts; one without lines is absent.
pub async fn progress_of_counts(
    db: &impl ConnectionTrait,
    ids: &[CountId],
) -> Result<HashMap<CountId, Progress>, DbErr> {
    let sql = Sql::new(
        "SELECT count_id, COUNT(*) AS lines, CAST(SUM(CASE WHEN standing = 'UNCOUNTED' THEN 1 ELSE 0 END) AS BIGINT) AS uncounted, \
         CAST(SUM(CASE WHEN standing = 'DISPUTED' THEN 1 ELSE 0 END) AS BIGINT) AS disputed, \
         CAST(SUM(CASE WHEN has_variance THEN 1 ELSE 0 END) AS BIGINT) AS differing, \
         CAST(SUM(CASE WHEN is_unexpected THEN 1 ELSE 0 END) AS BIGINT) AS unexpected FROM stock_count_lines WHERE count_id IN (",
    );
    let rows: Vec<ProgressRow> = sql.bind_all(ids.iter().copied()).push(") GROUP BY count_id").all(db).await?;
    Ok(rows.into_iter().map(|row| (row.count_id, row.progress)).collect())
}

/// The orders of the lines of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountLineOrder {
    /// By SKU, from A to Z.
    SkuAsc,
    /// By SKU, from Z to A.
    SkuDesc,
    /// By the variance of the units on hand: what lacks most first.
    VarianceAsc,
    /// By the variance of the units on hand: what is there beyond the books first.
    VarianceDesc,
}

/// Which lines of a count a list holds, and in which order. It is a part of loader keys, hence `Hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountLineList {
    /// Only lines that stand so; a counted line may be disputed when `hide_disputes`.
    pub standing: Option<Standing>,
    /// Takes disputed lines for counted ones.
    pub hide_disputes: bool,
    /// Only lines that were counted and differ, or do not.
    pub differing: Option<bool>,
    /// Only lines that counters put on the list, or did not.
    pub unexpected: Option<bool>,
    /// How to order them.
    pub order: CountLineOrder,
}

impl CountLineList {
    fn order(self) -> Order<stock_count_line::Model> {
        use stock_count_line::{Column, Entity};
        let (name, descending) = match self.order {
            CountLineOrder::SkuAsc => ("SKU_ASC", false),
            CountLineOrder::SkuDesc => ("SKU_DESC", true),
            CountLineOrder::VarianceAsc => ("VARIANCE_ASC", false),
            CountLineOrder::VarianceDesc => ("VARIANCE_DESC", true),
        };
        let (column, key): (_, fn(&stock_count_line::Model) -> Key) = match self.order {
            CountLineOrder::SkuAsc | CountLineOrder::SkuDesc => (Column::Sku, |row| Key::Text(row.sku.clone())),
            CountLineOrder::VarianceAsc | CountLineOrder::VarianceDesc => {
                (Column::VarianceOnHand, |row| Key::Int(row.variance_on_hand))
            }
        };
        let (column, id) = (Some(Expr::col((Entity, column))), Expr::col((Entity, Column::Id)));
        Order { name, column, nullable: false, id, descending, key, row_id: |row| row.id.0, parts: None }
    }

    fn select(self, actor: &Actor) -> Select<stock_count_line::Entity> {
        use stock_count_line::Column;
        let standing = self.standing.map(|standing| match (standing, self.hide_disputes) {
            (Standing::Counted, true) => Column::Standing.is_in([Standing::Counted, Standing::Disputed]),
            (standing, _) => Column::Standing.eq(standing),
        });
        let condition = Condition::all()
            .add_option(standing)
            .add_option(self.differing.map(|differing| Column::HasVariance.eq(differing)))
            .add_option(self.unexpected.map(|unexpected| Column::IsUnexpected.eq(unexpected)));
        stock_count_line::visible_to(actor).filter(condition)
    }
}

/// The same page of the lines of each of these counts.
pub fn lines_of_counts<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    counts: &[CountId],
    list: CountLineList,
    page: &'a Page,
) -> ReadingGroups<'a, CountId, stock_count_line::Model> {
    let parent = |row: &stock_count_line::Model| row.count_id;
    let group = Group { parents: counts, column: stock_count_line::Column::CountId, parent };
    fetch_grouped(db, list.select(actor), group, list.order(), page)
}

/// How many lines of each of these counts the list holds.
pub async fn line_counts_of_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    counts: &[CountId],
    list: CountLineList,
) -> Result<HashMap<CountId, u64>, DbErr> {
    let of_these = stock_count_line::Column::CountId.is_in(counts.iter().copied());
    let select = list.select(actor).filter(of_these);
    let found = count_grouped(db, select, stock_count_line::Column::CountId).await?;
    Ok(found.into_iter().map(|(count, number)| (CountId(count), number)).collect())
}

/// These lines of a count, by SKU.
pub async fn count_lines_of(
    db: &impl ConnectionTrait,
    actor: &Actor,
    count: CountId,
    variants: &[ProductVariantId],
) -> Result<Vec<stock_count_line::Model>, DbErr> {
    use stock_count_line::Column;
    stock_count_line::visible_to(actor)
        .filter(Column::CountId.eq(count))
        .filter(Column::VariantId.is_in(variants.iter().copied()))
        .order_by_asc(Column::Sku)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// The entries of each of these lines that `actor` may see, the first first.
pub async fn entries_of_count_lines(
    db: &impl ConnectionTrait,
    actor: &Actor,
    lines: &[CountLineId],
) -> Result<HashMap<CountLineId, Vec<stock_count_entry::Model>>, DbErr> {
    use stock_count_entry::Column;
    let select = stock_count_entry::visible_to(actor).filter(Column::LineId.is_in(lines.iter().copied()));
    let mut entries: HashMap<CountLineId, Vec<stock_count_entry::Model>> = HashMap::new();
    for row in select.order_by_asc(Column::Id).all(db).await? {
        entries.entry(row.line_id).or_default().push(row);
    }
    Ok(entries)
}
