//! The access token: a JWT (RFC 9068 profile) signed with Ed25519, valid for minutes. It says who and under which
//! session, never what is allowed: permissions are read per request.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SigningKeys;
use crate::kernel::actor::{SessionId, UserId};
use crate::kernel::clock::Timestamp;

crate::id!(
    /// The number of one access token.
    AccessTokenId, "token"
);

/// A longer text is refused unread.
pub const MAX_ACCESS_TOKEN_BYTES: usize = 4096;
const TYPE: &str = "at+jwt";
/// The form of the claims; a later, incompatible form gets another number.
const VERSION: u32 = 1;
/// The client application that logs people in itself.
const CLIENT: &str = "stockroom";

/// Who issues tokens for whom, and how long they last.
#[derive(Debug, Clone)]
pub struct AccessSettings {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// How long a token is valid.
    pub lifetime: Duration,
    /// How far two machines' clocks may differ.
    pub leeway: Duration,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            issuer: "stockroom".to_owned(),
            audience: "stockroom".to_owned(),
            lifetime: Duration::from_mins(5),
            leeway: Duration::from_secs(5),
        }
    }
}

/// What the token is issued for.
#[derive(Debug, Clone, Copy)]
pub struct AccessGrant {
    /// Whom the token stands for.
    pub user: UserId,
    /// The session that it lives and dies with.
    pub session: SessionId,
    /// A number of its own for each token.
    pub token: AccessTokenId,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
}

/// What a verified token says. Times are seconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessClaims {
    iss: String,
    aud: String,
    /// Whom the token stands for.
    pub sub: UserId,
    client_id: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: AccessTokenId,
    /// The session that the token belongs to.
    pub sid: SessionId,
    /// When the person last proved who they are.
    pub auth_time: i64,
    ver: u32,
}

/// A token just made, and when it ends.
#[derive(Debug, Clone)]
pub struct SignedAccess {
    /// The compact form.
    pub token: SecretString,
    /// Its `exp`.
    pub expires_at: Timestamp,
}

/// Why a token is not accepted. For the log; a client learns only whether it expired.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Past its end.
    #[error("the access token has expired")]
    Expired,
    /// Anything else.
    #[error("the access token is not valid: {0}")]
    Invalid(String),
}

/// Issues and verifies access tokens.
pub struct AccessTokens {
    keys: SigningKeys,
    settings: AccessSettings,
    validation: Validation,
}

impl AccessTokens {
    /// Tokens signed with these keys.
    pub fn new(keys: SigningKeys, settings: AccessSettings) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&settings.audience]);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // The library reads the machine's clock; the times are compared below against the application's own.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self { keys, settings, validation }
    }

    /// Signs a token with the newest key.
    pub fn issue(&self, grant: AccessGrant, now: Timestamp) -> Result<SignedAccess, TokenRefused> {
        let (key_id, key) = self.keys.signing();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key_id.to_owned());
        let expires_at = now + self.settings.lifetime;
        let claims = AccessClaims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: grant.user,
            client_id: CLIENT.to_owned(),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: expires_at.seconds(),
            jti: grant.token,
            sid: grant.session,
            auth_time: grant.authenticated_at.seconds(),
            ver: VERSION,
        };
        let token = encode(&header, &claims, key).map_err(|error| TokenRefused::Invalid(error.to_string()))?;
        Ok(SignedAccess { token: token.into(), expires_at })
    }

    /// Accepts only what `issue` made, unaltered and within its time.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRefused> {
        let invalid = |why: &str| TokenRefused::Invalid(why.to_owned());
        if token.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(invalid("too long"));
        }
        let header = decode_header(token).map_err(|error| TokenRefused::Invalid(error.to_string()))?;
        check_header(&header)?;
        let key_id = header.kid.as_deref().ok_or_else(|| invalid("no key id"))?;
        let key = self.keys.verifying(key_id).ok_or_else(|| invalid("unknown key id"))?;
        let claims = decode::<AccessClaims>(token, key, &self.validation)
            .map_err(|error| TokenRefused::Invalid(error.to_string()))?
            .claims;
        self.check_times(&claims, now)?;
        if claims.ver == VERSION { Ok(claims) } else { Err(invalid("unknown version")) }
    }

    /// Refuses a verified token before its time and after it.
    pub fn check_times(&self, claims: &AccessClaims, now: Timestamp) -> Result<(), TokenRefused> {
        if (now - self.settings.leeway).seconds() >= claims.exp {
            return Err(TokenRefused::Expired);
        }
        if (now + self.settings.leeway).seconds() < claims.nbf {
            return Err(TokenRefused::Invalid("not valid yet".to_owned()));
        }
        Ok(())
    }

    /// The public keys for others to verify with.
    pub fn jwks(&self) -> Value {
        self.keys.jwks()
    }
}

