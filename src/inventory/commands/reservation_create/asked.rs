//! From the names in the input of reservations to ids: with the same statements for however many of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Policies, Refusals, ReservationCreate, RuleName};
use crate::inventory::commands::stock::{LOCATION, LocationName, Names};
use crate::inventory::entity::location::{LocationId, Status as LocationStatus};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::allocation::{Rule, Want};
use crate::inventory::store;
use crate::kernel::error::{At, Fault};
use crate::kernel::write::Cx;

/// What a reservation asks for, by ids.
#[derive(Debug)]
pub(super) struct Asked {
    /// The lines.
    pub wants: Vec<Want>,
    /// Which locations are asked first.
    pub rule: Rule,
    /// The priorities of the locations that the input names.
    pub named: BTreeMap<LocationId, i64>,
}

/// The status and the priority of locations.
type Standings = BTreeMap<LocationId, (LocationStatus, i64)>;

/// What each of these asks for, or everything that leads nowhere in it; and the policies of the variants.
pub(super) async fn look_up<'c>(
    cx: &Cx<'_>,
    commands: impl Iterator<Item = &'c ReservationCreate> + Clone,
) -> Result<(Vec<Result<Asked, Refusals>>, Policies), Fault> {
    let lines = || commands.clone().flat_map(|command| &command.lines);
    let listed = commands.clone().flat_map(|command| command.listed().0);
    let locations = lines().filter_map(|line| line.location.as_ref()).chain(listed);
    let mut names = Names::look_up(cx, lines().map(|line| &line.variant), locations).await?;
    let asked: Vec<Result<Asked, Refusals>> = commands.clone().map(|command| command.resolve(&mut names)).collect();
    let wants = || asked.iter().flatten().flat_map(|asked| &asked.wants);
    let policies = store::backorder_policies(cx.tx, &wants().map(|want| want.variant).collect()).await?;
    let named: BTreeSet<LocationId> = asked.iter().flatten().flat_map(Asked::locations).collect();
    let standings = store::standing_of_locations(cx.tx, &named).await?;
    let checked = commands.zip(asked).map(|(command, asked)| {
        let asked = asked?;
        command.check_variants(&asked, &policies)?;
        command.with_priorities(asked, &standings)
    });
    Ok((checked.collect(), policies))
}

impl Asked {
    /// The locations that the input names.
    fn locations(&self) -> impl Iterator<Item = LocationId> {
        let listed = if let Rule::NamedLocations(ids) = &self.rule { ids.as_slice() } else { &[] };
        self.wants.iter().filter_map(|want| want.location).chain(listed.iter().copied())
    }
}

impl ReservationCreate {
    /// The locations that the rule lists, and the input field of the list.
    fn listed(&self) -> (&[LocationName], &'static str) {
        match &self.rule {
            RuleName::NamedLocations(names, field) => (names, field),
            RuleName::Priority | RuleName::MostStock | RuleName::FewestSplits => (&[], ""),
        }
    }

    fn resolve(&self, names: &mut Names) -> Result<Asked, Refusals> {
        let mut wants = Vec::with_capacity(self.lines.len());
        for (index, line) in self.lines.iter().enumerate() {
            let variant = names.variant(index, &line.variant);
            let location = line.location.as_ref().map(|name| names.location(index, name, LOCATION));
            if let (Some(variant), false) = (variant, location == Some(None)) {
                wants.push(Want { variant, units: line.quantity.units(), location: location.flatten() });
            }
        }
        let (listed, list) = self.listed();
        let ids = listed.iter().enumerate();
        let ids: Vec<Option<LocationId>> =
            ids.map(|(index, name)| names.location_at(&format!("input.{list}.{index}"), name)).collect();
        names.refusals()?;
        let rule = match self.rule {
            RuleName::NamedLocations(..) => Rule::NamedLocations(ids.into_iter().flatten().collect()),
            RuleName::Priority => Rule::Priority,
            RuleName::MostStock => Rule::MostStock,
            RuleName::FewestSplits => Rule::FewestSplits,
        };
        Ok(Asked { wants, rule, named: BTreeMap::new() })
    }

    /// Refused when a variant is not there.
    fn check_variants(&self, asked: &Asked, policies: &Policies) -> Result<(), Refusals> {
        let lines = asked.wants.iter().zip(&self.lines).enumerate();
        let unknown = lines.filter(|(_, (want, _))| !policies.contains_key(&want.variant));
        let errors: Vec<_> = unknown
            .map(|(index, (_, line))| {
                let field = format!("input.lines.{index}.{}", line.variant.field());
                At::new(&field, InventoryError::VariantNotFound)
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// With the priorities of the locations that the input names; refused when one is not there or closed.
    fn with_priorities(&self, asked: Asked, standings: &Standings) -> Result<Asked, Refusals> {
        let (mut named, mut errors) = (BTreeMap::new(), Vec::new());
        for (id, field) in self.places_of_locations(&asked) {
            let error = match standings.get(&id) {
                Some((LocationStatus::Active, priority)) => {
                    named.insert(id, *priority);
                    continue;
                }
                Some((LocationStatus::Deactivated, _)) => InventoryError::LocationDeactivated,
                None => InventoryError::LocationNotFound,
            };
            errors.push(At::new(&field, error));
        }
        if errors.is_empty() { Ok(Asked { named, ..asked }) } else { Err(errors) }
    }

    /// The locations that the input names, with the places where it does.
    fn places_of_locations(&self, asked: &Asked) -> Vec<(LocationId, String)> {
        let lines = asked.wants.iter().zip(&self.lines).enumerate().filter_map(|(index, (want, line))| {
            let field = line.location.as_ref()?.field(LOCATION);
            Some((want.location?, format!("input.lines.{index}.{field}")))
        });
        let Rule::NamedLocations(ids) = &asked.rule else { return lines.collect() };
        let (_, list) = self.listed();
        let listed = ids.iter().enumerate().map(|(index, id)| (*id, format!("input.{list}.{index}")));
        lines.chain(listed).collect()
    }
}
