//! What the library adds to the SQL of a stock write: its rate beside that of the same statements, sent by pgbench (PostgreSQL) or by bare sqlx
//! (SQLite). A measurement, not a test. `docs/benchmarks.md` says how to run it and how to read it.
// What a server is made of is laid out in one piece, a hundred and more futures deep, when it is optimised.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and stops at the first fault")]

mod ours;
mod pace;
mod pgbench;
#[path = "../common/shelf.rs"]
mod shelf;
mod shop;
mod sqlite;

use std::str::FromStr;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use stockroom::app::App;
use stockroom::config::Config;

use self::ours::Ours;
use self::pgbench::Pgbench;
use self::shop::Shop;
use self::sqlite::Sqlite;

/// The longest wait for a connection, a lock, or a statement.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Each client receives a unit of a variant of its own.
    Distinct,
    /// All clients receive units of one variant.
    Hot,
    /// Each client reserves a unit of five variants, any of many.
    Reserve,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// How many writes are under way at once.
    clients: i64,
    /// How often the library and the floor take turns.
    rounds: u32,
    /// How long a turn takes.
    turn: Duration,
}

/// The same SQL without the library.
enum Floor {
    Pgbench(Pgbench),
    Sqlite(Sqlite),
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let url = arguments.iter().find(|argument| argument.contains("://")).cloned();
    let size = Size {
        clients: option(&arguments, "--clients").unwrap_or(32),
        rounds: option(&arguments, "--rounds").unwrap_or(5),
        turn: Duration::from_secs(option(&arguments, "--seconds").unwrap_or(4)),
    };
    if let Some(url) = &url {
        assert_empty(url).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.server.data_dir = folder.path().to_owned();
    config.database.url = url.clone().map(Into::into);
    // Whoever waits has to wait to the end: pgbench knows no limit either.
    let patience_ms = u64::try_from(PATIENCE.as_millis()).unwrap();
    config.database.acquire_timeout_ms = patience_ms;
    config.database.statement_timeout_ms = patience_ms;
    config.database.lock_timeout_ms = patience_ms;
    // As many connections may write as pgbench opens.
    config.database.postgres_connections = u32::try_from(size.clients).unwrap().div_ceil(3) * 4;
    let app = App::open(config).await.unwrap();
    let shop = Shop::make(&app).await;
    let floor = match url {
        Some(url) => Floor::Pgbench(Pgbench::new(url)),
        None => Floor::Sqlite(Sqlite::open(&folder.path().join("stockroom.db")).await),
    };
    let ours = Ours::new(&app, &shop);
    for work in [Work::Distinct, Work::Hot, Work::Reserve] {
        assert_eq!(ours.statements(work).await, floor.statements(work), "{work:?}: the floor sends other statements");
        measure(&ours, &floor, work, size).await;
    }
    app.close().await.unwrap();
}

/// Both sides in turns, so that what else the machine does meets both alike.
async fn measure(ours: &Ours, floor: &Floor, work: Work, size: Size) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        with.push(ours.rate(work, size).await);
        without.push(floor.rate(ours, work, size).await);
    }
    let (with, without) = (Spread::of(with), Spread::of(without));
    let (statements, ratio) = (floor.statements(work), with.median / without.median);
    println!("{}: {with} against {without} of bare SQL, ratio {ratio:.2}; {statements} statements", work.name());
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Distinct => "adjustments of distinct variants",
            Self::Hot => "adjustments of one hot variant",
            Self::Reserve => "reservations of 5 lines",
        }
    }
}

impl Floor {
    /// How many statements one write sends, without `BEGIN` and `COMMIT`.
    fn statements(&self, work: Work) -> u64 {
        match self {
            Self::Pgbench(_) => pgbench::statements(work),
            Self::Sqlite(_) => sqlite::statements(work),
        }
    }

    async fn rate(&self, ours: &Ours, work: Work, size: Size) -> f64 {
        match self {
            Self::Pgbench(floor) => floor.rate(ours, work, size),
            Self::Sqlite(floor) => floor.rate(ours, work, size).await,
        }
    }
}

/// The median of some rates, with the least and the greatest.
struct Spread {
    least: f64,
    median: f64,
    greatest: f64,
}

impl Spread {
    fn of(mut rates: Vec<f64>) -> Self {
        rates.sort_by(f64::total_cmp);
        let (least, greatest) = (*rates.first().unwrap(), *rates.last().unwrap());
        Self { least, median: *rates.get(rates.len() / 2).unwrap(), greatest }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0}/s ({:.0} to {:.0})", self.median, self.least, self.greatest)
    }
}

/// The number behind a flag.
fn option<T: FromStr>(arguments: &[String], flag: &str) -> Option<T> {
    let value = arguments.iter().skip_while(|argument| *argument != flag).nth(1)?;
    Some(value.parse().ok().unwrap_or_else(|| fail(&format!("{flag} takes a number, not {value}"))))
}

/// What is measured must not be somebody's shop, nor the remains of an earlier measurement.
async fn assert_empty(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    if tables > 0 {
        fail("the database is not empty: the measurement takes a fresh one, and leaves its shop in it");
    }
}

/// Says why nothing is measured, and ends.
fn fail(reason: &str) -> ! {
    println!("{reason}");
    std::process::exit(2)
}
