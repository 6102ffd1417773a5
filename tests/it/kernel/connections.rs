//! The connections to the database: which one is used next, and what becomes of one whose work did not end well.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};
use stockroom::kernel::actor::Actor;
use stockroom::kernel::write::Meta;

use super::write::{End, Probe};
use crate::support::TestApp;

/// Whoever comes first after a start need not wait for a connection to be opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_as_are_asked_for_are_open_at_the_start() {
    let Some(mut app) = TestApp::on_postgres().await else { return };
    let url = app.config().database_url();
    let mut onlooker = PgConnection::connect(url.expose_secret()).await.unwrap();
    for (least, most) in [(1, 4), (4, 4), (9, 5)] {
        app.reconfigure(|config| {
            config.database.postgres_min_connections = least;
            config.database.postgres_connections = most;
            config.read_cache.bytes = 0;
        })
        .await;
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stockroom' AND datname = current_database()";
        let open: i64 = sqlx::query_scalar(sql).fetch_one(&mut onlooker).await.unwrap();
        assert!(open >= i64::from(least.min(most)) && open <= i64::from(most), "{open} for {least} of {most}");
    }
}

/// The database was started again, or something on the way closed what was idle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_after_idle_connections_were_lost_does_not_notice() {
    let Some(mut app) = TestApp::on_postgres().await else { return };
    let url = app.config().database_url();
    let mut onlooker = PgConnection::connect(url.expose_secret()).await.unwrap();
    app.reconfigure(|config| {
        config.database.postgres_min_connections = 4;
        config.database.postgres_connections = 4;
        config.read_cache.bytes = 0;
    })
    .await;
    let lost = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'stockroom' AND datname = current_database() AND state IS DISTINCT FROM 'active'
        AND coalesce(state_change, backend_start) < clock_timestamp() - interval '700 ms'";
    while sqlx::query_scalar::<_, i64>(lost).fetch_one(&mut onlooker).await.unwrap() == 0 {}
    for _ in 0..4 {
        app.anonymous().query("{ products { nodes { id } } }", serde_json::json!({})).await.data();
    }
}

/// Otherwise SQLite prepares a statement anew whenever other values are bound that might lead to another plan.
#[tokio::test]
async fn sqlite_is_built_to_keep_its_plans() {
    let app = TestApp::on_sqlite().await;
    let options = "SELECT compile_options AS compile_option FROM pragma_compile_options";
    let rows =
        app.app.services.db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, options)).await.unwrap();
    let options: Vec<String> = rows.iter().map(|row| row.try_get("", "compile_option").unwrap()).collect();
    assert!(options.contains(&"ENABLE_QPSG".to_owned()), "{options:?}");
}

/// Each tenth question is given up in the middle. Its connection must not answer somebody else's question with what it was asked before.
async fn everybody_is_told_what_they_asked(app: &TestApp, slow: &'static str) {
    let reading = app.app.services.db.read();
    let asking = (0..8_i64).map(|client| async move {
        for number in 0..100_i64 {
            let number = client * 100 + number;
            let text = if number % 10 == 0 { slow } else { "SELECT $1 AS number" };
            let statement = Statement::from_sql_and_values(reading.get_database_backend(), text, [number.into()]);
            let mut answer = std::pin::pin!(reading.query_one_raw(statement));
            if number % 10 == 0 {
                // Asked, and then forgotten: while it waits for a connection, or for the answer.
                for _ in 0..=number % 3 {
                    if futures_util::poll!(answer.as_mut()).is_ready() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                continue;
            }
            let told: i64 = answer.await.unwrap().unwrap().try_get("", "number").unwrap();
            assert_eq!(told, number);
        }
    });
    futures_util::future::join_all(asking).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_waited_for_goes_to_nobody() {
    let sqlite = TestApp::on_sqlite().await;
    let slow = "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 20000) SELECT max(n) + $1 AS number FROM many";
    everybody_is_told_what_they_asked(&sqlite, slow).await;
    let Some(mut postgres) = TestApp::on_postgres().await else { return };
    postgres.reconfigure(|config| config.database.postgres_connections = 3).await;
    everybody_is_told_what_they_asked(
        &postgres,
        "SELECT max(n) - max(n) + $1 AS number FROM generate_series(1, 100000) AS many (n)",
    )
    .await;
}

/// All connections have just been used by readers, and none of them is in use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_begins_a_transaction_gets_a_connection_that_readers_left() {
    let Some(mut app) = TestApp::on_postgres().await else { return };
    // Much less than what stays at hand does so for.
    app.reconfigure(|config| {
        (config.database.postgres_connections, config.database.acquire_timeout_ms) = (2, 200);
    })
    .await;
    let db = &app.app.services.db;
    let read = || async {
        let statement = Statement::from_string(DbBackend::Postgres, "SELECT 1 AS number");
        db.read().query_one_raw(statement).await.unwrap();
    };
    for _ in 0..5 {
        futures_util::join!(read(), read());
        let (one, other) = futures_util::join!(db.snapshot(), db.snapshot());
        one.unwrap().commit().await.unwrap();
        other.unwrap().commit().await.unwrap();
    }
}

/// The answer of a statement that gives one number.
async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get("", "number").unwrap()
}

