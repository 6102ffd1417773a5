//! Promises stock to someone. Requests that wait are decided together: each on what the ones before it leave, with the same statements for all.

mod asked;
mod places;

use std::collections::BTreeMap;
use std::time::Duration;

use self::places::{Places, Reach};
use super::reservation::{WholeReservation, announce, document};
use super::stock::{LocationName, VariantName};
use crate::catalog::entity::product_variant::{BackorderPolicy, ProductVariantId};
use crate::inventory::entity::reservation::{self, Purpose, ReservationId, Status};
use crate::inventory::entity::stock_adjustment::{Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Sheet;
use crate::inventory::rules::allocation::{Served, Want, allocate};
use crate::inventory::rules::change::{Change, Cover, Entry, Group, Memo, Post};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{self, Changes};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Author, Command, Cx, Joined, Joint, Subject};

/// Reserves units of variants, wherever the rule finds them.
#[derive(Debug, Clone)]
pub struct ReservationCreate {
    /// What it is for, and for how long.
    pub terms: ReservationTerms,
    /// Which locations are asked first.
    pub rule: RuleName,
    /// What becomes of it when something is short.
    pub on_shortage: OnShortage,
    /// The lines.
    pub lines: Vec<ReserveLine>,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

/// What a reservation is for, and for how long.
#[derive(Debug, Clone)]
pub struct ReservationTerms {
    /// What it is for.
    pub purpose: Purpose,
    /// Whom the units are for.
    pub owner: Option<String>,
    /// The caller's own number for it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// How long it holds; until further notice when absent.
    pub ttl: Option<Duration>,
}

/// Which locations are asked first, as the input names them.
#[derive(Debug, Clone)]
pub enum RuleName {
    /// These alone, in this order. The name is that of the input's list.
    NamedLocations(Vec<LocationName>, &'static str),
    /// The smallest priority number first.
    Priority,
    /// Where most of the variant is free.
    MostStock,
    /// As few as possible.
    FewestSplits,
}

/// What becomes of a reservation when something is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnShortage {
    /// Nothing is reserved.
    Reject,
    /// What is there is reserved, if anything is.
    Partial,
}

/// One line.
#[derive(Debug, Clone)]
pub struct ReserveLine {
    /// The variant.
    pub variant: VariantName,
    /// Units: at least one.
    pub quantity: Quantity,
    /// The only location that may give them.
    pub location: Option<LocationName>,
}

type Refusals = Vec<At<InventoryError>>;
type Outcome = Result<WholeReservation, Refusals>;

/// How far each variant may be promised beyond its stock.
type Policies = BTreeMap<ProductVariantId, (BackorderPolicy, Option<i64>)>;

impl ReservationCreate {
    /// This one among those that wait, unless it is one that only tries: that would take its neighbours back as well.
    pub fn in_earnest(self) -> Result<Reserving, Box<Self>> {
        if self.dry_run { Err(Box::new(self)) } else { Ok(Reserving(self)) }
    }
}

/// A reservation, alone in its transaction.
impl Command for ReservationCreate {
    type Output = WholeReservation;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<WholeReservation, Failure<InventoryError>> {
        let outcomes = reserve(cx, &[(cx.author(), self)]).await?;
        let outcome = outcomes.into_iter().next();
        let outcome = outcome.ok_or_else(|| Fault::Internal("a reservation was not decided".to_owned()))?;
        let whole = outcome.map_err(Failure::Refused)?;
        if self.dry_run {
            cx.roll_back();
        }
        Ok(whole)
    }
}

/// A reservation that is made together with those that wait beside it.
#[derive(Debug)]
pub struct Reserving(ReservationCreate);

impl Joint for Reserving {
    type Output = WholeReservation;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    fn rows(&self) -> usize {
        self.0.lines.len()
    }

    /// Each takes the next number.
    fn subjects(&self) -> Vec<Subject> {
        vec![Subject::of(&"number")]
    }

    async fn run<'a>(cx: &mut Cx<'a>, commands: &[Joined<'a, Self>]) -> Result<Vec<Outcome>, Fault> {
        let commands: Vec<_> = commands.iter().map(|joined| (joined.author, &joined.command.0)).collect();
        reserve(cx, &commands).await
    }
}

/// What was accepted, and in whose name.
struct Accepted<'a> {
    author: Author<'a>,
    whole: WholeReservation,
}

