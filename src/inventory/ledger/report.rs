//! What the rest of the system learns of a posted group: its audit entry and the events of its levels. It decides and writes nothing.

use std::collections::HashMap;

use serde::Serialize;

use super::{LEVEL_CHANGED, LevelChanged, Posted};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_adjustment;
use crate::inventory::entity::stock_level::{self, Slot};
use crate::inventory::entity::stock_movement::{self, State};
use crate::kernel::audit::{Changes, Entry};
use crate::kernel::error::Fault;
use crate::kernel::outbox::Event;
use crate::kernel::write::Cx;

/// The audit entry and the events of an accepted group. The entry names this part of the server, or else whoever acts.
pub(super) fn report(cx: &mut Cx<'_>, posted: &Posted, by: Option<&'static str>) -> Result<(), Fault> {
    let Posted { adjustment, movements, levels } = posted;
    let action = match adjustment.kind {
        stock_adjustment::Kind::Adjust => "stock.adjust",
        stock_adjustment::Kind::Set => "stock.set",
        stock_adjustment::Kind::Move => "stock.move",
        stock_adjustment::Kind::Reclassify => "stock.reclassify",
        stock_adjustment::Kind::Reservation => "stock.reservation",
        stock_adjustment::Kind::PurchaseOrder => "stock.purchase_order",
        stock_adjustment::Kind::Transfer => "stock.transfer",
        stock_adjustment::Kind::Count => "stock.count",
        stock_adjustment::Kind::Return => "stock.return",
        stock_adjustment::Kind::WriteOff => "stock.write_off",
        stock_adjustment::Kind::Reversal => "stock.reversal",
    };
    let lines: Vec<_> = movements.iter().map(Line::of).collect();
    let changes = Changes::new()
        .set("reason", &adjustment.reason)
        .set("reference", &adjustment.reference)
        .set("note", &adjustment.note)
        .set("document", &adjustment.document())
        .set("reverses", &adjustment.reverses_id)
        .set("lines", &lines);
    let entry = Entry::new(action, adjustment.id, changes);
    cx.audit(match by {
        Some(part) => entry.by_system(part),
        None => entry,
    });
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
