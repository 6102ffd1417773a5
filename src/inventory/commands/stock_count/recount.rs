//! Has lines counted again, in another round. What was entered before stays, and counts no more.

use std::collections::BTreeSet;

use super::{CountName, create};
use crate::inventory::commands::stock::VariantName;
use crate::inventory::entity::stock_count::{self, CountId, Status};
use crate::inventory::error::InventoryError;
use crate::inventory::store::{self, Again};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::audit::Changes;
use crate::kernel::error::{At, Failure};
use crate::kernel::write::{Command, Cx};

/// Begins another round.
#[derive(Debug, Clone)]
pub struct StockCountRecount {
    /// Which count.
    pub name: CountName,
    /// Which of its lines.
    pub again: CountAgain,
}

/// Which lines to count again.
#[derive(Debug, Clone)]
pub enum CountAgain {
    /// Those on which counters disagree.
    Disputed,
    /// Those, and those that differ from the books.
    Differing,
    /// Those of these variants.
    Variants(Vec<VariantName>),
}

impl Command for StockCountRecount {
    type Output = CountId;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<CountId, Failure<InventoryError>> {
        let before = super::locked(cx, self.name, &[Status::Review]).await?;
        let again = match &self.again {
            CountAgain::Disputed => Again::Disputed,
            CountAgain::Differing => Again::Differing,
            CountAgain::Variants(names) => Again::Variants(variants(cx, &before, names).await?),
        };
        let round = before.round.saturating_add(1);
        let lines = store::reopen_lines(cx.tx, before.id, &again, round).await?;
        if lines == 0 {
            return Err(Failure::refused("input.lines", InventoryError::NothingToRecount));
        }
        let after = stock_count::Model { status: Status::Counting, round, ..before.clone() };
        let changes = Changes::new().set("lines", &lines);
        Ok(super::move_on(cx, "stock_count.recount", &before, after, changes).await?.id)
    }
}

/// The variants that these names name, all of which must be on the list.
async fn variants(
    cx: &Cx<'_>,
    count: &stock_count::Model,
    names: &[VariantName],
) -> Result<BTreeSet<crate::catalog::entity::product_variant::ProductVariantId>, Failure<InventoryError>> {
    let ids = create::resolve(cx, names.iter()).await?;
    let lines = store::lock_count_lines(cx.tx, count.id, &ids.iter().flatten().copied().collect()).await?;
    let mut errors = Vec::new();
    for (index, (name, id)) in names.iter().zip(&ids).enumerate() {
        let error = match id {
            None => InventoryError::VariantNotFound,
            Some(id) if !lines.contains_key(id) => InventoryError::NotOnCount,
            Some(_) => continue,
        };
        errors.push(At::new(&format!("input.variants.{index}.{}", name.field()), error));
    }
    if errors.is_empty() { Ok(lines.into_keys().collect()) } else { Err(Failure::Refused(errors)) }
}
