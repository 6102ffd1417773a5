//! The mutations of locations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::location::{Location, LocationContext as _};
use super::user_errors;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars;
use crate::inventory::commands::{LocationCreate, LocationDelete, LocationUpdate};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::{self, LocationCode};
use crate::kernel::actor;
use crate::kernel::error::{At, Problems};
use crate::kernel::id;

#[derive(Default)]
pub struct LocationMutation;

#[Object]
impl LocationMutation {
    /// Creates a location. Requires the permission `MANAGE_LOCATIONS`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageLocations)",
        directive = requires::apply(Permission::ManageLocations)
    )]
    async fn location_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new location.")] input: LocationCreateInput,
    ) -> async_graphql::Result<LocationCreatePayload> {
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(LocationCreatePayload { location: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => LocationCreatePayload { location: ctx.location(id).await?, user_errors: Vec::new() },
            Err(errors) => LocationCreatePayload { location: None, user_errors: user_errors(errors) },
        })
    }

    /// Changes a location. Requires the permission `MANAGE_LOCATIONS`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageLocations)",
        directive = requires::apply(Permission::ManageLocations)
    )]
    async fn location_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location and what to change of it.")] input: LocationUpdateInput,
    ) -> async_graphql::Result<LocationUpdatePayload> {
        let command = match input.parse() {
            Ok(command) => command,
            Err(errors) => return Ok(LocationUpdatePayload { location: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => LocationUpdatePayload { location: ctx.location(id).await?, user_errors: Vec::new() },
            Err(errors) => LocationUpdatePayload { location: None, user_errors: user_errors(errors) },
        })
    }

    /// Closes a location: it gives and takes no more stock. It must have none by then. Requires the permission `MANAGE_LOCATIONS`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageLocations)",
        directive = requires::apply(Permission::ManageLocations)
    )]
    async fn location_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] input: LocationDeactivateInput,
    ) -> async_graphql::Result<LocationDeactivatePayload> {
        let (location, user_errors) =
            set_status(ctx, &input.id, input.expected_version, location::Status::Deactivated).await?;
        Ok(LocationDeactivatePayload { location, user_errors })
    }

    /// Opens a location again. Requires the permission `MANAGE_LOCATIONS`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageLocations)",
        directive = requires::apply(Permission::ManageLocations)
    )]
    async fn location_reactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] input: LocationReactivateInput,
    ) -> async_graphql::Result<LocationReactivatePayload> {
        let (location, user_errors) =
            set_status(ctx, &input.id, input.expected_version, location::Status::Active).await?;
        Ok(LocationReactivatePayload { location, user_errors })
    }

    /// Deletes a location at which stock was never kept; deactivate any other. Requires the permission `MANAGE_LOCATIONS`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageLocations)",
        directive = requires::apply(Permission::ManageLocations)
    )]
    async fn location_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The location.")] input: LocationDeleteInput,
    ) -> async_graphql::Result<LocationDeletePayload> {
        let outcome = match read_id(&input.id) {
            Ok(id) => ctx.write(LocationDelete { id, expected_version: input.expected_version }).await?,
            Err(errors) => Err(errors),
        };
        Ok(match outcome {
            Ok(id) => LocationDeletePayload { deleted_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => LocationDeletePayload { deleted_id: None, user_errors: user_errors(errors) },
        })
    }
}

fn read_id(id: &ID) -> Result<LocationId, Vec<At<InventoryError>>> {
    id::parse(id).map_err(|error| vec![At::new("input.id", InventoryError::of_id(error))])
}

