//! Letting a request in: which operation of which document it is, what that costs, and whether it was found valid before. Nothing is executed here.

use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Request, ServerError, Variables};

use super::count::Cost;
use super::documents::{Given, Plan};
use super::persisted::Trusted;
use super::price::Price;
use super::refusal::Refusal;
use super::{Inner, answer, subscription, variables};
use crate::graphql::request::Caller;

/// A request that the gate has let in.
pub struct Admitted {
    pub(super) request: Request,
    pub(super) operation: OperationType,
    pub(super) plan: Arc<Plan>,
    pub(super) validity: Validity,
    pub(super) price: Price,
    pub(super) counted: Cost,
    pub(super) for_caches: bool,
}

/// What is known of an operation with its variables.
#[derive(Clone, Copy)]
pub(super) enum Validity {
    /// It was found valid.
    Known,
    /// It is to be validated, and is valid from then on with whatever fits.
    Open(Given),
    /// It is to be validated each time, since it asks for the schema, or its variables do not fit.
    Unknown,
}

impl Admitted {
    /// Whether the operation that will run is a query, a mutation or a subscription.
    pub fn operation(&self) -> OperationType {
        self.operation
    }

    /// What the operation costs, in points: `gate::count::price` has the rules.
    pub fn cost(&self) -> u32 {
        self.price.cost
    }

    /// The seconds for which its answer to an anonymous caller may be kept and shown to others; none when it may not.
    pub fn max_age(&self) -> Option<NonZeroU32> {
        self.plan.max_age
    }

    /// The same, to be answered with nothing that differs from one request to the next, such as what is left to spend.
    #[must_use]
    pub fn for_caches(mut self) -> Self {
        self.for_caches = true;
        self
    }

    /// The same with something for its resolvers, such as who asks.
    #[must_use]
    pub fn data<D: Any + Send + Sync>(mut self, data: D) -> Self {
        self.request.data.insert(data);
        self
    }
}

impl Inner {
    pub(super) async fn admit(
        &self,
        mut request: Request,
        trusted: &Trusted,
        caller: Option<&Caller>,
    ) -> Result<Admitted, ServerError> {
        let paid = caller.map_or(Ok(0), |caller| self.enter(caller)).map_err(Refusal::into_error)?;
        variables::check(&request.variables, &self.limits).map_err(Refusal::into_error)?;
        let document = self.requested(&request, trusted, caller).await.map_err(Refusal::into_error)?;
        let counted = document.counted(&request.variables, self).map_err(Refusal::into_error)?;
        if counted.introspects && !self.introspection {
            return Err(answer::invalid("This server does not tell its schema: __schema and __type are off."));
        }
        let (name, operation) =
            chosen(&document.operations, request.operation_name.as_deref()).map_err(answer::invalid)?;
        let (counted, cost) = counted.operation(name);
        if counted.introspects() && operation.ty != OperationType::Query {
            return Err(answer::invalid("Only a query can ask for the schema: __schema and __type."));
        }
        if cost > self.limits.cost {
            return Err(Refusal::cost("cost", cost, self.limits.cost).into_error());
        }
        variables::check_required(operation, &request.variables).map_err(Refusal::into_error)?;
        variables::fill(operation, &mut request.variables);
        let Some(plan) = document.plan(name, self) else { return Err(answer::invalid(NO_SUCH_OPERATION)) };
        let validity =
            if counted.introspects() { Validity::Unknown } else { self.validity(&plan, operation, &request.variables) };
        let operation = operation.ty;
        let mut runs = ExecutableDocument::clone(&document);
        subscription::unfold(&mut runs, name).map_err(Refusal::into_error)?;
        request.set_parsed_query(runs);
        // The library logs and repeats the text in places; from here on only the parsed form is needed.
        request.query = String::new();
        let price = Price { cost, paid };
        Ok(Admitted { request, operation, plan, validity, price, counted, for_caches: false })
    }

    fn validity(&self, plan: &Plan, operation: &OperationDefinition, variables: &Variables) -> Validity {
        match Given::of(operation, variables) {
            Some(_) if !self.inputs.fit(operation, variables) => Validity::Unknown,
            Some(given) if plan.was_valid(given) => Validity::Known,
            Some(given) => Validity::Open(given),
            None => Validity::Unknown,
        }
    }
}

const NO_SUCH_OPERATION: &str = "The document has no operation of the name that operationName gives.";

/// An operation with its name.
type Chosen<'a> = (Option<&'a Name>, &'a OperationDefinition);

/// The operation that will run.
fn chosen<'a>(operations: &'a DocumentOperations, name: Option<&str>) -> Result<Chosen<'a>, &'static str> {
    let name = name.filter(|name| !name.is_empty());
    let mut found = operations.iter().filter(|(operation, _)| match name {
        Some(name) => operation.is_some_and(|operation| operation == name),
        None => true,
    });
    match (found.next(), found.next()) {
        (Some((name, operation)), None) => Ok((name, &operation.node)),
        (Some(_), Some(_)) => Err("The document has several operations: operationName must say which one to run."),
        (None, _) => Err(NO_SUCH_OPERATION),
    }
}
