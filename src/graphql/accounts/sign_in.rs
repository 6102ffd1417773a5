//! Opening an account, logging in, and keeping a session alive.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use secrecy::ExposeSecret as _;

use super::user::UserContext as _;
use super::{User, user_errors};
use crate::accounts::service::{Credentials, Registration, SignedIn};
use crate::graphql::error;
use crate::graphql::error::user::UserError;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::DateTime;

#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Opens an account. The person gets the role `CUSTOMER`; log in next. Open to everyone.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person who opens the account.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let RegisterInput { email, password, name } = input;
        let registration = Registration { email, name, password: password.into() };
        let prepared = ctx.services().accounts.prepare_registration(&registration).await;
        let command = match prepared.map_err(|fault| error::of_fault(&fault, &ctx.caller().request_id))? {
            Ok(command) => command,
            Err(errors) => return Ok(RegisterPayload { user: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => RegisterPayload { user: ctx.own_user(id).await?, user_errors: Vec::new() },
            Err(errors) => RegisterPayload { user: None, user_errors: user_errors(errors) },
        })
    }

    /// Logs in with e-mail address and password, and begins a session. Send the access token as `Authorization: Bearer …`
    /// and exchange the refresh token with `refreshToken` before `expiresAt`. Repeating it begins another session:
    /// an idempotency key has no effect here. Open to everyone.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person who logs in.")] input: LoginInput,
    ) -> Result<LoginPayload> {
        let user_agent = ctx.caller().user_agent.clone();
        let credentials = Credentials { email: input.email, password: input.password.into(), user_agent };
        let request_id = &ctx.caller().request_id;
        let outcome = ctx.services().accounts.login(request_id, credentials).await;
        Ok(match outcome.map_err(|error| error::of_write(error, request_id))? {
            Ok(signed_in) => {
                let tokens = Tokens::of(&signed_in);
                let (access_token, refresh_token) = (Some(tokens.access), Some(tokens.refresh));
                let (expires_at, user) = (Some(tokens.expires_at), ctx.own_user(signed_in.user).await?);
                LoginPayload { access_token, refresh_token, expires_at, user, user_errors: Vec::new() }
            }
            Err(errors) => LoginPayload { user_errors: user_errors(errors), ..LoginPayload::default() },
        })
    }

    /// Exchanges a refresh token for a new pair of tokens. Each works once: keep the new one. A used one that comes back
    /// later than a moment after its use ends the session, as someone else may have a copy. An idempotency key has no
    /// effect here. Open to everyone with a token.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: RefreshTokenInput,
    ) -> Result<RefreshTokenPayload> {
        let request_id = &ctx.caller().request_id;
        let outcome = ctx.services().accounts.refresh(request_id, &input.refresh_token.into()).await;
        Ok(match outcome.map_err(|error| error::of_write(error, request_id))? {
            Ok(signed_in) => {
                let tokens = Tokens::of(&signed_in);
                let (access_token, refresh_token) = (Some(tokens.access), Some(tokens.refresh));
                let (expires_at, user) = (Some(tokens.expires_at), ctx.own_user(signed_in.user).await?);
                RefreshTokenPayload { access_token, refresh_token, expires_at, user, user_errors: Vec::new() }
            }
            Err(errors) => RefreshTokenPayload { user_errors: user_errors(errors), ..RefreshTokenPayload::default() },
        })
    }
}

/// The one place where tokens become plain text, for the answer.
struct Tokens {
    access: String,
    refresh: String,
    expires_at: DateTime,
}

impl Tokens {
    fn of(signed_in: &SignedIn) -> Self {
        Self {
            access: signed_in.access.token.expose_secret().to_owned(),
            refresh: signed_in.refresh.expose_secret().to_owned(),
            expires_at: signed_in.access.expires_at.into(),
        }
    }
}

/// Someone who opens an account.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The e-mail address; no other account may have it, whatever its case.
    pub email: String,
    /// The password: 8 to 128 characters, and not easy to guess.
    pub password: String,
    /// What the person is called: at most 100 characters.
    pub name: String,
}

payloads!(RegisterPayload, LoginPayload, RefreshTokenPayload);

/// What became of `register`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct RegisterPayload {
    /// The new account; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}

/// Someone who logs in.
#[derive(InputObject)]
pub struct LoginInput {
    /// The e-mail address, in any case.
    pub email: String,
    /// The password, exactly as it was set.
    pub password: String,
}

/// What became of `login`.
#[derive(Default, SimpleObject)]
#[graphql(complex)]
pub struct LoginPayload {
    /// Who the bearer is, for `Authorization: Bearer …`; null when there are errors.
    pub access_token: Option<String>,
    /// Works once, in `refreshToken`; null when there are errors.
    pub refresh_token: Option<String>,
    /// When the access token expires.
    pub expires_at: Option<DateTime>,
    /// Who has logged in.
    pub user: Option<User>,
    /// What was wrong. An unknown address and a wrong password get the same answer.
    pub user_errors: Vec<UserError>,
}

/// A refresh token to exchange.
#[derive(InputObject)]
pub struct RefreshTokenInput {
    /// The token of `login` or of the last `refreshToken`.
    pub refresh_token: String,
}

/// What became of `refreshToken`.
#[derive(Default, SimpleObject)]
#[graphql(complex)]
pub struct RefreshTokenPayload {
    /// Who the bearer is, for `Authorization: Bearer …`; null when there are errors.
    pub access_token: Option<String>,
    /// Works once, in the next `refreshToken`; null when there are errors.
    pub refresh_token: Option<String>,
    /// When the access token expires.
    pub expires_at: Option<DateTime>,
    /// Whose session it is.
    pub user: Option<User>,
    /// What was wrong. Log in again when the token is not valid.
    pub user_errors: Vec<UserError>,
}
