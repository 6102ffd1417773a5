//! Keyset pagination, in both directions: the only pagination code.
//!
//! A list is ordered by one sort key and then by the primary key, so that its order is total. NULL sorts last when ascending and first when
//! descending, so that the one is exactly the other reversed and one index serves both. A cursor names its order and is refused under another.

pub mod columns;
pub mod cursor;
mod grouped;

use std::hash::{Hash, Hasher};

use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Expr, ExprTrait as _, NullOrdering, Order as Direction, Query, SelectStatement};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, Iterable as _, QueryResult, QueryTrait as _,
    Select, Statement,
};
use uuid::Uuid;

use columns::{Columns, Parts};
use cursor::{Cursor, Key};
pub use grouped::{Group, ReadingGroups, count_grouped, fetch_grouped};

/// What the caller asked for, as Relay's connection arguments have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PageArgs {
    /// Rows from the start.
    pub first: Option<i32>,
    /// Only rows after this cursor.
    pub after: Option<String>,
    /// Rows from the end.
    pub last: Option<i32>,
    /// Only rows before this cursor.
    pub before: Option<String>,
}

/// The bounds on a page's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Rows when neither `first` nor `last` is given.
    pub default: u32,
    /// The most rows of a page.
    pub max: u32,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { default: 20, max: 100 }
    }
}

/// A checked page request. It is also a part of loader keys, hence `Hash`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    size: u32,
    backward: bool,
    after: Option<String>,
    before: Option<String>,
    columns: Columns,
}

/// Pages of one request seldom differ but in their size and their columns, and a key is hashed for each parent of a list.
impl Hash for Page {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.size, self.columns).hash(state);
    }
}

/// What can be wrong with a page request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Both ends were asked for.
    #[error("`first` and `last` cannot be used together")]
    BothEnds,
    /// The size is negative or above the maximum.
    #[error("`{argument}` must be from 0 to {max}, got {got}")]
    Size {
        /// `first` or `last`.
        argument: &'static str,
        /// The maximum.
        max: u32,
        /// What was given.
        got: i32,
    },
    /// The text is not a cursor of ours.
    #[error("`{argument}` is not a cursor of this API")]
    Cursor {
        /// `after` or `before`.
        argument: &'static str,
    },
    /// The cursor was made under another order.
    #[error("`{argument}` is a cursor of the order {got}, but the list is ordered by {expected}")]
    OtherOrder {
        /// `after` or `before`.
        argument: &'static str,
        /// The order of this list.
        expected: &'static str,
        /// The order in the cursor.
        got: String,
    },
}

