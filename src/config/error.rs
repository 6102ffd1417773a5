//! Why a configuration was refused: every bad key or value, the rule it breaks and where it came from.

use std::fmt;
use std::path::PathBuf;

use figment::Figment;
use figment::error::Kind;

/// A configuration that was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line is not there.
    #[error("the configuration file {} does not exist", .0.display())]
    MissingFile(PathBuf),
    /// Keys or values that can't be used, all of them.
    #[error("the configuration is refused:{}", Lines(.0))]
    Refused(Vec<Problem>),
}

impl ConfigError {
    /// The single problems, for tests and for tools that print them otherwise.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::MissingFile(_) => &[],
            Self::Refused(problems) => problems,
        }
    }

    pub(super) fn from_figment(error: figment::Error) -> Self {
        Self::Refused(error.into_iter().map(Problem::from_figment).collect())
    }

    pub(super) fn from_problems(mut problems: Vec<Problem>, figment: &Figment) -> Self {
        for problem in &mut problems {
            problem.origin = figment.find_metadata(&problem.key).map(origin_of);
        }
        Self::Refused(problems)
    }
}

/// One key or value that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The dotted key, such as `limits.http.body_bytes`, or the variable's name.
    pub key: String,
    /// What is wrong and what would be right.
    pub rule: String,
    /// The file, variable or flag it came from; absent for a default.
    pub origin: Option<String>,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { key: key.into(), rule: rule.into(), origin: None }
    }

    pub(super) fn from(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    fn from_figment(error: figment::Error) -> Self {
        let mut path = error.path.clone();
        let rule = match &error.kind {
            Kind::UnknownField(name, known) => {
                path.push(name.clone());
                format!("is not a key; known are {}", known.join(", "))
            }
            other => other.to_string(),
        };
        Self { key: path.join("."), rule, origin: error.metadata.as_ref().map(origin_of) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.key)?;
        if let Some(origin) = &self.origin {
            write!(f, " (from {origin})")?;
        }
        write!(f, ": {}", self.rule)
    }
}

fn origin_of(metadata: &figment::Metadata) -> String {
    match &metadata.source {
        Some(source) => format!("{} {source}", metadata.name),
        None => metadata.name.to_string(),
    }
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.0 {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}
