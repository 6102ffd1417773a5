//! The levels that a transaction has locked, and what becomes of them as groups are accepted. Nothing is written before [`Sheet::close`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::expiry::EXPIRY;
use super::report::report;
use super::{Decision, Posted};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::{LocationId, Status};
use crate::inventory::entity::stock_level::balance::Balance;
use crate::inventory::entity::stock_level::{self, LevelId, Slot};
use crate::inventory::entity::{stock_adjustment, stock_movement};
use crate::inventory::error::InventoryError;
use crate::inventory::low_stock::LevelLow;
use crate::inventory::rules::books::{Books, Refusal, Step};
use crate::inventory::rules::change::{Field, Group};
use crate::inventory::rules::watch;
use crate::inventory::store::{self, Lapsed, LevelChange, Locked};
use crate::kernel::actor::{Actor, Identity};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Fault;
use crate::kernel::write::{Author, Cx};

/// Locked levels. Groups are decided one after the other, each on what the ones before it leave.
pub struct Sheet {
    places: Places,
    books: Books,
    before: BTreeMap<Slot, stock_level::Model>,
    pub(super) now: BTreeMap<Slot, stock_level::Model>,
    /// The levels that were made for this transaction.
    fresh: BTreeSet<LevelId>,
    /// What was accepted, after the groups that take back expired promises.
    pub(super) posted: Vec<Posted>,
    /// The levels that ran low, as they were then.
    low: Vec<LevelLow>,
    /// The promises that expired.
    pub(super) lapsed: Vec<Lapsed>,
    /// How many groups take them back: the first of those posted.
    pub(super) settlements: usize,
}

/// What happens to a slot that has no level yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It gets an empty level, which goes away again unless an accepted group names it.
    Make,
    /// It stays without, and nothing can be posted there.
    Leave,
}

impl Sheet {
    /// Locks the levels of these slots, and whatever must not change meanwhile, and takes back what expired reservations still hold of them. Slots whose variant or location is unknown, or whose location is
    /// closed, have no level here; a group that names one is refused.
    pub async fn open(cx: &Cx<'_>, slots: &BTreeSet<Slot>, missing: Missing) -> Result<Self, Fault> {
        let mut locked = store::lock_levels(cx.tx, slots, cx.now).await?;
        let mut places = Places::of(&locked);
        let there: BTreeSet<Slot> = locked.iter().map(|locked| locked.level.slot()).collect();
        let mut without: BTreeSet<Slot> = slots.difference(&there).copied().collect();
        let mut fresh = BTreeSet::new();
        if cx.tx.is_optimistic() && (!without.is_empty() || locked.iter().any(|locked| locked.lapsing)) {
            return Err(Fault::Overtaken("levels are made or settled under locks"));
        }
        if !without.is_empty() {
            places.lock(cx, &without).await?;
            without.retain(|slot| places.refuse(*slot).is_none());
        }
        if missing == Missing::Make && !without.is_empty() {
            let made;
            (made, fresh) = make(cx, &without).await?;
            locked.extend(made);
        }
        locked.retain(|locked| places.refuse(locked.level.slot()).is_none());
        let lapsing = locked.iter().filter(|locked| locked.lapsing).map(|locked| locked.level.slot()).collect();
        let before: BTreeMap<Slot, stock_level::Model> =
            locked.into_iter().map(|locked| (locked.level.slot(), locked.level)).collect();
        let books = Books::new(before.iter().map(|(slot, level)| (*slot, Balance::from(level))));
        let (now, posted, low, lapsed) = (before.clone(), Vec::new(), Vec::new(), Vec::new());
        let mut sheet = Self { places, books, now, before, fresh, posted, low, lapsed, settlements: 0 };
        sheet.settle(cx, &lapsing).await?;
        Ok(sheet)
    }

    /// What a locked level holds by now; `None` when there is no such level.
    pub fn balance(&self, slot: Slot) -> Option<Balance> {
        self.now.contains_key(&slot).then(|| self.books.balance(slot))
    }

