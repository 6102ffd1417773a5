//! What an operation costs and how it is paid: the cost is known before it runs, and taken from the caller's bucket.

use async_graphql::{Response, Value, value};
use serde::Serialize;

use super::Inner;
use super::rates::{Short, Taking};
use super::refusal::Refusal;
use crate::graphql::request::Caller;

/// Points for a request that is let no further than to be looked at.
const ENTRY: u32 = 1;

/// What an admitted operation costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    /// The cost of the operation in points.
    pub cost: u32,
    /// How much of it was paid when the request came in.
    pub paid: u32,
}

/// A price that has been paid; shown once, with the first answer.
#[derive(Serialize)]
pub(super) struct Receipt {
    requested: u32,
    limit: u32,
    remaining: Option<u32>,
}

impl Inner {
    /// Takes the least that any request costs, before anything is done for it, and answers how much that was.
    pub(super) fn enter(&self, caller: &Caller) -> Result<u32, Refusal> {
        self.take(caller, Taking { points: ENTRY, paid: 0 })?;
        Ok(ENTRY)
    }

    /// Takes what has not been paid of an operation's price.
    pub(super) fn pay(&self, price: Price, caller: Option<&Caller>) -> Result<Receipt, Refusal> {
        let points = price.cost.saturating_sub(price.paid);
        if let Some(caller) = caller
            && points > 0
        {
            self.take(caller, Taking { points, paid: price.paid })?;
        }
        Ok(Receipt {
            requested: price.cost,
            limit: self.limits.cost,
            remaining: caller.and_then(Caller::standing).map(|standing| standing.remaining),
        })
    }

    fn take(&self, caller: &Caller, taking: Taking) -> Result<(), Refusal> {
        let requested = taking.points.saturating_add(taking.paid);
        match self.rates.take(caller, taking) {
            Ok(None) => Ok(()),
            Ok(Some(standing)) => {
                caller.note_standing(standing);
                Ok(())
            }
            Err(Short::Now(standing)) => {
                caller.note_standing(standing);
                Err(Refusal::RateLimited { requested, standing })
            }
            Err(Short::Ever(policy)) => {
                let key = format!("rates.{}_burst", policy.name);
                Err(Refusal::cost(key, requested, policy.burst.get()))
            }
        }
    }
}

impl Receipt {
    /// Shows in the answer what the operation cost: `extensions.cost`.
    pub(super) fn show(self, response: Response) -> Response {
        let Self { requested, limit, remaining } = self;
        let remaining = remaining.map_or(Value::Null, Value::from);
        response.extension("cost", value!({ "requested": requested, "limit": limit, "remaining": remaining }))
    }
}