/// PostgreSQL's processes have plans and caches of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_after_the_other_uses_the_same_connection() {
    let Some(mut app) = TestApp::on_postgres().await else { return };
    app.reconfigure(|config| {
        (config.database.postgres_connections, config.database.postgres_min_connections) = (4, 4);
    })
    .await;
    let db = &app.app.services.db;
    let mut used = BTreeSet::new();
    let asks_who_answers = "SELECT CAST(pg_backend_pid() AS bigint) AS number";
    for _ in 0..20 {
        let tx = db.snapshot().await.unwrap();
        used.insert(number(&tx, asks_who_answers).await);
        tx.commit().await.unwrap();
        used.insert(number(db.read(), asks_who_answers).await);
        db.snapshot().await.unwrap().rollback().await.unwrap();
    }
    assert!(used.len() < 3, "{used:?}: beside ours what goes on by itself takes a connection now and then");
}

/// Whether it has begun, reads, or ends: nothing of it stays with the connection. A reader of SQLite would go on to see the past.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_on_in_a_transaction_that_was_given_up() {
    let (first, second) = (TestApp::on_sqlite().await, TestApp::on_postgres().await);
    for app in [Some(first), second].into_iter().flatten() {
        let db = &app.app.services.db;
        let roles = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM roles";
        let before = number(db.read(), roles).await;
        for polls in 0..60 {
            let mut work = std::pin::pin!(async {
                let tx = db.snapshot().await.unwrap();
                number(&tx, roles).await;
                tx.commit().await.unwrap();
            });
            for _ in 0..polls {
                if futures_util::poll!(work.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let system = Actor::system("test");
        app.app.services.writer.write(&system, Meta::new("request"), Probe::that(End::Well)).await.unwrap();
        let now = || number(db.read(), roles);
        let (one, other) = futures_util::join!(now(), now());
        assert!(one > before && one == other, "{before}, then {one} and {other}");
        if db.backend() == DbBackend::Postgres {
            let within = "SELECT CAST(COUNT(*) AS bigint) AS number FROM (SELECT 1) AS this
                WHERE current_setting('transaction_isolation') = 'repeatable read'";
            let asked = futures_util::future::join_all((0..16).map(|_| number(db.read(), within))).await;
            assert_eq!(asked, [0; 16]);
        }
    }
}

/// Whoever was at it learns of it; the next one does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_broke_is_not_used_again() {
    let Some(mut app) = TestApp::on_postgres().await else { return };
    app.reconfigure(|config| {
        (config.database.postgres_connections, config.database.postgres_min_connections) = (2, 1);
    })
    .await;
    let reading = app.app.services.db.read();
    let ask = |text| reading.query_one_raw(Statement::from_string(DbBackend::Postgres, text));
    for _ in 0..3 {
        ask("SELECT pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
        ask("SELECT 1 AS number").await.unwrap().unwrap();
        ask("SELECT nothing").await.unwrap_err();
        ask("SELECT 1 AS number").await.unwrap().unwrap();
    }
}
