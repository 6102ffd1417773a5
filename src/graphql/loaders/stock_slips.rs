//! Loaders of write-offs and returns.

use std::collections::HashMap;

use sea_orm::DbErr;

use super::{Scope, loader};
use crate::inventory::entity::stock_slip::{self, SlipId};
use crate::inventory::entity::stock_slip_line;
use crate::inventory::store;

async fn slips(scope: &Scope, keys: &[SlipId]) -> Result<HashMap<SlipId, Option<stock_slip::Model>>, DbErr> {
    let found = store::slips_by_ids(scope.db.read(), &scope.actor, keys).await?;
    Ok(found.into_iter().map(|(id, row)| (id, Some(row))).collect())
}

loader!(
    /// Write-offs and returns by id.
    StockSlipById,
    StockSlipByIdBatch,
    SlipId => Option<stock_slip::Model>,
    slips
);

async fn lines(scope: &Scope, keys: &[SlipId]) -> Result<HashMap<SlipId, Vec<stock_slip_line::Model>>, DbErr> {
    store::lines_of_slips(scope.db.read(), &scope.actor, keys).await
}

loader!(
    /// The lines of a write-off or a return, in their order.
    LinesOfSlip,
    LinesOfSlipBatch,
    SlipId => Vec<stock_slip_line::Model>,
    lines
);
