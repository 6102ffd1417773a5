//! Many entries of one transaction.

use sea_orm::FromQueryResult;
use stockroom::kernel::actor::{Actor, Denied, UserId};
use stockroom::kernel::audit::{Changes, Entry};
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::error::Failure;
use stockroom::kernel::write::{Command, Cx, Meta};

use super::append_only::Never;
use crate::support::{TestApp, both_databases};

both_databases!(however_many_entries_there_are_each_is_written_once_and_in_order);

/// Makes an entry of each of these texts.
struct Notes(Vec<String>);

impl Command for Notes {
    type Output = ();
    type Error = Never;

    fn authorize(&self, _: &Actor) -> Result<(), Denied> {
        Ok(())
    }

    async fn run(&self, cx: &mut Cx<'_>) -> Result<(), Failure<Never>> {
        for text in &self.0 {
            let object: UserId = cx.ids.make();
            cx.audit(Entry::new("note.take", object, Changes::new().set("text", text)));
        }
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Row {
    changes: String,
}

/// One statement writes what one command has done.
async fn however_many_entries_there_are_each_is_written_once_and_in_order(app: TestApp) {
    let services = &app.app.services;
    let long = "\"x\" ".repeat(5_000);
    let mut texts: Vec<String> = (0..40).map(|number| format!("{number} {}", "a \"b\" ".repeat(60))).collect();
    texts.insert(20, long);
    let before = services.db.statements();
    services.writer.write(&Actor::system("test"), Meta::new("test"), Notes(texts.clone())).await.unwrap();
    let statements = services.db.statements() - before;
    let sql = "SELECT changes FROM audit_entries WHERE action = 'note.take' ORDER BY id";
    let rows: Vec<Row> = Sql::new(sql).all(services.db.read()).await.unwrap();
    let expected: Vec<String> =
        texts.iter().map(|text| serde_json::json!({ "text": { "before": null, "after": text } }).to_string()).collect();
    assert_eq!(rows.into_iter().map(|row| row.changes).collect::<Vec<_>>(), expected);
    assert_eq!(statements, 1);
}
