//! Changing the category tree.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::category::{Category, CategoryContext as _};
use super::input::{self, Errors};
use super::user_errors;
use crate::catalog::commands::{CategoryCreate, CategoryDelete, CategoryUpdate};
use crate::catalog::entity::category::CategoryId;
use crate::catalog::error::CatalogError;
use crate::catalog::rules::{self, Handle};
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::kernel::actor;
use crate::kernel::error::At;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Creates a category, behind the last of its siblings. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn category_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new category.")] input: CategoryCreateInput,
    ) -> Result<CategoryCreatePayload> {
        let (category, user_errors) = changed(ctx, input.parse()).await?;
        Ok(CategoryCreatePayload { category, user_errors })
    }

    /// Changes a category, or moves it with all below it to another place in the tree. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn category_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category and what to change of it.")] input: CategoryUpdateInput,
    ) -> Result<CategoryUpdatePayload> {
        let (category, user_errors) = changed(ctx, input.parse()).await?;
        Ok(CategoryUpdatePayload { category, user_errors })
    }

    /// Removes a category for good. Refused with `IN_USE` while it has categories below it, or products. Requires the permission `MANAGE_CATALOG`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageCatalog)",
        directive = requires::apply(Permission::ManageCatalog)
    )]
    async fn category_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category.")] input: CategoryDeleteInput,
    ) -> Result<CategoryDeletePayload> {
        let refused = |errors| CategoryDeletePayload { deleted_category_id: None, user_errors: user_errors(errors) };
        let mut problems = Errors::default();
        let id = input::id_of(&input.id, "input.id", &mut problems);
        let command = id.map(|id| CategoryDelete { id, expected_version: input.expected_version });
        let command = match problems.finish(command) {
            Ok(command) => command,
            Err(errors) => return Ok(refused(errors)),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => CategoryDeletePayload { deleted_category_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => refused(errors),
        })
    }
}

/// Runs a command that changes a category.
async fn changed<C>(
    ctx: &Context<'_>,
    command: std::result::Result<C, Vec<At<CatalogError>>>,
) -> Result<(Option<InOrder<Category>>, Vec<UserError>)>
where
    C: Command<Output = CategoryId, Error = CatalogError>,
{
    let command = match command {
        Ok(command) => command,
        Err(errors) => return Ok((None, user_errors(errors))),
    };
    Ok(match ctx.write(command).await? {
        Ok(id) => (ctx.category(id).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

/// A new category.
#[derive(Debug, InputObject)]
pub struct CategoryCreateInput {
    /// The name for people: at most 255 characters.
    pub name: String,
    /// The unique name in addresses: lower-case letters, digits and single hyphens between them, at most 255 characters. Left out, it is made from
    /// the name, and gets a number behind it where another category has it.
    pub handle: Option<String>,
    /// Some lines of plain text about it: at most 5,000 characters.
    pub description: Option<String>,
    /// The category above it; left out, it is a root. The tree is at most 10 levels deep.
    pub parent_id: Option<ID>,
}

impl CategoryCreateInput {
    fn parse(self) -> std::result::Result<CategoryCreate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let name = problems.take("input.name", rules::category_name(&self.name));
        let handle = self.handle.and_then(|handle| problems.take("input.handle", Handle::parse(&handle)));
        let description = self.description.map(|text| rules::category_description(&text));
        let description = description.and_then(|text| problems.take("input.description", text)).unwrap_or_default();
        let parent_id = self.parent_id.and_then(|id| input::id_of(&id, "input.parentId", &mut problems));
        problems.finish(name.map(|name| CategoryCreate { name, handle, description, parent_id }))
    }
}

/// A change of a category. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct CategoryUpdateInput {
    /// The category.
    pub id: ID,
    /// The version that you read. If the category has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The name for people: at most 255 characters.
    pub name: Option<String>,
    /// The unique name in addresses: lower-case letters, digits and single hyphens between them, at most 255 characters.
    pub handle: Option<String>,
    /// Some lines of plain text about it: at most 5,000 characters; null empties it.
    pub description: MaybeUndefined<String>,
    /// The category above it, which must not be the category itself or one below it; null makes it a root. The tree is at most 10 levels deep.
    pub parent_id: MaybeUndefined<ID>,
    /// The place among its siblings: 0 to 1,000,000. Several may have the same place.
    pub position: Option<i64>,
}

impl CategoryUpdateInput {
    fn parse(self) -> std::result::Result<CategoryUpdate, Vec<At<CatalogError>>> {
        let mut problems = Errors::default();
        let id = input::id_of(&self.id, "input.id", &mut problems);
        let description = match self.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(String::new()),
            MaybeUndefined::Value(text) => problems.take("input.description", rules::category_description(&text)),
        };
        let name = self.name.and_then(|name| problems.take("input.name", rules::category_name(&name)));
        let handle = self.handle.and_then(|handle| problems.take("input.handle", Handle::parse(&handle)));
        let parent_id = input::patch(self.parent_id, |id| input::id_of(&id, "input.parentId", &mut problems));
        let position = self.position.and_then(|place| problems.take("input.position", rules::position(place)));
        let expected_version = self.expected_version;
        problems.finish(id.map(|id| CategoryUpdate {
            id,
            expected_version,
            name,
            handle,
            description,
            parent_id,
            position,
        }))
    }
}

/// A category to remove for good.
#[derive(Debug, InputObject)]
pub struct CategoryDeleteInput {
    /// The category.
    pub id: ID,
    /// The version that you read. If the category has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

payloads!(CategoryCreatePayload, CategoryUpdatePayload, CategoryDeletePayload);

/// What became of `categoryCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CategoryCreatePayload {
    /// The category as it is now; null when there are errors.
    pub category: Option<InOrder<Category>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `categoryUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CategoryUpdatePayload {
    /// The category as it is now; null when there are errors.
    pub category: Option<InOrder<Category>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `categoryDelete`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct CategoryDeletePayload {
    /// The id of the category that is gone; null when there are errors.
    pub deleted_category_id: Option<ID>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
