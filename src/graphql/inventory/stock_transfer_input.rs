//! The inputs of the mutations of transfers, and how they become commands.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::order_input::{self, Words};
use super::stock_input::Parsed;
use super::stock_reader::Reader;
use crate::graphql::scalars::DateTime;
use crate::inventory::commands::orders::{
    End, NewLine, OrderCreate, OrderEnd, OrderOpen, OrderReceive, OrderUpdate, Origin,
};
use crate::inventory::entity::stock_order::{Kind, TransferId};
use crate::inventory::rules::order::{Arrival, Tolerance};

/// A new transfer.
#[derive(Debug, InputObject)]
pub struct StockTransferCreateInput {
    /// Where the units are. Give either `fromLocationId` or `fromLocationCode`.
    pub from_location_id: Option<ID>,
    /// The code of the location where the units are.
    pub from_location_code: Option<String>,
    /// Where the units shall be. Give either `toLocationId` or `toLocationCode`.
    pub to_location_id: Option<ID>,
    /// The code of the location where the units shall be.
    pub to_location_code: Option<String>,
    /// When the units are expected.
    pub expected_at: Option<DateTime>,
    /// What others call the transfer: one line of at most 255 characters.
    pub external_reference: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// The lines, each of another variant. At least one, by default at most 100.
    pub lines: Vec<StockTransferLineInput>,
}

/// One line of a transfer.
#[derive(Debug, InputObject)]
pub struct StockTransferLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
}

/// A change of a transfer. A field that is left out stays as it is. Once it is shipped, only `expectedAt`, `externalReference` and `note` can change.
#[derive(Debug, InputObject)]
pub struct StockTransferUpdateInput {
    /// The transfer.
    pub id: ID,
    /// The version that you read. If the transfer has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Where the units are. Give either `fromLocationId` or `fromLocationCode`.
    pub from_location_id: Option<ID>,
    /// The code of the location where the units are.
    pub from_location_code: Option<String>,
    /// Where the units shall be. Give either `toLocationId` or `toLocationCode`.
    pub to_location_id: Option<ID>,
    /// The code of the location where the units shall be.
    pub to_location_code: Option<String>,
    /// When the units are expected; null for no date.
    pub expected_at: MaybeUndefined<DateTime>,
    /// What others call the transfer; null for nothing.
    pub external_reference: MaybeUndefined<String>,
    /// Words for people; null for none.
    pub note: MaybeUndefined<String>,
    /// The lines, in place of all that the transfer has.
    pub lines: Option<Vec<StockTransferLineInput>>,
}

/// A transfer to ship.
#[derive(Debug, InputObject)]
pub struct StockTransferShipInput {
    /// The transfer.
    pub id: ID,
    /// The version that you read. If the transfer has another one by now, nothing is written.
    pub expected_version: Option<i64>,
}

/// What arrived of a transfer, and what was lost.
#[derive(Debug, InputObject)]
pub struct StockTransferReceiveInput {
    /// The transfer.
    pub id: ID,
    /// The version that you read. If the transfer has another one by now, nothing is written. Leave it out when several people receive at once: no line
    /// takes more than is in transit in any case.
    pub expected_version: Option<i64>,
    /// The number of the delivery note: one line of at most 255 characters.
    pub delivery_note: Option<String>,
    /// Words for people: at most 1,000 characters.
    pub note: Option<String>,
    /// What arrived or was lost, all lines or none, each of another variant. At least one, by default at most 100.
    pub lines: Vec<StockTransferReceiveLineInput>,
}

/// What became of one variant: at least one unit in all.
#[derive(Debug, InputObject)]
pub struct StockTransferReceiveLineInput {
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
    /// Units that were lost on the way.
    #[graphql(default)]
    pub lost: i64,
}

/// A transfer to give up.
#[derive(Debug, InputObject)]
pub struct StockTransferCancelInput {
    /// The transfer.
    pub id: ID,
    /// The version that you read. If the transfer has another one by now, nothing is written.
    pub expected_version: Option<i64>,
    /// Words for people, such as why: at most 1,000 characters.
    pub note: Option<String>,
}

