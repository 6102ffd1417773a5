//! The token in the payload of `connection_init`, in the places where clients put it. Pure.

use secrecy::SecretString;
use serde_json::{Map, Value};

/// `authorization`, or the same in `headers`, in any case, with the scheme `Bearer`; else the bare `accessToken` or
/// `authToken`.
pub(super) fn authorization_in(payload: &Map<String, Value>) -> Option<SecretString> {
    let none = Map::new();
    let headers = payload.get("headers").and_then(Value::as_object).unwrap_or(&none);
    let whole = text(payload, "authorization").or_else(|| text(headers, "authorization")).map(str::to_owned);
    let bare = || {
        let token = text(payload, "accessToken").or_else(|| text(payload, "authToken"))?;
        Some(format!("Bearer {token}"))
    };
    whole.or_else(bare).map(SecretString::from)
}

/// The text under `name`. Anything else that is there is no token, and refused as one.
fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().find(|(field, value)| field.eq_ignore_ascii_case(name) && !value.is_null())?;
    Some(value.as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use super::*;

    fn found(payload: Value) -> Option<String> {
        authorization_in(payload.as_object().unwrap()).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn a_token_is_found_where_clients_put_it() {
        for payload in [
            json!({ "Authorization": "Bearer t" }),
            json!({ "authorization": "Bearer t" }),
            json!({ "headers": { "Authorization": "Bearer t" } }),
            json!({ "accessToken": "t" }),
            json!({ "authToken": "t" }),
        ] {
            assert_eq!(found(payload.clone()), Some("Bearer t".to_owned()), "{payload}");
        }
        assert_eq!(found(json!({ "other": 1, "headers": 1 })), None);
        assert_eq!(found(json!({ "authorization": null })), None);
    }

    #[test]
    fn what_is_no_text_is_no_good_token_either() {
        assert_eq!(found(json!({ "authorization": 1 })), Some(String::new()));
        assert_eq!(found(json!({ "accessToken": ["t"] })), Some("Bearer ".to_owned()));
    }
}
