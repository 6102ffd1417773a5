//! The connections to PostgreSQL.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

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
