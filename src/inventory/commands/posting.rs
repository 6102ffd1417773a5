//! Changes of stock by lines, and how several of them are posted at once.

use std::fmt::Debug;

use super::stock::{self, LocationName, Names, Terms, VariantName};
use crate::inventory::error::InventoryError;
use crate::inventory::ledger::{self, Decision, Posted};
use crate::inventory::rules::change::{Change, Field, Group};
use crate::kernel::actor::{Actor, Denied, Permission};
use crate::kernel::error::{At, Failure, Fault};
use crate::kernel::write::{Author, Command, Cx, Joined, Joint, Subject};

/// What the commands have in common that change stock line by line, all lines or none.
pub trait StockLines: Debug + Send + Sync + 'static {
    /// Why, and whether in earnest.
    fn terms(&self) -> &Terms;

    /// The names in each line.
    fn names(&self) -> Vec<(&VariantName, Vec<&LocationName>)>;

    /// What the lines do to the levels behind their names. A line with a name that leads nowhere is left out, and noted by `names`.
    fn change(&self, names: &mut Names) -> Change;

    /// The input field of a line that a refusal is about.
    fn field(&self, line: usize, field: Field) -> &'static str;
}

type Outcome = Result<Posted, Vec<At<InventoryError>>>;

/// A change of stock, alone in its transaction.
impl<L: StockLines> Command for L {
    type Output = Posted;
    type Error = InventoryError;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<Posted, Failure<InventoryError>> {
        let outcomes = post(cx, &[(cx.author(), self)]).await?;
        let outcome =
            outcomes.into_iter().next().ok_or_else(|| Fault::Internal("a change was not decided".to_owned()))?;
        let posted = outcome.map_err(Failure::Refused)?;
        if self.terms().dry_run {
            cx.roll_back();
        }
        Ok(posted)
    }
}

/// A change of stock that is posted together with those that wait beside it.
#[derive(Debug)]
pub struct Posting(Box<dyn StockLines>);

impl Posting {
    /// The change, unless it is one that only tries: that would take its neighbours back as well.
    pub fn in_earnest<L: StockLines>(change: L) -> Result<Self, L> {
        if change.terms().dry_run { Err(change) } else { Ok(Self(Box::new(change))) }
    }
}

impl Joint for Posting {
    type Output = Posted;
    type Error = InventoryError;

    const IS_OPTIMISTIC: bool = true;

    fn authorize(&self, actor: &Actor) -> Result<(), Denied> {
        actor.require(Permission::ManageInventory)
    }

    fn rows(&self) -> usize {
        self.0.names().iter().map(|(_, locations)| locations.len()).sum()
    }

    fn subjects(&self) -> Vec<Subject> {
        let levels = self.0.names().into_iter();
        levels
            .flat_map(|(variant, places)| places.into_iter().map(move |place| Subject::of(&(variant, place))))
            .collect()
    }

    async fn run<'a>(cx: &mut Cx<'a>, commands: &[Joined<'a, Self>]) -> Result<Vec<Outcome>, Fault> {
        let changes: Vec<(Author<'a>, &dyn StockLines)> =
            commands.iter().map(|joined| (joined.author, &*joined.command.0)).collect();
        post(cx, &changes).await
    }
}

/// Posts these changes as one batch: what became of each, in their order.
async fn post<'a>(cx: &mut Cx<'a>, changes: &[(Author<'a>, &dyn StockLines)]) -> Result<Vec<Outcome>, Fault> {
    let (mut variants, mut locations) = (Vec::new(), Vec::new());
    for (variant, places) in changes.iter().flat_map(|(_, change)| change.names()) {
        variants.push(variant);
        locations.extend(places);
    }
    let mut names = Names::look_up(cx, variants.into_iter(), locations.into_iter()).await?;
    let (mut groups, mut unknown) = (Vec::new(), Vec::new());
    for (author, lines) in changes {
        let change = lines.change(&mut names);
        let refusals = names.refusals();
        if refusals.is_ok() {
            groups.push((*author, Group { memo: lines.terms().memo.clone(), change }));
        }
        unknown.push(refusals);
    }
    let mut decisions = ledger::post_all(cx, &groups).await?.into_iter();
    let mut outcomes = Vec::with_capacity(changes.len());
    for ((_, lines), known) in changes.iter().zip(unknown) {
        if let Err(errors) = known {
            outcomes.push(Err(errors));
            continue;
        }
        let decision = decisions.next().ok_or_else(|| Fault::Internal("a group was not decided".to_owned()))?;
        outcomes.push(placed(*lines, decision));
    }
    Ok(outcomes)
}

/// A decision with its refusals at their place in the input.
fn placed(lines: &dyn StockLines, decision: Decision) -> Outcome {
    decision.map_err(|refusals| {
        let errors = refusals
            .into_iter()
            .map(|refusal| stock::at(refusal.line, lines.field(refusal.line, refusal.field), refusal.error));
        errors.collect()
    })
}
