//! Reservations in the schema.

use async_graphql::{Context, Enum, ID, Object, Result};

use super::{Location, LocationContext as _};
use crate::graphql::accounts::{User, UserContext as _};
use crate::graphql::catalog::{ProductVariant, VariantContext as _};
use crate::graphql::in_order::InOrder;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::inventory::commands::WholeReservation;
use crate::inventory::entity::reservation::{self, ReservationId};
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;

/// Units promised to someone.
#[derive(Debug, Clone)]
pub struct Reservation {
    row: reservation::Model,
    /// Its lines and allocations, when they are at hand.
    parts: Option<(Vec<reservation_line::Model>, Vec<reservation_allocation::Model>)>,
}

impl Reservation {
    /// A reservation whose lines are looked up when asked for.
    pub fn new(row: reservation::Model) -> Self {
        Self { row, parts: None }
    }

    /// A reservation as a command left it, or would have.
    pub fn whole(whole: WholeReservation) -> Self {
        Self { row: whole.reservation, parts: Some((whole.lines, whole.allocations)) }
    }
}

/// Units of variants that are promised to someone, for a while or until further notice. Once its time is over, its units count as available
/// everywhere at once.
#[Object]
impl Reservation {
    /// The id. That of a dry run names nothing.
    pub async fn id(&self) -> ID {
        scalars::id(self.row.id)
    }

    /// The number for people, such as `RES-000123`. Numbers may have gaps.
    pub async fn number(&self) -> &str {
        &self.row.number
    }

    /// What it is for.
    async fn purpose(&self) -> ReservationPurpose {
        self.row.purpose.into()
    }

    /// How far it has come. Lines that are sold in part show it by their allocations.
    async fn status(&self, ctx: &Context<'_>) -> ReservationStatus {
        self.row.status_at(ctx.services().clock.now()).into()
    }

    /// Whom the units are for, in your words: the id of a user, of a customer elsewhere, a session.
    async fn owner(&self) -> Option<&str> {
        self.row.owner.as_deref()
    }

    /// Your own number for it, such as that of an order.
    pub async fn external_reference(&self) -> Option<&str> {
        self.row.external_reference.as_deref()
    }

    /// Words for people.
    pub async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// From when on it counts no longer; null when it holds until further notice.
    async fn expires_at(&self) -> Option<DateTime> {
        self.row.expires_at.map(Into::into)
    }

    /// What was asked for, and what became of it, in the order of the input.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<ReservationLine>> {
        let id = self.row.id;
        let (lines, allocations) = if let Some(parts) = &self.parts {
            parts.clone()
        } else {
            let loaders = ctx.loaders();
            let (lines, allocations) =
                tokio::join!(loaders.reservation_lines.load(id), loaders.reservation_allocations.load(id));
            (lines.map_err(|fault| ctx.fault(fault))?, allocations.map_err(|fault| ctx.fault(fault))?)
        };
        Ok(of_lines(lines, allocations, ctx.services().clock.now()))
    }

    /// The id of the user who made it; null when no user did.
    async fn created_by_id(&self) -> Option<ID> {
        self.row.created_by.map(scalars::id)
    }

    /// The user who made it; null when no user did, or when the caller may not see users (`READ_USERS`).
    pub async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.row.created_by {
            Some(id) => ctx.user(id).await,
            None => Ok(None),
        }
    }

    /// Counted up by each change; give it back as `expectedVersion`.
    pub async fn version(&self) -> i64 {
        self.row.version
    }

    /// When it was made.
    pub async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was last changed.
    pub async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

fn of_lines(
    lines: Vec<reservation_line::Model>,
    allocations: Vec<reservation_allocation::Model>,
    now: Timestamp,
) -> Vec<ReservationLine> {
    let allocations: Vec<_> = allocations.into_iter().map(|allocation| allocation.at(now)).collect();
    let of = |row: reservation_line::Model| {
        let of_line = allocations.iter().filter(|allocation| allocation.line == row.line);
        ReservationLine { allocations: of_line.cloned().collect(), row }
    };
    lines.into_iter().map(of).collect()
}

