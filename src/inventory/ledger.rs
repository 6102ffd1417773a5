//! The ledger: the one function through which every unit of stock comes and goes. It knows neither who may change stock nor how a request looks.
//!
//! A batch of groups is decided in order against the locked levels, and everything accepted is written with a number of statements that does not
//! depend on the number of lines. A refused group leaves nothing, and does not touch its neighbours.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::entity::location::{LocationId, Status};
use super::entity::stock_adjustment::{self, AdjustmentId};
use super::entity::stock_level::balance::Balance;
use super::entity::stock_level::{self, LevelId, Slot};
use super::entity::stock_movement::{self, State};
use super::error::InventoryError;
use super::rules::books::{Books, Refusal, Step};
use super::rules::change::{Field, Group};
use super::store::{self, LevelChange};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::actor::Identity;
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;
use crate::kernel::write::Cx;

/// The topic of the events, one for each change of a level.
pub const LEVEL_CHANGED: &str = "stock_level.changed";

/// What was written for one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The group in the ledger.
    pub adjustment: stock_adjustment::Model,
    /// Its movements, in the order of the lines. A level whose lines cancel out has none.
    pub movements: Vec<stock_movement::Model>,
    /// Every level that the group names, as it left it, by variant and location.
    pub levels: Vec<stock_level::Model>,
}

/// A group that was accepted, or everything that is wrong with it.
pub type Decision = Result<Posted, Vec<Refusal>>;

/// What an event tells of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelChanged {
    /// The level.
    pub level: LevelId,
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
    /// Units that are there.
    pub on_hand: i64,
    /// Units of these that are promised.
    pub reserved: i64,
    /// Units of these that are damaged.
    #[serde(default)]
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    #[serde(default)]
    pub quality_control: i64,
    /// Units on their way.
    pub incoming: i64,
    /// The version of the level.
    pub version: i64,
    /// The number that changed.
    #[serde(default)]
    pub state: State,
    /// By how much.
    pub delta: i64,
    /// The adjustment that made it.
    pub adjustment: AdjustmentId,
}

impl LevelChanged {
    /// Units that can still be taken or promised.
    pub fn available(&self) -> i64 {
        let Self { on_hand, reserved, damaged, quality_control, incoming, version, .. } = *self;
        Balance { on_hand, reserved, damaged, quality_control, incoming, version }.available()
    }
}

/// Posts a batch of groups. The decisions are in the order of the groups; what is accepted takes effect with the transaction.
pub async fn post(cx: &mut Cx<'_>, groups: &[Group]) -> Result<Vec<Decision>, Fault> {
    let places = Places::lock(cx, groups).await?;
    let placed: Vec<Result<&Group, Vec<Refusal>>> = groups.iter().map(|group| places.check(group)).collect();
    let slots: BTreeSet<Slot> = placed.iter().flatten().flat_map(|group| group.change.slots()).collect();
    let fresh: Vec<(LevelId, Slot)> = slots.iter().map(|slot| (cx.ids.make(), *slot)).collect();
    store::make_levels(cx.tx, &fresh, cx.now).await?;
    let locked = store::lock_levels(cx.tx, &slots).await?;
    if locked.len() != slots.len() {
        return Err(Fault::Internal(format!("{} levels locked instead of {}", locked.len(), slots.len())));
    }
    let mut sheet = Sheet::new(locked);
    let decisions: Vec<Decision> =
        placed.into_iter().map(|group| group.and_then(|group| sheet.post(cx, group))).collect();
    write(cx, &decisions, &sheet).await?;
    drop_unused(cx, &decisions, &fresh).await?;
    for posted in decisions.iter().flatten() {
        report(cx, posted)?;
    }
    Ok(decisions)
}

/// The variants and locations that a batch names, as they will stay until the transaction ends.
struct Places {
    variants: BTreeSet<ProductVariantId>,
    locations: HashMap<LocationId, Status>,
}

