//! Lists of categories: which, in what order, one page at a time.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, Select};
use uuid::Uuid;

use crate::catalog::entity::category::{self, CategoryId, Column};
use crate::kernel::actor::Actor;
use crate::kernel::db::search;
use crate::kernel::page::cursor::Key;
use crate::kernel::page::{Group, Order, Page, Reading, ReadingGroups, count_grouped, fetch, fetch_grouped};

/// Which categories a list holds: those that meet every condition given. An empty list of values meets nothing.
#[derive(Debug, Clone, Default)]
pub struct CategoryFilter {
    /// A part of the name or the handle, in any case.
    pub query: Option<String>,
    /// One of these.
    pub ids: Option<Vec<CategoryId>>,
    /// With one of these handles.
    pub handles: Option<Vec<String>>,
    /// Directly below this one.
    pub parent: Option<CategoryId>,
    /// Whether it is a root.
    pub root: Option<bool>,
}

impl CategoryFilter {
    fn condition(&self) -> Condition {
        let root = |root| if root { Column::ParentId.is_null() } else { Column::ParentId.is_not_null() };
        Condition::all()
            .add_option(self.query.as_deref().map(matches))
            .add_option(self.ids.as_ref().map(|ids| Column::Id.is_in(ids.iter().copied())))
            .add_option(self.handles.as_ref().map(|handles| Column::Handle.is_in(handles.clone())))
            .add_option(self.parent.map(|parent| Column::ParentId.eq(parent)))
            .add_option(self.root.map(root))
    }
}

fn column(column: Column) -> Expr {
    Expr::col((category::Entity, column))
}

fn matches(query: &str) -> Condition {
    Condition::any()
        .add(search::contains(column(Column::Name), query))
        .add(search::contains(column(Column::Handle), query))
}

/// The orders of a list of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CategoryOrder {
    /// By place among the siblings, ascending.
    PositionAsc,
    /// By place among the siblings, descending.
    PositionDesc,
    /// By name, ascending.
    NameAsc,
    /// By name, descending.
    NameDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

impl CategoryOrder {
    fn order(self) -> Order<category::Model> {
        let (name, sort, descending, key): (_, _, _, fn(&category::Model) -> Key) = match self {
            Self::PositionAsc => ("POSITION_ASC", Column::Position, false, |row| Key::Int(row.position)),
            Self::PositionDesc => ("POSITION_DESC", Column::Position, true, |row| Key::Int(row.position)),
            Self::NameAsc => ("NAME_ASC", Column::Name, false, |row| Key::Text(row.name.clone())),
            Self::NameDesc => ("NAME_DESC", Column::Name, true, |row| Key::Text(row.name.clone())),
            Self::CreatedAtAsc => ("CREATED_AT_ASC", Column::CreatedAt, false, |row| Key::Int(row.created_at.0)),
            Self::CreatedAtDesc => ("CREATED_AT_DESC", Column::CreatedAt, true, |row| Key::Int(row.created_at.0)),
        };
        Order {
            name,
            column: Some(column(sort)),
            nullable: false,
            id: column(Column::Id),
            descending,
            key,
            row_id: |row| row.id.0,
            parts: None,
        }
    }
}

/// The categories of a list that `actor` may see.
pub fn categories(actor: &Actor, filter: &CategoryFilter) -> Select<category::Entity> {
    category::visible_to(actor).filter(filter.condition())
}

/// One page of the categories of `select`.
pub fn categories_page<'a>(
    db: &'a impl ConnectionTrait,
    select: Select<category::Entity>,
    order: CategoryOrder,
    page: &'a Page,
) -> Reading<'a, category::Model> {
    fetch(db, select, order.order(), page)
}

fn below(actor: &Actor, parents: &[CategoryId]) -> Select<category::Entity> {
    category::visible_to(actor).filter(Column::ParentId.is_in(parents.iter().copied()))
}

/// The same page of the categories directly below each of these that `actor` may see.
pub fn children_of_categories<'a>(
    db: &'a impl ConnectionTrait,
    actor: &Actor,
    parents: &[CategoryId],
    order: CategoryOrder,
    page: &'a Page,
) -> ReadingGroups<'a, CategoryId, category::Model> {
    let parent = |row: &category::Model| row.parent_id.unwrap_or(CategoryId(Uuid::nil()));
    let group = Group { parents, column: Column::ParentId, parent };
    fetch_grouped(db, category::visible_to(actor), group, order.order(), page)
}

/// How many categories directly below each of these `actor` may see.
pub async fn child_counts(
    db: &impl ConnectionTrait,
    actor: &Actor,
    parents: &[CategoryId],
) -> Result<HashMap<CategoryId, u64>, DbErr> {
    let counts = count_grouped(db, below(actor, parents), Column::ParentId).await?;
    Ok(counts.into_iter().map(|(parent, count)| (CategoryId(parent), count)).collect())
}