    /// The locked levels as they are by now, by variant and location.
    pub fn levels(&self) -> impl Iterator<Item = &stock_level::Model> {
        self.now.values()
    }

    /// Decides a group and, when it is accepted, takes its movements into the levels. A refused group changes nothing.
    pub fn post(&mut self, cx: &Cx<'_>, group: &Group) -> Decision {
        self.post_as(cx, cx.actor, group)
    }

    /// The same in another's name.
    pub(super) fn post_as(&mut self, cx: &Cx<'_>, actor: &Actor, group: &Group) -> Decision {
        self.places.check(group)?;
        let steps = self.books.decide(&group.change)?;
        let adjustment = adjustment((cx, actor), group, self.moment(cx, &steps));
        let movements = (1..).zip(&steps).map(|(line, step)| movement(cx, &adjustment, line, step)).collect();
        let slots = group.change.slots();
        let margins: Vec<Option<i64>> = slots.iter().map(|slot| self.margin(*slot)).collect();
        for step in &steps {
            if let Some(level) = self.now.get_mut(&step.slot) {
                step.after.write_to(level);
                level.updated_at = adjustment.created_at;
            }
        }
        let after = slots.iter().zip(margins).filter_map(|(slot, before)| self.now.get(slot).map(|now| (before, now)));
        let low = after.filter(|(before, now)| watch::ran_low(*before, now.reorder_margin()));
        self.low.extend(low.map(|(_, level)| LevelLow::of(level, Some(adjustment.id))));
        let levels = slots.iter().filter_map(|slot| self.now.get(slot)).cloned().collect();
        let posted = Posted { adjustment, movements, levels };
        self.posted.push(posted.clone());
        Ok(posted)
    }

    /// Writes everything that was accepted, with its audit entries and events.
    pub async fn close(self, cx: &mut Cx<'_>) -> Result<(), Fault> {
        let authors = vec![cx.author(); self.posted.len().saturating_sub(self.settlements)];
        self.close_for(cx, &authors, false).await
    }

    /// The same for the authors of the accepted groups, in their order; `refused` says that there were others. Where expired promises are taken back,
    /// too, these must run apart: nothing of what is refused remains.
    pub async fn close_for<'a>(self, cx: &mut Cx<'a>, authors: &[Author<'a>], refused: bool) -> Result<(), Fault> {
        if refused && self.settlements > 0 {
            cx.run_apart();
        }
        store::update_levels(cx.tx, &self.changes()).await?;
        let adjustments: Vec<_> = self.posted.iter().map(|posted| posted.adjustment.clone()).collect();
        let movements: Vec<_> = self.posted.iter().flat_map(|posted| posted.movements.iter().cloned()).collect();
        store::insert_adjustments(cx.tx, &adjustments).await?;
        store::insert_movements(cx.tx, &movements).await?;
        self.write_lapsed(cx).await?;
        self.drop_unused(cx).await?;
        let (settled, accepted) = self.posted.split_at_checked(self.settlements).unwrap_or_default();
        for posted in settled {
            report(cx, posted, Some(EXPIRY))?;
        }
        for (posted, author) in accepted.iter().zip(authors) {
            cx.act_as(*author);
            report(cx, posted, None)?;
        }
        for low in &self.low {
            cx.emit(low.event()?);
        }
        Ok(())
    }

    /// Takes back the levels that were made for groups which were then refused.
    async fn drop_unused(&self, cx: &Cx<'_>) -> Result<(), Fault> {
        let used: BTreeSet<LevelId> =
            self.posted.iter().flat_map(|posted| posted.levels.iter().map(|level| level.id)).collect();
        let unused: Vec<LevelId> = self.fresh.difference(&used).copied().collect();
        Ok(store::drop_levels(cx.tx, &unused).await?)
    }

    fn margin(&self, slot: Slot) -> Option<i64> {
        self.now.get(&slot).and_then(stock_level::Model::reorder_margin)
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
                location: before.location_id,
                version: before.version,
                settings_version: before.settings_version,
                after: Balance::from(now),
                at: now.updated_at,
            })
            .collect()
    }
}

