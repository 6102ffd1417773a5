//! `[http]`: how the endpoint is used from web pages, and the form in which answers travel.

use serde::{Deserialize, Serialize};

use super::Origin;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Origins of web pages, such as `https://shop.example`, that may use the API from a browser. Those of other origins
    /// may not: neither by CORS nor over a WebSocket.
    pub cors_origins: Vec<Origin>,
    /// Compresses answers of 1 KiB and more with zstd, br or gzip, for clients that take them so.
    pub compression: bool,
    /// Longest time in seconds for which browsers and CDNs may keep the answer to a GET query about the catalog from someone
    /// who is not logged in; 5 at most where it tells what can be bought now. 0 keeps nothing.
    pub cache_seconds: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self { cors_origins: Vec::new(), compression: true, cache_seconds: 60 }
    }
}
