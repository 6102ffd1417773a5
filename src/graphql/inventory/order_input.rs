//! Reads what the inputs of purchase orders and transfers share, and notes what is wrong with it.

use async_graphql::{ID, MaybeUndefined};

use super::stock_reader::Reader;
use crate::catalog::rules::change::Patch;
use crate::graphql::catalog::patch;
use crate::graphql::scalars::{DateTime, MoneyInput};
use crate::inventory::commands::LocationName;
use crate::inventory::commands::orders::{NewLine, OrderName, ReceiveLine};
use crate::inventory::entity::stock_order::{Kind, OrderId};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change;
use crate::inventory::rules::order::{self, Arrival};
use crate::kernel::clock::Timestamp;
use crate::kernel::error::Problems;
use crate::kernel::id::{self, Id};
use crate::kernel::money::{Currency, Money};
use crate::kernel::quantity::Quantity;
use crate::kernel::text::InputError;

/// What is wrong with an input.
type Errors = Problems<InventoryError>;

/// The order that an input names by an id of type `T`.
pub(super) fn name<T: Id>(
    errors: &mut Errors,
    kind: Kind,
    id: &ID,
    expected_version: Option<i64>,
) -> Option<OrderName> {
    let id = errors.take("input.id", id::parse::<T>(id).map_err(InventoryError::of_id))?;
    Some(OrderName { kind, id: OrderId(id.uuid()), expected_version })
}

/// A note that may be left out.
#[expect(clippy::option_option, reason = "nothing when it is wrong; none when there is no note")]
pub(super) fn note(errors: &mut Errors, text: Option<&str>) -> Option<Option<String>> {
    errors.take("input.note", change::note(text.unwrap_or_default()))
}

/// A reference that may be left out, at the field of this name.
#[expect(clippy::option_option, reason = "nothing when it is wrong; none when there is no reference")]
pub(super) fn reference(errors: &mut Errors, field: &str, text: Option<&str>) -> Option<Option<String>> {
    errors.take(&format!("input.{field}"), change::reference(text.unwrap_or_default()))
}

/// The currency of all costs.
pub(super) fn currency(errors: &mut Errors, path: &str, code: &str) -> Option<Currency> {
    errors.take(path, code.parse::<Currency>())
}

/// The fields that can be changed as long as something is to come.
pub(super) struct Words {
    pub(super) expected_at: Patch<Timestamp>,
    pub(super) external_reference: Patch<String>,
    pub(super) note: Patch<String>,
}

impl Words {
    pub(super) fn read(
        errors: &mut Errors,
        expected_at: MaybeUndefined<DateTime>,
        external_reference: MaybeUndefined<String>,
        note: MaybeUndefined<String>,
    ) -> Self {
        let expected_at = patch(expected_at, |moment| Some(moment.0));
        let external_reference = text(errors, "input.externalReference", external_reference, change::reference);
        let note = text(errors, "input.note", note, change::note);
        Self { expected_at, external_reference, note }
    }
}

/// Reads a text that may be emptied, of which a blank one is none.
fn text(
    errors: &mut Errors,
    path: &str,
    field: MaybeUndefined<String>,
    read: impl Fn(&str) -> Result<Option<String>, InputError>,
) -> Patch<String> {
    match field {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(text) => match errors.take(path, read(&text)) {
            Some(Some(text)) => Patch::Set(text),
            Some(None) => Patch::Clear,
            None => Patch::Keep,
        },
    }
}

/// One line of a draft.
pub(super) fn new_line(
    input: &mut Reader,
    path: &str,
    variant: (Option<ID>, Option<String>),
    quantity: i64,
    unit_cost: Option<MoneyInput>,
) -> Option<NewLine> {
    let variant = input.variant(path, variant.0, variant.1);
    let quantity = quantity_of(input, path, quantity);
    let unit_cost = match unit_cost {
        Some(cost) => Some(money(&mut input.0, &format!("{path}.unitCost"), &cost)?),
        None => None,
    };
    Some(NewLine { variant: variant?, quantity: quantity?, unit_cost })
}

fn quantity_of(input: &mut Reader, path: &str, units: i64) -> Option<Quantity> {
    input.0.take(&format!("{path}.quantity"), order::ordered_quantity(units))
}

fn money(errors: &mut Errors, path: &str, input: &MoneyInput) -> Option<Money> {
    let currency = currency(errors, &format!("{path}.currency"), &input.currency.0)?;
    errors.take(&format!("{path}.amount"), Money::parse(&input.amount.0, currency))
}

/// What arrived of one variant: each number from 0 on, and at least one unit in all.
pub(super) fn receive_line(
    input: &mut Reader,
    path: &str,
    variant: (Option<ID>, Option<String>),
    arrival: Arrival,
) -> Option<ReceiveLine> {
    let variant = input.variant(path, variant.0, variant.1);
    let numbers = [
        ("accepted", arrival.accepted),
        ("damaged", arrival.damaged),
        ("qualityControl", arrival.quality_control),
        ("lost", arrival.lost),
    ];
    let mut sound = true;
    for (field, units) in numbers {
        sound &= input.0.take(&format!("{path}.{field}"), Quantity::new(units)).is_some();
    }
    let arrival = if sound { input.0.take(path, arrival.check()) } else { None };
    Some(ReceiveLine { variant: variant?, arrival: arrival? })
}

/// A location that may be left out; nothing when it is wrong.
#[expect(clippy::option_option, reason = "nothing when it is wrong; none when it is left out")]
pub(super) fn optional_location(
    input: &mut Reader,
    fields: [&str; 2],
    id: Option<ID>,
    code: Option<String>,
) -> Option<Option<LocationName>> {
    if id.is_none() && code.is_none() { Some(None) } else { input.location("input", fields, id, code).map(Some) }
}