/// Decides these reservations in their order, and writes what is accepted.
async fn reserve<'a>(cx: &mut Cx<'a>, commands: &[(Author<'a>, &ReservationCreate)]) -> Result<Vec<Outcome>, Fault> {
    let (asked, policies) = asked::look_up(cx, commands.iter().map(|(_, command)| *command)).await?;
    if asked.iter().all(Result::is_err) {
        return Ok(asked.into_iter().filter_map(Result::err).map(Err).collect());
    }
    let places = Places::find(cx, &asked, policies).await?;
    let reaches: Vec<Result<Reach, Refusals>> =
        asked.into_iter().map(|asked| asked.map(|asked| places.reach(asked))).collect();
    let mut sheet = places.lock(cx, reaches.iter().flatten()).await?;
    let (opener, mut accepted, mut outcomes) = (cx.author(), Vec::new(), Vec::new());
    for (reach, (author, command)) in reaches.iter().zip(commands) {
        cx.act_as(*author);
        let decided = match reach {
            Ok(reach) => command.decide(cx, &places, reach, &mut sheet).await,
            Err(refusals) => Err(Failure::Refused(refusals.clone())),
        };
        match decided {
            Ok(whole) => {
                accepted.push(Accepted { author: *author, whole });
                outcomes.push(Ok(()));
            }
            Err(Failure::Refused(refusals)) => outcomes.push(Err(refusals)),
            Err(Failure::Fault(fault)) => return Err(fault),
        }
    }
    cx.act_as(opener);
    // Before anything is written, so that all of it can be sent together.
    number(cx, &mut accepted).await?;
    let authors: Vec<Author<'a>> = accepted.iter().map(|one| one.author).collect();
    sheet.close_for(cx, &authors, accepted.len() < commands.len()).await?;
    let mut written = write(cx, accepted).await?.into_iter();
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Ok(()) => {
                Ok(Ok(written.next().ok_or_else(|| Fault::Internal("a reservation was not written".to_owned()))?))
            }
            Err(refusals) => Ok(Err(refusals)),
        })
        .collect()
}

impl ReservationCreate {
    /// Decides on the levels as they are by now, and takes what is accepted into them. The number is given when it is written.
    async fn decide(
        &self,
        cx: &Cx<'_>,
        places: &Places,
        reach: &Reach,
        sheet: &mut Sheet,
    ) -> Result<WholeReservation, Failure<InventoryError>> {
        let wants = &reach.asked.wants;
        let served = allocate(&reach.asked.rule, wants, &places.candidates(reach, sheet), &places.beyond(reach, sheet));
        let chosen = wants.iter().any(|want| want.location.is_none());
        if chosen || served.iter().any(|answer| answer.short > 0) {
            places.check_complete(cx, reach, sheet).await?;
        }
        let late = served.iter().flat_map(|answer| &answer.shares).any(|share| share.backordered > 0);
        if late || served.iter().any(|answer| answer.short > 0) {
            // The policies decided, and were read before the levels were locked.
            places.check_policies(cx).await?;
        }
        self.check_shortage(wants, &served)?;
        let id: ReservationId = cx.ids.make();
        let group = self.group(id, wants, &served, sheet);
        sheet.post(cx, &group).map_err(|refusals| {
            let at = |line: usize| format!("input.lines.{line}.quantity");
            Failure::Refused(refusals.into_iter().map(|refusal| At::new(&at(refusal.line), refusal.error)).collect())
        })?;
        Ok(self.whole(cx, id, reach.asked.wants.iter().zip(&served)))
    }

    fn check_shortage(&self, wants: &[Want], served: &[Served]) -> Result<(), Failure<InventoryError>> {
        let nothing = served.iter().all(|answer| answer.shares.is_empty());
        if self.on_shortage == OnShortage::Partial && !nothing {
            return Ok(());
        }
        let short = wants.iter().zip(served).enumerate().filter(|(_, (_, answer))| answer.short > 0);
        let errors: Vec<_> = short
            .map(|(index, (want, answer))| {
                let (variant, requested, available) = (want.variant, want.units, want.units - answer.short);
                let error = match want.location {
                    Some(location) => InventoryError::InsufficientStock { variant, location, available, requested },
                    None => InventoryError::Unpromised { variant, available, requested },
                };
                At::new(&format!("input.lines.{index}.quantity"), error)
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Failure::Refused(errors)) }
    }