impl Places {
    async fn lock(cx: &Cx<'_>, groups: &[Group]) -> Result<Self, Fault> {
        let slots: BTreeSet<Slot> = groups.iter().flat_map(|group| group.change.slots()).collect();
        let variants = slots.iter().map(|slot| slot.variant).collect();
        let locations = slots.iter().map(|slot| slot.location).collect();
        Ok(Self {
            variants: store::known_variants(cx.tx, &variants).await?,
            locations: store::lock_locations(cx.tx, &locations).await?,
        })
    }

    /// Refuses a group that names what is not there, or is closed.
    fn check<'a>(&self, group: &'a Group) -> Result<&'a Group, Vec<Refusal>> {
        let mut refusals = Vec::new();
        for touch in group.change.touches() {
            let line = touch.line;
            // The second end of a move names the same variant again.
            if touch.field == Field::Location && !self.variants.contains(&touch.slot.variant) {
                refusals.push(Refusal { line, field: Field::Variant, error: InventoryError::VariantNotFound });
            }
            let error = match self.locations.get(&touch.slot.location) {
                Some(Status::Active) => continue,
                Some(Status::Deactivated) => InventoryError::LocationDeactivated,
                None => InventoryError::LocationNotFound,
            };
            refusals.push(Refusal { line, field: touch.field, error });
        }
        if refusals.is_empty() { Ok(group) } else { Err(refusals) }
    }
}

/// The locked levels, and what becomes of them as groups are accepted.
struct Sheet {
    books: Books,
    before: BTreeMap<Slot, stock_level::Model>,
    now: BTreeMap<Slot, stock_level::Model>,
}

impl Sheet {
    fn new(locked: Vec<stock_level::Model>) -> Self {
        let before: BTreeMap<Slot, stock_level::Model> =
            locked.into_iter().map(|level| (level.slot(), level)).collect();
        let books = Books::new(before.iter().map(|(slot, level)| (*slot, Balance::from(level))));
        Self { books, now: before.clone(), before }
    }

    /// Decides a group and, when it is accepted, takes its movements into the levels.
    fn post(&mut self, cx: &Cx<'_>, group: &Group) -> Decision {
        let steps = self.books.decide(&group.change)?;
        let adjustment = adjustment(cx, group, self.moment(cx, &steps));
        let movements = (1..).zip(&steps).map(|(line, step)| movement(cx, &adjustment, line, step)).collect();
        for step in &steps {
            if let Some(level) = self.now.get_mut(&step.slot) {
                step.after.write_to(level);
                level.updated_at = adjustment.created_at;
            }
        }
        let slots = group.change.slots();
        let levels = slots.iter().filter_map(|slot| self.now.get(slot)).cloned().collect();
        Ok(Posted { adjustment, movements, levels })
    }

    /// Now, but never before the last change of a level that is to change: a clock that was set back does not turn history around.
    fn moment(&self, cx: &Cx<'_>, steps: &[Step]) -> Timestamp {
        let latest = steps.iter().filter_map(|step| self.now.get(&step.slot)).map(|level| level.updated_at).max();
        latest.map_or(cx.now, |latest| latest.max(cx.now))
    }

    /// What to write of the levels, in the order of their locks.
    fn changes(&self) -> Vec<LevelChange> {
        let pairs = self.before.iter().filter_map(|(slot, before)| self.now.get(slot).map(|now| (before, now)));
        pairs
            .filter(|(before, now)| before.version != now.version)
            .map(|(before, now)| LevelChange {
                id: before.id,
                version: before.version,
                after: Balance::from(now),
                at: now.updated_at,
            })
            .collect()
    }
}

fn adjustment(cx: &Cx<'_>, group: &Group, created_at: Timestamp) -> stock_adjustment::Model {
    let actor_name = match cx.actor.identity() {
        Identity::System(part) => Some((*part).to_owned()),
        Identity::Anonymous | Identity::User { .. } => None,
    };
    stock_adjustment::Model {
        id: cx.ids.make(),
        kind: group.change.kind(),
        reason: group.memo.reason,
        reference: group.memo.reference.clone(),
        note: group.memo.note.clone(),
        actor_id: cx.actor.user_id(),
        actor_name,
        request_id: cx.request_id.to_owned(),
        created_at,
    }
}

