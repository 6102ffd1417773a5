//! The inputs of the mutations of purchase orders, and how they become commands.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::order_input::{self, Words};
use super::stock_input::Parsed;
use super::stock_reader::Reader;
use crate::graphql::scalars::{CurrencyCode, DateTime, MoneyInput};
use crate::inventory::commands::orders::{
    End, NewLine, OrderCreate, OrderEnd, OrderOpen, OrderReceive, OrderUpdate, Origin,
};
use crate::inventory::entity::stock_order::{Kind, PurchaseOrderId};
use crate::inventory::rules::order::{self, Arrival, Tolerance};

/// A new purchase order.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderCreateInput {
    /// Who delivers: at most 255 characters.
    pub supplier: String,
    /// Where the units go. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The code of the location.
    pub location_code: Option<String>,
    /// The currency of all costs.
    pub currency: CurrencyCode,
    /// When the units are expected.
    pub expected_at: Option<DateTime>,
    /// What the supplier calls the order: one line of at most 255 characters.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, each of another variant. At least one, by default at most 100.
    pub lines: Vec<PurchaseOrderLineInput>,
}

/// One line of a purchase order.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
    /// What one unit costs, in the currency of the order.
    pub unit_cost: Option<MoneyInput>,
}

/// A change of a purchase order. A field that is left out stays as it is. Once it is ordered, only `expectedAt`, `externalReference` and `note` can change.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderUpdateInput {
    /// The purchase order.
    pub id: ID,
    /// The version that you read. If the order has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Who delivers: at most 255 characters.
    pub supplier: Option<String>,
    /// Where the units go. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The code of the location.
    pub location_code: Option<String>,
    /// The currency of all costs; with other lines when some have costs.
    pub currency: Option<CurrencyCode>,
    /// When the units are expected; null for no date.
    pub expected_at: MaybeUndefined<DateTime>,
    /// What the supplier calls the order; null for nothing.
    pub external_reference: MaybeUndefined<String>,
    /// Words for people; null for none.
    pub note: MaybeUndefined<String>,
    /// The lines, in place of all that the order has.
    pub lines: Option<Vec<PurchaseOrderLineInput>>,
}

/// A purchase order to send to its supplier.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderOrderInput {
    /// The purchase order.
    pub id: ID,
    /// The version that you read. If the order has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What arrived of a purchase order.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderReceiveInput {
    /// The purchase order.
    pub id: ID,
    /// The version that you read. If the order has another one by now, nothing is written. Leave it out when several people receive at once: no line
    /// takes more than is outstanding in any case.
    pub expected_version: Option<i64>,
    /// The number of the delivery note: one line of at most 255 characters.
    pub delivery_note: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// How many units more than ordered may arrive, in thousandths of what was ordered: 0 to 1,000,000. When it is left out, the server's
    /// `inventory.over_receipt_per_mille`, by default 0.
    pub over_receipt_per_mille: Option<i64>,
    /// What arrived, all lines or none, each of another variant. At least one, by default at most 100.
    pub lines: Vec<PurchaseOrderReceiveLineInput>,
}

/// What arrived of one variant: at least one unit in all.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderReceiveLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// Units that are sound.
    #[graphql(default)]
    pub accepted: i64,
    /// Units that are damaged.
    #[graphql(default)]
    pub damaged: i64,
    /// Units that wait for a check of their quality.
    #[graphql(default)]
    pub quality_control: i64,
}

/// A purchase order of which nothing more will arrive.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderCloseInput {
    /// The purchase order.
    pub id: ID,
    /// The version that you read. If the order has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people, such as why: at most 1,000 characters.
    pub note: Option<String>,
}

/// A purchase order to give up.
#[derive(Debug, InputObject)]
pub struct PurchaseOrderCancelInput {
    /// The purchase order.
    pub id: ID,
    /// The version that you read. If the order has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people, such as why: at most 1,000 characters.
    pub note: Option<String>,
}

const KIND: Kind = Kind::PurchaseOrder;
const LOCATION: [&str; 2] = ["locationId", "locationCode"];

fn line(input: &mut Reader, path: &str, line: PurchaseOrderLineInput) -> Option<NewLine> {
    order_input::new_line(input, path, (line.variant_id, line.sku), line.quantity, line.unit_cost)
}

