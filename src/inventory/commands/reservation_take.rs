//! Takes units out of a reservation: sells them, or lets them go.

use std::collections::{BTreeMap, BTreeSet};

use super::reservation::{Opened, Which, WholeReservation, document};
use super::stock::{LOCATION, LocationName, Names, VariantName};
use crate::inventory::entity::reservation::Status;
use crate::inventory::entity::reservation_allocation;
use crate::inventory::entity::stock_adjustment::{Kind, Reason};
use crate::inventory::entity::stock_level::Slot;
use crate::inventory::entity::stock_movement::State;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::{Change, Entry, Group, Memo, Post};
use crate::inventory::rules::holding::{self, Ask, Fate, Taken, TooMany};
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{At, Failure};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Sells what is reserved, or lets it go.
#[derive(Debug, Clone)]
pub struct ReservationTake {
    /// The reservation.
    pub which: Which,
    /// What becomes of the units.
    pub fate: Fate,
    /// What the ledger says of it.
    pub reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// Which units; everything that is held when absent.
    pub lines: Option<Vec<TakeLine>>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct TakeLine {
    /// The variant.
    pub variant: VariantName,
    /// The location; any when absent.
    pub location: Option<LocationName>,
    /// Units: at least one.
    pub quantity: Quantity,
}

impl Command for ReservationTake {
    type Output = WholeReservation;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<WholeReservation, Failure<InventoryError>> {
        let asks = self.asks(cx).await?;
        let mut opened = Opened::open(cx, self.which).await?;
        let before = opened.whole.reservation.clone();
        let taken = self.take(&opened.whole.allocations, asks.as_deref())?;
        self.check_firm(cx, &opened, &taken).await?;
        opened.post(cx, &self.group(&before, &taken), |line| self.place(line))?;
        for one in taken {
            let same = |row: &&mut reservation_allocation::Model| {
                (row.line, row.location_id) == (one.after.line, one.after.location_id)
            };
            if let Some(row) = opened.whole.allocations.iter_mut().find(same) {
                *row = one.after;
            }
        }
        if opened.whole.allocations.iter().all(|allocation| allocation.held == 0) {
            opened.whole.reservation.status = match self.fate {
                Fate::Fulfilled => Status::Fulfilled,
                Fate::Released => Status::Released,
            };
        }
        let action = match self.fate {
            Fate::Fulfilled => "reservation.fulfil",
            Fate::Released => "reservation.release",
        };
        opened.close(cx, action, &before).await
    }
}

impl ReservationTake {
    async fn asks(&self, cx: &Cx<'_>) -> Result<Option<Vec<Ask>>, Failure<InventoryError>> {
        let Some(lines) = &self.lines else { return Ok(None) };
        let locations = lines.iter().filter_map(|line| line.location.as_ref());
        let mut names = Names::look_up(cx, lines.iter().map(|line| &line.variant), locations).await?;
        let mut asks = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let variant = names.variant(index, &line.variant);
            let location = line.location.as_ref().map(|name| names.location(index, name, LOCATION));
            if let (Some(variant), false) = (variant, location == Some(None)) {
                asks.push(Ask { variant, location: location.flatten(), units: line.quantity.units() });
            }
        }
        names.finish()?;
        Ok(Some(asks))
    }

    fn take(
        &self,
        allocations: &[reservation_allocation::Model],
        asks: Option<&[Ask]>,
    ) -> Result<Vec<Taken>, Failure<InventoryError>> {
        let Some(asks) = asks else { return Ok(holding::take_all(allocations, self.fate)) };
        holding::take(allocations, asks, self.fate).map_err(|refused| {
            let error = |TooMany { line, held }| At::new(&self.place(line), InventoryError::NotHeld { held });
            Failure::Refused(refused.into_iter().map(error).collect())
        })
    }

    /// Where the input has the units of a line.
    fn place(&self, line: usize) -> String {
        if self.lines.is_some() { format!("input.lines.{line}.quantity") } else { "input.id".to_owned() }
    }

    /// Units that were promised before they were there are sold only when no one else was promised the ones that are there.
    async fn check_firm(&self, cx: &Cx<'_>, opened: &Opened, taken: &[Taken]) -> Result<(), Failure<InventoryError>> {
        let mut beyond: BTreeMap<Slot, (usize, i64)> = BTreeMap::new();
        for one in taken.iter().filter(|one| self.fate == Fate::Fulfilled && one.beyond() > 0) {
            beyond.entry(one.before.slot()).or_insert((one.line, 0)).1 += one.beyond();
        }
        if beyond.is_empty() {
            return Ok(());
        }
        let slots: BTreeSet<Slot> = beyond.keys().copied().collect();
        let firm = store::firm_units(cx.tx, &slots, cx.now).await?;
        let errors = beyond.into_iter().filter_map(|(slot, (line, requested))| {
            let balance = opened.sheet.balance(slot).unwrap_or_default();
            let sound = balance.on_hand - balance.damaged - balance.quality_control;
            let available = (sound - firm.get(&slot).copied().unwrap_or(0)).max(0);
            let Slot { variant, location } = slot;
            let error = InventoryError::InsufficientStock { variant, location, available, requested };
            (requested > available).then(|| At::new(&self.place(line), error))
        });
        let errors: Vec<_> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(Failure::Refused(errors)) }
    }

    fn group(&self, of: &crate::inventory::entity::reservation::Model, taken: &[Taken]) -> Group {
        let (reason, on_hand) = match self.fate {
            Fate::Fulfilled => (Reason::Sold, -1),
            Fate::Released => (Reason::Released, 0),
        };
        let entry = |one: &Taken| {
            let units = one.units();
            let deltas = [(State::OnHand, on_hand * units), (State::Reserved, -units)];
            Entry::new(one.line, one.before.slot(), deltas)
        };
        let reference = self.reference.clone().or_else(|| of.external_reference.clone());
        let memo =
            Memo::new(reason).of_document(document(of.id)).with_reference(reference).with_note(self.note.clone());
        Group {
            memo,
            change: Change::Post(Post { kind: Kind::Reservation, entries: taken.iter().map(entry).collect() }),
        }
    }
}
