//! What levels held at earlier moments, and the movements that made a level what it was. It knows nothing of the present numbers.
//!
//! The movements of a level are numbered from 1 without a gap, and their times never go back along these numbers. So a moment is a number: that
//! of the last movement by then. Each number of the level then is what its own last movement up to there left. Both are found at the end of a
//! range of an index, however many movements there are before and after.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// The numbers, and the number of movements by then.
    pub balance: Balance,
    /// When the last of these movements was made, where the question was about a moment.
    pub changed_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct Row {
    variant_id: ProductVariantId,
    location_id: LocationId,
    point: i64,
    version: i64,
    changed_at: Option<Timestamp>,
    on_hand: i64,
    reserved: i64,
    damaged: i64,
    quality_control: i64,
    incoming: i64,
}

impl Row {
    fn slot(&self) -> Slot {
        Slot { variant: self.variant_id, location: self.location_id }
    }

    fn past(&self) -> Past {
        let Self { version, on_hand, reserved, damaged, quality_control, incoming, .. } = *self;
        let balance = Balance { on_hand, reserved, damaged, quality_control, incoming, version };
        Past { balance, changed_at: self.changed_at }
    }
}

/// What levels held at moments, as far as `actor` may know. A level that had no movement by then is absent: it held nothing.
pub async fn balances_at(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: &[(Slot, Timestamp)],
) -> Result<HashMap<(Slot, Timestamp), Past>, DbErr> {
    const LAST: &str = " FROM stock_movements WHERE stock_movements.variant_id = asked.variant_id \
        AND stock_movements.location_id = asked.location_id AND created_at <= asked.point \
        ORDER BY created_at DESC, level_version DESC LIMIT 1) AS ";
    let moments = |sql: Sql| {
        sql.push("SELECT variant_id, location_id, point, (SELECT level_version")
            .push(LAST)
            .push("version, (SELECT created_at")
            .push(LAST)
            .push("changed_at FROM asked")
    };
    let points = asked.iter().map(|(slot, moment)| (*slot, moment.0));
    let rows = numbers(db, actor, points, moments).await?;
    Ok(rows.into_iter().map(|row| ((row.slot(), Timestamp(row.point)), row.past())).collect())
}

/// What levels held after movements with these numbers, as far as `actor` may know.
pub async fn balances_after(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: &[(Slot, i64)],
) -> Result<HashMap<(Slot, i64), Balance>, DbErr> {
    let moments = |sql: Sql| {
        sql.push(
            "SELECT variant_id, location_id, point, point AS version, CAST(NULL AS BIGINT) AS changed_at FROM asked",
        )
    };
    let rows = numbers(db, actor, asked.iter().copied(), moments).await?;
    Ok(rows.into_iter().map(|row| ((row.slot(), row.point), row.past().balance)).collect())
}

/// Reads every number of levels at points of their history; `moments` finds the movement that a point means.
async fn numbers(
    db: &impl ConnectionTrait,
    actor: &Actor,
    asked: impl ExactSizeIterator<Item = (Slot, i64)>,
    moments: impl Fn(Sql) -> Sql,
) -> Result<Vec<Row>, DbErr> {
    const OF: &str = "COALESCE((SELECT balance_after FROM stock_movements WHERE stock_movements.variant_id = moments.variant_id \
        AND stock_movements.location_id = moments.location_id AND state = ";
    const LAST: &str = " AND level_version <= moments.version ORDER BY level_version DESC LIMIT 1), 0) AS ";
    const STATES: [(&str, &str); 5] = [
        ("'ON_HAND'", "on_hand"),
        ("'RESERVED'", "reserved"),
        ("'DAMAGED'", "damaged"),
        ("'QUALITY_CONTROL'", "quality_control"),
        ("'INCOMING'", "incoming"),
    ];
    if asked.len() == 0 || !location::may_see_stock(actor) {
        return Ok(Vec::new());
    }
    let sql = Sql::new("WITH asked (variant_id, location_id, point) AS (VALUES ")
        .rows(asked, |sql, (slot, point)| sql.bind(slot.variant).push(", ").bind(slot.location).push(", ").bind(point));
    let sql = moments(sql.push("), moments AS MATERIALIZED ("));
    let sql = sql.push(") SELECT variant_id, location_id, point, version, changed_at");
    let sql =
        STATES.into_iter().fold(sql, |sql, (state, name)| sql.push(", ").push(OF).push(state).push(LAST).push(name));
    sql.push(" FROM moments WHERE version IS NOT NULL").all(db).await
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
    fetch(db, select, &newest_first(), page).await
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
