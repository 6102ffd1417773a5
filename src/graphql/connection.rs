//! Relay connections: one macro for their types, one place for their page information and total counts.

use std::sync::Arc;

use async_graphql::{Context, Result, SimpleObject};
use futures_util::future::BoxFuture;
use sea_orm::{EntityTrait, Select};

use super::error::ErrorCode;
use super::loaders::{LoadError, NestedPage};
use super::request::{Broken, RequestContext as _};
use crate::kernel::db::Db;
use crate::kernel::page::{self, Page, Slice};

/// Where a page lies in its list.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(cache_control(max_age = 300))]
pub struct PageInfo {
    /// Whether rows follow this page.
    pub has_next_page: bool,
    /// Whether rows precede this page.
    pub has_previous_page: bool,
    /// The cursor of the first row, for `before`.
    pub start_cursor: Option<String>,
    /// The cursor of the last row, for `after`.
    pub end_cursor: Option<String>,
}

/// Counts the rows of the whole list, when the client asks for it.
#[derive(Clone)]
pub struct Total(Arc<dyn Fn() -> BoxFuture<'static, Result<u64, Broken>> + Send + Sync>);

impl Total {
    /// Counts the rows of `select`.
    pub fn of<E: EntityTrait>(db: &Db, select: Select<E>) -> Self {
        let db = db.clone();
        Self::by(move || {
            let (db, select) = (db.clone(), select.clone());
            Box::pin(async move { Ok(page::count(db.read(), select).await?) })
        })
    }

    /// A number that is known already.
    pub fn known(number: u64) -> Self {
        Self::by(move || Box::pin(async move { Ok(number) }))
    }

    /// Counts in another way, such as through a loader.
    pub fn by(count: impl Fn() -> BoxFuture<'static, Result<u64, Broken>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(count))
    }

    /// The number of rows.
    pub async fn resolve(&self, ctx: &Context<'_>) -> Result<u64> {
        (self.0)().await.map_err(|fault| ctx.fault(fault))
    }
}

/// The page of a nested list, as its loader found it.
pub fn nested<M>(ctx: &Context<'_>, found: Result<NestedPage<M>, LoadError>, page: &Page) -> Result<Slice<M>> {
    match found.map_err(|fault| ctx.fault(fault))? {
        Some(slice) => slice.map_err(|error| ErrorCode::BadUserInput.with(&error)),
        None => Ok(Slice::without_rows(page)),
    }
}

/// Declares a connection type and its edge type over a node type. Caches may keep a page as far as the field that leads to
/// it and the node type let them.
///
/// `connection!(/// Doc of the connection … LocationConnection, LocationEdge, Location);`
#[macro_export]
macro_rules! connection {
    ($(#[$meta:meta])* $connection:ident, $edge:ident, $node:ty) => {
        $(#[$meta])*
        pub struct $connection {
            edges: Vec<$edge>,
            has_next: bool,
            has_previous: bool,
            total: $crate::graphql::connection::Total,
        }

        /// A row of the list with its cursor.
        pub struct $edge {
            node: $node,
            cursor: $crate::kernel::page::cursor::Cursor,
        }

        /// A row of the list with its cursor.
        #[async_graphql::Object(cache_control(max_age = 300))]
        impl $edge {
            /// The row.
            async fn node(&self) -> $crate::graphql::in_order::InOrder<&$node> {
                $crate::graphql::in_order::InOrder(&self.node)
            }

            /// Marks this row as a place in the list, for `after` and `before`.
            async fn cursor(&self) -> String {
                self.cursor.encode()
            }
        }

        impl $connection {
            /// The connection over a page of rows.
            pub fn of<M>(
                slice: $crate::kernel::page::Slice<M>,
                total: $crate::graphql::connection::Total,
                node: impl Fn(M) -> $node,
            ) -> $crate::graphql::in_order::InOrder<Self> {
                let $crate::kernel::page::Slice { rows, has_next, has_previous } = slice;
                let edge = |(row, cursor)| $edge { node: node(row), cursor };
                let edges = rows.into_iter().map(edge).collect();
                $crate::graphql::in_order::InOrder(Self { edges, has_next, has_previous, total })
            }
        }

        $(#[$meta])*
        #[async_graphql::Object(cache_control(max_age = 300))]
        impl $connection {
            /// The rows with their cursors.
            async fn edges(&self) -> $crate::graphql::in_order::AllInOrder<&$edge> {
                $crate::graphql::in_order::AllInOrder(self.edges.iter().collect())
            }

            /// The rows without their cursors.
            async fn nodes(&self) -> $crate::graphql::in_order::AllInOrder<&$node> {
                $crate::graphql::in_order::AllInOrder(self.edges.iter().map(|edge| &edge.node).collect())
            }

            /// Where this page lies in the list.
            async fn page_info(&self) -> $crate::graphql::in_order::InOrder<$crate::graphql::connection::PageInfo> {
                $crate::graphql::in_order::InOrder($crate::graphql::connection::PageInfo {
                    has_next_page: self.has_next,
                    has_previous_page: self.has_previous,
                    start_cursor: self.edges.first().map(|edge| edge.cursor.encode()),
                    end_cursor: self.edges.last().map(|edge| edge.cursor.encode()),
                })
            }

            /// How many rows the whole list has. It is counted only when asked for, which takes a further look at the database.
            async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<u64> {
                self.total.resolve(ctx).await
            }
        }
    };
}
