//! The outbox: on PostgreSQL an event whose transaction commits after a later-numbered one is not skipped; on both databases it is looked up, not read through.

use std::time::Duration;

use sea_orm::{ConnectionTrait, FromQueryResult};
use stockroom::kernel::db::Tx;
use stockroom::kernel::db::sql::Sql;
use stockroom::kernel::outbox::{self, Position, Stored};

use crate::support::TestApp;

async fn emit(tx: &Tx, topic: &'static str) {
    Sql::new("INSERT INTO outbox (topic, key, payload, occurred_at) VALUES (")
        .bind(topic)
        .push(", ")
        .bind(uuid::Uuid::nil())
        .push(", '{}', 0)")
        .execute(tx)
        .await
        .unwrap();
}

/// What a reader would get that remembers the greatest number it has seen.
async fn naive_read(db: &impl ConnectionTrait, last: i64) -> Vec<Stored> {
    Sql::new("SELECT seq, tx, topic, key, payload, occurred_at, origin FROM outbox WHERE seq > ")
        .bind(last)
        .push(" ORDER BY seq")
        .all(db)
        .await
        .unwrap()
}

fn topics(events: &[Stored]) -> Vec<&str> {
    events.iter().map(|event| event.topic.as_str()).collect()
}

/// Reads until both events are there: transactions of other databases in the cluster may hold the reader back for a moment.
async fn read_both(db: &impl ConnectionTrait, start: Position) -> Vec<Stored> {
    let both = async {
        loop {
            let events = outbox::read(db, start, 100).await.unwrap();
            if events.len() >= 2 {
                return events;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), both).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_commits_after_a_later_number_is_not_skipped() {
    let Some(app) = TestApp::on_postgres().await else { return };
    let db = app.app.services.db.read();
    let start = outbox::end(db).await.unwrap();
    let whole = &app.app.services.db;
    let (early, late) = (whole.snapshot().await.unwrap(), whole.snapshot().await.unwrap());
    emit(&early, "early.number").await;
    emit(&late, "late.number").await;
    late.commit().await.unwrap();

    // In between, the greater number is visible alone. A reader that goes by numbers takes it, and never sees the other.
    let seen = naive_read(db, 0).await;
    assert_eq!(topics(&seen), ["late.number"]);
    assert_eq!(outbox::read(db, start, 100).await.unwrap(), []);
    early.commit().await.unwrap();
    assert_eq!(naive_read(db, seen[0].seq).await, []);

    let events = read_both(db, start).await;
    assert_eq!(topics(&events), ["early.number", "late.number"]);
    assert!(events[0].seq < events[1].seq);
    let behind = events[1].position();
    assert_eq!(outbox::read(db, behind, 100).await.unwrap(), []);
}

#[tokio::test]
async fn the_outbox_is_read_by_one_plan_wherever_the_reader_stands() {
    #[derive(FromQueryResult)]
    struct Plans {
        of_all: i64,
        of_each: i64,
    }
    let Some(app) = TestApp::on_postgres().await else { return };
    let db = app.app.services.db.read();
    let (start, many) = (
        outbox::end(db).await.unwrap(),
        "INSERT INTO outbox (topic, key, payload, occurred_at) SELECT 'many', gen_random_uuid(), '{}', 0 FROM generate_series(1, 20000)",
    );
    for statement in [many, "ANALYZE outbox"] {
        db.execute_unprepared(statement).await.unwrap();
    }
    read_both(db, start).await;
    let behind = outbox::end(db).await.unwrap();
    // One connection, which keeps its plans.
    let tx = app.app.services.db.snapshot().await.unwrap();
    for _ in 0..10 {
        outbox::read(&tx, behind, 100).await.unwrap();
    }
    let plans = Sql::new(
        "SELECT generic_plans AS of_all, custom_plans AS of_each FROM pg_prepared_statements WHERE statement LIKE 'SELECT seq, tx, %ORDER BY tx, seq%'",
    );
    let plans: Plans = plans.one(&tx).await.unwrap().unwrap();
    // It plans for each of the first five before it compares.
    assert!(plans.of_all >= 5 && plans.of_each <= 5, "{} plans for all, {} for each", plans.of_all, plans.of_each);
}

/// An operator may have it look at its tables at any time; what it remembers of a table that was almost empty then must not make it read all of it later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_looks_the_outbox_up_whatever_it_knows_of_it() {
    let app = TestApp::on_sqlite().await;
    let file = app.config().server.data_dir.join("stockroom.db");
    let url = format!("sqlite://{}", file.display());
    let other = sea_orm::Database::connect(&url).await.unwrap();
    for statement in [
        "DELETE FROM outbox",
        "INSERT INTO outbox (topic, key, payload, occurred_at) VALUES ('one', x'00000000000000000000000000000000', '{}', 0)",
        "ANALYZE",
    ] {
        other.execute_unprepared(statement).await.unwrap();
    }
    let mut statement = outbox::following(other.get_database_backend(), Position::default(), 100)
        .statement(other.get_database_backend())
        .unwrap();
    statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    // What was found out is read when a connection is opened.
    let other = sea_orm::Database::connect(&url).await.unwrap();
    let steps = other.query_all_raw(statement).await.unwrap();
    let steps: Vec<String> = steps.iter().map(|step| step.try_get("", "detail").unwrap()).collect();
    assert!(steps.len() == 1 && steps[0].starts_with("SEARCH"), "{steps:?}");
}
