//! What a command writes without waiting for it.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use stockroom::kernel::actor::{Actor, Denied, UserId};
use stockroom::kernel::audit::{Changes, Entry};
use stockroom::kernel::db::constraint;
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::{Failure, Fault};
use stockroom::kernel::write::{Command, Cx, Meta, WriteError};
use uuid::Uuid;

use super::append_only::Never;
use crate::support::{TestApp, both_databases};

both_databases!(
    what_waits_is_sent_as_one_and_before_anything_is_read,
    a_change_of_too_few_rows_fails_and_leaves_nothing,
    what_must_be_found_is_looked_for,
    what_is_only_tried_out_is_tried_whole,
    what_waits_is_not_left_out_by_a_commit,
);

#[derive(Clone, Copy)]
enum Plan {
    /// Writes, changes, writes, reads, and writes again.
    Reads,
    /// Wants two rows to change where there is one.
    ChangesTooFew,
    /// Wants to find so many rows where there is one.
    Finds(usize),
    /// The same, and nothing is to remain.
    TriesTooFew,
    /// Writes, and that is all.
    Writes,
}

/// Makes roles called `LATER_…`.
struct Later(Plan);

#[derive(FromQueryResult)]
struct Count {
    roles: i64,
    renamed: i64,
}

impl Command for Later {
    type Output = (i64, i64);
    type Error = Never;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(i64, i64), Failure<Never>> {
        let object = write(cx, "FIRST").await?;
        match self.0 {
            Plan::Writes => return Ok((0, 0)),
            Plan::ChangesTooFew => rename(cx, "ADMINISTRATOR", 2).await?,
            Plan::Finds(rows) => {
                rename(cx, "ADMINISTRATOR", 1).await?;
                let sql = Sql::new("SELECT 1 FROM roles WHERE code IN (").bind_all(["ADMINISTRATOR", "NOBODY"]);
                cx.tx.find_later(sql.push(")"), rows).await?;
                return Ok((0, 0));
            }
            Plan::TriesTooFew => {
                cx.roll_back();
                rename(cx, "ADMINISTRATOR", 2).await?;
                return Ok((0, 0));
            }
            Plan::Reads => rename(cx, "ADMINISTRATOR", 1).await?,
        }
        write(cx, "SECOND").await?;
        let count = count(cx.tx).await?;
        write(cx, "THIRD").await?;
        cx.audit(Entry::new("later.run", UserId(object), Changes::new()));
        Ok((count.roles, count.renamed))
    }
}

async fn write(cx: &Cx<'_>, name: &str) -> Result<Uuid, Fault> {
    let id = cx.ids.make::<UserId>().0;
    let sql = Sql::new("INSERT INTO roles (id, code, name, description, built_in, version, created_at, updated_at) ");
    let row = |()| {
        let code = format!("LATER_{name}");
        [id.into(), code.into(), "Later".into(), "".into(), false.into(), 1_i64.into(), 0_i64.into(), 0_i64.into()]
    };
    cx.tx.write_later(sql.rows([()], row)).await?;
    Ok(id)
}

async fn rename(cx: &Cx<'_>, code: &str, rows: usize) -> Result<(), Fault> {
    let sql = Sql::new("WITH wanted (wanted_code) AS (").rows([code], |code| [code.into()]);
    let sql = sql.push(") UPDATE roles SET description = 'Renamed' FROM wanted WHERE roles.code = wanted.wanted_code");
    Ok(cx.tx.change_later(sql, rows).await?)
}

async fn count(db: &impl ConnectionTrait) -> Result<Count, Fault> {
    let sql = "SELECT (SELECT COUNT(*) FROM roles WHERE code LIKE 'LATER%') AS roles, \
        (SELECT COUNT(*) FROM roles WHERE description = 'Renamed') AS renamed";
    Sql::new(sql).one(db).await?.ok_or_else(|| Fault::Internal("no count".to_owned()))
}

/// Carries it out; tells how many statements it took, and how many roles there are and are renamed afterwards.
async fn run(app: &TestApp, plan: Plan) -> (Result<(i64, i64), WriteError>, u64, (i64, i64)) {
    let services = &app.app.services;
    let before = services.db.statements();
    let written = services.writer.write(&Actor::system("test"), Meta::new("test"), Later(plan)).await;
    let statements = services.db.statements() - before;
    let after = count(services.db.read()).await.unwrap();
    (written.map(|written| written.outcome.unwrap()), statements, (after.roles, after.renamed))
}

async fn what_waits_is_sent_as_one_and_before_anything_is_read(app: TestApp) {
    let (seen, statements, after) = run(&app, Plan::Reads).await;
    assert_eq!(seen.unwrap(), (2, 1));
    assert_eq!(after, (3, 1));
    // Two writes and a change, the reading, a write and the entry of the audit log.
    let expected = if app.app.services.db.backend() == DbBackend::Postgres { 1 + 1 + 1 } else { 3 + 1 + 2 };
    assert_eq!(statements, expected);
}

async fn a_change_of_too_few_rows_fails_and_leaves_nothing(app: TestApp) {
    let (seen, _, after) = run(&app, Plan::ChangesTooFew).await;
    assert_stale(seen);
    assert_eq!(after, (0, 0));
}

async fn what_must_be_found_is_looked_for(app: TestApp) {
    for rows in [0, 2] {
        let (seen, _, after) = run(&app, Plan::Finds(rows)).await;
        assert_stale(seen);
        assert_eq!(after, (0, 0));
    }
    let (seen, statements, after) = run(&app, Plan::Finds(1)).await;
    assert_eq!((seen.unwrap(), after), ((0, 0), (1, 1)));
    assert_eq!(statements, if app.app.services.db.backend() == DbBackend::Postgres { 1 } else { 3 });
}

fn assert_stale(seen: Result<(i64, i64), WriteError>) {
    match seen {
        Err(WriteError::Fault(Fault::Database(error))) => assert!(constraint::is_stale(&error), "{error}"),
        other => panic!("{other:?}"),
    }
}

async fn what_waits_is_not_left_out_by_a_commit(app: TestApp) {
    let (seen, statements, after) = run(&app, Plan::Writes).await;
    assert_eq!(seen.unwrap(), (0, 0));
    assert_eq!((statements, after), (1, (1, 0)));
}

async fn what_is_only_tried_out_is_tried_whole(app: TestApp) {
    let (seen, _, after) = run(&app, Plan::TriesTooFew).await;
    assert_stale(seen);
    assert_eq!(after, (0, 0));
}
