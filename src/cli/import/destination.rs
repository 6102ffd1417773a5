//! The location that gets the opening stock: the one that was named, else the first there is, else one made for it.

use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _};

use crate::cli::CommandError;
use crate::graphql::services::Services;
use crate::inventory::commands::LocationCreate;
use crate::inventory::entity::location::{self, LocationId, Status};
use crate::inventory::rules::{LocationCode, PRIORITY};
use crate::inventory::store;
use crate::kernel::actor::Actor;
use crate::kernel::write::Meta;

/// The code of the location that is made where there is none.
const MAIN: &str = "MAIN";

/// Where opening stock goes.
pub(super) struct Destination {
    pub(super) code: LocationCode,
    /// `None` as long as the location has not been made.
    id: Option<LocationId>,
}

impl Destination {
    pub(super) async fn find(services: &Services, named: Option<&str>) -> Result<Self, CommandError> {
        match named {
            Some(code) => Self::named(services, code).await,
            None => Self::first(services).await,
        }
    }

    async fn named(services: &Services, code: &str) -> Result<Self, CommandError> {
        let refused = |rule: &str| CommandError::Failed(format!("--location: {code} {rule}"));
        let code = LocationCode::parse(code).map_err(|error| refused(&error.to_string()))?;
        let found = store::location_by_code(services.db.read(), &actor(), code.as_str()).await.map_err(broken)?;
        match found {
            None => Err(refused("names no location")),
            Some(row) if row.status == Status::Deactivated => Err(refused("names a location that is deactivated")),
            Some(row) => Ok(Self { code, id: Some(row.id) }),
        }
    }

    async fn first(services: &Services) -> Result<Self, CommandError> {
        let first = location::visible_to(&actor())
            .filter(location::Column::Status.eq(Status::Active))
            .order_by_asc(location::Column::CreatedAt)
            .order_by_asc(location::Column::Id)
            .one(services.db.read());
        let (code, id) = match first.await.map_err(broken)? {
            Some(row) => (row.code, Some(row.id)),
            None => (MAIN.to_owned(), None),
        };
        let code = LocationCode::parse(&code).map_err(|error| CommandError::Failed(format!("{code} {error}")))?;
        Ok(Self { code, id })
    }

    /// The location's id, if it exists.
    pub(super) fn id(&self) -> Option<LocationId> {
        self.id
    }

    /// The location's id; makes it when it does not exist.
    pub(super) async fn made(&mut self, services: &Services) -> Result<LocationId, CommandError> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let (code, name) = (self.code.clone(), "Main location".to_owned());
        let command = LocationCreate { code, name, address: String::new(), priority: PRIORITY };
        let written = services.writer.write(&actor(), Meta::new("import"), command).await;
        let outcome = written.map_err(|error| CommandError::Failed(format!("the location {MAIN}: {error}")))?.outcome;
        let id = outcome
            .map_err(|_refused| CommandError::Failed(format!("the location {MAIN} is deactivated; name one")))?;
        self.id = Some(id);
        Ok(id)
    }
}

/// Who imports.
pub(super) fn actor() -> Actor {
    Actor::system("import")
}

fn broken(error: sea_orm::DbErr) -> CommandError {
    CommandError::Failed(format!("database: {error}"))
}
