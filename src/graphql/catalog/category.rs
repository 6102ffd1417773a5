//! Categories in the schema.

use async_graphql::{Context, ID, Object, Result};

use crate::catalog::entity::category::{self, CategoryId};
use crate::catalog::rules::Handle;
use crate::catalog::store;
use crate::graphql::error::ErrorCode;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};

/// A node of the category tree.
#[derive(Debug, Clone)]
pub struct Category(pub category::Model);

/// A node of the category tree. Everyone sees categories.
#[Object]
impl Category {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// The name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The unique name in addresses, such as `tents`.
    async fn handle(&self) -> &str {
        &self.0.handle
    }

    /// Some lines of plain text about it. Empty when there are none.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The category above; null for a root.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Category>> {
        match self.0.parent_id {
            Some(id) => ctx.category(id).await,
            None => Ok(None),
        }
    }

    /// The place among its siblings, from 0.
    async fn position(&self) -> i64 {
        self.0.position
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// One category, by its id or its handle. Null when there is none.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `handle`.")] id: Option<ID>,
        #[graphql(desc = "The handle.")] handle: Option<String>,
    ) -> Result<Option<Category>> {
        match (id, handle) {
            (Some(id), None) => ctx.category(scalars::read_id("id", &id)?).await,
            (None, Some(handle)) => {
                let Ok(handle) = Handle::parse(&handle) else { return Ok(None) };
                let found = store::category_by_handle(ctx.services().db.read(), ctx.actor(), &handle).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(Category))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `handle`.")),
        }
    }
}

/// Short ways to categories.
pub(in crate::graphql) trait CategoryContext {
    /// The category, if there is one.
    async fn category(&self, id: CategoryId) -> Result<Option<Category>>;
}

impl CategoryContext for Context<'_> {
    async fn category(&self, id: CategoryId) -> Result<Option<Category>> {
        let found = self.loaders().categories.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(Category))
    }
}
