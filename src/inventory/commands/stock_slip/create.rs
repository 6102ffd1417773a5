//! Writes a slip. It changes nothing before it is posted.

use serde::Serialize;

use super::SlipMoved;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::commands::stock::{self, LOCATION, LocationName, VariantName};
use crate::inventory::entity::location::{LocationId, Status as LocationStatus};
use crate::inventory::entity::stock_adjustment::Reason;
use crate::inventory::entity::stock_slip::{self, Kind, Status};
use crate::inventory::entity::stock_slip_line;
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change::Condition;
use crate::inventory::store;
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::{At, Failure};
use crate::kernel::quantity::Quantity;
use crate::kernel::write::{Command, Cx};

/// Writes a write-off or a return.
#[derive(Debug, Clone)]
pub struct StockSlipCreate {
    /// Which of the two.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// What others call it.
    pub external_reference: Option<String>,
    /// Words for people.
    pub note: Option<String>,
    /// The lines.
    pub lines: Vec<SlipLine>,
}

/// One line.
#[derive(Debug, Clone)]
pub struct SlipLine {
    /// The variant.
    pub variant: VariantName,
    /// The location.
    pub location: LocationName,
    /// The condition of the units.
    pub condition: Condition,
    /// How many; at least one.
    pub quantity: Quantity,
}

impl Command for StockSlipCreate {
    type Output = SlipMoved;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<SlipMoved, Failure<InventoryError>> {
        let slip = stock_slip::Model {
            id: cx.ids.make(),
            kind: self.kind,
            number: store::next_number(cx.tx, self.kind.document()).await?,
            status: Status::Draft,
            reason: self.reason,
            external_reference: self.external_reference.clone(),
            note: self.note.clone(),
            created_by: cx.actor.user_id(),
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        let lines = self.lines(cx, &slip).await?;
        store::insert_slip(cx.tx, &slip, &lines).await?;
        let told: Vec<_> = lines.iter().map(Told::of).collect();
        let changes = Changes::new()
            .set("number", &slip.number)
            .set("reason", &slip.reason)
            .set("externalReference", &slip.external_reference)
            .set("note", &slip.note)
            .set("lines", &told);
        super::tell(cx, &slip, changes)?;
        Ok(SlipMoved { slip, posted: None })
    }
}

impl StockSlipCreate {
    /// The lines with the ids behind their names, all of which must be there and open.
    async fn lines(
        &self,
        cx: &Cx<'_>,
        slip: &stock_slip::Model,
    ) -> Result<Vec<stock_slip_line::Model>, Failure<InventoryError>> {
        let lines = stock::at_levels(
            cx,
            &self.lines,
            |line| (&line.variant, &line.location),
            |line, slot| stock_slip_line::Model {
                slip_id: slip.id,
                line: 0,
                variant_id: slot.variant,
                location_id: slot.location,
                condition: line.condition,
                quantity: line.quantity.units(),
            },
        )
        .await?;
        let variants = store::known_variants(cx.tx, &lines.iter().map(|line| line.variant_id).collect()).await?;
        let locations = store::lock_locations(cx.tx, &lines.iter().map(|line| line.location_id).collect()).await?;
        let mut errors = Vec::new();
        for (index, (line, input)) in lines.iter().zip(&self.lines).enumerate() {
            let at = |field: &str, error| At::new(&format!("input.lines.{index}.{field}"), error);
            if !variants.contains(&line.variant_id) {
                errors.push(at(input.variant.field(), InventoryError::VariantNotFound));
            }
            match locations.get(&line.location_id) {
                Some(LocationStatus::Active) => {}
                Some(LocationStatus::Deactivated) => {
                    errors.push(at(input.location.field(LOCATION), InventoryError::LocationDeactivated));
                }
                None => errors.push(at(input.location.field(LOCATION), InventoryError::LocationNotFound)),
            }
        }
        if !errors.is_empty() {
            return Err(Failure::Refused(errors));
        }
        Ok((1..).zip(lines).map(|(number, line)| stock_slip_line::Model { line: number, ..line }).collect())
    }
}

/// A line in the audit log.
#[derive(Serialize)]
struct Told {
    variant: ProductVariantId,
    location: LocationId,
    condition: Condition,
    quantity: i64,
}

impl Told {
    fn of(line: &stock_slip_line::Model) -> Self {
        let stock_slip_line::Model { variant_id: variant, location_id: location, condition, quantity, .. } = *line;
        Self { variant, location, condition, quantity }
    }
}
