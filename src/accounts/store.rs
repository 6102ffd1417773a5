//! The SQL of this slice: finders, lists and the statements that commands are made of. Decides nothing; begins no transaction.

mod access;
mod audit_log;
mod roles;
mod sessions;
mod users;

pub use access::{Access, access_of};
pub use audit_log::{AuditFilter, AuditOrder, audit_entries, audit_entries_by_ids, audit_page};
pub use roles::{
    NewRole, RoleOrder, RoleTexts, administrators, delete_role, held_roles, insert_role, is_role_in_use,
    lock_administrators, permissions_of_roles, permissions_of_users, role_by_id, roles_by_codes, roles_by_ids,
    roles_of_users, roles_page, set_role_permissions, update_role,
};
pub use sessions::{
    LastUse, NewSession, PresentedToken, begin_session, end_excess_sessions, end_session, end_sessions_of,
    exchange_token, extend_session, insert_token, open_sessions_of, presented_token, purge_sessions,
};
pub use users::{
    NewUser, StartedLogin, UserFilter, UserOrder, give_roles, insert_user, is_staff, rename_user, replace_password,
    set_user_status, start_login, take_roles, touch_user, user_by_email_key, user_by_id, user_count, users,
    users_by_ids, users_page,
};
