//! Changing one's password.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::user::UserContext as _;
use super::{User, user_errors};
use crate::graphql::error;
use crate::graphql::error::user::UserError;
use crate::graphql::guard::LoggedIn;
use crate::graphql::payload::payloads;
use crate::graphql::request::RequestContext as _;

#[derive(Default)]
pub struct PasswordMutation;

#[Object]
impl PasswordMutation {
    /// Gives the caller another password and ends all their other sessions. Requires a login and the present password.
    #[graphql(guard = "LoggedIn")]
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present password and the new one.")] input: PasswordChangeInput,
    ) -> Result<PasswordChangePayload> {
        let caller = ctx.actor().require_user().map_err(error::of_denied)?;
        let (current, new) = (input.current_password.into(), input.new_password.into());
        let prepared = ctx.services().accounts.prepare_password_change(caller, &current, &new).await;
        let command = match prepared.map_err(|fault| error::of_fault(&fault, &ctx.caller().request_id))? {
            Ok(command) => command,
            Err(errors) => return Ok(PasswordChangePayload { user: None, user_errors: user_errors(errors) }),
        };
        Ok(match ctx.write(command).await? {
            Ok(id) => PasswordChangePayload { user: ctx.user(id).await?, user_errors: Vec::new() },
            Err(errors) => PasswordChangePayload { user: None, user_errors: user_errors(errors) },
        })
    }
}

/// A change of password.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The present password.
    pub current_password: String,
    /// The new password: 8 to 128 characters, and not easy to guess.
    pub new_password: String,
}

payloads!(PasswordChangePayload);

/// What became of `passwordChange`.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct PasswordChangePayload {
    /// The caller; null when there are errors.
    pub user: Option<User>,
    /// What was wrong with the input.
    pub user_errors: Vec<UserError>,
}
