//! Access tokens taken apart, and written anew with the server's own key: expired ones, and such as it would never write.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

/// The header (0) or the claims (1) of a token.
pub(crate) fn part(token: &str, index: usize) -> Value {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
}

/// `token` with other header fields or claims, signed with the key of the server whose data directory this is.
pub(crate) fn signed_anew(data_dir: &Path, token: &str, change: impl FnOnce(&mut Header, &mut Value)) -> String {
    let mut header: Header = serde_json::from_value(part(token, 0)).unwrap();
    let mut claims = part(token, 1);
    change(&mut header, &mut claims);
    encode(&header, &claims, &signing_key(data_dir)).unwrap()
}

/// `token` as it would be if it had been given out an hour earlier: it has expired.
pub(crate) fn expired(data_dir: &Path, token: &str) -> String {
    signed_anew(data_dir, token, |_, claims| {
        for time in ["iat", "nbf", "exp"] {
            claims[time] = json!(claims[time].as_u64().unwrap() - 3_600);
        }
    })
}

fn signing_key(data_dir: &Path) -> EncodingKey {
    let file = std::fs::read_dir(data_dir.join("keys"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "pem"));
    EncodingKey::from_ed_pem(&std::fs::read(file.unwrap()).unwrap()).unwrap()
}
