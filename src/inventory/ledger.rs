//! The ledger: the one function through which every unit of stock comes and goes. It knows neither who may change stock nor how a request looks.
//!
//! A batch of groups is decided in order against the locked levels, and everything accepted is written with a number of statements that does not
//! depend on the number of lines. A refused group leaves nothing, and does not touch its neighbours.

mod expiry;
mod report;
mod sheet;

pub use sheet::{Missing, Sheet};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::entity::location::LocationId;
use super::entity::stock_adjustment::{self, AdjustmentId};
use super::entity::stock_level::balance::Balance;
use super::entity::stock_level::{self, LevelId, Slot};
use super::entity::stock_movement::{self, State};
use super::rules::books::Refusal;
use super::rules::change::Group;
use crate::catalog::entity::product_variant::ProductVariantId;
use crate::kernel::error::Fault;
use crate::kernel::write::{Author, Cx};

/// The topic of the events, one for each change of a level.
pub const LEVEL_CHANGED: &str = "stock_level.changed";

/// What was written for one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The group in the ledger.
    pub adjustment: stock_adjustment::Model,
    /// Its movements, in the order of the lines. A level whose lines cancel out has none.
    pub movements: Vec<stock_movement::Model>,
    /// Every level that the group names, as it left it, by variant and location.
    pub levels: Vec<stock_level::Model>,
}

/// A group that was accepted, or everything that is wrong with it.
pub type Decision = Result<Posted, Vec<Refusal>>;

/// What an event tells of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelChanged {
    /// The level.
    pub level: LevelId,
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: LocationId,
    /// Units that are there.
    pub on_hand: i64,
    /// Units of these that are promised.
    pub reserved: i64,
    /// Units of these that are damaged.
    #[serde(default)]
    pub damaged: i64,
    /// Units of these that wait for a check of their quality.
    #[serde(default)]
    pub quality_control: i64,
    /// Units on their way.
    pub incoming: i64,
    /// The version of the level.
    pub version: i64,
    /// The number that changed.
    #[serde(default)]
    pub state: State,
    /// By how much.
    pub delta: i64,
    /// The adjustment that made it.
    pub adjustment: AdjustmentId,
}

impl LevelChanged {
    /// What the level is of.
    pub fn slot(&self) -> Slot {
        Slot { variant: self.variant, location: self.location }
    }

    /// What the level holds.
    pub fn balance(&self) -> Balance {
        let Self { on_hand, reserved, damaged, quality_control, incoming, version, .. } = *self;
        Balance { on_hand, reserved, damaged, quality_control, incoming, version }
    }
}

/// Takes back what expired reservations hold of these levels, as every change of them does before anything else. A slot without a level is passed over.
pub async fn settle(cx: &mut Cx<'_>, slots: &BTreeSet<Slot>) -> Result<(), Fault> {
    Sheet::open(cx, slots, Missing::Leave).await?.close(cx).await
}

/// Posts one group. What is accepted takes effect with the transaction.
pub async fn post(cx: &mut Cx<'_>, group: Group) -> Result<Decision, Fault> {
    let decisions = post_all(cx, &[(cx.author(), group)]).await?;
    decisions.into_iter().next().ok_or_else(|| Fault::Internal("a group was not decided".to_owned()))
}

/// Posts a batch of groups, each in its author's name. The decisions are in the order of the groups; what is accepted takes effect with the transaction.
pub async fn post_all<'a>(cx: &mut Cx<'a>, groups: &[(Author<'a>, Group)]) -> Result<Vec<Decision>, Fault> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let slots: BTreeSet<Slot> = groups.iter().flat_map(|(_, group)| group.change.slots()).collect();
    let mut sheet = Sheet::open(cx, &slots, Missing::Make).await?;
    let (opener, mut decisions) = (cx.author(), Vec::with_capacity(groups.len()));
    for (author, group) in groups {
        cx.act_as(*author);
        decisions.push(sheet.post(cx, group));
    }
    cx.act_as(opener);
    let accepted = groups.iter().zip(&decisions).filter(|(_, decision)| decision.is_ok());
    let authors: Vec<Author<'a>> = accepted.map(|((author, _), _)| *author).collect();
    sheet.close_for(cx, &authors, authors.len() < groups.len()).await?;
    Ok(decisions)
}
