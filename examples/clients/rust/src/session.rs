//! Who the client speaks for. A log-in gives two tokens: an access token for some minutes, and a refresh token that works
//! once, for the next pair. Both are kept in a file, so that the next run goes on with the session.

use std::fs::{OpenOptions, rename};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::documents::{Login, RefreshToken, login, refresh_token};
use crate::failure::Failure;
use crate::patience::Patient;
use crate::stockroom::ask;

pub struct Credentials {
    pub email: String,
    pub password: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    email: String,
    access_token: String,
    refresh_token: String,
    expires_at: String,
}

pub struct Session {
    /// Sends no token: a bad token is refused, whatever it comes with.
    anonymous: Patient,
    credentials: Credentials,
    file: PathBuf,
    tokens: Tokens,
}

impl Session {
    /// Goes on with the session in `file`, or else logs in.
    pub fn open(anonymous: Patient, credentials: Credentials, file: PathBuf) -> Result<Self, Failure> {
        let tokens = match stored(&file)?.filter(|tokens| tokens.email == credentials.email) {
            Some(tokens) => tokens,
            None => keep(&file, log_in(&anonymous, &credentials)?)?,
        };
        Ok(Self { anonymous, credentials, file, tokens })
    }

    /// The header that says who this is.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.tokens.access_token)
    }

    /// Gets new tokens. A session ends some time, or is ended: then the password opens the next one.
    pub fn renew(&mut self) -> Result<(), Failure> {
        let input = refresh_token::RefreshTokenInput { refresh_token: self.tokens.refresh_token.clone() };
        let answer = ask::<RefreshToken>(&self.anonymous, refresh_token::Variables { input })?.refresh_token;
        let ended = |error: &refresh_token::RefreshTokenRefreshTokenUserErrors| {
            matches!(error.code, refresh_token::UserErrorCode::INVALID_CREDENTIALS)
        };
        let tokens = if answer.user_errors.iter().any(ended) {
            log_in(&self.anonymous, &self.credentials)?
        } else {
            let complaints = answer.user_errors.into_iter().map(|error| error.message);
            let pair = (answer.access_token, answer.refresh_token, answer.expires_at);
            let tokens = tokens(&self.credentials.email, pair, complaints)?;
            println!("Renewed the access token");
            tokens
        };
        self.tokens = keep(&self.file, tokens)?;
        Ok(())
    }
}

fn log_in(anonymous: &Patient, who: &Credentials) -> Result<Tokens, Failure> {
    let input = login::LoginInput { email: who.email.clone(), password: who.password.clone() };
    let answer = ask::<Login>(anonymous, login::Variables { input })?.login;
    let complaints = answer.user_errors.into_iter().map(|error| error.message);
    tokens(&who.email, (answer.access_token, answer.refresh_token, answer.expires_at), complaints)
}

/// The tokens of an answer, or its complaints.
fn tokens(
    email: &str,
    pair: (Option<String>, Option<String>, Option<String>),
    complaints: impl Iterator<Item = String>,
) -> Result<Tokens, Failure> {
    let (Some(access_token), Some(refresh_token), Some(expires_at)) = pair else {
        return Err(Failure::Refused(complaints.collect::<Vec<_>>().join(" ")));
    };
    Ok(Tokens { email: email.to_owned(), access_token, refresh_token, expires_at })
}

/// Keeps the tokens in the file before they are used: a refresh token that has been used is worth nothing.
fn keep(file: &Path, tokens: Tokens) -> Result<Tokens, Failure> {
    let new = file.with_extension("new");
    let mut written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    written.write_all(&serde_json::to_vec(&tokens)?)?;
    rename(new, file)?;
    Ok(tokens)
}

fn stored(file: &Path) -> Result<Option<Tokens>, Failure> {
    match std::fs::read(file) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