/// A line of a reservation.
#[derive(Debug, Clone)]
pub struct ReservationLine {
    row: reservation_line::Model,
    allocations: Vec<reservation_allocation::Model>,
}

impl ReservationLine {
    fn sum(&self, number: impl Fn(&reservation_allocation::Model) -> i64) -> i64 {
        self.allocations.iter().map(number).sum()
    }
}

/// A line of a reservation: units of one variant.
#[Object]
impl ReservationLine {
    /// Its number in the reservation, from 1.
    async fn line(&self) -> i64 {
        self.row.line
    }

    /// The variant; null when the caller may not see it.
    async fn variant(&self, ctx: &Context<'_>) -> Result<Option<InOrder<ProductVariant>>> {
        ctx.variant(self.row.variant_id).await
    }

    /// Units that were asked for.
    async fn requested(&self) -> i64 {
        self.row.requested
    }

    /// Units that could not be promised.
    async fn short(&self) -> i64 {
        self.row.requested - self.sum(reservation_allocation::Model::units)
    }

    /// Units that are promised now.
    async fn held(&self) -> i64 {
        self.sum(|allocation| allocation.held)
    }

    /// Units of these that were promised beyond what was free.
    async fn backordered(&self) -> i64 {
        self.sum(|allocation| allocation.backordered)
    }

    /// Units that were sold.
    async fn fulfilled(&self) -> i64 {
        self.sum(|allocation| allocation.fulfilled)
    }

    /// Units that were let go.
    async fn released(&self) -> i64 {
        self.sum(|allocation| allocation.released)
    }

    /// Units whose time was over.
    async fn expired(&self) -> i64 {
        self.sum(|allocation| allocation.expired)
    }

    /// Where the units are, in the order in which the locations were asked.
    async fn allocations(&self) -> Vec<ReservationAllocation> {
        self.allocations.iter().cloned().map(ReservationAllocation).collect()
    }
}

/// What a line of a reservation has at one location.
#[derive(Debug, Clone)]
pub struct ReservationAllocation(reservation_allocation::Model);

/// What a line of a reservation has at one location.
#[Object]
impl ReservationAllocation {
    /// The location.
    async fn location(&self, ctx: &Context<'_>) -> Result<InOrder<Location>> {
        let id = self.0.location_id;
        let gone = || ctx.fault(Fault::Internal(format!("the location {id} of a reservation is not there")));
        ctx.location(id).await?.ok_or_else(gone)
    }

    /// Units that are promised now: a part of what is `reserved` at the stock level.
    async fn held(&self) -> i64 {
        self.0.held
    }

    /// Units of these that were promised beyond what was free then.
    async fn backordered(&self) -> i64 {
        self.0.backordered
    }

    /// Units that were sold.
    async fn fulfilled(&self) -> i64 {
        self.0.fulfilled
    }

    /// Units that were let go.
    async fn released(&self) -> i64 {
        self.0.released
    }

    /// Units whose time was over.
    async fn expired(&self) -> i64 {
        self.0.expired
    }
}

/// What a reservation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "reservation::Purpose")]
pub enum ReservationPurpose {
    /// A shopping cart.
    Cart,
    /// An offer to a customer.
    Quote,
    /// An order on a marketplace.
    Marketplace,
    /// Put aside by hand.
    Manual,
}

/// How far a reservation has come: how its last units went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "reservation::Status")]
pub enum ReservationStatus {
    /// It holds units.
    Active,
    /// The last of them were sold.
    Fulfilled,
    /// The last of them were let go.
    Released,
    /// Its time was over while it held some.
    Expired,
}

/// Short ways to reservations.
pub(in crate::graphql) trait ReservationContext {
    /// The reservation, if the caller may see it.
    async fn reservation(&self, id: ReservationId) -> Result<Option<Reservation>>;
}

impl ReservationContext for Context<'_> {
    async fn reservation(&self, id: ReservationId) -> Result<Option<Reservation>> {
        let found = self.loaders().reservations.load(id).await;
        Ok(found.map_err(|fault| self.fault(fault))?.map(Reservation::new))
    }
}
