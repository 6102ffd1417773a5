//! What every test stands on: [`TestApp`], a real server in this process on a fresh database, and clients to talk to it.

pub(crate) mod client;
pub(crate) mod fixtures;
pub(crate) mod node;
pub(crate) mod patience;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod second;
pub(crate) mod socket;
pub(crate) mod sqlite;
pub(crate) mod token;

use std::sync::Arc;
use std::time::Instant;

use secrecy::{ExposeSecret as _, SecretString};
use stockroom::accounts::rules::BuiltInRole;
use stockroom::accounts::service::{Credentials, Registration};
use stockroom::app::App;
use stockroom::config::Config;
use stockroom::http::server;
use stockroom::kernel::actor::Actor;
use stockroom::kernel::clock::{Clock, ManualClock, Timestamp};
use stockroom::kernel::id::Ids;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::client::Client;
use self::patience::{PATIENCE, in_time};
use self::postgres::TestDatabase;
use self::socket::Socket;

/// Expands each named `async fn name(app: TestApp)` of the module into a test on SQLite and one on PostgreSQL.
macro_rules! both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::support::TestApp::on_sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(app) = $crate::support::TestApp::on_postgres().await {
                    super::$name(app).await;
                }
            })+
        }
    };
}

pub(crate) use both_databases;

/// The password of every user that the tests make.
pub(crate) const PASSWORD: &str = "violet anvil cobalt thunder";

/// A server of this test's own, with its database and its data directory. Everything ends with the test.
pub(crate) struct TestApp {
    /// The application behind the server, for what the API does not show.
    pub(crate) app: App,
    config: Config,
    clock: Clock,
    /// Open as long as the test, so that nobody else gets its port while the server restarts.
    socket: std::net::TcpListener,
    server: JoinHandle<()>,
    // Dropped last, in this order: the database, the folder.
    _database: Option<TestDatabase>,
    folder: TempDir,
}

impl TestApp {
    /// On a fresh SQLite file.
    pub(crate) async fn on_sqlite() -> Self {
        Self::start(None).await
    }

    /// On a fresh PostgreSQL database; `None` where there is no PostgreSQL.
    pub(crate) async fn on_postgres() -> Option<Self> {
        Some(Self::start(Some(postgres::fresh_database().await?)).await)
    }

    async fn start(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.server.data_dir = folder.path().join("data");
        if database.is_none() {
            sqlite::fresh_database(&config.server.data_dir.join("stockroom.db")).await;
        }
        // However busy the machine is: nobody is sent away for waiting, but by the test of it.
        config.accounts.hashing_wait_ms = 60_000;
        // Looked up at each request, so that a request costs the same number of statements at any moment.
        config.accounts.permissions_cache_ms = 0;
        // Many tests share one PostgreSQL.
        config.database.postgres_min_connections = 0;
        // A test may ask as much as it likes, but for the tests of the buckets.
        config.rates.enabled = false;
        config.database.url = database.as_ref().map(|database| database.url.clone().into());
        let app = App::open(config.clone()).await.unwrap();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let server = serve(&app, &socket);
        Self { app, config, clock: Clock::system(), socket, server, _database: database, folder }
    }

    /// The endpoint, `http://…/graphql`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.socket.local_addr().unwrap())
    }

    /// A folder of this test's own, with the data directory `data` in it.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The configuration that the server runs with.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url())
    }

    /// A client logged in as a user with this one role, such as `ADMINISTRATOR`.
    pub(crate) async fn as_role(&self, role: &str) -> Client {
        self.as_one_of(role, role).await
    }

    /// The same as another user with this role, `<name>@test.example`.
    pub(crate) async fn as_one_of(&self, role: &str, name: &str) -> Client {
        self.anonymous().with_token(&self.token_of(role, name).await)
    }

    /// A WebSocket, anonymous or logged in as a user with this one role.
    pub(crate) async fn socket(&self, role: Option<&str>) -> Socket {
        let token = match role {
            Some(role) => Some(self.token_of(role, role).await),
            None => None,
        };
        Socket::open(&self.url(), token.as_deref()).await
    }

    /// The access token of `<name>@test.example`, who is made at first use.
    async fn token_of(&self, role: &str, name: &str) -> String {
        let built_in = BuiltInRole::ALL.into_iter().find(|built_in| built_in.code() == role).unwrap();
        let (email, password) = (format!("{name}@test.example").to_lowercase(), SecretString::from(PASSWORD));
        let new = Registration { email: email.clone(), name: built_in.name().to_owned(), password: password.clone() };
        let accounts = &self.app.services.accounts;
        // Refused when the user is there already.
        accounts.create_user(&new, vec![built_in], Actor::system("test")).await.unwrap().ok();
        let credentials = Credentials { email, password, user_agent: None };
        let signed_in = accounts.login("test", credentials).await.unwrap().unwrap();
        signed_in.access.token.expose_secret().to_owned()
    }

    /// How many SQL statements the server has sent so far; compare before and after.
    pub(crate) fn statements(&self) -> u64 {
        self.app.services.db.statements()
    }

    /// Waits until so many subscriptions listen in the server.
    pub(crate) async fn until_listening(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.app.services.feed.listeners() != count {
            assert!(Instant::now() < deadline, "{} listen, not {count}", self.app.services.feed.listeners());
            tokio::task::yield_now().await;
        }
    }

    /// Stops the server and starts it again on the same database, files and address, under the same clock. Clients stay good.
    pub(crate) async fn restart(&mut self) {
        self.restart_as(|_| {}, self.clock.clone(), Ids::time_ordered()).await;
    }

    /// The same with another configuration.
    pub(crate) async fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        self.restart_as(change, Clock::system(), Ids::time_ordered()).await;
    }

    /// The same with a clock that only the returned hand moves, set to now.
    pub(crate) async fn stop_the_clock(&mut self) -> Arc<ManualClock> {
        let (clock, hand) = Clock::manual(Clock::system().now());
        self.restart_as(|_| {}, clock, Ids::time_ordered()).await;
        hand
    }

    /// The same with ids counted up from one and a clock that stands at noon of 1 January 2026, for whole-answer snapshots.
    pub(crate) async fn make_foreseeable(&mut self) -> Arc<ManualClock> {
        let (clock, hand) = Clock::manual(Timestamp::parse("2026-01-01T12:00:00Z").unwrap());
        self.restart_as(|_| {}, clock, Ids::counting()).await;
        hand
    }

    async fn restart_as(&mut self, change: impl FnOnce(&mut Config), clock: Clock, ids: Ids) {
        self.app.stop.cancel();
        in_time(&mut self.server, "the server did not stop").await.unwrap();
        self.app.close().await.unwrap();
        change(&mut self.config);
        self.clock = clock.clone();
        self.app = App::with(self.config.clone(), clock, ids).await.unwrap();
        self.server = serve(&self.app, &self.socket);
    }
}

fn serve(app: &App, socket: &std::net::TcpListener) -> JoinHandle<()> {
    let listener = TcpListener::from_std(socket.try_clone().unwrap()).unwrap();
    tokio::spawn(server::serve(listener, app.http(), app.stop.clone()))
}
