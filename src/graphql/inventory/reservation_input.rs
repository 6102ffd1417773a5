//! The inputs of the mutations of reservations, and from them to commands.

use std::time::Duration;

use async_graphql::{Enum, ID, InputObject};

use super::reservation::ReservationPurpose;
use super::stock_reader::Reader;
use crate::config::{self, Inventory};
use crate::inventory::commands::{
    self, LocationName, OnShortage, ReservationCreate, ReservationExtend, ReservationTake, ReservationTerms,
    ReserveLine, RuleName, TakeLine, VariantName, Which,
};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change;
use crate::inventory::rules::holding::Fate;
use crate::kernel::error::At;
use crate::kernel::id;
use crate::kernel::quantity::Quantity;
use crate::kernel::text::InputError;

type Parsed<C> = Result<C, Vec<At<InventoryError>>>;

/// What becomes of a reservation when something is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "commands::OnShortage")]
pub enum ReservationShortage {
    /// Nothing is reserved, and the errors say what is short.
    Reject,
    /// What is there is reserved, if anything is; the lines say what is short.
    Partial,
}

/// Which locations are asked first for what is reserved. Lines that name their location do not care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReservationAllocationRule {
    /// Those that the input names alone, in this order.
    NamedLocations,
    /// By `Location.priority`, the smallest number first.
    Priority,
    /// Where the most units of the variant are free.
    MostStock,
    /// As few locations as can be found: one, where one has everything.
    FewestSplits,
}

/// Units to reserve.
#[derive(Debug, InputObject)]
pub struct ReservationLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The only location that may give the units. Give `locationId` or `locationCode`, or neither to let the rule choose.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
}

/// A new reservation.
#[derive(Debug, InputObject)]
pub struct ReservationCreateInput {
    /// What it is for.
    #[graphql(default_with = "ReservationPurpose::Manual")]
    pub purpose: ReservationPurpose,
    /// Whom the units are for, in your words: at most 255 characters.
    pub owner: Option<String>,
    /// Your own number for it: at most 255 characters. The ledger names it as the reference.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// For how many seconds it holds; until further notice when left out. The server has a maximum.
    pub ttl_seconds: Option<i64>,
    /// Which locations are asked first; the server's own rule when left out, or `NAMED_LOCATIONS` when locations are named.
    pub allocation: Option<ReservationAllocationRule>,
    /// The locations of the rule `NAMED_LOCATIONS`, in order. Give either `locationIds` or `locationCodes`.
    pub location_ids: Option<Vec<ID>>,
    /// The codes of these locations.
    pub location_codes: Option<Vec<String>>,
    /// What becomes of it when something is short.
    #[graphql(default_with = "ReservationShortage::Reject")]
    pub on_shortage: ReservationShortage,
    /// The lines: 1 to 100.
    pub lines: Vec<ReservationLineInput>,
    /// Only say what would happen: nothing is reserved.
    #[graphql(default = false)]
    pub dry_run: bool,
}

impl ReservationCreateInput {
    pub(super) fn parse(self, limits: &Inventory) -> Parsed<ReservationCreate> {
        let mut reader = Reader::default();
        let owner = reader.0.take("input.owner", change::reference(self.owner.as_deref().unwrap_or_default()));
        let reference = change::reference(self.external_reference.as_deref().unwrap_or_default());
        let reference = reader.0.take("input.externalReference", reference);
        let note = reader.0.take("input.note", change::note(self.note.as_deref().unwrap_or_default()));
        let ttl = ttl(&mut reader, self.ttl_seconds, limits);
        let rule = rule(&mut reader, self.allocation, (self.location_ids, self.location_codes), limits);
        let lines = reader.lines(self.lines, limits.adjustment_lines, |reader, path, line| {
            let variant = reader.variant(path, line.variant_id, line.sku);
            let location = only_location(reader, path, line.location_id, line.location_code);
            let quantity = quantity(reader, path, line.quantity);
            Some(ReserveLine { variant: variant?, location: location.ok()?, quantity: quantity? })
        });
        let purpose = self.purpose.into();
        let (on_shortage, dry_run) = (OnShortage::from(self.on_shortage), self.dry_run);
        let command = (|| {
            let terms = ReservationTerms {
                purpose,
                owner: owner?,
                external_reference: reference?,
                note: note?,
                ttl: ttl.ok()?,
            };
            Some(ReservationCreate { terms, rule: rule?, on_shortage, lines: lines?, dry_run })
        })();
        reader.0.finish(command)
    }
}

