//! Lists of categories in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::category::Category;
use crate::catalog::store::{self, CategoryFilter, tags};
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error;
use crate::graphql::filter::At;
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::kernel::page::PageArgs;

connection!(
    /// A page of categories.
    CategoryConnection,
    CategoryEdge,
    Category
);

/// How to order categories. Text is ordered by its characters' code points, so capital letters come before small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::CategoryOrder")]
pub enum CategoryOrder {
    /// By place among the siblings, the first first.
    PositionAsc,
    /// By place among the siblings, the last first.
    PositionDesc,
    /// By name, from A to Z.
    NameAsc,
    /// By name, from Z to A.
    NameDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

/// Which categories to list. All given conditions must hold; a condition with several values holds when one of them does, and one with an empty list
/// never holds. Each list has at most 100 items.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "CategoryFilter")]
pub struct CategoryFilterInput {
    /// A part of the name or the handle: at most 100 characters. Letters from A to Z are found in any case.
    pub query: Option<String>,
    /// Only these.
    pub ids: Option<Vec<ID>>,
    /// Only these handles.
    pub handles: Option<Vec<String>>,
    /// Only those directly below this one.
    pub parent_id: Option<ID>,
    /// Only roots of the tree, or only what is no root.
    pub roots: Option<bool>,
}

impl CategoryFilterInput {
    fn read(self) -> Result<CategoryFilter> {
        let at = At("filter".to_owned());
        Ok(CategoryFilter {
            query: at.query(self.query)?,
            ids: at.ids("ids", self.ids)?,
            handles: at.texts("handles", self.handles)?,
            parent: self.parent_id.map(|id| scalars::read_id("filter.parentId", &id)).transpose()?,
            root: self.roots,
        })
    }
}

#[derive(Default)]
pub struct CategoryListQuery;

#[Object]
impl CategoryListQuery {
    /// The categories of the shop, by position unless `orderBy` says otherwise. Start with `filter: { roots: true }` and follow `children`.
    #[graphql(cache_control(max_age = 300))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which categories to list.")] filter: Option<CategoryFilterInput>,
        #[graphql(desc = "How to order them.", default_with = "CategoryOrder::PositionAsc")] order_by: CategoryOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<CategoryConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        ctx.depends_on(tags::CATEGORIES);
        let select = store::categories(ctx.actor(), &filter.unwrap_or_default().read()?);
        let db = &ctx.services().db;
        let slice = store::categories_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(CategoryConnection::of(slice, Total::of(db, select), Category))
    }
}
