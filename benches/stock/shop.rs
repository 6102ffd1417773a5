//! The shop of the measurement: one location, a thousand variants with stock.

use stockroom::app::App;
use stockroom::inventory::commands::{AdjustLine, LocationName, StockAdjust, Terms, VariantName};
use stockroom::inventory::entity::location::LocationId;
use stockroom::inventory::entity::stock_adjustment::Reason;
use stockroom::inventory::rules::change::{Condition, Memo};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::quantity::Delta;
use stockroom::kernel::write::Meta;

use super::shelf::{self, variant};

/// How many variants there are: [`LINES`] sections of a shelf with [`SECTION`] variants each. A reservation takes one of each section.
pub(crate) const LINES: i64 = 5;
/// Variants of one section.
pub(crate) const SECTION: i64 = 200;

/// What has been made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shop {
    pub(crate) location: LocationId,
}

impl Shop {
    pub(crate) async fn make(app: &App) -> Self {
        let location = shelf::make(app, LINES * SECTION).await;
        let lines = (0..LINES * SECTION).map(|number| receive(number, location, 500_000_000)).collect();
        let open = StockAdjust { terms: terms(), lines };
        let written = app.services.writer.write(&Actor::system("bench"), Meta::new("bench"), open).await;
        written.unwrap().outcome.unwrap();
        Self { location }
    }
}

/// A line that brings in units.
pub(crate) fn receive(number: i64, location: LocationId, units: i64) -> AdjustLine {
    AdjustLine {
        variant: VariantName::Id(variant(number)),
        location: LocationName::Id(location),
        delta: Delta::new(units).unwrap(),
        condition: Condition::Available,
    }
}

/// Goods have come in.
pub(crate) fn terms() -> Terms {
    Terms { memo: Memo::new(Reason::Received), dry_run: false }
}