async fn set_status(
    ctx: &Context<'_>,
    id: &ID,
    expected_version: Option<i64>,
    status: location::Status,
) -> async_graphql::Result<(Option<InOrder<Location>>, Vec<UserError>)> {
    let outcome = match read_id(id) {
        Ok(id) => {
            let status = Some(status);
            ctx.write(LocationUpdate { id, expected_version, name: None, address: None, priority: None, status })
                .await?
        }
        Err(errors) => Err(errors),
    };
    Ok(match outcome {
        Ok(id) => (ctx.location(id).await?, Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    })
}

/// A new location.
#[derive(Debug, InputObject)]
pub struct LocationCreateInput {
    /// A short unique code: letters, digits, `-` and `_`, at most 32 characters; kept in upper case.
    pub code: String,
    /// The name for people: at most 255 characters.
    pub name: String,
    /// The postal address: at most 1,000 characters.
    pub address: Option<String>,
    /// Its place when stock is reserved by priority, the smallest number first: 0 to 10,000, 100 when left out.
    pub priority: Option<i64>,
}

impl LocationCreateInput {
    fn parse(self) -> Result<LocationCreate, Vec<At<InventoryError>>> {
        let mut problems = Problems::default();
        let code = problems.take("input.code", LocationCode::parse(&self.code));
        let name = problems.take("input.name", rules::location_name(&self.name));
        let address = problems.take("input.address", rules::address(self.address.as_deref().unwrap_or_default()));
        let priority = problems.take("input.priority", rules::priority(self.priority.unwrap_or(rules::PRIORITY)));
        let command = code
            .zip(name)
            .zip(address)
            .zip(priority)
            .map(|(((code, name), address), priority)| LocationCreate { code, name, address, priority });
        problems.finish(command)
    }
}

payloads!(
    LocationCreatePayload,
    LocationUpdatePayload,
    LocationDeactivatePayload,
    LocationReactivatePayload,
    LocationDeletePayload,
);

/// What became of `locationCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LocationCreatePayload {
    /// The new location; null when there are errors.
    pub location: Option<InOrder<Location>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A change of a location. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct LocationUpdateInput {
    /// The location.
    pub id: ID,
    /// The version that you read. If the location has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// The name for people: at most 255 characters.
    pub name: Option<String>,
    /// The postal address: at most 1,000 characters; null empties it.
    pub address: MaybeUndefined<String>,
    /// Its place when stock is reserved by priority, the smallest number first: 0 to 10,000.
    pub priority: Option<i64>,
}

impl LocationUpdateInput {
    fn parse(self) -> Result<LocationUpdate, Vec<At<InventoryError>>> {
        let mut problems = Problems::default();
        let id = problems.take("input.id", id::parse::<LocationId>(&self.id).map_err(InventoryError::of_id));
        let name = self.name.and_then(|name| problems.take("input.name", rules::location_name(&name)));
        let address = match self.address {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(String::new()),
            MaybeUndefined::Value(address) => problems.take("input.address", rules::address(&address)),
        };
        let priority = self.priority.and_then(|number| problems.take("input.priority", rules::priority(number)));
        let expected_version = self.expected_version;
        problems.finish(id.map(|id| LocationUpdate { id, expected_version, name, address, priority, status: None }))
    }
}

/// What became of `locationUpdate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LocationUpdatePayload {
    /// The location as it is now; null when there are errors.
    pub location: Option<InOrder<Location>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A location to close.
#[derive(Debug, InputObject)]
pub struct LocationDeactivateInput {
    /// The location.
    pub id: ID,
    /// The version that you read. If the location has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What became of `locationDeactivate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LocationDeactivatePayload {
    /// The location as it is now; null when there are errors.
    pub location: Option<InOrder<Location>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A location to open again.
#[derive(Debug, InputObject)]
pub struct LocationReactivateInput {
    /// The location.
    pub id: ID,
    /// The version that you read. If the location has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What became of `locationReactivate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LocationReactivatePayload {
    /// The location as it is now; null when there are errors.
    pub location: Option<InOrder<Location>>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// A location to delete.
#[derive(Debug, InputObject)]
pub struct LocationDeleteInput {
    /// The location.
    pub id: ID,
    /// The version that you read. If the location has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What became of `locationDelete`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LocationDeletePayload {
    /// The id that names nothing any more; null when there are errors.
    pub deleted_id: Option<ID>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
