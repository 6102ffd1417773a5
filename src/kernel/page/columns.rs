//! Rows of which only the columns that somebody asks for are read.
//!
//! A row of stock has sixteen columns, and a shop's page shows two of them. What is not read has the value of [`Unread`], which nobody may look at: who
//! asks for a page names the columns, and a test asks for each field of such rows by itself.

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable as _, QueryResult, QuerySelect as _, QueryTrait as _,
    Select, TryGetable,
};

use crate::kernel::clock::Timestamp;

/// A set of columns of one table, by their places in [`parts!`](crate::parts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// None but those that are always read.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(u64::MAX);

    /// These of all columns that a table has, which are 64 at most.
    pub fn of<C: IdenStatic>(all: &[C], columns: &[C]) -> Self {
        let is_one = |column: &C| columns.iter().any(|one| one.as_str() == column.as_str());
        let places = all.iter().zip(0..u64::BITS).filter(|(column, _)| is_one(column));
        Self(places.fold(0, |set, (_, place)| set | 1 << place))
    }

    /// These and those.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Whether one of these is among those.
    pub fn meet(self, those: Self) -> bool {
        self.0 & those.0 != 0
    }

    /// Whether it is one of them, for each column in its place.
    pub fn each(self) -> impl Iterator<Item = bool> {
        (0..u64::BITS).map(move |place| (self.0 >> place) & 1 == 1)
    }
}

/// A row that can be read in part; [`parts!`](crate::parts) declares it.
pub trait Part: Sized {
    /// Its table.
    type Entity: EntityTrait<Model = Self>;

    /// The columns that are to be read when these are asked for, in the order in which [`Part::read`] takes them.
    fn columns(asked: Columns) -> impl Iterator<Item = <Self::Entity as EntityTrait>::Column>;

    /// Reads a row that has these columns and, behind them, any others.
    fn read(row: &QueryResult, asked: Columns) -> Result<Self, DbErr>;
}

/// How the rows of a list are read in part.
pub struct Parts<M> {
    /// What places a row in the list: it is read, whoever asks.
    key: Columns,
    select: fn(&mut SelectStatement, Columns),
    read: fn(&QueryResult, Columns) -> Result<M, DbErr>,
    correction: Option<Correction<M>>,
}

/// A number that some columns of a row have to be corrected by.
pub struct Correction<M> {
    /// The columns. It is read if one of them is.
    pub of: Columns,
    /// What it is, in words of the statement that reads the rows.
    pub by: Expr,
    /// Corrects a row by it.
    pub correct: fn(&mut M, i64),
}

/// All rows of a table with all of their columns, to be kept and copied by what reads many of them.
pub fn all_rows<E: EntityTrait>() -> Select<E> {
    E::find().select_only().expr(Expr::cust(names::<E>(E::Column::iter())))
}

/// Columns of a table as one expression: putting each together costs as much as the rest of a statement.
fn names<E: EntityTrait>(columns: impl Iterator<Item = E::Column>) -> String {
    let (mut names, table) = (String::new(), E::default());
    for column in columns {
        let before = if names.is_empty() { "\"" } else { ", \"" };
        names.extend([before, table.table_name(), "\".\"", column.as_str(), "\""]);
    }
    names
}

/// What a correction is called in a statement.
const CORRECTION: &str = "correction";

impl<M: Part> Parts<M> {
    /// Columns as they are stored; those of the list's sort key are read in any case.
    pub fn stored(key: Columns) -> Self {
        let select = |statement: &mut SelectStatement, asked: Columns| {
            statement.clear_selects().expr(Expr::cust(names::<M::Entity>(M::columns(asked))));
        };
        Self { key, select, read: M::read, correction: None }
    }

    /// The same, of which some are corrected.
    #[must_use]
    pub fn corrected(self, correction: Correction<M>) -> Self {
        Self { correction: Some(correction), ..self }
    }

    /// Reads rows outside of any list, of which these columns are asked for.
    pub async fn rows(
        self,
        db: &impl ConnectionTrait,
        select: Select<M::Entity>,
        asked: Columns,
    ) -> Result<Vec<M>, DbErr> {
        let mut statement = select.into_query();
        let read = self.narrow(&mut statement, asked);
        db.query_all(&statement).await?.iter().map(read).collect()
    }
}

impl<M> Parts<M> {
    /// Lets the statement read these columns and no others; what then reads its rows.
    pub(super) fn narrow(
        self,
        statement: &mut SelectStatement,
        asked: Columns,
    ) -> impl Fn(&QueryResult) -> Result<M, DbErr> + use<M> {
        let (asked, read) = (asked.and(self.key), self.read);
        (self.select)(statement, asked);
        let needed = self.correction.filter(|correction| correction.of.meet(asked));
        let correct = needed.map(|correction| {
            statement.expr_as(correction.by, CORRECTION);
            correction.correct
        });
        move |row| {
            let mut read = read(row, asked)?;
            if let Some(correct) = correct {
                correct(&mut read, row.try_get("", CORRECTION)?);
            }
            Ok(read)
        }
    }
}

/// What stands for a value that was not read.
pub trait Unread {
    /// The value.
    const UNREAD: Self;
}

impl Unread for i64 {
    const UNREAD: Self = 0;
}

impl Unread for String {
    const UNREAD: Self = Self::new();
}

impl Unread for Timestamp {
    const UNREAD: Self = Self(0);
}

impl<T> Unread for Option<T> {
    const UNREAD: Self = None;
}

/// The values of a row, one after the other.
pub struct Values<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Values<'a> {
    /// From the first one on.
    pub fn of(row: &'a QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The next value.
    pub fn read<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let at = self.next;
        self.next += 1;
        self.row.try_get_by_index(at)
    }

    /// The next value if it was asked for.
    pub fn read_if<T: TryGetable + Unread>(&mut self, asked: bool) -> Result<T, DbErr> {
        if asked { self.read() } else { Ok(T::UNREAD) }
    }
}

/// Declares how rows of an entity are read in part: each member of `Model` with its column, first those that are always read.
#[macro_export]
macro_rules! parts {
    (always { $($always:ident: $its:ident,)+ } asked { $($asked:ident: $column:ident,)+ }) => {
        impl Model {
            /// These columns.
            pub fn asking(columns: &[Column]) -> $crate::kernel::page::columns::Columns {
                $crate::kernel::page::columns::Columns::of(&[$(Column::$column),+], columns)
            }
        }

        impl $crate::kernel::page::columns::Part for Model {
            type Entity = Entity;

            fn columns(asked: $crate::kernel::page::columns::Columns) -> impl Iterator<Item = Column> {
                let optional = [$(Column::$column),+].into_iter().zip(asked.each());
                let optional = optional.filter_map(|(column, asked)| asked.then_some(column));
                [$(Column::$its),+].into_iter().chain(optional)
            }

            fn read(
                row: &sea_orm::QueryResult,
                asked: $crate::kernel::page::columns::Columns,
            ) -> Result<Self, sea_orm::DbErr> {
                let mut values = $crate::kernel::page::columns::Values::of(row);
                let mut asked = asked.each();
                // In the order of `columns`.
                Ok(Self {
                    $($always: values.read()?,)+
                    $($asked: values.read_if(asked.next() == Some(true))?,)+
                })
            }
        }
    };
}
