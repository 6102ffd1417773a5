//! The mutations of reservations.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::reservation::Reservation;
use super::reservation_input::{
    ReservationCreateInput, ReservationExtendInput, ReservationFulfilInput, ReservationReduceInput,
    ReservationReleaseInput,
};
use super::user_errors;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::{Permission, Requires, requires};
use crate::graphql::payload::payloads;
use crate::graphql::request::{Decided, RequestContext as _};
use crate::inventory::commands::{ReservationCreate, WholeReservation};
use crate::inventory::error::InventoryError;
use crate::kernel::actor;
use crate::kernel::error::At;
use crate::kernel::write::Command;

#[derive(Default)]
pub struct ReservationMutation;

#[Object]
impl ReservationMutation {
    /// Promises units to someone, wherever the rule finds them: all lines, or what is there when `onShortage` says so. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn reservation_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to reserve, for whom and for how long.")] input: ReservationCreateInput,
    ) -> Result<ReservationCreatePayload> {
        let outcome = match input.parse(&ctx.services().config.inventory) {
            Ok(command) => reserve(ctx, command).await?,
            Err(errors) => Err(errors),
        };
        let (reservation, user_errors) = shown(outcome);
        Ok(ReservationCreatePayload { reservation, user_errors })
    }

    /// Lets a reservation hold for so long from now on. It must be active: what has expired may be someone else's by now. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn reservation_extend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation, and for how long.")] input: ReservationExtendInput,
    ) -> Result<ReservationExtendPayload> {
        let (reservation, user_errors) = run(ctx, input.parse(&ctx.services().config.inventory)).await?;
        Ok(ReservationExtendPayload { reservation, user_errors })
    }

    /// Lets some units of a reservation go. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn reservation_reduce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation, and which units.")] input: ReservationReduceInput,
    ) -> Result<ReservationReducePayload> {
        let (reservation, user_errors) = run(ctx, input.parse(&ctx.services().config.inventory)).await?;
        Ok(ReservationReducePayload { reservation, user_errors })
    }

    /// Lets everything go that a reservation holds. Requires the permission `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn reservation_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation.")] input: ReservationReleaseInput,
    ) -> Result<ReservationReleasePayload> {
        let (reservation, user_errors) = run(ctx, input.parse(&ctx.services().config.inventory)).await?;
        Ok(ReservationReleasePayload { reservation, user_errors })
    }

    /// Turns a reservation into a sale, all of it or some units: they leave the stock with the reason `SOLD`. Requires the permission
    /// `MANAGE_INVENTORY`.
    #[graphql(
        guard = "Requires(actor::Permission::ManageInventory)",
        directive = requires::apply(Permission::ManageInventory)
    )]
    async fn reservation_fulfil(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation, and which units.")] input: ReservationFulfilInput,
    ) -> Result<ReservationFulfilPayload> {
        let (reservation, user_errors) = run(ctx, input.parse(&ctx.services().config.inventory)).await?;
        Ok(ReservationFulfilPayload { reservation, user_errors })
    }
}

payloads!(
    ReservationCreatePayload,
    ReservationExtendPayload,
    ReservationReducePayload,
    ReservationReleasePayload,
    ReservationFulfilPayload,
);

type Shown = (Option<Reservation>, Vec<UserError>);

async fn run<C>(ctx: &Context<'_>, command: std::result::Result<C, Vec<At<InventoryError>>>) -> Result<Shown>
where
    C: Command<Output = WholeReservation, Error = InventoryError>,
{
    let outcome = match command {
        Ok(command) => ctx.write(command).await?,
        Err(errors) => Err(errors),
    };
    Ok(shown(outcome))
}

/// Together with the reservations that wait, or alone when it only tries.
async fn reserve(ctx: &Context<'_>, command: ReservationCreate) -> Result<Decided<WholeReservation, InventoryError>> {
    match command.in_earnest() {
        Ok(reserving) => ctx.write_jointly(&ctx.services().reservations, reserving).await,
        Err(trial) => ctx.write(*trial).await,
    }
}

fn shown(outcome: Decided<WholeReservation, InventoryError>) -> Shown {
    match outcome {
        Ok(whole) => (Some(Reservation::whole(whole)), Vec::new()),
        Err(errors) => (None, user_errors(errors)),
    }
}

/// What became of `reservationCreate`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ReservationCreatePayload {
    /// The reservation, whose lines say what was promised where and what was short; null when there are errors.
    pub reservation: Option<Reservation>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `reservationExtend`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ReservationExtendPayload {
    /// The reservation as it is now; null when there are errors.
    pub reservation: Option<Reservation>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `reservationReduce`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ReservationReducePayload {
    /// The reservation as it is now; null when there are errors.
    pub reservation: Option<Reservation>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `reservationRelease`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ReservationReleasePayload {
    /// The reservation as it is now; null when there are errors.
    pub reservation: Option<Reservation>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// What became of `reservationFulfil`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct ReservationFulfilPayload {
    /// The reservation as it is now; null when there are errors.
    pub reservation: Option<Reservation>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
