//! Lists of reservations in the schema, and the look-up of one.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::filter;
use super::reservation::{Reservation, ReservationContext as _, ReservationPurpose, ReservationStatus};
use crate::connection;
use crate::graphql::connection::Total;
use crate::graphql::error::{self, ErrorCode};
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::store::{self, ReservationFilter as Filter};
use crate::kernel::actor;
use crate::kernel::page::PageArgs;

connection!(
    /// A page of reservations.
    ReservationConnection,
    ReservationEdge,
    Reservation
);

/// How to order reservations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "store::ReservationOrder")]
pub enum ReservationOrder {
    /// The oldest first.
    CreatedAtAsc,
    /// The newest first.
    CreatedAtDesc,
    /// Those that expire soonest first; those that never do last.
    ExpiresAtAsc,
    /// Those that never expire first, then those that expire last.
    ExpiresAtDesc,
    /// Changed longest ago first.
    UpdatedAtAsc,
    /// Changed last first.
    UpdatedAtDesc,
}

/// Which reservations to list. All given conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ReservationFilter {
    /// Only in these states.
    pub statuses: Option<Vec<ReservationStatus>>,
    /// Only for these purposes.
    pub purposes: Option<Vec<ReservationPurpose>>,
    /// Only for these owners: at most 100.
    pub owners: Option<Vec<String>>,
    /// Only with one of these references: at most 100.
    pub external_references: Option<Vec<String>>,
    /// Only those that ask for one of these variants: at most 100.
    pub variant_ids: Option<Vec<ID>>,
    /// Only those that were given units at one of these locations: at most 100.
    pub location_ids: Option<Vec<ID>>,
    /// Only those that expire, or expired, before this moment.
    pub expires_before: Option<DateTime>,
}

impl ReservationFilter {
    fn read(self) -> Result<Filter> {
        let statuses = filter::bounded("filter.statuses", self.statuses)?;
        let purposes = filter::bounded("filter.purposes", self.purposes)?;
        Ok(Filter {
            statuses: statuses.map(|list| list.into_iter().map(Into::into).collect()),
            purposes: purposes.map(|list| list.into_iter().map(Into::into).collect()),
            owners: filter::texts("filter.owners", self.owners)?,
            external_references: filter::texts("filter.externalReferences", self.external_references)?,
            variants: filter::ids("filter.variantIds", self.variant_ids)?,
            locations: filter::ids("filter.locationIds", self.location_ids)?,
            expires_before: self.expires_before.map(|moment| moment.0),
        })
    }
}

#[derive(Default)]
pub struct ReservationQuery;

#[Object]
impl ReservationQuery {
    /// One reservation, by its id or its number. Null when there is none. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    async fn reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id. Give either `id` or `number`.")] id: Option<ID>,
        #[graphql(desc = "The number, such as `RES-000123`.")] number: Option<String>,
    ) -> Result<Option<Reservation>> {
        match (id, number) {
            (Some(id), None) => ctx.reservation(scalars::read_id("id", &id)?).await,
            (None, Some(number)) => {
                let db = ctx.services().db.read();
                let number = filter::texts("number", Some(vec![number]))?.unwrap_or_default().concat();
                let found = store::reservation_by_number(db, ctx.actor(), &number).await;
                Ok(found.map_err(|fault| ctx.fault(fault))?.map(Reservation::new))
            }
            (Some(_), Some(_)) | (None, None) => Err(ErrorCode::BadUserInput.with(&"Give either `id` or `number`.")),
        }
    }

    /// What is promised to whom. Requires the permission `READ_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ReadInventory)",
        directive = requires::apply(Permission::ReadInventory)
    )]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn reservations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservations to list.")] filter: Option<ReservationFilter>,
        #[graphql(desc = "How to order them.", default_with = "ReservationOrder::CreatedAtDesc")]
        order_by: ReservationOrder,
        #[graphql(desc = "Rows from the start: 0 to 100, 20 when neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<InOrder<ReservationConnection>> {
        let page = ctx.page(PageArgs { first, after, last, before })?;
        let now = ctx.services().clock.now();
        let select = store::reservations(ctx.actor(), filter.unwrap_or_default().read()?, now);
        let db = &ctx.services().db;
        let slice = store::reservations_page(db.read(), select.clone(), order_by.into(), &page)
            .await
            .map_err(|error| error::of_list(error, &ctx.caller().request_id))?;
        Ok(ReservationConnection::of(slice, Total::of(db, select), Reservation::new))
    }
}
