//! What the stock commands share: names to ids, and errors at their place in the input.

use std::collections::{BTreeSet, HashMap};

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::LocationCode;
use crate::inventory::rules::change::Memo;
use crate::inventory::store;
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::Cx;

/// What every stock command takes beside its lines.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Why stock changes.
    pub memo: Memo,
    /// Whether only to say what would happen.
    pub dry_run: bool,
}

/// A variant, as a line names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VariantName {
    /// By id.
    Id(ProductVariantId),
    /// By SKU.
    Sku(String),
}

impl VariantName {
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::Id(_) => "variantId",
            Self::Sku(_) => "sku",
        }
    }
}

/// A location, as a line names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LocationName {
    /// By id.
    Id(LocationId),
    /// By code.
    Code(LocationCode),
}

/// The two input fields that can name a location.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocationFields {
    pub id: &'static str,
    pub code: &'static str,
}

/// Where a line's stock is.
pub(super) const LOCATION: LocationFields = LocationFields { id: "locationId", code: "locationCode" };
/// Where a move takes stock from.
pub(super) const FROM: LocationFields = LocationFields { id: "fromLocationId", code: "fromLocationCode" };
/// Where a move takes stock to.
pub(super) const TO: LocationFields = LocationFields { id: "toLocationId", code: "toLocationCode" };

impl LocationName {
    pub(super) fn field(&self, fields: LocationFields) -> &'static str {
        match self {
            Self::Id(_) => fields.id,
            Self::Code(_) => fields.code,
        }
    }
}

/// The ids behind the names of a command: looked up with one statement for all SKUs and one for all codes.
pub struct Names {
    variants: HashMap<String, ProductVariantId>,
    locations: HashMap<String, LocationId>,
    errors: Vec<At<InventoryError>>,
}

impl Names {
    pub(super) async fn look_up<'a>(
        cx: &Cx<'_>,
        variants: impl Iterator<Item = &'a VariantName>,
        locations: impl Iterator<Item = &'a LocationName>,
    ) -> Result<Self, Fault> {
        let skus: BTreeSet<&str> = variants
            .filter_map(|name| match name {
                VariantName::Id(_) => None,
                VariantName::Sku(sku) => Some(sku.as_str()),
            })
            .collect();
        let codes: BTreeSet<&str> = locations
            .filter_map(|name| match name {
                LocationName::Id(_) => None,
                LocationName::Code(code) => Some(code.as_str()),
            })
            .collect();
        let variants = store::variants_by_skus(cx.tx, skus).await?;
        let locations = store::locations_by_codes(cx.tx, codes).await?;
        Ok(Self { variants, locations, errors: Vec::new() })
    }

    /// The variant of a line; notes an error when there is none. Whether an id exists is for the ledger to say.
    pub(super) fn variant(&mut self, line: usize, name: &VariantName) -> Option<ProductVariantId> {
        let found = match name {
            VariantName::Id(id) => Some(*id),
            VariantName::Sku(sku) => self.variants.get(sku).copied(),
        };
        if found.is_none() {
            self.errors.push(at(line, name.field(), InventoryError::VariantNotFound));
        }
        found
    }

    /// The location of a line; notes an error when there is none.
    pub(super) fn location(&mut self, line: usize, name: &LocationName, fields: LocationFields) -> Option<LocationId> {
        let found = match name {
            LocationName::Id(id) => Some(*id),
            LocationName::Code(code) => self.locations.get(code.as_str()).copied(),
        };
        if found.is_none() {
            self.errors.push(at(line, name.field(fields), InventoryError::LocationNotFound));
        }
        found
    }

    /// The level of a line; notes an error for each name that leads nowhere.
    pub(super) fn slot(&mut self, line: usize, (variant, location): (&VariantName, &LocationName)) -> Option<Slot> {
        let (variant, location) = (self.variant(line, variant), self.location(line, location, LOCATION));
        Some(Slot { variant: variant?, location: location? })
    }

    /// The location that stands at a place of its own; notes an error when there is none.
    pub(super) fn location_at(&mut self, field: &str, name: &LocationName) -> Option<LocationId> {
        let found = match name {
            LocationName::Id(id) => Some(*id),
            LocationName::Code(code) => self.locations.get(code.as_str()).copied(),
        };
        if found.is_none() {
            self.errors.push(At::new(field, InventoryError::LocationNotFound));
        }
        found
    }

    /// Refuses the command when a name led nowhere.
    pub(super) fn finish(mut self) -> Result<(), Failure<InventoryError>> {
        self.refusals().map_err(Failure::Refused)
    }

    /// The names that led nowhere since this was asked last.
    pub(super) fn refusals(&mut self) -> Result<(), Vec<At<InventoryError>>> {
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// What each line does to the level that it names; refused when a name leads nowhere.
pub(super) async fn at_levels<'a, L, T>(
    cx: &Cx<'_>,
    lines: &'a [L],
    names: impl Fn(&'a L) -> (&'a VariantName, &'a LocationName),
    change: impl Fn(&'a L, Slot) -> T,
) -> Result<Vec<T>, Failure<InventoryError>> {
    let named = || lines.iter().map(&names);
    let variants = named().map(|(variant, _)| variant);
    let mut found = Names::look_up(cx, variants, named().map(|(_, location)| location)).await?;
    let slots = named().zip(lines).enumerate();
    let changes = slots.filter_map(|(index, (names, line))| Some(change(line, found.slot(index, names)?)));
    let changes = changes.collect();
    found.finish()?;
    Ok(changes)
}

/// The level that the fields of an input name; refused when a name leads nowhere.
pub(super) async fn one_level(
    cx: &Cx<'_>,
    variant: &VariantName,
    location: &LocationName,
) -> Result<Slot, Failure<InventoryError>> {
    let found =
        at_levels(cx, &[()], |()| (variant, location), |(), slot| slot).await.map_err(|failure| match failure {
            // There are no lines to tell apart.
            Failure::Refused(errors) => {
                let at = |error: At<InventoryError>| At {
                    field: error.field.into_iter().filter(|part| part != "lines" && part != "0").collect(),
                    error: error.error,
                };
                Failure::Refused(errors.into_iter().map(at).collect())
            }
            Failure::Fault(fault) => Failure::Fault(fault),
        })?;
    found.into_iter().next().ok_or_else(|| Fault::Internal("a level was not named".to_owned()).into())
}

pub(super) fn at(line: usize, field: &str, error: InventoryError) -> At<InventoryError> {
    At::new(&format!("input.lines.{line}.{field}"), error)
}