/// Which units of a reservation.
#[derive(Debug, InputObject)]
pub struct ReservationUnitsInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// Only units at this location. Give `locationId` or `locationCode`, or neither to take them as they were allocated.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// How many units: at least 1, at most what the reservation holds.
    pub quantity: i64,
}

/// A reservation that is to hold longer, or shorter.
#[derive(Debug, InputObject)]
pub struct ReservationExtendInput {
    /// The reservation.
    pub id: ID,
    /// The version that you read. If the reservation has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// For how many seconds from now on it holds; until further notice when left out.
    pub ttl_seconds: Option<i64>,
}

impl ReservationExtendInput {
    pub(super) fn parse(self, limits: &Inventory) -> Parsed<ReservationExtend> {
        let mut reader = Reader::default();
        let which = which(&mut reader, &self.id, self.expected_version);
        let ttl = ttl(&mut reader, self.ttl_seconds, limits);
        reader.0.finish(which.zip(ttl.ok()).map(|(which, ttl)| ReservationExtend { which, ttl }))
    }
}

/// Units of a reservation that are no longer needed.
#[derive(Debug, InputObject)]
pub struct ReservationReduceInput {
    /// The reservation.
    pub id: ID,
    /// The version that you read. If the reservation has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// Which units to let go: those that were promised beyond what was free first.
    pub lines: Vec<ReservationUnitsInput>,
}

impl ReservationReduceInput {
    pub(super) fn parse(self, limits: &Inventory) -> Parsed<ReservationTake> {
        let taking = Taking { note: self.note, lines: Some(self.lines), reference: None };
        taking.parse((&self.id, self.expected_version), Fate::Released, limits)
    }
}

/// A reservation that is no longer needed.
#[derive(Debug, InputObject)]
pub struct ReservationReleaseInput {
    /// The reservation.
    pub id: ID,
    /// The version that you read. If the reservation has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
}

impl ReservationReleaseInput {
    pub(super) fn parse(self, limits: &Inventory) -> Parsed<ReservationTake> {
        let taking = Taking { note: self.note, lines: None, reference: None };
        taking.parse((&self.id, self.expected_version), Fate::Released, limits)
    }
}

/// Units of a reservation that leave the house.
#[derive(Debug, InputObject)]
pub struct ReservationFulfilInput {
    /// The reservation.
    pub id: ID,
    /// The version that you read. If the reservation has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// What the ledger names as the reference, such as a delivery note: at most 255 characters; the reservation's own when left out.
    pub reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// Which units; everything that is held when left out.
    pub lines: Option<Vec<ReservationUnitsInput>>,
}

impl ReservationFulfilInput {
    pub(super) fn parse(self, limits: &Inventory) -> Parsed<ReservationTake> {
        let taking = Taking { note: self.note, lines: self.lines, reference: self.reference };
        taking.parse((&self.id, self.expected_version), Fate::Fulfilled, limits)
    }
}

/// What the inputs have in common that take units out of a reservation.
struct Taking {
    note: Option<String>,
    reference: Option<String>,
    lines: Option<Vec<ReservationUnitsInput>>,
}

impl Taking {
    fn parse(self, (id, version): (&ID, Option<i64>), fate: Fate, limits: &Inventory) -> Parsed<ReservationTake> {
        let mut reader = Reader::default();
        let which = which(&mut reader, id, version);
        let reference = change::reference(self.reference.as_deref().unwrap_or_default());
        let reference = reader.0.take("input.reference", reference);
        let note = reader.0.take("input.note", change::note(self.note.as_deref().unwrap_or_default()));
        let named = self.lines.is_some();
        let lines = self.lines.and_then(|lines| {
            reader.lines(lines, limits.adjustment_lines, |reader, path, line| {
                let variant: Option<VariantName> = reader.variant(path, line.variant_id, line.sku);
                let location = only_location(reader, path, line.location_id, line.location_code);
                let quantity = quantity(reader, path, line.quantity);
                Some(TakeLine { variant: variant?, location: location.ok()?, quantity: quantity? })
            })
        });
        let command = (|| {
            let lines = if named { Some(lines?) } else { None };
            Some(ReservationTake { which: which?, fate, reference: reference?, note: note?, lines })
        })();
        reader.0.finish(command)
    }
}