const KIND: Kind = Kind::Transfer;
const FROM: [&str; 2] = ["fromLocationId", "fromLocationCode"];
const TO: [&str; 2] = ["toLocationId", "toLocationCode"];

fn line(input: &mut Reader, path: &str, line: StockTransferLineInput) -> Option<NewLine> {
    order_input::new_line(input, path, (line.variant_id, line.sku), line.quantity, None)
}

impl StockTransferCreateInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<OrderCreate> {
        let mut input = Reader::default();
        let source = input.location("input", FROM, self.from_location_id, self.from_location_code);
        let location = input.location("input", TO, self.to_location_id, self.to_location_code);
        let reference = order_input::reference(&mut input.0, "externalReference", self.external_reference.as_deref());
        let note = order_input::note(&mut input.0, self.note.as_deref());
        let lines = input.lines(self.lines, max_lines, line);
        let expected_at = self.expected_at.map(|moment| moment.0);
        let command = || {
            let origin = Origin::Location(source?);
            let (location, external_reference) = (location?, reference?);
            Some(OrderCreate { origin, location, expected_at, external_reference, note: note?, lines: lines? })
        };
        let command = command();
        input.0.finish(command)
    }
}

impl StockTransferUpdateInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<OrderUpdate> {
        let mut input = Reader::default();
        let name = order_input::name::<TransferId>(&mut input.0, KIND, &self.id, self.expected_version);
        let source = order_input::optional_location(&mut input, FROM, self.from_location_id, self.from_location_code);
        let location = order_input::optional_location(&mut input, TO, self.to_location_id, self.to_location_code);
        let Words { expected_at, external_reference, note } =
            Words::read(&mut input.0, self.expected_at, self.external_reference, self.note);
        let lines = self.lines.and_then(|lines| input.lines(lines, max_lines, line));
        let command = name.zip(location).zip(source).map(|((name, location), source)| OrderUpdate {
            name,
            supplier: None,
            currency: None,
            location,
            source,
            expected_at,
            external_reference,
            note,
            lines,
        });
        input.0.finish(command)
    }
}

impl StockTransferShipInput {
    /// The command.
    pub(super) fn parse(self) -> Parsed<OrderOpen> {
        let mut input = Reader::default();
        let name = order_input::name::<TransferId>(&mut input.0, KIND, &self.id, self.expected_version);
        input.0.finish(name.map(|name| OrderOpen { name }))
    }
}

impl StockTransferReceiveInput {
    /// The command; `max_lines` is the configured most.
    pub(super) fn parse(self, max_lines: usize) -> Parsed<OrderReceive> {
        let mut input = Reader::default();
        let name = order_input::name::<TransferId>(&mut input.0, KIND, &self.id, self.expected_version);
        let delivery_note = order_input::reference(&mut input.0, "deliveryNote", self.delivery_note.as_deref());
        let note = order_input::note(&mut input.0, self.note.as_deref());
        let lines = input.lines(self.lines, max_lines, |input, path, line| {
            let StockTransferReceiveLineInput { accepted, damaged, quality_control, lost, .. } = line;
            let arrival = Arrival { accepted, damaged, quality_control, lost };
            order_input::receive_line(input, path, (line.variant_id, line.sku), arrival)
        });
        let command = || {
            let (delivery_note, note) = (delivery_note?, note?);
            Some(OrderReceive { name: name?, delivery_note, note, tolerance: Tolerance::NONE, lines: lines? })
        };
        let command = command();
        input.0.finish(command)
    }
}

/// The command that ends a transfer.
fn end(id: &ID, expected_version: Option<i64>, note: Option<&str>, end: End) -> Parsed<OrderEnd> {
    let mut input = Reader::default();
    let name = order_input::name::<TransferId>(&mut input.0, KIND, id, expected_version);
    let note = order_input::note(&mut input.0, note);
    input.0.finish(name.zip(note).map(|(name, note)| OrderEnd { name, end, note }))
}

impl StockTransferCancelInput {
    /// The command.
    pub(super) fn parse(self) -> Parsed<OrderEnd> {
        end(&self.id, self.expected_version, self.note.as_deref(), End::Cancel)
    }
}
