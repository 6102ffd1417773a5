//! Changes a draft; or, once it is on its way, what does not touch stock: when it is expected, what others call it, and the note.

use super::create::{both, different, read_lines, shown};
use super::{Action, Locked, NewLine, OrderName, place};
use crate::catalog::rules::change::Patch;
use crate::inventory::commands::stock::{FROM, LOCATION, LocationName, TO};
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::stock_order::{self, Kind, OrderId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::clock::Timestamp;
use crate::kernel::error::{At, Failure};
use crate::kernel::money::Currency;
use crate::kernel::write::{Command, Cx};

/// Changes an order; what is left out stays.
#[derive(Debug, Clone)]
pub struct OrderUpdate {
    /// Which.
    pub name: OrderName,
    /// Who delivers.
    pub supplier: Option<String>,
    /// The currency of all costs.
    pub currency: Option<Currency>,
    /// Where the units go.
    pub location: Option<LocationName>,
    /// Where the units of a transfer are.
    pub source: Option<LocationName>,
    /// When they are expected.
    pub expected_at: Patch<Timestamp>,
    /// What others call the order.
    pub external_reference: Patch<String>,
    /// Words for people.
    pub note: Patch<String>,
    /// The lines, in place of all that it has.
    pub lines: Option<Vec<NewLine>>,
}

impl Command for OrderUpdate {
    type Output = OrderId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<OrderId, Failure<InventoryError>> {
        let mut locked = Locked::find(cx, self.name).await?;
        self.check_state(&locked)?;
        let before = locked.order.clone();
        let currency = self.currency.or(before.currency);
        let lines = match &self.lines {
            Some(lines) => Some(read_lines(cx, before.id, lines, currency).await?),
            None => None,
        };
        self.check_costs(&locked)?;
        let (location_id, source_id) = self.places(cx, &before).await?;
        let after = stock_order::Model {
            supplier: self.supplier.clone().or(before.supplier.clone()),
            currency,
            location_id,
            source_id,
            expected_at: self.expected_at.apply(before.expected_at),
            external_reference: self.external_reference.apply(before.external_reference.clone()),
            note: self.note.apply(before.note.clone()),
            ..before.clone()
        };
        let mut changes = changes(&before, &after);
        if let Some(lines) = lines {
            changes = changes.field("lines", &shown(&locked.lines), &shown(&lines));
            store::delete_order_lines(cx.tx, before.id).await?;
            store::insert_order_lines(cx.tx, &lines).await?;
            locked.lines = lines;
        }
        if changes.is_empty() {
            return Ok(before.id);
        }
        locked.move_on(cx, Action::Update, after, changes).await
    }
}

impl OrderUpdate {
    /// What touches stock can be changed only before it is posted.
    fn check_state(&self, locked: &Locked) -> Result<(), Failure<InventoryError>> {
        locked.require(&[Status::Draft, Status::Open, Status::PartiallyReceived])?;
        let purchase = locked.order.kind == Kind::PurchaseOrder;
        let target = if purchase { LOCATION } else { TO };
        let fields = [
            self.supplier.as_ref().map(|_| "supplier"),
            self.currency.map(|_| "currency"),
            self.location.as_ref().map(|name| name.field(target)),
            self.source.as_ref().map(|name| name.field(FROM)),
            self.lines.as_ref().map(|_| "lines"),
        ];
        if locked.order.status == Status::Draft {
            return Ok(());
        }
        let error = InventoryError::FixedInState { state: locked.order.status_name().to_owned() };
        let wrong: Vec<At<InventoryError>> =
            fields.into_iter().flatten().map(|field| At::new(&format!("input.{field}"), error.clone())).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Failure::Refused(wrong)) }
    }

    /// Costs do not change their currency by themselves.
    fn check_costs(&self, locked: &Locked) -> Result<(), Failure<InventoryError>> {
        let stay = self.lines.is_none() && locked.lines.iter().any(|line| line.unit_cost_minor.is_some());
        if let (Some(given), Some(expected)) = (self.currency, locked.order.currency)
            && stay
            && given != expected
        {
            return Err(Failure::refused("input.currency", InventoryError::OtherCurrency { expected }));
        }
        Ok(())
    }

    async fn places(
        &self,
        cx: &Cx<'_>,
        before: &stock_order::Model,
    ) -> Result<(LocationId, Option<LocationId>), Failure<InventoryError>> {
        let target = if before.kind == Kind::PurchaseOrder { LOCATION } else { TO };
        let location = match &self.location {
            Some(name) => place(cx, name, target).await?,
            None => Ok(before.location_id),
        };
        let source = match (&self.source, before.source_id) {
            (Some(name), Some(_)) => place(cx, name, FROM).await?.map(Some),
            (None, source) | (Some(_), source @ None) => Ok(source),
        };
        let (location, source) = both(location, source)?;
        if let Some(source) = source {
            let field = match (&self.location, &self.source) {
                (Some(name), _) => name.field(TO),
                (None, Some(name)) => name.field(FROM),
                (None, None) => return Ok((location, Some(source))),
            };
            different(source, location, field)?;
        }
        Ok((location, source))
    }
}

fn changes(before: &stock_order::Model, after: &stock_order::Model) -> Changes {
    Changes::new()
        .field("supplier", &before.supplier, &after.supplier)
        .field("currency", &before.currency, &after.currency)
        .field("location", &before.location_id, &after.location_id)
        .field("source", &before.source_id, &after.source_id)
        .field("expectedAt", &before.expected_at.map(|at| at.0), &after.expected_at.map(|at| at.0))
        .field("externalReference", &before.external_reference, &after.external_reference)
        .field("note", &before.note, &after.note)
}