fn which(reader: &mut Reader, id: &ID, expected_version: Option<i64>) -> Option<Which> {
    let id = reader.0.take("input.id", id::parse(id).map_err(InventoryError::of_id));
    id.map(|id| Which { id, expected_version })
}

fn quantity(reader: &mut Reader, path: &str, units: i64) -> Option<Quantity> {
    reader.0.take(&format!("{path}.quantity"), change::moved_quantity(units))
}

/// Something is wrong with a part of the input that may be left out. The reader has noted what.
struct Wrong;

/// The location of a line that may name one.
fn only_location(
    reader: &mut Reader,
    path: &str,
    id: Option<ID>,
    code: Option<String>,
) -> Result<Option<LocationName>, Wrong> {
    if id.is_none() && code.is_none() {
        return Ok(None);
    }
    reader.location(path, ["locationId", "locationCode"], id, code).map(Some).ok_or(Wrong)
}

/// How long a reservation holds.
fn ttl(reader: &mut Reader, seconds: Option<i64>, limits: &Inventory) -> Result<Option<Duration>, Wrong> {
    let Some(seconds) = seconds else { return Ok(None) };
    let max = i64::try_from(limits.reservation_ttl_max_s).unwrap_or(i64::MAX);
    let within = |seconds: &u64| (1..=limits.reservation_ttl_max_s).contains(seconds);
    let Some(seconds) = u64::try_from(seconds).ok().filter(within) else {
        reader.0.add("input.ttlSeconds", InputError::out_of_range(1, max).into());
        return Err(Wrong);
    };
    Ok(Some(Duration::from_secs(seconds)))
}

fn rule(
    reader: &mut Reader,
    asked: Option<ReservationAllocationRule>,
    named: (Option<Vec<ID>>, Option<Vec<String>>),
    limits: &Inventory,
) -> Option<RuleName> {
    use ReservationAllocationRule as Asked;
    match (asked, named) {
        (None, (None, None)) => Some(match limits.allocation {
            config::Allocation::Priority => RuleName::Priority,
            config::Allocation::MostStock => RuleName::MostStock,
            config::Allocation::FewestSplits => RuleName::FewestSplits,
        }),
        (Some(Asked::Priority), (None, None)) => Some(RuleName::Priority),
        (Some(Asked::MostStock), (None, None)) => Some(RuleName::MostStock),
        (Some(Asked::FewestSplits), (None, None)) => Some(RuleName::FewestSplits),
        (None | Some(Asked::NamedLocations), (Some(ids), None)) => {
            let read = |id: &ID| id::parse(id).map(LocationName::Id).map_err(InventoryError::of_id);
            listed(reader, &ids, "locationIds", read, limits)
        }
        (None | Some(Asked::NamedLocations), (None, Some(codes))) => {
            let read = |code: &String| Ok(LocationCode::parse(code).map(LocationName::Code)?);
            listed(reader, &codes, "locationCodes", read, limits)
        }
        (Some(_), _) | (None, (Some(_), Some(_))) => {
            let error = "NAMED_LOCATIONS takes either locationIds or locationCodes, the other rules neither";
            reader.0.add("input.allocation", InputError::malformed(error).into());
            None
        }
    }
}

fn listed<T>(
    reader: &mut Reader,
    names: &[T],
    field: &'static str,
    read: impl Fn(&T) -> Result<LocationName, InventoryError>,
    limits: &Inventory,
) -> Option<RuleName> {
    let path = format!("input.{field}");
    if names.is_empty() {
        reader.0.add(&path, InputError::Empty.into());
        return None;
    }
    if names.len() > limits.adjustment_lines {
        reader.0.add(&path, InputError::TooMany { max: limits.adjustment_lines }.into());
        return None;
    }
    let read = names.iter().enumerate().map(|(index, name)| reader.0.take(&format!("{path}.{index}"), read(name)));
    let read: Vec<Option<LocationName>> = read.collect();
    read.into_iter().collect::<Option<Vec<_>>>().map(|names| RuleName::NamedLocations(names, field))
}
