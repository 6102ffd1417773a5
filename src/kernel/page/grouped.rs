//! Nested lists: the same page for each of many parents, with one statement.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryFilter as _, QueryTrait as _, Select,
    Statement, Values,
};
use uuid::Uuid;

use crate::kernel::id::Id;

use super::{ListError, Order, Page, Slice, fetch, limited, order_by, reader, within};

/// The pages of nested lists on their way, by their parents.
pub type ReadingGroups<'a, P, M> = BoxFuture<'a, Result<HashMap<P, Slice<M>>, ListError>>;

/// Reads the same page for each parent of the group, with one statement; of several parents those without rows are absent. Each page is looked up by itself, so that of a
/// parent with a million rows no more are read than of one with ten. That of a single parent is a list like any other.
pub fn fetch_grouped<'a, E, P>(
    db: &'a impl ConnectionTrait,
    select: Select<E>,
    group: Group<'_, E, P>,
    mut order: Order<E::Model>,
    page: &'a Page,
) -> ReadingGroups<'a, P, E::Model>
where
    E: EntityTrait,
    E::Model: FromQueryResult + 'a,
    P: Id,
{
    if let [only] = group.parents[..] {
        let of_only = select.filter(Expr::col((E::default(), group.column)).eq(only.uuid()));
        let reading = fetch(db, of_only, order, page);
        return Box::pin(async move { Ok(HashMap::from([(only, reading.await?)])) });
    }
    let mut of_parent = select.into_query();
    let checked = within(&mut of_parent, &order, page);
    let parts = order.parts.take();
    let (statement, read) = match db.get_database_backend() {
        DbBackend::Postgres => {
            let read = reader(&mut of_parent, parts, page);
            (joined_to_parents(of_parent, &group, &order, page), read)
        }
        backend => {
            // Columns that the order reads need nothing of the list but its table; what is visible is asked where the ids are picked.
            let mut rows = if parts.is_some() { Query::select() } else { of_parent.clone() };
            let read = reader(&mut rows, parts, page);
            (backend.build(&picked_by_parents(rows, of_parent, (&group, &order), page)), read)
        }
    };
    let (cursors, parent) = (order.cursors(), group.parent);
    Box::pin(async move {
        checked?;
        let mut groups: HashMap<P, Vec<E::Model>> = HashMap::new();
        for row in db.query_all_raw(statement).await? {
            let row = read(&row)?;
            groups.entry(parent(&row)).or_default().push(row);
        }
        Ok(groups.into_iter().map(|(parent, rows)| (parent, cursors.slice(rows, page))).collect())
    })
}

/// The parents as a table of one column, which is called so where `VALUES` make it.
const PARENT: (&str, &str) = ("parents", "column1");

/// PostgreSQL reads the page of each parent where the parent stands in `FROM`. The rows are put in order again outside, by the keys that each brings along:
/// numbering them inside takes a window for each parent, with a quarter more of the processor for 60 pages of 3 rows.
fn joined_to_parents<E: EntityTrait, P: Id>(
    mut of_parent: SelectStatement,
    group: &Group<'_, E, P>,
    order: &Order<E::Model>,
    page: &Page,
) -> Statement {
    of_parent.and_where(group.belongs());
    order_by(&mut of_parent, order, page);
    let direction = if order.descends(page) { "DESC" } else { "ASC" };
    let mut outside = format!("ranked.page_id {direction}");
    if let Some(column) = order.column.clone() {
        of_parent.expr_as(column, "page_key");
        // NULL is the greatest key here, too, unless something else is said.
        outside = format!("ranked.page_key {direction}, {outside}");
    }
    of_parent.expr_as(order.id.clone(), "page_id");
    let mut statement = limited(DbBackend::Postgres, &of_parent, page.fetch_size());
    let values = &mut statement.values.get_or_insert_with(|| Values(Vec::new())).0;
    let parents: Vec<Uuid> = group.parents.iter().map(|parent| parent.uuid()).collect();
    values.push(serde_json::json!(parents).to_string().into());
    statement.sql = format!(
        "SELECT ranked.* FROM (SELECT CAST(id AS uuid) FROM jsonb_array_elements_text(CAST(${} AS jsonb)) AS ids (id)) AS parents (column1) \
         CROSS JOIN LATERAL ({}) AS ranked ORDER BY {outside}",
        values.len(),
        statement.sql
    );
    statement
}

/// SQLite, which has no such `FROM`, reads the rows whose ids a parent has picked.
fn picked_by_parents<E: EntityTrait, P: Id>(
    rows: SelectStatement,
    mut picked: SelectStatement,
    (group, order): (&Group<'_, E, P>, &Order<E::Model>),
    page: &Page,
) -> SelectStatement {
    picked.clear_selects().expr(order.id.clone()).and_where(group.belongs()).limit(page.fetch_size());
    order_by(&mut picked, order, page);
    let mut statement = rows;
    statement
        .from_clear()
        .from_values(group.parents.iter().map(|parent| parent.uuid()), PARENT.0)
        .cross_join(E::default());
    statement.and_where(order.id.clone().in_subquery(picked));
    order_by(&mut statement, order, page);
    statement
}

/// How the rows of a nested list belong to their parents.
pub struct Group<'p, E: EntityTrait, P> {
    /// The parents.
    pub parents: &'p [P],
    /// The column that refers to the parent.
    pub column: E::Column,
    /// Reads it from a row.
    pub parent: fn(&E::Model) -> P,
}

impl<E: EntityTrait, P> Group<'_, E, P> {
    fn belongs(&self) -> Expr {
        Expr::col((E::default(), self.column)).equals(PARENT)
    }
}

/// Counts the rows of `select` for each parent, with one statement. `select` must already be limited to the parents; a parent without rows is absent.
pub async fn count_grouped<E: EntityTrait>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    parent: E::Column,
) -> Result<HashMap<Uuid, u64>, DbErr> {
    let column = Expr::col((E::default(), parent));
    let mut counted = select.into_query();
    counted.clear_selects().expr_as(column.clone(), "parent").expr_as(Expr::cust("COUNT(*)"), "total");
    counted.add_group_by([column]);
    let rows = db.query_all(&counted).await?;
    let count = |row: &sea_orm::QueryResult| -> Result<(Uuid, u64), DbErr> {
        let total: i64 = row.try_get("", "total")?;
        Ok((row.try_get("", "parent")?, u64::try_from(total).unwrap_or(0)))
    };
    rows.iter().map(count).collect()
}
