//! Why the gate refused a document, and how the client is told. It never repeats the document's text.

use async_graphql::{ErrorExtensions as _, Pos, ServerError, parser};

use super::persisted::Problem;
use super::rates::Standing;
use crate::graphql::error::{ErrorCode, placed};

/// Why a document does not get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not a GraphQL document.
    Syntax { message: String, position: Option<Pos> },
    /// It is more than `[limits.graphql]` allows.
    Limit {
        /// The key of the limit in the configuration.
        key: &'static str,
        /// What is too large: the document, a field, a variable.
        subject: String,
        /// What is counted.
        unit: &'static str,
        allowed: u64,
        position: Option<Pos>,
    },
    /// It costs more points than an operation may, or than the caller's bucket ever holds.
    Cost {
        /// The key of the limit in the configuration.
        key: String,
        requested: u32,
        allowed: u32,
    },
    /// The caller's bucket does not hold the points at the moment.
    RateLimited { requested: u32, standing: Standing },
    /// A variable that the operation must have was not sent.
    MissingVariable { name: String, ty: String, position: Pos },
    /// The document was named and is not there, or sent where it may not be.
    Persisted(Problem),
    /// A fragment spreads itself, directly or through others.
    FragmentCycle { position: Option<Pos> },
    /// The root of a subscription is not one event.
    Subscription { message: &'static str, position: Pos },
}

impl Refusal {
    pub(super) fn limit(key: &'static str, subject: impl Into<String>, unit: &'static str, allowed: usize) -> Self {
        Self::Limit {
            key,
            subject: subject.into(),
            unit,
            allowed: u64::try_from(allowed).unwrap_or(u64::MAX),
            position: None,
        }
    }

    pub(super) fn cost(key: impl Into<String>, requested: u32, allowed: u32) -> Self {
        Self::Cost { key: key.into(), requested, allowed }
    }

    /// The same of something else that is too large.
    pub(super) fn about(mut self, larger: &str) -> Self {
        if let Self::Limit { subject, .. } = &mut self {
            larger.clone_into(subject);
        }
        self
    }

    pub(super) fn at(mut self, at: Pos) -> Self {
        match &mut self {
            Self::Syntax { position, .. } | Self::Limit { position, .. } | Self::FragmentCycle { position } => {
                *position = Some(at);
            }
            Self::MissingVariable { position, .. } | Self::Subscription { position, .. } => *position = at,
            Self::Cost { .. } | Self::RateLimited { .. } | Self::Persisted(_) => {}
        }
        self
    }

    /// The same, at `at` unless it has a place already.
    pub(super) fn or_at(self, at: Pos) -> Self {
        match &self {
            Self::Syntax { position: None, .. }
            | Self::Limit { position: None, .. }
            | Self::FragmentCycle { position: None } => self.at(at),
            Self::Syntax { .. }
            | Self::Limit { .. }
            | Self::FragmentCycle { .. }
            | Self::MissingVariable { .. }
            | Self::Cost { .. }
            | Self::RateLimited { .. }
            | Self::Subscription { .. }
            | Self::Persisted(_) => self,
        }
    }

    /// The parser's error without the lines of the query that it quotes.
    pub(super) fn from_parser(error: &parser::Error) -> Self {
        let position = error.positions().next();
        let message = match error {
            parser::Error::Syntax { message, .. } => message
                .lines()
                .filter_map(|line| line.trim_start().strip_prefix("= "))
                .next_back()
                .unwrap_or("unexpected text")
                .to_owned(),
            other => other.to_string(),
        };
        Self::Syntax { message, position }
    }

    pub(super) fn into_error(self) -> ServerError {
        match self {
            Self::Syntax { message, position } => {
                placed(ErrorCode::GraphqlParseFailed.with(&format!("Syntax error: {message}.")), position)
            }
            Self::Limit { key, subject, unit, allowed, position } => {
                let error = ErrorCode::LimitExceeded.with(&format!("{subject} has more than {allowed} {unit}."));
                let error = error.extend_with(|_, facts| {
                    facts.set("limit", key);
                    facts.set("allowed", allowed);
                });
                placed(error, position)
            }
            Self::Cost { key, requested, allowed } => {
                let message =
                    format!("The operation costs {requested} points; {allowed} are allowed. Ask for fewer rows.");
                let error = ErrorCode::LimitExceeded.with(&message).extend_with(|_, facts| {
                    facts.set("limit", key);
                    facts.set("allowed", allowed);
                    facts.set("requested", requested);
                });
                placed(error, None)
            }
            Self::RateLimited { requested, standing } => {
                let wait = standing.retry_after_seconds().unwrap_or(1);
                let left = standing.remaining;
                let message =
                    format!("This costs {requested} points and {left} are left: try again in {wait} seconds.");
                let error = ErrorCode::RateLimited.with(&message).extend_with(|_, facts| {
                    facts.set("retryAfter", wait);
                    facts.set("requested", requested);
                    facts.set("remaining", left);
                });
                placed(error, None)
            }
            Self::Persisted(problem) => {
                let (code, message) = problem.told();
                placed(code.with(&message), None)
            }
            Self::MissingVariable { name, ty, position } => {
                let message = format!("The variable ${name} of the type {ty} is required and was not given.");
                placed(ErrorCode::GraphqlValidationFailed.with(&message), Some(position))
            }
            Self::Subscription { message, position } => {
                placed(ErrorCode::GraphqlValidationFailed.with(&message), Some(position))
            }
            Self::FragmentCycle { position } => {
                let message = "A fragment must not spread itself, directly or through others.";
                placed(ErrorCode::GraphqlValidationFailed.with(&message), position)
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Persisted(problem)
    }
}