fn movement(cx: &Cx<'_>, adjustment: &stock_adjustment::Model, line: i64, step: &Step) -> stock_movement::Model {
    stock_movement::Model {
        id: cx.ids.make(),
        adjustment_id: adjustment.id,
        line,
        variant_id: step.slot.variant,
        location_id: step.slot.location,
        state: step.state,
        delta: step.delta,
        balance_after: step.after.units(step.state),
        level_version: step.after.version,
        reason: adjustment.reason,
        reference: adjustment.reference.clone(),
        actor_id: adjustment.actor_id,
        created_at: adjustment.created_at,
    }
}

async fn write(cx: &Cx<'_>, decisions: &[Decision], sheet: &Sheet) -> Result<(), Fault> {
    let changes = sheet.changes();
    let updated = store::update_levels(cx.tx, &changes).await?;
    if usize::try_from(updated) != Ok(changes.len()) {
        return Err(Fault::Internal(format!("{updated} levels took their change instead of {}", changes.len())));
    }
    let adjustments: Vec<_> = decisions.iter().flatten().map(|posted| posted.adjustment.clone()).collect();
    let movements: Vec<_> = decisions.iter().flatten().flat_map(|posted| posted.movements.iter().cloned()).collect();
    store::insert_adjustments(cx.tx, &adjustments).await?;
    Ok(store::insert_movements(cx.tx, &movements).await?)
}

/// Takes back the levels that were made for groups which were then refused.
async fn drop_unused(cx: &Cx<'_>, decisions: &[Decision], fresh: &[(LevelId, Slot)]) -> Result<(), Fault> {
    if decisions.iter().all(Result::is_ok) {
        return Ok(());
    }
    let used: BTreeSet<LevelId> =
        decisions.iter().flatten().flat_map(|posted| posted.levels.iter().map(|level| level.id)).collect();
    // An id that was made for a slot which had its level already names nothing.
    let unused: Vec<LevelId> = fresh.iter().map(|(id, _)| *id).filter(|id| !used.contains(id)).collect();
    Ok(store::drop_levels(cx.tx, &unused).await?)
}

/// The audit entry and the events of an accepted group.
fn report(cx: &mut Cx<'_>, posted: &Posted) -> Result<(), Fault> {
    let Posted { adjustment, movements, levels } = posted;
    let action = match adjustment.kind {
        stock_adjustment::Kind::Adjust => "stock.adjust",
        stock_adjustment::Kind::Set => "stock.set",
        stock_adjustment::Kind::Move => "stock.move",
        stock_adjustment::Kind::Reclassify => "stock.reclassify",
    };
    let lines: Vec<_> = movements.iter().map(Line::of).collect();
    let changes = Changes::new()
        .set("reason", &adjustment.reason)
        .set("reference", &adjustment.reference)
        .set("note", &adjustment.note)
        .set("lines", &lines);
    cx.audit(Entry::new(action, adjustment.id, changes));
    let levels: HashMap<Slot, &stock_level::Model> = levels.iter().map(|level| (level.slot(), level)).collect();
    for movement in movements {
        let Some(level) = levels.get(&movement.slot()) else { continue };
        let event = LevelChanged {
            level: level.id,
            variant: level.variant_id,
            location: level.location_id,
            on_hand: level.on_hand,
            reserved: level.reserved,
            damaged: level.damaged,
            quality_control: level.quality_control,
            incoming: level.incoming,
            version: level.version,
            state: movement.state,
            delta: movement.delta,
            adjustment: adjustment.id,
        };
        cx.emit(Event::new(LEVEL_CHANGED, level.id, &event)?);
    }
    Ok(())
}

/// A movement in the audit log.
#[derive(Serialize)]
struct Line {
    variant: ProductVariantId,
    location: LocationId,
    state: State,
    delta: i64,
    balance: i64,
}

impl Line {
    fn of(movement: &stock_movement::Model) -> Self {
        let stock_movement::Model { variant_id: variant, location_id: location, state, delta, .. } = *movement;
        Self { variant, location, state, delta, balance: movement.balance_after }
    }
}