    fn group(&self, id: ReservationId, wants: &[Want], served: &[Served], sheet: &Sheet) -> Group {
        let mut late: BTreeMap<Slot, i64> = BTreeMap::new();
        let shares = || {
            wants.iter().zip(served).enumerate().flat_map(|(line, (want, answer))| {
                let slot = |location| Slot { variant: want.variant, location };
                answer.shares.iter().map(move |share| (line, slot(share.location), share))
            })
        };
        for (_, slot, share) in shares() {
            *late.entry(slot).or_default() += share.backordered;
        }
        let entries = shares()
            .map(|(line, slot, share)| {
                let entry = Entry::new(line, slot, [(State::Reserved, share.units)]);
                match late.get(&slot).copied().unwrap_or(0) {
                    0 => entry,
                    units => {
                        let already = sheet.balance(slot).as_ref().map_or(0, Balance::backordered);
                        entry.within(Cover::Backorder(already.saturating_add(units)))
                    }
                }
            })
            .collect();
        let memo = Memo::new(Reason::Reserved)
            .of_document(document(id))
            .with_reference(self.terms.external_reference.clone())
            .with_note(self.terms.note.clone());
        Group { memo, change: Change::Post(Post { kind: Kind::Reservation, entries }) }
    }

    /// The reservation with its lines, but for its number.
    fn whole<'w>(
        &self,
        cx: &Cx<'_>,
        id: ReservationId,
        answers: impl Iterator<Item = (&'w Want, &'w Served)>,
    ) -> WholeReservation {
        let reservation = reservation::Model {
            id,
            number: String::new(),
            purpose: self.terms.purpose,
            status: Status::Active,
            owner: self.terms.owner.clone(),
            external_reference: self.terms.external_reference.clone(),
            note: self.terms.note.clone(),
            expires_at: self.terms.ttl.map(|ttl| cx.now.after(ttl)),
            created_by: cx.actor.user_id(),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        let mut whole = WholeReservation { reservation, lines: Vec::new(), allocations: Vec::new() };
        for (line, (want, answer)) in (1..).zip(answers) {
            let (variant_id, requested) = (want.variant, want.units);
            whole.lines.push(reservation_line::Model { reservation_id: id, line, variant_id, requested });
            whole.allocations.extend((1..).zip(&answer.shares).map(|(position, share)| {
                reservation_allocation::Model {
                    reservation_id: id,
                    line,
                    location_id: share.location,
                    variant_id,
                    position,
                    held: share.units,
                    backordered: share.backordered,
                    fulfilled: 0,
                    released: 0,
                    expired: 0,
                    expires_at: whole.reservation.expires_at,
                }
            }));
        }
        whole
    }
}

async fn number(cx: &Cx<'_>, accepted: &mut [Accepted<'_>]) -> Result<(), Fault> {
    if !accepted.is_empty() {
        let numbers = store::next_reservation_numbers(cx.tx, accepted.len()).await?;
        for (one, number) in accepted.iter_mut().zip(numbers) {
            one.whole.reservation.number = number;
        }
    }
    Ok(())
}

/// Writes what was accepted, with its audit entries and events.
async fn write<'a>(cx: &mut Cx<'a>, accepted: Vec<Accepted<'a>>) -> Result<Vec<WholeReservation>, Fault> {
    let (authors, written): (Vec<_>, Vec<_>) = accepted.into_iter().map(|one| (one.author, one.whole)).unzip();
    let rows: Vec<_> = written.iter().map(|whole| whole.reservation.clone()).collect();
    let lines: Vec<_> = written.iter().flat_map(|whole| whole.lines.iter().cloned()).collect();
    let allocations: Vec<_> = written.iter().flat_map(|whole| whole.allocations.iter().cloned()).collect();
    store::insert_reservations(cx.tx, &rows, &lines, &allocations).await?;
    for (whole, author) in written.iter().zip(authors) {
        let row = &whole.reservation;
        let changes = Changes::new()
            .set("number", &row.number)
            .set("purpose", &row.purpose)
            .set("owner", &row.owner)
            .set("externalReference", &row.external_reference)
            .set("note", &row.note)
            .set("expiresAt", &row.expires_at);
        cx.act_as(author);
        cx.audit(audit::Entry::new("reservation.create", row.id, changes));
        announce(cx, row)?;
    }
    Ok(written)
}
