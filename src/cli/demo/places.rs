//! The locations of the demo shop.

use super::DemoError;
use super::data::Location;
use super::replay::{Past, Replay, parsed};
use crate::inventory::commands::LocationCreate;
use crate::inventory::rules::{self, LocationCode};
use crate::inventory::store;

const OPENED: Past = Past { days_ago: 59, minute: 8 * 60 };

/// Opens the locations that are missing.
pub(super) async fn load(replay: &Replay, locations: &[Location]) -> Result<(), DemoError> {
    for location in locations {
        let code = parsed(&location.code, LocationCode::parse(&location.code))?;
        if store::location_by_code(replay.db().read(), &replay.loader, code.as_str()).await?.is_none() {
            let name = parsed(&location.code, rules::location_name(&location.name))?;
            let address = parsed(&location.code, rules::address(&location.address))?;
            replay
                .must(
                    &location.code,
                    OPENED,
                    &replay.loader,
                    LocationCreate { code, name, address, priority: rules::PRIORITY },
                )
                .await?;
        }
    }
    Ok(())
}
