//! `[playground]`: what is offered to people who explore the API. It knows no page.

use serde::{Deserialize, Serialize};

use super::Environment;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playground {
    /// Serves GraphiQL at `/graphql` to browsers: `auto` (in development only), `on` or `off`.
    pub page: Switch,
    /// Answers `__schema` and `__type`: `auto` (in development only), `on` or `off`.
    pub introspection: Switch,
    /// Suggests known names in errors about unknown ones ("Did you mean …"): `auto` (where introspection is on), `on` or `off`.
    pub suggestions: Switch,
}

/// A switch whose default depends on the environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On in development, off in production.
    #[default]
    Auto,
    On,
    Off,
}

impl Switch {
    /// Whether it is on in `environment`.
    pub fn is_on(self, environment: Environment) -> bool {
        match self {
            Self::Auto => environment == Environment::Development,
            Self::On => true,
            Self::Off => false,
        }
    }
}
