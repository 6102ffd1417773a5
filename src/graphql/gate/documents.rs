//! Parsed documents, with what is known of their operations whatever their variables. It executes nothing.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Name, Variables};

use super::Inner;
use super::count::{self, Counted};
use super::order::Order;
use super::refusal::Refusal;

/// A document in its parsed form.
pub(super) struct Document {
    parsed: ExecutableDocument,
    plans: OnceLock<HashMap<Option<Name>, Arc<Plan>>>,
    /// What it was last found to cost.
    counted: Mutex<Option<Arc<Counted>>>,
}

/// What is known of an operation.
pub(super) struct Plan {
    /// What it selects, in its order.
    pub order: Order,
    /// The seconds for which its answer may be kept.
    pub max_age: Option<NonZeroU32>,
    valid_with: AtomicU64,
}

/// Which of an operation's variables are given, one bit for each in the order of their definitions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given(u64);

/// Not one of the variables, but that there is something to say of them.
const SAID: u64 = 1 << 63;

impl Document {
    pub(super) fn new(parsed: ExecutableDocument) -> Self {
        Self { parsed, plans: OnceLock::new(), counted: Mutex::default() }
    }

    /// What it costs with these variables, few of which matter: as it was found before, or anew. Refuses it when that is more than `inner` allows.
    pub(super) fn counted(&self, variables: &Variables, inner: &Inner) -> Result<Arc<Counted>, Refusal> {
        let before = self.counted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(counted) = before.filter(|counted| counted.holds_for(variables)) {
            return Ok(counted);
        }
        let counted = Arc::new(count::count(&self.parsed, variables, &inner.shape, &inner.limits)?);
        if counted.is_worth_keeping() {
            *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&counted));
        }
        Ok(counted)
    }

    /// What is known of the operation of this name. The document must have passed the counting.
    pub(super) fn plan(&self, name: Option<&Name>, inner: &Inner) -> Option<Arc<Plan>> {
        let plans = self.plans.get_or_init(|| {
            let operations = self.parsed.operations.iter();
            operations
                .map(|(name, operation)| (name.cloned(), Arc::new(self.plan_of(&operation.node, inner))))
                .collect()
        });
        plans.get(&name.cloned()).cloned()
    }

    fn plan_of(&self, operation: &OperationDefinition, inner: &Inner) -> Plan {
        let fragments = &self.parsed.fragments;
        Plan {
            order: Order::of(operation, fragments, &inner.shape),
            max_age: inner.hints.max_age(operation, fragments),
            valid_with: AtomicU64::new(0),
        }
    }
}

impl Deref for Document {
    type Target = ExecutableDocument;

    fn deref(&self) -> &ExecutableDocument {
        &self.parsed
    }
}

impl Plan {
    /// Whether the operation was found valid with all of these variables given, and maybe more. Validation does not look at an argument without a value for each of the variables in
    /// it, so that it has not seen all when fewer were given.
    pub(super) fn was_valid(&self, given: Given) -> bool {
        given.0 & !self.valid_with.load(Ordering::Relaxed) == 0
    }

    /// Notes that it was found valid with these variables given.
    pub(super) fn found_valid(&self, given: Given) {
        self.valid_with.store(given.0, Ordering::Relaxed);
    }
}

impl Given {
    /// Nothing for an operation with more variables than there are bits.
    pub(super) fn of(operation: &OperationDefinition, variables: &Variables) -> Option<Self> {
        let definitions = &operation.variable_definitions;
        (definitions.len() < 63).then(|| {
            let is_given = definitions.iter().map(|definition| variables.contains_key(&definition.node.name.node));
            Self(SAID | is_given.fold(0, |bits, is_given| (bits << 1) | u64::from(is_given)))
        })
    }
}
