//! Pure decisions about accounts: what an e-mail address, a person's name, a password and a role may be, who may give what, how long a session lives.
//! Each type has one fallible constructor. Knows neither the database, nor the clock, nor hashing.

mod built_in_role;
mod email;
mod grant;
mod password;
mod person_name;
mod role_code;
mod role_texts;
mod session_times;

pub use built_in_role::BuiltInRole;
pub use email::Email;
pub use grant::may_handle;
pub use password::{NewPassword, PasswordPolicy, TypedPassword};
pub use person_name::PersonName;
pub use role_code::RoleCode;
pub use role_texts::{RoleDescription, RoleName};
pub use session_times::{Presented, RefreshDecision, SessionEnds, SessionPolicy, SessionTimes, decide_refresh};
