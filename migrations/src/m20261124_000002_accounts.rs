//! Users, roles with their permissions, sessions and refresh tokens.

use sea_orm_migration::prelude::*;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "DROP TABLE refresh_tokens",
            "DROP TABLE sessions",
            "DROP TABLE user_roles",
            "DROP TABLE role_permissions",
            "DROP TABLE roles",
            "DROP TABLE users",
        ];
        dialect::run(manager, &tables).await
    }
}

const UP: &[&str] = &[
    "CREATE TABLE users (
        id {uuid} NOT NULL,
        email {text} NOT NULL,
        email_key {text} NOT NULL,
        name {text} NOT NULL,
        password_hash {text} NOT NULL,
        status {text} NOT NULL,
        last_login_at {time},
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_email_key UNIQUE (email_key),
        CONSTRAINT ck_users_status CHECK (status IN ('ACTIVE', 'DEACTIVATED')),
        CONSTRAINT ck_users_version CHECK (version >= 1),
        CONSTRAINT ck_users_email CHECK (length(email) BETWEEN 3 AND 254)
    ) {strict}",
    "CREATE INDEX ix_users_created_at ON users (created_at, id)",
    "CREATE INDEX ix_users_name ON users (name, id)",
    "CREATE INDEX ix_users_status ON users (status, created_at, id)",
    "CREATE TABLE roles (
        id {uuid} NOT NULL,
        code {text} NOT NULL,
        name {text} NOT NULL,
        description {text} NOT NULL,
        built_in {bool} NOT NULL,
        version BIGINT NOT NULL,
        created_at {time} NOT NULL,
        updated_at {time} NOT NULL,
        CONSTRAINT pk_roles PRIMARY KEY (id),
        CONSTRAINT uq_roles_code UNIQUE (code),
        CONSTRAINT ck_roles_code CHECK (length(code) BETWEEN 1 AND 64),
        CONSTRAINT ck_roles_version CHECK (version >= 1)
    ) {strict}",
    "CREATE TABLE role_permissions (
        role_id {uuid} NOT NULL,
        permission {text} NOT NULL,
        CONSTRAINT pk_role_permissions PRIMARY KEY (role_id, permission),
        CONSTRAINT fk_role_permissions_role_id FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
    ) {strict}",
    "CREATE TABLE user_roles (
        user_id {uuid} NOT NULL,
        role_id {uuid} NOT NULL,
        granted_at {time} NOT NULL,
        CONSTRAINT pk_user_roles PRIMARY KEY (user_id, role_id),
        CONSTRAINT fk_user_roles_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_user_roles_role_id FOREIGN KEY (role_id) REFERENCES roles (id)
    ) {strict}",
    "CREATE INDEX ix_user_roles_role_id ON user_roles (role_id, user_id)",
    "CREATE TABLE sessions (
        id {uuid} NOT NULL,
        user_id {uuid} NOT NULL,
        user_agent {text},
        created_at {time} NOT NULL,
        last_used_at {time} NOT NULL,
        idle_expires_at {time} NOT NULL,
        expires_at {time} NOT NULL,
        ended_at {time},
        end_reason {text},
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT fk_sessions_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT ck_sessions_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
    ) {strict}",
    "CREATE INDEX ix_sessions_user_id ON sessions (user_id, created_at, id)",
    "CREATE INDEX ix_sessions_expires_at ON sessions (expires_at)",
    "CREATE TABLE refresh_tokens (
        id {uuid} NOT NULL,
        session_id {uuid} NOT NULL,
        token_hash {bytes} NOT NULL,
        created_at {time} NOT NULL,
        used_at {time},
        successor_id {uuid},
        sealed_successor {bytes},
        CONSTRAINT pk_refresh_tokens PRIMARY KEY (id),
        CONSTRAINT uq_refresh_tokens_token_hash UNIQUE (token_hash),
        CONSTRAINT fk_refresh_tokens_session_id FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
        CONSTRAINT ck_refresh_tokens_used CHECK ((used_at IS NULL) = (successor_id IS NULL)),
        CONSTRAINT ck_refresh_tokens_hash CHECK (length(token_hash) = 32)
    ) {strict}",
    "CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id, created_at)",
    "CREATE INDEX ix_refresh_tokens_sealed ON refresh_tokens (used_at) WHERE sealed_successor IS NOT NULL",
    "CREATE INDEX ix_roles_name ON roles (name, id)",
];