/// Keys named or carried by the token itself (jku, jwk, x5u) are never looked at: only our own set is.
fn check_header(header: &Header) -> Result<(), TokenRefused> {
    let typ = header.typ.as_deref().unwrap_or_default();
    if !typ.eq_ignore_ascii_case(TYPE) && !typ.eq_ignore_ascii_case("application/at+jwt") {
        return Err(TokenRefused::Invalid("not an access token".to_owned()));
    }
    if header.crit.is_some() {
        return Err(TokenRefused::Invalid("critical extensions are not supported".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use jsonwebtoken::EncodingKey;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(NOW.0 + seconds * 1_000_000)
    }

    fn tokens() -> AccessTokens {
        let directory = tempfile::tempdir().unwrap();
        let keys = SigningKeys::load_or_create(directory.path()).unwrap();
        AccessTokens::new(keys, AccessSettings::default())
    }

    fn grant() -> AccessGrant {
        AccessGrant {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::from_u128(2)),
            token: AccessTokenId(Uuid::from_u128(3)),
            authenticated_at: at(-10),
        }
    }

    fn issued(tokens: &AccessTokens) -> String {
        tokens.issue(grant(), NOW).unwrap().token.expose_secret().to_owned()
    }

    fn part(token: &str, index: usize) -> Value {
        serde_json::from_slice(&BASE64.decode(token.split('.').nth(index).unwrap()).unwrap()).unwrap()
    }

    /// A token that our own key signs, with other header fields or claims than `issue` would write.
    fn forged(tokens: &AccessTokens, change: impl FnOnce(&mut Header, &mut Value)) -> String {
        let (key_id, key) = tokens.keys.signing();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key_id.to_owned());
        let mut claims = part(&issued(tokens), 1);
        change(&mut header, &mut claims);
        encode(&header, &claims, key).unwrap()
    }

    fn is_invalid(tokens: &AccessTokens, token: &str) -> bool {
        matches!(tokens.verify(token, NOW), Err(TokenRefused::Invalid(_)))
    }

    #[test]
    fn an_issued_token_is_accepted_and_says_whom_it_stands_for() {
        let tokens = tokens();
        let token = issued(&tokens);
        let claims = tokens.verify(&token, NOW).unwrap();
        assert_eq!((claims.sub, claims.sid), (grant().user, grant().session));
        assert_eq!(part(&token, 0), json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": tokens.keys.signing().0 }));
        let expected = json!({
            "iss": "stockroom", "aud": "stockroom", "sub": grant().user, "client_id": "stockroom", "iat": 1_800_000_000, "nbf": 1_800_000_000,
            "exp": 1_800_000_300, "jti": grant().token, "sid": grant().session, "auth_time": 1_799_999_990, "ver": 1,
        });
        assert_eq!(part(&token, 1), expected);
    }

    #[test]
    fn a_token_is_valid_within_its_time_and_the_leeway_only() {
        let tokens = tokens();
        let token = issued(&tokens);
        for (seconds, valid) in [(-6, false), (-5, true), (304, true), (305, false)] {
            assert_eq!(tokens.verify(&token, at(seconds)).is_ok(), valid, "{seconds}");
        }
        assert_eq!(tokens.verify(&token, at(305)).unwrap_err(), TokenRefused::Expired);
    }

    #[test]
    fn another_algorithm_is_refused_whatever_the_signature() {
        let tokens = tokens();
        let token = issued(&tokens);
        let payload = token.split('.').nth(1).unwrap();
        let kid = tokens.keys.signing().0;
        for (alg, signature) in [("none", ""), ("None", ""), ("none", "AAAA")] {
            let header = BASE64.encode(json!({ "typ": "at+jwt", "alg": alg, "kid": kid }).to_string());
            assert!(is_invalid(&tokens, &format!("{header}.{payload}.{signature}")));
        }
        let public = BASE64.decode(tokens.jwks()["keys"][0]["x"].as_str().unwrap()).unwrap();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(kid.to_owned());
        let confused = encode(&header, &part(&token, 1), &EncodingKey::from_secret(&public)).unwrap();
        assert!(is_invalid(&tokens, &confused));
    }

    #[test]
    fn a_token_of_another_server_or_key_is_refused() {
        let (ours, theirs) = (tokens(), tokens());
        assert!(is_invalid(&ours, &issued(&theirs)));
        let kid = ours.keys.signing().0.to_owned();
        assert!(is_invalid(&ours, &forged(&theirs, |header, _| header.kid = Some(kid))));
        assert!(is_invalid(&ours, &forged(&ours, |header, _| header.kid = None)));
    }

    #[test]
    fn another_type_audience_issuer_or_version_is_refused() {
        let tokens = tokens();
        assert!(tokens.verify(&forged(&tokens, |_, _| ()), NOW).is_ok());
        for typ in [None, Some("JWT"), Some("mfa+jwt")] {
            assert!(is_invalid(&tokens, &forged(&tokens, |header, _| header.typ = typ.map(str::to_owned))));
        }
        for (claim, value) in [
            ("aud", json!("other")),
            ("aud", json!(["other"])),
            ("iss", json!("http://evil.example")),
            ("ver", json!(2)),
            ("exp", json!("soon")),
            ("exp", json!(-1)),
            ("nbf", json!(null)),
        ] {
            let token = forged(&tokens, |_, claims| claims[claim] = value.clone());
            assert!(tokens.verify(&token, NOW).is_err(), "{claim} = {value}");
        }
    }

    #[test]
    fn a_missing_claim_is_refused() {
        let tokens = tokens();
        for claim in ["iss", "aud", "sub", "exp", "nbf", "sid", "jti"] {
            let token = forged(&tokens, |_, claims| {
                claims.as_object_mut().unwrap().remove(claim);
            });
            assert!(is_invalid(&tokens, &token), "{claim}");
        }
    }

    #[test]
    fn a_critical_extension_is_refused_and_a_key_url_is_ignored() {
        let tokens = tokens();
        assert!(is_invalid(&tokens, &forged(&tokens, |header, _| header.crit = Some(vec!["b64".to_owned()]))));
        let token = forged(&tokens, |header, _| header.jku = Some("http://evil.example/jwks".to_owned()));
        assert!(tokens.verify(&token, NOW).is_ok());
    }

    #[test]
    fn an_overlong_token_is_refused_unread() {
        let tokens = tokens();
        let token = forged(&tokens, |_, claims| claims["padding"] = json!("x".repeat(4096)));
        assert_eq!(tokens.verify(&token, NOW).unwrap_err(), TokenRefused::Invalid("too long".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_token_with_any_one_byte_changed_is_refused(position in 0.0_f64..1.0, replacement in "[A-Za-z0-9_.-]") {
            let tokens = tokens();
            let token = issued(&tokens);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, clippy::as_conversions, reason = "a position within a short text")]
            let index = (position * token.len() as f64) as usize;
            prop_assume!(token[index..=index] != replacement);
            let mut altered = token;
            altered.replace_range(index..=index, &replacement);
            prop_assert!(tokens.verify(&altered, NOW).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            prop_assert!(tokens().verify(&text, NOW).is_err());
        }
    }
}
