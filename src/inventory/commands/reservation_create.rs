//! Promises stock to someone.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::places::{Places, beyond};
use super::reservation::{WholeReservation, announce, document};
use super::stock::{LOCATION, LocationName, Names, VariantName};
use crate::catalog::entity::product_variant::{BackorderPolicy, ProductVariantId};
use crate::inventory::entity::location::{LocationId, Status as LocationStatus};
use crate::inventory::entity::reservation::{self, Purpose, ReservationId, Status};
use crate::inventory::entity::stock_adjustment::{Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::entity::{reservation_allocation, reservation_line};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::Sheet;
use crate::inventory::rules::allocation::{Rule, Served, Want, allocate};
use crate::inventory::rules::change::{Change, Cover, Entry, Group, Memo, Post};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::{self, Changes};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

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

impl Command for ReservationCreate {
    type Output = WholeReservation;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<WholeReservation, Failure<InventoryError>> {
        let (wants, rule) = self.look_up(cx).await?;
        let policies = self.policies(cx, &wants).await?;
        let field = Fields { command: self, wants: &wants };
        let named = self.named(cx, &field, &rule).await?;
        let variants: BTreeSet<ProductVariantId> = wants.iter().map(|want| want.variant).collect();
        let places = Places { known: store::places_of(cx.tx, &variants).await?, named, rule: &rule, wants: &wants };
        let (slots, missing) = places.slots(&policies);
        let mut sheet = Sheet::open(cx, &slots, missing).await?;
        let served = allocate(&rule, &wants, &places.candidates(&sheet), &beyond(&policies, &sheet));
        let chosen = wants.iter().any(|want| want.location.is_none());
        if chosen || served.iter().any(|answer| answer.short > 0) {
            places.check_complete(&slots, &policies, store::places_of(cx.tx, &variants).await?)?;
        }
        let late = served.iter().flat_map(|answer| &answer.shares).any(|share| share.backordered > 0);
        if late || served.iter().any(|answer| answer.short > 0) {
            // The policies decided, and were read before the levels were locked.
            self.check_policies(cx, &variants, &policies).await?;
        }
        self.check_shortage(&wants, &served)?;
        let id: ReservationId = cx.ids.make();
        let group = self.group(id, &wants, &served, &sheet);
        sheet.post(cx, &group).map_err(|refusals| {
            let at = |line: usize| format!("input.lines.{line}.quantity");
            Failure::Refused(refusals.into_iter().map(|refusal| At::new(&at(refusal.line), refusal.error)).collect())
        })?;
        sheet.close(cx).await?;
        let whole = self.write(cx, id, &wants, &served).await?;
        if self.dry_run {
            cx.roll_back();
        }
        Ok(whole)
    }
}

/// How far each variant may be promised beyond its stock.
type Policies = BTreeMap<ProductVariantId, (BackorderPolicy, Option<i64>)>;

impl ReservationCreate {
    /// From names to ids.
    async fn look_up(&self, cx: &Cx<'_>) -> Result<(Vec<Want>, Rule), Failure<InventoryError>> {
        let (listed, list): (&[LocationName], _) = match &self.rule {
            RuleName::NamedLocations(names, field) => (names, *field),
            RuleName::Priority | RuleName::MostStock | RuleName::FewestSplits => (&[], ""),
        };
        let variants = self.lines.iter().map(|line| &line.variant);
        let locations = self.lines.iter().filter_map(|line| line.location.as_ref()).chain(listed);
        let mut names = Names::look_up(cx, variants, locations).await?;
        let mut wants = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let variant = names.variant(index, &line.variant);
            let location = line.location.as_ref().map(|name| names.location(index, name, LOCATION));
            if let (Some(variant), false) = (variant, location == Some(None)) {
                wants.push(Want { variant, units: line.quantity.units(), location: location.flatten() });
            }
        }
        let listed: Vec<Option<LocationId>> = listed
            .iter()
            .enumerate()
            .map(|(index, name)| names.location_at(&format!("input.{list}.{index}"), name))
            .collect();
        names.finish()?;
        let rule = match self.rule {
            RuleName::NamedLocations(..) => Rule::NamedLocations(listed.into_iter().flatten().collect()),
            RuleName::Priority => Rule::Priority,
            RuleName::MostStock => Rule::MostStock,
            RuleName::FewestSplits => Rule::FewestSplits,
        };
        Ok((wants, rule))
    }

    async fn policies(&self, cx: &Cx<'_>, wants: &[Want]) -> Result<Policies, Failure<InventoryError>> {
        let variants = wants.iter().map(|want| want.variant).collect();
        let policies = store::backorder_policies(cx.tx, &variants).await?;
        let unknown =
            wants.iter().zip(&self.lines).enumerate().filter(|(_, (want, _))| !policies.contains_key(&want.variant));
        let errors: Vec<_> = unknown
            .map(|(index, (_, line))| {
                let field = format!("input.lines.{index}.{}", line.variant.field());
                At::new(&field, InventoryError::VariantNotFound)
            })
            .collect();
        if errors.is_empty() { Ok(policies) } else { Err(Failure::Refused(errors)) }
    }

    /// Whoever waited for the levels while a policy changed runs again.
    async fn check_policies(
        &self,
        cx: &Cx<'_>,
        variants: &BTreeSet<ProductVariantId>,
        read: &Policies,
    ) -> Result<(), Fault> {
        let now = store::backorder_policies(cx.tx, variants).await?;
        if now == *read { Ok(()) } else { Err(Fault::Overtaken("a backorder policy changed meanwhile")) }
    }

    /// The priorities of the locations that the input names; refused when one is not there or closed.
    async fn named(
        &self,
        cx: &Cx<'_>,
        fields: &Fields<'_>,
        rule: &Rule,
    ) -> Result<BTreeMap<LocationId, i64>, Failure<InventoryError>> {
        let named = fields.locations(rule);
        let found = store::standing_of_locations(cx.tx, &named.iter().map(|(id, _)| *id).collect()).await?;
        let errors = named.iter().filter_map(|(id, field)| {
            let error = match found.get(id) {
                Some((LocationStatus::Active, _)) => return None,
                Some((LocationStatus::Deactivated, _)) => InventoryError::LocationDeactivated,
                None => InventoryError::LocationNotFound,
            };
            Some(At::new(field, error))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() {
            Ok(found.into_iter().map(|(id, (_, priority))| (id, priority)).collect())
        } else {
            Err(Failure::Refused(errors))
        }
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

    async fn write(
        &self,
        cx: &mut Cx<'_>,
        id: ReservationId,
        wants: &[Want],
        served: &[Served],
    ) -> Result<WholeReservation, Fault> {
        let reservation = reservation::Model {
            id,
            number: store::next_reservation_number(cx.tx).await?,
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
        for (line, (want, answer)) in (1..).zip(wants.iter().zip(served)) {
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
        store::insert_reservation(cx.tx, &whole.reservation, &whole.lines, &whole.allocations).await?;
        let row = &whole.reservation;
        let changes = Changes::new()
            .set("number", &row.number)
            .set("purpose", &row.purpose)
            .set("owner", &row.owner)
            .set("externalReference", &row.external_reference)
            .set("note", &row.note)
            .set("expiresAt", &row.expires_at);
        cx.audit(audit::Entry::new("reservation.create", id, changes));
        announce(cx, row)?;
        Ok(whole)
    }
}

/// Where the input names what.
struct Fields<'a> {
    command: &'a ReservationCreate,
    wants: &'a [Want],
}

impl Fields<'_> {
    /// The locations that the input names, with the places where it does.
    fn locations(&self, rule: &Rule) -> Vec<(LocationId, String)> {
        let lines = self.wants.iter().zip(&self.command.lines).enumerate().filter_map(|(index, (want, line))| {
            let field = line.location.as_ref()?.field(LOCATION);
            Some((want.location?, format!("input.lines.{index}.{field}")))
        });
        let (Rule::NamedLocations(ids), RuleName::NamedLocations(_, list)) = (rule, &self.command.rule) else {
            return lines.collect();
        };
        let listed = ids.iter().enumerate().map(|(index, id)| (*id, format!("input.{list}.{index}")));
        lines.chain(listed).collect()
    }
}
