//! `[log]`: what is logged and how. It knows no subscriber.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Which events are written, as `tracing-subscriber` filters them: `info`, `stockroom=debug,info` …
    pub filter: String,
    /// `text` for people, `json` for machines; always on standard error.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info,sea_orm_migration=warn,sqlx::postgres::notice=warn".to_owned(), format: LogFormat::Text }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}
