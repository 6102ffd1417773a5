//! History is never edited: the database itself refuses.

use serde::{Deserialize, Serialize};
use stockroom::kernel::actor::{Actor, Denied};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::{Failure, Fault, UserErrorCode, UserFault};
use stockroom::kernel::write::{Command, Cx, Meta, WriteError};

use crate::support::{TestApp, both_databases};

both_databases!(the_database_refuses_to_change_or_delete_history);

struct Statement(&'static str);

#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
#[error("never")]
pub(super) struct Never;

impl UserFault for Never {
    fn code(&self) -> UserErrorCode {
        UserErrorCode::Invalid
    }
}

impl Command for Statement {
    type Output = u64;
    type Error = Never;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<u64, Failure<Never>> {
        Ok(Sql::new(self.0).execute(cx.tx).await?)
    }
}

async fn the_database_refuses_to_change_or_delete_history(app: TestApp) {
    // Something to change: the entries of the demo's own start, and a ledger with one adjustment.
    let insert = "INSERT INTO stock_adjustments (id, kind, reason, request_id, created_at) \
        SELECT id, 'ADJUST', 'OTHER', 'test', 0 FROM roles WHERE code = 'ADMINISTRATOR'";
    run(&app, insert).await.unwrap();
    let product = "INSERT INTO audit_entries (id, at, actor_kind, action, object_type, object_id, changes, request_id) \
        SELECT id, 0, 'ANONYMOUS', 'test', 'role', id, '{}', 'test' FROM roles WHERE code = 'ADMINISTRATOR'";
    run(&app, product).await.unwrap();
    for statement in [
        "UPDATE audit_entries SET action = 'nothing'",
        "DELETE FROM audit_entries",
        "UPDATE stock_adjustments SET reason = 'OTHER'",
        "DELETE FROM stock_adjustments",
    ] {
        let error = run(&app, statement).await.unwrap_err();
        assert!(matches!(&error, WriteError::Fault(Fault::Database(_))), "{statement}: {error}");
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
}

async fn run(app: &TestApp, statement: &'static str) -> Result<(), WriteError> {
    app.app.services.writer.write(&Actor::system("test"), Meta::new("test"), Statement(statement)).await.map(drop)
}