impl PurchaseOrderCreateInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<OrderCreate> {
        let mut input = Reader::default();
        let name = input.0.take("input.supplier", order::supplier(&self.supplier));
        let location = input.location("input", LOCATION, self.location_id, self.location_code);
        let currency = order_input::currency(&mut input.0, "input.currency", &self.currency.0);
        let reference = order_input::reference(&mut input.0, "externalReference", self.external_reference.as_deref());
        let note = order_input::note(&mut input.0, self.note.as_deref());
        let lines = input.lines(self.lines, max_lines, line);
        let expected_at = self.expected_at.map(|moment| moment.0);
        let command = || {
            let origin = Origin::Supplier { name: name?, currency: currency? };
            let (location, external_reference) = (location?, reference?);
            Some(OrderCreate { origin, location, expected_at, external_reference, note: note?, lines: lines? })
        };
        let command = command();
        input.0.finish(command)
    }
}

impl PurchaseOrderUpdateInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<OrderUpdate> {
        let mut input = Reader::default();
        let name = order_input::name::<PurchaseOrderId>(&mut input.0, KIND, &self.id, self.expected_version);
        let supplier = self.supplier.and_then(|text| input.0.take("input.supplier", order::supplier(&text)));
        let location = order_input::optional_location(&mut input, LOCATION, self.location_id, self.location_code);
        let currency = self.currency.and_then(|code| order_input::currency(&mut input.0, "input.currency", &code.0));
        let Words { expected_at, external_reference, note } =
            Words::read(&mut input.0, self.expected_at, self.external_reference, self.note);
        let lines = self.lines.and_then(|lines| input.lines(lines, max_lines, line));
        let command = name.zip(location).map(|(name, location)| OrderUpdate {
            name,
            supplier,
            currency,
            location,
            source: None,
            expected_at,
            external_reference,
            note,
            lines,
        });
        input.0.finish(command)
    }
}

impl PurchaseOrderOrderInput {
    /// The command.
    pub(super) fn parse(self) -> Parsed<OrderOpen> {
        let mut input = Reader::default();
        let name = order_input::name::<PurchaseOrderId>(&mut input.0, KIND, &self.id, self.expected_version);
        input.0.finish(name.map(|name| OrderOpen { name }))
    }
}

impl PurchaseOrderReceiveInput {
    /// The command; `max_lines` and `per_mille` are as configured.
    pub(super) fn parse(self, max_lines: usize, per_mille: u32) -> Parsed<OrderReceive> {
        let mut input = Reader::default();
        let name = order_input::name::<PurchaseOrderId>(&mut input.0, KIND, &self.id, self.expected_version);
        let delivery_note = order_input::reference(&mut input.0, "deliveryNote", self.delivery_note.as_deref());
        let note = order_input::note(&mut input.0, self.note.as_deref());
        let share = self.over_receipt_per_mille.unwrap_or(i64::from(per_mille));
        let tolerance = input.0.take("input.overReceiptPerMille", Tolerance::per_mille(share));
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let PurchaseOrderReceiveLineInput { accepted, damaged, quality_control, .. } = line;
            let arrival = Arrival { accepted, damaged, quality_control, lost: 0 };
            order_input::receive_line(input, path, (line.variant_id, line.sku), arrival)
        });
        let command = || {
            let (delivery_note, note) = (delivery_note?, note?);
            Some(OrderReceive { name: name?, delivery_note, note, tolerance: tolerance?, lines: lines? })
        };
        let command = command();
        input.0.finish(command)
    }
}

/// The command that ends a purchase order.
fn end(id: &ID, expected_version: Option<i64>, note: Option<&str>, end: End) -> Parsed<OrderEnd> {
    let mut input = Reader::default();
    let name = order_input::name::<PurchaseOrderId>(&mut input.0, KIND, id, expected_version);
    let note = order_input::note(&mut input.0, note);
    input.0.finish(name.zip(note).map(|(name, note)| OrderEnd { name, end, note }))
}

impl PurchaseOrderCloseInput {
    /// The command.
    pub(super) fn parse(self) -> Parsed<OrderEnd> {
        end(&self.id, self.expected_version, self.note.as_deref(), End::CloseShort)
    }
}

impl PurchaseOrderCancelInput {
    /// The command.
    pub(super) fn parse(self) -> Parsed<OrderEnd> {
        end(&self.id, self.expected_version, self.note.as_deref(), End::Cancel)
    }
}
