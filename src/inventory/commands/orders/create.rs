//! Writes the draft of a purchase order or a transfer. Nothing is posted before it is ordered or shipped.

use std::collections::{BTreeSet, HashMap};

use super::{Action, place, tell};
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::commands::stock::{FROM, LOCATION, LocationName, Names, TO, VariantName};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status};
use crate::inventory::entity::stock_order_line::Model as Line;
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::money::{Currency, Money};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Writes a draft.
#[derive(Debug, Clone)]
pub struct OrderCreate {
    /// Where the units come from.
    pub origin: Origin,
    /// Where they go.
    pub location: LocationName,
    /// When they are expected.
    pub expected_at: Option<Timestamp>,
    /// What others call the order.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The lines, each of another variant.
    pub lines: Vec<NewLine>,
}

/// Where the units of an order come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// From a supplier, at costs in this currency.
    Supplier {
        /// Who delivers.
        name: String,
        /// The currency of all costs.
        currency: Currency,
    },
    /// From another location.
    Location(LocationName),
}

/// One line of a draft.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// The variant.
    pub variant: VariantName,
    /// How many units; at least one.
    pub quantity: Quantity,
    /// What one unit costs.
    pub unit_cost: Option<Money>,
}

impl Command for OrderCreate {
    type Output = OrderId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<OrderId, Failure<InventoryError>> {
        let id: OrderId = cx.ids.make();
        let (kind, supplier, currency) = match &self.origin {
            Origin::Supplier { name, currency } => (Kind::PurchaseOrder, Some(name.clone()), Some(*currency)),
            Origin::Location(_) => (Kind::Transfer, None, None),
        };
        // In the order of all locks: variants, then locations.
        let lines = read_lines(cx, id, &self.lines, currency).await?;
        let (location_id, source_id) = self.places(cx).await?;
        let order = stock_order::Model {
            id,
            kind,
            number: store::next_number(cx.tx, kind.document_type()).await?,
            status: Status::Draft,
            location_id,
            source_id,
            supplier,
            currency,
            expected_at: self.expected_at,
            external_reference: self.external_reference.clone(),
            note: self.note.clone(),
            created_by: cx.actor.user_id(),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
            opened_at: None,
            closed_at: None,
        };
        store::insert_order(cx.tx, &order).await?;
        store::insert_order_lines(cx.tx, &lines).await?;
        let changes = Changes::new()
            .set("number", &order.number)
            .set("location", &order.location_id)
            .set("source", &order.source_id)
            .set("supplier", &order.supplier)
            .set("currency", &order.currency)
            .set("externalReference", &order.external_reference)
            .set("note", &order.note)
            .set("lines", &shown(&lines));
        tell(cx, Action::Create, &order, changes)?;
        Ok(id)
    }
}

impl OrderCreate {
    /// Where the units go and, for a transfer, come from.
    async fn places(&self, cx: &Cx<'_>) -> Result<(LocationId, Option<LocationId>), Failure<InventoryError>> {
        let Origin::Location(source) = &self.origin else {
            return Ok((place(cx, &self.location, LOCATION).await??, None));
        };
        let (source_id, target) = (place(cx, source, FROM).await?, place(cx, &self.location, TO).await?);
        let (source, target) = both(source_id, target)?;
        different(source, target, self.location.field(TO))?;
        Ok((target, Some(source)))
    }
}

/// Both, or what is wrong with either.
pub(super) fn both<A, B>(
    one: Result<A, At<InventoryError>>,
    other: Result<B, At<InventoryError>>,
) -> Result<(A, B), Failure<InventoryError>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(Failure::Refused(vec![one, other])),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error.into()),
    }
}

/// Refuses a transfer to where the units are.
pub(super) fn different(source: LocationId, target: LocationId, field: &str) -> Result<(), Failure<InventoryError>> {
    if source == target {
        return Err(Failure::refused(&format!("input.{field}"), InventoryError::SameLocation));
    }
    Ok(())
}

/// The lines of a draft, whose variants stay until the transaction ends; refused with everything that is wrong with them.
pub(super) async fn read_lines(
    cx: &Cx<'_>,
    order_id: OrderId,
    lines: &[NewLine],
    currency: Option<Currency>,
) -> Result<Vec<Line>, Failure<InventoryError>> {
    let mut names = Names::look_up(cx, lines.iter().map(|line| &line.variant), std::iter::empty()).await?;
    let variants: Vec<Option<ProductVariantId>> =
        lines.iter().enumerate().map(|(index, line)| names.variant(index, &line.variant)).collect();
    names.finish()?;
    let known = known(cx, &variants).await?;
    let (mut read, mut errors, mut first) = (Vec::new(), Vec::new(), HashMap::new());
    for (index, (line, variant_id)) in lines.iter().zip(variants.into_iter().flatten()).enumerate() {
        let wrong = |field: &str, error| At::new(&format!("input.lines.{index}.{field}"), error);
        if !known.contains(&variant_id) {
            errors.push(wrong(line.variant.field(), InventoryError::VariantNotFound));
        }
        if let Some(earlier) = first.insert(variant_id, index) {
            errors.push(wrong(line.variant.field(), InventoryError::LineTwice { line: earlier }));
        }
        if let (Some(cost), Some(expected)) = (line.unit_cost, currency)
            && cost.currency() != expected
        {
            errors.push(wrong("unitCost.currency", InventoryError::OtherCurrency { expected }));
        }
        read.push(Line {
            id: cx.ids.make(),
            order_id,
            position: i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1),
            variant_id,
            ordered: line.quantity.units(),
            accepted: 0,
            damaged: 0,
            quality_control: 0,
            lost: 0,
            cancelled: 0,
            unit_cost_minor: line.unit_cost.map(Money::minor),
        });
    }
    if errors.is_empty() { Ok(read) } else { Err(Failure::Refused(errors)) }
}

async fn known(cx: &Cx<'_>, variants: &[Option<ProductVariantId>]) -> Result<BTreeSet<ProductVariantId>, Fault> {
    Ok(store::known_variants(cx.tx, &variants.iter().flatten().copied().collect()).await?)
}

/// Lines in the audit log: the variant, the units, and the cost in minor units.
pub(super) fn shown(lines: &[Line]) -> Vec<(ProductVariantId, i64, Option<i64>)> {
    lines.iter().map(|line| (line.variant_id, line.ordered, line.unit_cost_minor)).collect()
}
