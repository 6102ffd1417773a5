//! A second server beside that of a test.

use stockroom::app::App;
use stockroom::http::server;
use stockroom::kernel::clock::Clock;
use stockroom::kernel::id::Ids;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::TestApp;
use super::patience::in_time;

/// A second server on the database of a test. Its clock stands still: time is no reason to look again.
pub(crate) struct Second {
    pub(crate) app: App,
    pub(crate) url: String,
    server: JoinHandle<()>,
}

impl Second {
    pub(crate) async fn beside(first: &TestApp) -> Self {
        let (clock, _hand) = Clock::manual(Clock::system().now());
        let mut config = first.config().clone();
        config.read_cache.seconds = 3_600;
        let app = App::with(config, clock, Ids::time_ordered()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/graphql", listener.local_addr().unwrap());
        let server = tokio::spawn(server::serve(listener, app.http(), app.stop.clone()));
        Self { app, url, server }
    }

    pub(crate) async fn stop(self) {
        self.app.stop.cancel();
        in_time(self.server, "the second server did not stop").await.unwrap();
        self.app.close().await.unwrap();
    }
}