/// Makes levels and locks them: all of them, and the ids of those that did not come from another transaction meanwhile.
async fn make(cx: &Cx<'_>, slots: &BTreeSet<Slot>) -> Result<(Vec<Locked>, BTreeSet<LevelId>), Fault> {
    let levels: Vec<(LevelId, Slot)> = slots.iter().map(|slot| (cx.ids.make(), *slot)).collect();
    store::make_levels(cx.tx, &levels, cx.now).await?;
    let made = store::lock_levels(cx.tx, slots, cx.now).await?;
    if made.len() != slots.len() {
        return Err(Fault::Internal(format!("{} levels locked instead of {}", made.len(), slots.len())));
    }
    let ids: BTreeSet<LevelId> = levels.into_iter().map(|(id, _)| id).collect();
    let fresh = made.iter().map(|locked| locked.level.id).filter(|id| ids.contains(id)).collect();
    Ok((made, fresh))
}

/// The variants and locations that a batch names, as they will stay until the transaction ends.
struct Places {
    variants: BTreeSet<ProductVariantId>,
    locations: HashMap<LocationId, Status>,
}

impl Places {
    /// Those of locked levels.
    fn of(locked: &[Locked]) -> Self {
        let variants = locked.iter().map(|locked| locked.level.variant_id).collect();
        let locations = locked.iter().map(|locked| (locked.level.location_id, locked.location)).collect();
        Self { variants, locations }
    }

    /// Adds those of slots without a level.
    async fn lock(&mut self, cx: &Cx<'_>, slots: &BTreeSet<Slot>) -> Result<(), Fault> {
        let variants = slots.iter().map(|slot| slot.variant).collect();
        self.variants.extend(store::known_variants(cx.tx, &variants).await?);
        let locations = slots.iter().map(|slot| slot.location).collect();
        self.locations.extend(store::lock_locations(cx.tx, &locations).await?);
        Ok(())
    }

    /// Why there can be no level here.
    fn refuse(&self, slot: Slot) -> Option<InventoryError> {
        self.unknown(slot.variant).or_else(|| self.closed(slot.location))
    }

    fn unknown(&self, variant: ProductVariantId) -> Option<InventoryError> {
        (!self.variants.contains(&variant)).then_some(InventoryError::VariantNotFound)
    }

    fn closed(&self, location: LocationId) -> Option<InventoryError> {
        match self.locations.get(&location) {
            Some(Status::Active) => None,
            Some(Status::Deactivated) => Some(InventoryError::LocationDeactivated),
            None => Some(InventoryError::LocationNotFound),
        }
    }

    /// Refuses a group that names what is not there, or is closed.
    fn check(&self, group: &Group) -> Result<(), Vec<Refusal>> {
        let mut refusals = Vec::new();
        for touch in group.change.touches() {
            let line = touch.line;
            // The second end of a move names the same variant again.
            let unknown = (touch.field == Field::Location).then(|| self.unknown(touch.slot.variant)).flatten();
            refusals.extend(unknown.map(|error| Refusal { line, field: Field::Variant, error }));
            let closed = self.closed(touch.slot.location);
            refusals.extend(closed.map(|error| Refusal { line, field: touch.field, error }));
        }
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

fn adjustment((cx, actor): (&Cx<'_>, &Actor), group: &Group, created_at: Timestamp) -> stock_adjustment::Model {
    let actor_name = match actor.identity() {
        Identity::System(part) => Some((*part).to_owned()),
        Identity::Anonymous | Identity::User { .. } => None,
    };
    stock_adjustment::Model {
        id: cx.ids.make(),
        kind: group.change.kind(),
        reason: group.memo.reason,
        reference: group.memo.reference.clone(),
        note: group.memo.note.clone(),
        actor_id: actor.user_id(),
        actor_name,
        request_id: cx.request_id.to_owned(),
        created_at,
        document_type: group.memo.document.map(|document| document.kind),
        document_id: group.memo.document.map(|document| document.id),
        reverses_id: group.memo.reverses,
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
