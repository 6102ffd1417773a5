//! The origin of a web page: scheme, host and port, as a browser names it. It knows nothing of requests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An origin such as `https://shop.example`, in the form in which browsers send it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// The origin as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || format!("{text:?} is not an origin such as \"https://shop.example\", without a path");
        let lower = text.to_ascii_lowercase();
        let (scheme, place) = lower.split_once("://").ok_or_else(refused)?;
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return Err(refused()),
        };
        let place = place.strip_suffix(default_port).unwrap_or(place);
        if is_host_with_port(place) { Ok(Self(format!("{scheme}://{place}"))) } else { Err(refused()) }
    }
}

/// Whether `place` is a name or an address, an IPv6 one in brackets, with or without a port.
fn is_host_with_port(place: &str) -> bool {
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (place, None),
    };
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_is_good = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    host_is_good && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_is_kept_as_browsers_send_it() {
        for (text, kept) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example:443", "https://shop.example"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), kept, "{text}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "shop.example",
            "ftp://shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/path",
            "https://*.shop.example",
            "https://user@shop.example",
            "https://shop.example:port",
            "https://::1",
            "https://[shop]",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
