//! Sessions in the schema: seeing and ending one's own.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::user_errors;
use crate::accounts::commands::EndSession;
use crate::accounts::entity::session;
use crate::accounts::error::AccountError;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::LoggedIn;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;
use crate::graphql::scalars::{self, DateTime};
use crate::kernel::actor::SessionId;
use crate::kernel::error::At;
use crate::kernel::id;

/// One log-in on one device.
#[derive(Debug, Clone)]
pub struct Session(pub session::Model);

/// One log-in on one device. It lives until it is ended, is not used for too long, or gets too old.
#[Object]
impl Session {
    /// The id.
    async fn id(&self) -> ID {
        scalars::id(self.0.id)
    }

    /// What the client calls itself, if it does.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Whether this request acts in it.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        ctx.actor().session_id() == Some(self.0.id)
    }

    /// When the person logged in.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last refreshed.
    async fn last_used_at(&self) -> DateTime {
        self.0.last_used_at.into()
    }

    /// When it ends unless it is refreshed before.
    async fn expires_at(&self) -> DateTime {
        self.0.idle_expires_at.min(self.0.expires_at).into()
    }
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Ends the session of this request: its access and refresh tokens stop working at once. Requires a login.
    #[graphql(guard = "LoggedIn")]
    async fn logout(&self, ctx: &Context<'_>) -> Result<LogoutPayload> {
        Ok(match ctx.write(EndSession { id: None }).await? {
            Ok(id) => LogoutPayload { session_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => LogoutPayload { session_id: None, user_errors: user_errors(errors) },
        })
    }

    /// Ends a session of one's own, such as that of a lost device: its tokens stop working at once. Requires a login.
    #[graphql(guard = "LoggedIn")]
    async fn session_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: SessionEndInput,
    ) -> Result<SessionEndPayload> {
        let command = match id::parse::<SessionId>(&input.id) {
            Ok(id) => EndSession { id: Some(id) },
            Err(error) => {
                let errors = vec![At::new("input.id", AccountError::Input(error.into()))];
                return Ok(SessionEndPayload { session_id: None, user_errors: user_errors(errors) });
            }
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => SessionEndPayload { session_id: Some(scalars::id(id)), user_errors: Vec::new() },
            Err(errors) => SessionEndPayload { session_id: None, user_errors: user_errors(errors) },
        })
    }
}

payloads!(LogoutPayload, SessionEndPayload);

/// What became of `logout`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct LogoutPayload {
    /// The session that has ended.
    pub session_id: Option<ID>,
    /// What was wrong.
    pub user_errors: Vec<UserError>,
}

/// A session to end.
#[derive(Debug, InputObject)]
pub struct SessionEndInput {
    /// The session: one of `viewer.sessions`.
    pub id: ID,
}

/// What became of `sessionEnd`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct SessionEndPayload {
    /// The session that has ended; null when there are errors.
    pub session_id: Option<ID>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
