//! The connections to PostgreSQL.

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
