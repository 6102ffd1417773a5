//! What levels held at earlier moments, and the movements that made a level what it was. It knows nothing of the present numbers.
//!
//! The movements of a level are numbered from 1 without a gap, and their times never go back along these numbers. So each number of the level at a
//! moment is what its own last movement by then left, and that is found at the end of a range of an index, however many movements there are.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _, Select};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_movement::{self, Column, Entity, State};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::db::sql::Sql;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{ListError, Order, Page, PageError, Slice, fetch};

/// What a level held after one of its movements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// The numbers, and the number of movements by then.
    pub balance: Balance,
    /// When the last of these movements was made, where the question was about a moment.
    pub changed_at: Option<Timestamp>,
}

/// One number of a level at a point of its history.
#[derive(FromQueryResult)]
struct Row {
    variant_id: ProductVariantId,
    location_id: LocationId,
    point: i64,
    state: State,
    version: Option<i64>,
    units: Option<i64>,
    changed_at: Option<Timestamp>,
}

/// What levels held at moments, as far as `actor` may know. A level that had no movement by then is absent: it held nothing.
pub async fn balances_at(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: &[(Slot, Timestamp)],
) -> Result<HashMap<(Slot, Timestamp), Past>, DbErr> {
    const LAST: &str = " FROM stock_movements WHERE stock_movements.variant_id = asked.variant_id \
        AND stock_movements.location_id = asked.location_id AND stock_movements.state = states.state \
        AND created_at <= asked.point ORDER BY created_at DESC, level_version DESC LIMIT 1) AS ";
    let columns = |sql: Sql| {
        let last = |sql: Sql, column, name| sql.push(", (SELECT ").push(column).push(LAST).push(name);
        let sql = last(sql, "level_version", "version");
        last(last(sql, "balance_after", "units"), "created_at", "changed_at")
    };
    let found = numbers(db, actor, asked.iter().map(|(slot, moment)| (*slot, moment.0)), columns).await?;
    Ok(found.into_iter().map(|((slot, point), past)| ((slot, Timestamp(point)), past)).collect())
}

/// What levels held after movements with these numbers, as far as `actor` may know.
pub async fn balances_after(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: &[(Slot, i64)],
) -> Result<HashMap<(Slot, i64), Balance>, DbErr> {
    let columns = |sql: Sql| {
        sql.push(
            ", point AS version, CAST(NULL AS BIGINT) AS changed_at, (SELECT balance_after FROM stock_movements \
             WHERE stock_movements.variant_id = asked.variant_id AND stock_movements.location_id = asked.location_id \
             AND stock_movements.state = states.state AND level_version <= asked.point ORDER BY level_version DESC LIMIT 1) AS units",
        )
    };
    let found = numbers(db, actor, asked.iter().copied(), columns).await?;
    Ok(found.into_iter().map(|(point, past)| (point, past.balance)).collect())
}

/// Every number of levels at points of their history, put together; `columns` says how a number is found at a point.
async fn numbers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: impl ExactSizeIterator<Item = (Slot, i64)>,
    columns: impl Fn(Sql) -> Sql,
) -> Result<HashMap<(Slot, i64), Past>, DbErr> {
    let mut found: HashMap<(Slot, i64), Past> = HashMap::new();
    if asked.len() == 0 || !location::may_see_stock(actor) {
        return Ok(found);
    }
    let sql = Sql::new("WITH asked (variant_id, location_id, point) AS (")
        .rows(asked, |(slot, point)| [slot.variant.into(), slot.location.into(), point.into()]);
    let sql = sql.push(
        "), states (state) AS (VALUES ('ON_HAND'), ('RESERVED'), ('DAMAGED'), ('QUALITY_CONTROL'), ('INCOMING')) \
         SELECT variant_id, location_id, point, state",
    );
    let rows: Vec<Row> = columns(sql).push(" FROM asked CROSS JOIN states").all(db).await?;
    for row in rows {
        let (Some(version), Some(units)) = (row.version, row.units) else { continue };
        let slot = Slot { variant: row.variant_id, location: row.location_id };
        let past = found.entry((slot, row.point)).or_default();
        past.balance = past.balance.with(row.state, units);
        past.balance.version = past.balance.version.max(version);
        past.changed_at = past.changed_at.max(row.changed_at);
    }
    Ok(found)
}

/// The movements of one level up to one of them, or only those of one of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Making {
    /// The level.
    pub slot: Slot,
    /// The number of the last movement.
    pub version: i64,
    /// Only movements of this number.
    pub state: Option<State>,
}

const NEWEST_FIRST: &str = "LEVEL_VERSION_DESC";

fn newest_first() -> Order<stock_movement::Model> {
    Order {
        name: NEWEST_FIRST,
        column: Some(Expr::col((Entity, Column::LevelVersion))),
        nullable: false,
        id: Expr::col((Entity, Column::Id)),
        descending: true,
        key: |row| Key::Int(row.level_version),
        row_id: |row| row.id.0,
        parts: None,
    }
}

/// The movements that made a level what it was, as far as `actor` may see them.
pub fn making(actor: &Actor, making: Making) -> Select<Entity> {
    let Making { slot, version, state } = making;
    // Naming every state lets the index that has them before the numbers be used.
    let states = state.map_or_else(|| State::ALL.to_vec(), |state| vec![state]);
    stock_movement::visible_to(actor)
        .filter(Column::VariantId.eq(slot.variant))
        .filter(Column::LocationId.eq(slot.location))
        .filter(Column::State.is_in(states))
        .filter(Column::LevelVersion.lte(version))
}

/// One page of these movements, the newest first.
pub async fn making_page(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: Making,
    page: &Page,
) -> Result<Slice<stock_movement::Model>, ListError> {
    let mut select = making(actor, asked);
    if asked.state.is_none() {
        let (from, to) = numbers_of_page(asked.version, page)?;
        select = select.filter(Column::LevelVersion.between(from, to));
    }
    fetch(db, select, newest_first(), page).await
}

/// The numbers between which all rows of a page lie, and the one that tells of a next page: there are no gaps between them.
fn numbers_of_page(newest: i64, page: &Page) -> Result<(i64, i64), PageError> {
    let (after, before) = page.keys(NEWEST_FIRST)?;
    let number = |key| match key {
        Some(Key::Int(number)) => Some(number),
        Some(Key::None | Key::Null | Key::Text(_)) | None => None,
    };
    let to = number(after).map_or(newest, |number: i64| number.saturating_sub(1).min(newest));
    let from = number(before).map_or(1, |number: i64| number.saturating_add(1).max(1));
    let size = i64::from(page.size());
    Ok(if page.is_backward() {
        (from, to.min(from.saturating_add(size)))
    } else {
        (from.max(to.saturating_sub(size)), to)
    })
}
