//! Access tokens: only what the server signed, unaltered and in its time.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::{Person, customer, execute, is_logged_in};
use crate::support::token::{self, part};
use crate::support::{TestApp, both_databases};

both_databases!(
    a_token_that_the_server_did_not_sign_so_is_nobodys,
    a_token_expires_after_five_minutes_and_a_leeway,
    a_token_of_a_user_who_is_not_active_is_nobodys_even_in_an_open_session,
    a_token_of_before_a_restart_stays_good,
    the_published_keys_verify_the_tokens,
);

/// A token signed by the server's own key, with other header fields or claims than the server would write.
fn forged(app: &TestApp, ada: &Person, change: impl FnOnce(&mut Header, &mut Value)) -> String {
    token::signed_anew(&app.config().server.data_dir, &ada.access, change)
}

async fn a_token_that_the_server_did_not_sign_so_is_nobodys(app: TestApp) {
    let (ada, other) = (customer(&app, "ada@example.com").await, customer(&app, "other@example.com").await);
    let [header, payload, signature]: [&str; 3] = ada.access.split('.').collect::<Vec<_>>().try_into().unwrap();
    let coded = |value: Value| BASE64.encode(value.to_string());
    let none = |alg: &str| coded(json!({ "typ": "at+jwt", "alg": alg, "kid": part(&ada.access, 0)["kid"] }));
    let mut claims = part(&ada.access, 1);
    claims["sub"] = json!(other.id);
    let hmac = Header { kid: Some("x".to_owned()), ..Header::new(Algorithm::HS256) };
    let bad = [
        ("no token at all", "nonsense".to_owned()),
        ("alg none", format!("{}.{payload}.", none("none"))),
        ("alg None with a signature", format!("{}.{payload}.{signature}", none("None"))),
        ("another subject", format!("{header}.{}.{signature}", coded(claims.clone()))),
        ("another signature", format!("{header}.{payload}.{}", other.access.split('.').nth(2).unwrap())),
        ("HS256", encode(&hmac, &claims, &EncodingKey::from_secret(b"secret")).unwrap()),
        ("wrong typ", forged(&app, &ada, |header, _| header.typ = Some("JWT".to_owned()))),
        ("wrong aud", forged(&app, &ada, |_, claims| claims["aud"] = json!("another"))),
        ("wrong iss", forged(&app, &ada, |_, claims| claims["iss"] = json!("another"))),
        ("not yet valid", forged(&app, &ada, |_, claims| claims["nbf"] = json!(claims["exp"]))),
        ("without a beginning", forged(&app, &ada, |_, claims| drop(claims.as_object_mut().unwrap().remove("nbf")))),
        ("without an end", forged(&app, &ada, |_, claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
        ("crit", forged(&app, &ada, |header, _| header.crit = Some(vec!["exp".to_owned()]))),
        ("another user's session", forged(&app, &ada, |_, claims| claims["sub"] = json!(other.id))),
        ("too long", forged(&app, &ada, |_, claims| claims["x"] = json!("x".repeat(5_000)))),
    ];
    for (what, token) in bad {
        assert!(!is_logged_in(&app.anonymous().with_token(&token)).await, "{what}");
    }
    assert!(is_logged_in(&app.anonymous().with_token(&forged(&app, &ada, |_, _| ()))).await);
}

async fn a_token_expires_after_five_minutes_and_a_leeway(mut app: TestApp) {
    let hand = app.stop_the_clock().await;
    let ada = customer(&app, "ada@example.com").await;
    hand.advance(Duration::from_secs(304));
    assert!(is_logged_in(&ada.client).await);
    hand.advance(Duration::from_secs(2));
    assert!(!is_logged_in(&ada.client).await);
}

async fn a_token_of_a_user_who_is_not_active_is_nobodys_even_in_an_open_session(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    execute(&app, "UPDATE users SET status = 'DEACTIVATED'").await;
    assert!(!is_logged_in(&ada.client).await);
    execute(&app, "UPDATE users SET status = 'ACTIVE'").await;
    assert!(is_logged_in(&ada.client).await);
}

async fn a_token_of_before_a_restart_stays_good(mut app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    app.restart().await;
    assert!(is_logged_in(&ada.client).await);
}

async fn the_published_keys_verify_the_tokens(app: TestApp) {
    let ada = customer(&app, "ada@example.com").await;
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(app.app.services.accounts.jwks()).unwrap();
    let kid = part(&ada.access, 0)["kid"].as_str().unwrap().to_owned();
    let key = jsonwebtoken::DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["stockroom"]);
    let token = jsonwebtoken::decode::<Value>(&ada.access, &key, &validation).unwrap();
    assert_eq!(token.claims["sub"], json!(ada.id));
    let names: Vec<_> = token.claims.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "nbf", "sid", "sub", "ver"];
    assert_eq!(names, expected, "a token must not say more, least of all what its bearer may do");
}
