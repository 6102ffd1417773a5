//! What every write leaves behind: idempotency records, the audit log, the outbox.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::dialect;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let refuse = "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$";
            manager.get_connection().execute_unprepared(refuse).await?;
        }
        dialect::run(manager, UP).await?;
        dialect::append_only(manager, "audit_entries").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, &["DROP TABLE outbox", "DROP TABLE audit_entries", "DROP TABLE idempotency_records"])
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared("DROP FUNCTION refuse_change()").await?;
        }
        Ok(())
    }
}

const UP: &[&str] = &[
    "CREATE TABLE idempotency_records (
        actor {text} NOT NULL,
        field {text} NOT NULL,
        key {text} NOT NULL,
        fingerprint {bytes} NOT NULL,
        outcome {text},
        created_at {time} NOT NULL,
        CONSTRAINT pk_idempotency_records PRIMARY KEY (actor, field, key),
        CONSTRAINT ck_idempotency_records_key CHECK (length(key) BETWEEN 1 AND 255)
    ) {strict}",
    "CREATE INDEX ix_idempotency_records_created_at ON idempotency_records (created_at)",
    "CREATE TABLE audit_entries (
        id {uuid} NOT NULL,
        at {time} NOT NULL,
        actor_kind {text} NOT NULL,
        actor_id {uuid},
        actor_name {text},
        session_id {uuid},
        action {text} NOT NULL,
        object_type {text} NOT NULL,
        object_id {uuid} NOT NULL,
        changes {text} NOT NULL,
        request_id {text} NOT NULL,
        CONSTRAINT pk_audit_entries PRIMARY KEY (id),
        CONSTRAINT ck_audit_entries_actor_kind CHECK (actor_kind IN ('ANONYMOUS', 'USER', 'SYSTEM')),
        CONSTRAINT ck_audit_entries_actor CHECK ((actor_kind = 'USER') = (actor_id IS NOT NULL))
    ) {strict}",
    "CREATE INDEX ix_audit_entries_at ON audit_entries (at, id)",
    "CREATE INDEX ix_audit_entries_actor_id ON audit_entries (actor_id, at, id)",
    "CREATE INDEX ix_audit_entries_object_id ON audit_entries (object_id, at, id)",
    "CREATE INDEX ix_audit_entries_action ON audit_entries (action, at, id)",
    "CREATE TABLE outbox (
        seq {serial},
        tx {tx},
        topic {text} NOT NULL,
        key {uuid} NOT NULL,
        payload {text} NOT NULL,
        occurred_at {time} NOT NULL
    ) {strict}",
    "CREATE INDEX ix_outbox_tx_seq ON outbox (tx, seq)",
];
