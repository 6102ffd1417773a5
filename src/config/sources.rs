//! Where the configuration comes from: file, environment variables and flags, each kept as its own provider so that an
//! error can name it. The only place that reads the environment.

use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::{Config, ConfigError, Problem};

const PREFIX: &str = "STOCKROOM_";
/// Read by the tests, never by the server.
const TEST_PREFIX: &str = "STOCKROOM_TEST_";

/// Variables with a name of their own, weakest first.
const SHORT_NAMES: [(&str, &str); 7] = [
    ("DATABASE_URL", "database.url"),
    ("STOCKROOM_DATABASE_URL", "database.url"),
    ("STOCKROOM_LISTEN", "server.listen"),
    ("STOCKROOM_DATA_DIR", "server.data_dir"),
    ("STOCKROOM_ENVIRONMENT", "server.environment"),
    ("STOCKROOM_ADMIN_EMAIL", "accounts.admin_email"),
    ("STOCKROOM_ADMIN_PASSWORD", "accounts.admin_password"),
];

/// What the command line may override.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`
    pub listen: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--demo`
    pub demo: bool,
    /// `--no-migrate`
    pub no_migrate: bool,
}

/// Everything that overrides the defaults, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Environment variables; those that are not ours are passed over.
    pub variables: Vec<(String, String)>,
    pub flags: Flags,
}

impl Sources {
    /// The sources of this process. `file` must exist when it is named.
    #[expect(clippy::disallowed_methods, reason = "the configuration is the one reader of the environment")]
    pub(super) fn of_process(file: Option<&Path>, flags: Flags) -> Result<Self, ConfigError> {
        let file = match file {
            Some(named) if !named.is_file() => {
                return Err(ConfigError::MissingFile(named.to_owned()));
            }
            Some(named) => Some(named.to_owned()),
            None => Some(PathBuf::from("stockroom.toml")).filter(|path| path.is_file()),
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect();
        Ok(Self { file, variables, flags })
    }

    /// Layers the sources over the defaults; a key that does not exist is refused here, whichever source has it.
    pub(super) fn into_figment(self) -> Result<Figment, ConfigError> {
        let defaults = Serialized::defaults(Config::default());
        let known = Figment::from(&defaults).extract().map_err(ConfigError::from_figment)?;
        let mut problems = Vec::new();
        let mut figment = Figment::from(defaults);
        if let Some(path) = &self.file {
            let file = Toml::file_exact(path);
            let given: Dict = Figment::from(&file).extract().map_err(ConfigError::from_figment)?;
            let origin = format!("the file {}", path.display());
            unknown_keys(&given, &known, "", &mut |key, near| {
                problems.push(unknown(key, near).from(origin.clone()));
            });
            figment = figment.merge(file);
        }
        let known = Value::from(known);
        for variable in self.settings(&known, &mut problems) {
            figment = figment.merge(variable);
        }
        for flag in self.flags.settings() {
            figment = figment.merge(flag);
        }
        if problems.is_empty() { Ok(figment) } else { Err(ConfigError::Refused(problems)) }
    }

    /// The settings in the environment, long names first so that the short ones win.
    fn settings(&self, known: &Value, problems: &mut Vec<Problem>) -> Vec<Setting> {
        let mut settings = Vec::new();
        for (name, text) in &self.variables {
            if is_long_name(name) {
                let key = name.trim_start_matches(PREFIX).replace("__", ".").to_lowercase();
                match known.find_ref(&key) {
                    Some(Value::Dict(..)) | None => problems.push(unknown_variable(name)),
                    Some(default) => settings.push(Setting::from_text(name, key, text, default)),
                }
            }
        }
        for (short, key) in SHORT_NAMES {
            let given = self.variables.iter().find(|(name, _)| name == short);
            if let (Some((name, text)), Some(default)) = (given, known.find_ref(key)) {
                settings.push(Setting::from_text(name, key.to_owned(), text, default));
            }
        }
        settings
    }
}

impl Flags {
    fn settings(self) -> Vec<Setting> {
        let data_dir = self.data_dir.map(|path| path.to_string_lossy().into_owned());
        [
            ("--listen", "server.listen", self.listen.map(Value::from)),
            ("--data-dir", "server.data_dir", data_dir.map(Value::from)),
            ("--database-url", "database.url", self.database_url.map(Value::from)),
            ("--demo", "server.demo", self.demo.then(|| Value::from(true))),
            ("--no-migrate", "server.migrate", self.no_migrate.then(|| Value::from(false))),
        ]
        .into_iter()
        .filter_map(|(flag, key, value)| {
            Some(Setting { origin: format!("the flag {flag}"), key: key.to_owned(), value: value? })
        })
        .collect()
    }
}

/// One value from one variable or flag.
struct Setting {
    origin: String,
    key: String,
    value: Value,
}

impl Setting {
    /// Reads `text` as a number or a switch only where the default is one: a password of digits stays a text. Where it is a
    /// list, commas separate the items.
    fn from_text(variable: &str, key: String, text: &str, default: &Value) -> Self {
        let value = match default {
            Value::Num(..) | Value::Bool(..) => {
                text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {})
            }
            Value::Array(..) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::from(items.collect::<Vec<_>>())
            }
            Value::String(..) | Value::Char(..) | Value::Empty(..) | Value::Dict(..) => Value::from(text),
        };
        Self { origin: format!("the environment variable {variable}"), key, value }
    }
}

impl Provider for Setting {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = figment::util::nest(&self.key, self.value.clone());
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn is_long_name(name: &str) -> bool {
    name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX) && !SHORT_NAMES.iter().any(|(short, _)| *short == name)
}

fn unknown_keys(given: &Dict, known: &Dict, path: &str, report: &mut impl FnMut(String, &Dict)) {
    for (key, value) in given {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (known.get(key), value) {
            (None, _) => report(full, known),
            (Some(Value::Dict(_, inner)), Value::Dict(_, given)) => {
                unknown_keys(given, inner, &full, report);
            }
            (Some(_), _) => {}
        }
    }
}

fn unknown(key: String, known: &Dict) -> Problem {
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    Problem::new(key, format!("is not a key; known are {}", names.join(", ")))
}

fn unknown_variable(name: &str) -> Problem {
    let shorts: Vec<&str> = SHORT_NAMES.iter().map(|(short, _)| *short).collect();
    Problem::new(
        name,
        format!(
            "is not a variable of this server; they are {PREFIX}SECTION__KEY, such as STOCKROOM_SHOP__CURRENCY, and {}",
            shorts.join(", ")
        ),
    )
    .from("the environment")
}

#[cfg(test)]
mod tests;