/// Why a page could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The caller's request is wrong.
    #[error(transparent)]
    Page(#[from] PageError),
    /// The database answered with an error.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Page {
    /// Checks the arguments against the limits.
    pub fn parse(args: PageArgs, limits: PageLimits) -> Result<Self, PageError> {
        let (size, backward) = match (args.first, args.last) {
            (Some(_), Some(_)) => return Err(PageError::BothEnds),
            (Some(first), None) => (size("first", first, limits.max)?, false),
            (None, Some(last)) => (size("last", last, limits.max)?, true),
            (None, None) => (limits.default, false),
        };
        Ok(Self { size, backward, after: args.after, before: args.before, columns: Columns::ALL })
    }

    /// The first `size` rows.
    pub fn first(size: u32) -> Self {
        Self { size, backward: false, after: None, before: None, columns: Columns::ALL }
    }

    /// The same page of which nothing but these columns will be looked at, where the list can read its rows in part.
    #[must_use]
    pub fn reading(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// The most rows that it returns.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Whether the page lies at the end of what its cursors leave.
    pub fn is_backward(&self) -> bool {
        self.backward
    }

    /// The sort keys that the page's cursors name: of the row before it, and of the row after it.
    pub fn keys(&self, order: &'static str) -> Result<(Option<Key>, Option<Key>), PageError> {
        let key = |argument, text: &Option<String>| {
            text.as_ref().map(|text| cursor_of(argument, text, order).map(|cursor| cursor.key)).transpose()
        };
        Ok((key("after", &self.after)?, key("before", &self.before)?))
    }

    /// One row more than the page, to learn whether there is another page.
    fn fetch_size(&self) -> u64 {
        u64::from(self.size) + 1
    }
}

fn size(argument: &'static str, got: i32, max: u32) -> Result<u32, PageError> {
    u32::try_from(got).ok().filter(|size| *size <= max).ok_or(PageError::Size { argument, max, got })
}

/// A total order of the rows of a list.
pub struct Order<M> {
    /// Names the order in cursors: the value of the `orderBy` enum.
    pub name: &'static str,
    /// The sort column, or `None` to sort by the primary key alone.
    pub column: Option<Expr>,
    /// Whether the sort column takes NULL.
    pub nullable: bool,
    /// The primary key column.
    pub id: Expr,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Reads the sort key of a row.
    pub key: fn(&M) -> Key,
    /// Reads the primary key of a row.
    pub row_id: fn(&M) -> Uuid,
    /// How rows are read of which not everything is asked for; without it they are read whole.
    pub parts: Option<Parts<M>>,
}

impl<M> Order<M> {
    /// Whether the largest comes first as the rows of the page are read.
    fn descends(&self, page: &Page) -> bool {
        self.descending != page.backward
    }

    fn cursors(&self) -> Cursors<M> {
        Cursors { order: self.name, key: self.key, row_id: self.row_id }
    }
}

/// How the rows of an order get their cursors.
struct Cursors<M> {
    order: &'static str,
    key: fn(&M) -> Key,
    row_id: fn(&M) -> Uuid,
}

impl<M> Cursors<M> {
    fn of(&self, row: M) -> (M, Cursor) {
        let cursor = Cursor { order: self.order.into(), key: (self.key)(&row), id: (self.row_id)(&row) };
        (row, cursor)
    }

    /// The page of these rows, of which one more was read than it has.
    fn slice(&self, mut rows: Vec<M>, page: &Page) -> Slice<M> {
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if page.backward {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|row| self.of(row)).collect();
        let (has_next, has_previous) =
            if page.backward { (page.before.is_some(), more) } else { (more, page.after.is_some()) };
        Slice { rows, has_next, has_previous }
    }
}

/// One page of rows, in the order of the list whatever the direction of paging.
#[derive(Debug, Clone)]
pub struct Slice<M> {
    /// The rows with their cursors.
    pub rows: Vec<(M, Cursor)>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
}

impl<M> Slice<M> {
    /// The page when the list has no row there.
    pub fn without_rows(page: &Page) -> Self {
        let (after, before) = (page.after.is_some(), page.before.is_some());
        Self { rows: Vec::new(), has_next: page.backward && before, has_previous: !page.backward && after }
    }

    /// The same page with other rows.
    pub fn map<N>(self, mut f: impl FnMut(M) -> N) -> Slice<N> {
        Slice {
            rows: self.rows.into_iter().map(|(row, cursor)| (f(row), cursor)).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

/// A list on its way: its page, once it is awaited.
pub type Reading<'a, M> = BoxFuture<'a, Result<Slice<M>, ListError>>;

/// Reads one page of `select`, with one statement. It is put together before anything is waited for, so that who waits keeps little: what a future keeps
/// is moved along with it.
pub fn fetch<'a, E>(
    db: &'a impl ConnectionTrait,
    select: Select<E>,
    order: Order<E::Model>,
    page: &'a Page,
) -> Reading<'a, E::Model>
where
    E: EntityTrait,
    E::Model: FromQueryResult + 'a,
{
    let (mut statement, cursors) = (select.into_query(), order.cursors());
    let checked = within(&mut statement, &order, page);
    order_by(&mut statement, &order, page);
    let read = reader(&mut statement, order.parts, page);
    let statement = limited(db.get_database_backend(), &statement, page.fetch_size());
    Box::pin(async move {
        checked?;
        let found = db.query_all_raw(statement).await?;
        let rows = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(cursors.slice(rows, page))
    })
}

/// Lets the statement read what is asked for; what then reads its rows.
fn reader<M: FromQueryResult>(
    statement: &mut SelectStatement,
    parts: Option<Parts<M>>,
    page: &Page,
) -> impl Fn(&QueryResult) -> Result<M, DbErr> + use<M> {
    let in_part = parts.map(|parts| parts.narrow(statement, page.columns));
    move |row| match &in_part {
        Some(read) => read(row),
        None => M::from_query_result(row, ""),
    }
}

/// Counts the rows of `select`.
pub async fn count<E: EntityTrait>(db: &impl ConnectionTrait, select: Select<E>) -> Result<u64, DbErr> {
    let mut counted = select.into_query();
    if let Some(id) = E::PrimaryKey::iter().next() {
        counted.clear_selects().expr(Expr::col((E::default(), id)));
    }
    let mut statement = Query::select();
    statement.expr_as(Expr::cust("COUNT(*)"), "total").from_subquery(counted, "counted");
    let row = db.query_one(&statement).await?;
    let total: i64 = row.map(|row| row.try_get("", "total")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The statement with a limit that the planner sees. Where it is a parameter PostgreSQL supposes a tenth of the table, and plans anew each time rather than
/// keep such a plan.
fn limited(backend: DbBackend, statement: &SelectStatement, rows: u64) -> Statement {
    let mut statement = backend.build(statement);
    statement.sql = format!("{} LIMIT {rows}", statement.sql);
    statement
}

fn within<M>(statement: &mut SelectStatement, order: &Order<M>, page: &Page) -> Result<(), PageError> {
    for (argument, text, beyond) in [("after", &page.after, true), ("before", &page.before, false)] {
        if let Some(text) = text {
            let cursor = cursor_of(argument, text, order.name)?;
            // «After» means greater in the order of the list: greater keys when it ascends, smaller ones when it descends.
            let condition =
                beyond_cursor(order, &cursor, beyond != order.descending).ok_or(PageError::Cursor { argument })?;
            statement.and_where(condition);
        }
    }
    Ok(())
}

/// Reads a cursor, which must be of this order.
fn cursor_of(argument: &'static str, text: &str, order: &'static str) -> Result<Cursor, PageError> {
    let cursor = Cursor::decode(text).ok_or(PageError::Cursor { argument })?;
    if cursor.order == order {
        Ok(cursor)
    } else {
        Err(PageError::OtherOrder { argument, expected: order, got: cursor.order.into_owned() })
    }
}

/// The rows whose (key, id) is greater than the cursor's, or smaller when `greater` is false; NULL counts as the greatest key.
fn beyond_cursor<M>(order: &Order<M>, cursor: &Cursor, greater: bool) -> Option<Expr> {
    let compare = |left: Expr, right: Expr| if greater { left.gt(right) } else { left.lt(right) };
    let id = || order.id.clone();
    let Some(column) = order.column.clone() else {
        return (cursor.key == Key::None).then(|| compare(id(), cursor.id.into()));
    };
    let by_id = compare(id(), cursor.id.into());
    match (cursor.key.value(), order.nullable) {
        (Some(key), false) => {
            Some(compare(Expr::tuple([column, id()]), Expr::tuple([Expr::val(key), cursor.id.into()])))
        }
        (Some(key), true) => {
            let same = column.clone().eq(Expr::val(key.clone())).and(by_id);
            let beyond = compare(column.clone(), Expr::val(key)).or(same);
            Some(if greater { beyond.or(column.is_null()) } else { beyond })
        }
        (None, true) if cursor.key == Key::Null => {
            let same = column.clone().is_null().and(by_id);
            Some(if greater { same } else { same.or(column.is_not_null()) })
        }
        (None, _) => None,
    }
}

fn order_by<M>(statement: &mut SelectStatement, order: &Order<M>, page: &Page) {
    let descending = order.descends(page);
    let direction = if descending { Direction::Desc } else { Direction::Asc };
    if let Some(column) = order.column.clone() {
        if order.nullable {
            let nulls = if descending { NullOrdering::First } else { NullOrdering::Last };
            statement.order_by_expr_with_nulls(column, direction.clone(), nulls);
        } else {
            statement.order_by_expr(column, direction.clone());
        }
    }
    statement.order_by_expr(order.id.clone(), direction);
}
