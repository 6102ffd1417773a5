//! `[server]`: where the process listens, where it keeps its files and how strict it is. It knows nothing of HTTP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Network, Origin};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on; port 0 picks a free one. Short: `STOCKROOM_LISTEN`, `--listen`.
    pub listen: SocketAddr,
    /// Address and port on which a monitoring system can fetch `/metrics`, without logging in: let only such systems reach it.
    /// Nowhere when it is left out.
    pub metrics_listen: Option<SocketAddr>,
    /// Directory of the SQLite database, the signing keys and the lock file; created when missing.
    /// Short: `STOCKROOM_DATA_DIR`, `--data-dir`.
    pub data_dir: PathBuf,
    /// `development` or `production`. Production refuses to start on an unsafe setting.
    pub environment: Environment,
    /// Lets production listen with plain HTTP on an address other than loopback, for example behind a proxy that
    /// speaks TLS.
    pub allow_plain_http: bool,
    /// Where clients reach the server, such as `https://api.shop.example`: pages from there are our own, and with `https`
    /// browsers are told to use nothing else (HSTS).
    pub public_url: Option<Origin>,
    /// Networks and addresses of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`. The client is then the
    /// rightmost hop that is not one of them.
    pub trusted_proxies: Vec<Network>,
    /// Loads the demo shop and its demo users at the start. Refused in production. Flag: `--demo`.
    pub demo: bool,
    /// Applies outstanding migrations at the start; when off, a database that is behind stops the start.
    pub migrate: bool,
    /// Longest time a stop waits for requests in flight, in milliseconds.
    pub shutdown_grace_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            metrics_listen: None,
            data_dir: PathBuf::from("./data"),
            environment: Environment::Development,
            allow_plain_http: false,
            public_url: None,
            trusted_proxies: Vec::new(),
            demo: false,
            migrate: true,
            shutdown_grace_ms: 25_000,
        }
    }
}

/// How strict the start is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Demo data, GraphiQL and introspection are available.
    Development,
    /// Unsafe settings stop the start; GraphiQL and introspection are off unless switched on.
    Production,
}
