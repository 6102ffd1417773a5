//! What the mutations of write-offs and returns share: their lines, the name of a slip, and what became of a command.

use async_graphql::{Context, ID, InputObject, Result};

use super::stock_adjustment::StockAdjustment;
use super::stock_input::StockCondition;
use super::stock_reader::Reader;
use super::user_errors;
use crate::graphql::error::user::UserError;
use crate::graphql::request::RequestContext as _;
use crate::inventory::commands::{SlipLine, SlipMoved, SlipName};
use crate::inventory::entity::stock_slip::{self, Kind, SlipId};
use crate::inventory::error::InventoryError;
use crate::inventory::rules::change;
use crate::kernel::error::At;
use crate::kernel::id::{self, Id};
use crate::kernel::write::Command;

/// One line of a write-off or a return.
#[derive(Debug, InputObject)]
pub struct StockSlipLineInput {
    /// The variant. Give either `variantId` or `sku`.
    pub variant_id: Option<ID>,
    /// The variant's SKU, in its exact case.
    pub sku: Option<String>,
    /// The location. Give either `locationId` or `locationCode`.
    pub location_id: Option<ID>,
    /// The location's code.
    pub location_code: Option<String>,
    /// The condition of these units.
    #[graphql(default_with = "StockCondition::Available")]
    pub condition: StockCondition,
    /// How many units: 1 to 1,000,000,000.
    pub quantity: i64,
}

pub(super) fn read_lines(reader: &mut Reader, lines: Vec<StockSlipLineInput>, max: usize) -> Option<Vec<SlipLine>> {
    reader.lines(lines, max, |reader, path, line| {
        let variant = reader.variant(path, line.variant_id, line.sku);
        let location = reader.location(path, ["locationId", "locationCode"], line.location_id, line.location_code);
        let quantity = reader.0.take(&format!("{path}.quantity"), change::moved_quantity(line.quantity));
        let condition = line.condition.into();
        Some(SlipLine { variant: variant?, location: location?, condition, quantity: quantity? })
    })
}

/// Which slip an input names, by the id that this kind of document has outside.
pub(super) fn name<T: Id>(
    kind: Kind,
    id: &ID,
    expected_version: Option<i64>,
) -> std::result::Result<SlipName, Vec<At<InventoryError>>> {
    let id = id::parse::<T>(id).map_err(|error| vec![At::new("input.id", InventoryError::of_id(error))])?;
    Ok(SlipName { kind, id: SlipId(id.uuid()), expected_version })
}

/// What became of a command on a slip.
pub(super) struct Outcome {
    pub(super) slip: Option<stock_slip::Model>,
    pub(super) adjustment: Option<StockAdjustment>,
    pub(super) user_errors: Vec<UserError>,
}

impl Outcome {
    /// Runs the command, if its input is sound.
    pub(super) async fn of<C>(
        ctx: &Context<'_>,
        command: std::result::Result<C, Vec<At<InventoryError>>>,
    ) -> Result<Self>
    where
        C: Command<Output = SlipMoved, Error = InventoryError>,
    {
        let outcome = match command {
            Ok(command) => ctx.write(command).await?,
            Err(errors) => Err(errors),
        };
        Ok(match outcome {
            Ok(SlipMoved { slip, posted }) => Self {
                slip: Some(slip),
                adjustment: posted.as_ref().map(StockAdjustment::posted),
                user_errors: Vec::new(),
            },
            Err(errors) => Self { slip: None, adjustment: None, user_errors: user_errors(errors) },
        })
    }
}
