//! The whole configuration: one struct per section, read once at the start from the defaults, `stockroom.toml`, the
//! environment and the command line, each overriding the one before. It knows no slice: numbers and switches only.

mod accounts;
mod check;
mod database;
mod error;
mod http;
mod idempotency;
mod inventory;
mod limits;
mod log;
mod network;
mod origin;
mod persisted;
mod playground;
mod rates;
mod read_cache;
mod server;
mod shop;
mod sources;

use std::path::Path;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::accounts::{Accounts, Argon2};
pub use self::database::Database;
pub use self::error::{ConfigError, Problem};
pub use self::http::Http;
pub use self::idempotency::Idempotency;
pub use self::inventory::{Allocation, Inventory};
pub use self::limits::{GraphqlLimits, HttpLimits, Limits, StreamingLimits, TimeLimits, WebsocketLimits};
pub use self::log::{Log, LogFormat};
pub use self::network::Network;
pub use self::origin::Origin;
pub use self::persisted::Persisted;
pub use self::playground::{Playground, Switch};
pub use self::rates::Rates;
pub use self::read_cache::ReadCache;
pub use self::server::{Environment, Server};
pub use self::shop::Shop;
pub use self::sources::{Flags, Sources};

/// Everything that can be configured. `Config::default()` is what a development server and the tests run with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub http: Http,
    pub database: Database,
    pub limits: Limits,
    pub rates: Rates,
    pub persisted: Persisted,
    pub read_cache: ReadCache,
    pub accounts: Accounts,
    pub inventory: Inventory,
    pub shop: Shop,
    pub idempotency: Idempotency,
    pub playground: Playground,
    pub log: Log,
}

impl Config {
    /// Reads the configuration of this process: `file`, or else `stockroom.toml` in the working directory when it
    /// exists, then the environment, then `flags`. Every bad key and value is in the error, with where it came from.
    pub fn load(file: Option<&Path>, flags: Flags) -> Result<Self, ConfigError> {
        Self::from_sources(Sources::of_process(file, flags)?)
    }

    /// The same from sources given by hand.
    pub fn from_sources(sources: Sources) -> Result<Self, ConfigError> {
        let figment = sources.into_figment()?;
        let config: Self = figment.extract().map_err(ConfigError::from_figment)?;
        let problems = check::problems(&config);
        if problems.is_empty() { Ok(config) } else { Err(ConfigError::from_problems(problems, &figment)) }
    }

    /// The database to open: the configured one, or `stockroom.db` in the data directory.
    pub fn database_url(&self) -> SecretString {
        self.database.url.clone().unwrap_or_else(|| {
            let file = self.server.data_dir.join("stockroom.db");
            SecretString::from(format!("sqlite://{}", file.display()))
        })
    }

    /// Whether GraphiQL is served: as configured, or else in development only.
    pub fn playground_enabled(&self) -> bool {
        self.playground.page.is_on(self.server.environment)
    }

    /// Whether clients may ask for the schema: as configured, or else in development only.
    pub fn introspection_enabled(&self) -> bool {
        self.playground.introspection.is_on(self.server.environment)
    }

    /// Whether an error about an unknown name suggests known ones: as configured, or else where the schema is told anyway.
    pub fn suggestions_enabled(&self) -> bool {
        match self.playground.suggestions {
            Switch::Auto => self.introspection_enabled(),
            Switch::On => true,
            Switch::Off => false,
        }
    }
}

/// Writes a secret as absent, so that a dumped configuration never shows one.
fn hide_secret<T, S: serde::Serializer>(_secret: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{Config, Environment, Switch};

    #[test]
    fn the_defaults_have_no_problem() {
        assert!(super::check::problems(&Config::default()).is_empty());
    }

    #[test]
    fn without_a_url_the_database_lies_in_the_data_directory() {
        let mut config = Config::default();
        config.server.data_dir = "/var/lib/stockroom".into();
        assert_eq!(config.database_url().expose_secret(), "sqlite:///var/lib/stockroom/stockroom.db");
    }

    #[test]
    fn graphiql_introspection_and_suggestions_are_off_in_production_unless_asked_for() {
        let on = |config: &Config| {
            (config.playground_enabled(), config.introspection_enabled(), config.suggestions_enabled())
        };
        let mut config = Config::default();
        assert_eq!(on(&config), (true, true, true));
        config.server.environment = Environment::Production;
        assert_eq!(on(&config), (false, false, false));
        config.playground.introspection = Switch::On;
        assert_eq!(on(&config), (false, true, true));
        config.playground.suggestions = Switch::Off;
        assert_eq!(on(&config), (false, true, false));
    }

    #[test]
    fn a_printed_configuration_shows_no_secret() {
        let mut config = Config::default();
        config.database.url = Some("postgres://u:hunter2@db/x".to_owned().into());
        config.accounts.admin_password = Some("hunter2".to_owned().into());
        let json = serde_json::to_string(&config).unwrap();
        assert!(!format!("{config:?}{json}").contains("hunter2"));
    }
}
