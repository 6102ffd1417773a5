//! Locations in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use super::stock_level::StockLevel;
use super::stock_level_list::{StockLevelConnection, StockLevelOrder};
use crate::connection;
use crate::graphql::connection::{self, Total};
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::loaders::Nested;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::entity::location::{self, LocationId};
use crate::inventory::rules::LocationCode;
use crate::inventory::store;
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

/// A place that holds stock: a warehouse, a shop, a returns desk.
#[derive(Debug, Clone)]
pub struct Location(pub location::Model);

/// A place that holds stock: a warehouse, a shop, a returns desk.
#[Object]
impl Location {
    /// The id.
    pub async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// A short unique code, such as `BERLIN-1`; inputs take it in place of the id.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name for people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The postal address, or an empty string.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// Whether it takes part in business.
    async fn status(&self) -> LocationStatus {
        self.0.status.into()
    }

    /// Its place when stock is reserved by priority: the smallest number comes first.
    async fn priority(&self) -> i64 {
        self.0.priority
    }

    /// What is there. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn stock_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to order them.", default)] order_by: StockLevelOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<StockLevelConnection>> {
        let page = ctx.page_of::<StockLevel>(PageArgs { first, after, last, before })?;
        let (id, loaders) = (self.0.id, ctx.loaders());
        let list = Nested { parent: id, order: order_by.into(), page: page.clone() };
        let slice = connection::nested(ctx, loaders.levels_at_location.load(list).await, &page)?;
        let counts = loaders.level_count_at_location.clone();
        let total = Total::by(move || {
            let counts = counts.clone();
            Box::pin(async move { Ok(counts.load(id).await?) })
        });
        Ok(StockLevelConnection::of(slice, total, StockLevel))
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

/// Whether a location takes part in business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "location::Status")]
pub enum LocationStatus {
    /// It may receive and give stock.
    Active,
    /// It is closed. Its stock and history stay readable.
    Deactivated,
}

connection!(
    /// A page of locations.
    LocationConnection,
    LocationEdge,
    Location
);

/// How to order locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::LocationOrder")]
pub enum LocationOrder {
    /// By code, from A to Z.
    CodeAsc,
    /// By code, from Z to A.
    CodeDesc,
    /// By name, from A to Z.
    NameAsc,
    /// By name, from Z to A.
    NameDesc,
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
}

/// Which locations to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LocationFilter {
    /// Only these codes.
    pub codes: Option<Vec<String>>,
    /// Only this status.
    pub status: Option<LocationStatus>,
}

impl LocationFilter {
    fn apply(self, mut select: sea_orm::Select<location::Entity>) -> sea_orm::Select<location::Entity> {
        if let Some(codes) = self.codes {
            select = select.filter(location::Column::Code.is_in(codes.iter().map(|code| code.to_uppercase())));
        }
        if let Some(status) = self.status {
            select = select.filter(location::Column::Status.eq(location::Status::from(status)));
        }
        select
    }
}

#[derive(Default)]
pub struct LocationQuery;

#[Object]
impl LocationQuery {
    /// The locations that hold stock. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn locations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which locations to list.")] filter: Option<LocationFilter>,
        #[graphql(desc = "How to order them.", default_with = "LocationOrder::CodeAsc")] order_by: LocationOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<LocationConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let select = filter.unwrap_or_default().apply(location::visible_to(ctx.actor()));
        let db = &ctx.services().db;
        let slice = store::locations_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(LocationConnection::of(slice, Total::of(db, select), Location))
    }

    /// One location, by its id or its code. Null when there is none. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn location(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `code`.")] id: Option<ID>,
        #[graphql(desc = "The code.")] code: Option<String>,
    ) -> Result<Option<InOrder<Location>>> {
        match (id, code) {
            (Some(id), None) => ctx.location(scalars::read_id("id", &id)?).await,
            (None, Some(code)) => {
                let Ok(code) = LocationCode::parse(&code) else { return Ok(None) };
                let found = store::location_by_code(ctx.services().db.read(), ctx.actor(), code.as_str()).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(|row| InOrder(Location(row))))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `code`.")),
        }
    }
}

/// Short ways to locations.
pub(in crate::graphql) trait LocationContext {
    /// The location, if the caller may see it.
    async fn location(&self, id: LocationId) -> Result<Option<InOrder<Location>>>;
}

impl LocationContext for Context<'_> {
    async fn location(&self, id: LocationId) -> Result<Option<InOrder<Location>>> {
        let found = self.loaders().locations.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(|row| InOrder(Location(row))))
    }
}
