//! The whole program under load, as clients meet it, beside bare servers on the same database: requests a second, waiting times, CPU, memory and
//! statements. A measurement, not a test. `docs/benchmarks.md` says how to run it and how to read it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement prints, and stops at the first fault"
)]

mod bare;
mod data;
mod load;
mod naive;
mod paced;
mod program;
mod rows;
mod subscribers;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use self::data::Database;
use self::load::{Answered, Load, Requests};
use self::program::{Program, cpu_of_postgres};
use self::subscribers::Speech;
use self::work::{Api, Work};

/// A workload that comes to more requests a second is not paced: of 70 % of this, its client would leave the server too little on a machine of two cores.
const FASTEST_PACE: f64 = 30_000.0;

const EMAIL: &str = "admin@example.com";
const PASSWORD: &str = "as slow as it has to be 47";

/// How much is measured.
#[derive(Debug, Clone)]
struct Options {
    products: i64,
    clients: usize,
    rounds: usize,
    turn: Duration,
    /// A part of the names of the workloads to run.
    only: String,
}

impl Options {
    fn load<'a>(&self, on: &'a Program, token: &'a str, folder: &'a Path) -> Load<'a> {
        Load { url: &on.url, token, clients: self.clients, turn: self.turn, folder }
    }
}

/// One turn of load on a server.
#[derive(Debug, Clone, Copy)]
struct Turn {
    answered: Answered,
    cpu: Duration,
    database_cpu: Duration,
    statements: Option<u64>,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ready", file] => bare::serve_ready(Path::new(file)).await,
        ["sql", url] => bare::serve_sql(url).await,
        ["naive", url] => bare::serve_naive(url).await,
        _ => measure_all(&arguments).await,
    }
}

async fn measure_all(arguments: &[String]) {
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let number = |name: &str, default: usize| option(name).map_or(default, |text| text.parse().expect("a number"));
    let options = Options {
        products: i64::try_from(number("--products", 100_000)).unwrap(),
        clients: number("--clients", 16),
        rounds: number("--rounds", 5),
        turn: Duration::from_secs(u64::try_from(number("--seconds", 3)).unwrap()),
        only: option("--only").unwrap_or_default(),
    };
    let scratch = tempfile::tempdir().unwrap();
    let folder = option("--folder").map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let url = arguments.iter().find(|argument| argument.contains("://")).cloned();
    let url = url.unwrap_or_else(|| format!("sqlite://{}", folder.join("stockroom.db").display()));
    let program = option("--program").unwrap_or_else(|| env!("CARGO_BIN_EXE_stockroom").to_owned());
    let place = Place { program, url, folder };
    if let Err(why) = place.prepare(options.products).await {
        println!("{why}: give an empty database");
        std::process::exit(1);
    }
    println!("{} products on {}", options.products, if place.is_sqlite() { "SQLite" } else { "PostgreSQL" });
    place.measure(&options, scratch.path(), true).await;
    place.measure(&options, scratch.path(), false).await;
}

/// What is compared.
struct Servers<'a> {
    api: &'a Api<'a>,
    sql: Program,
    naive: Program,
}

impl Servers<'_> {
    async fn measure(&self, work: &Work, options: &Options, folder: &Path) {
        let Self { api, sql, naive } = self;
        let (ours, bare) = (work.requests(api).await, work.questions(sql, false).await);
        work.assert_same(&ours, &bare);
        let ready = folder.join("ready.json");
        std::fs::write(&ready, serde_json::to_vec(&work.ready(api, &ours).await).unwrap()).unwrap();
        let ready = this_program(&["ready", ready.to_str().unwrap()]);
        let mut contenders = vec![
            ("stockroom", api.program, options.load(api.program, &api.token, folder), &ours),
            ("ready answers", &ready, options.load(&ready, "", folder), &ours),
            ("bare SQL", sql, options.load(sql, "", folder), &bare),
        ];
        let by_naive;
        if work.is_asked_naively() {
            by_naive = work.asked_of(naive, &ours).await;
            contenders.push(("without loaders", naive, options.load(naive, "", folder), &by_naive));
        }
        let with_history;
        if work.is_change_of_stock() {
            with_history = work.questions(sql, true).await;
            contenders.push(("bare ledger", sql, options.load(sql, "", folder), &with_history));
        }
        println!("\n{}", work.name);
        for (_, _, load, requests) in &contenders {
            load.warm_up(requests);
        }
        let mut turns: BTreeMap<usize, Vec<Turn>> = BTreeMap::new();
        for _ in 0..options.rounds {
            for (index, (_, program, load, requests)) in contenders.iter().enumerate() {
                turns.entry(index).or_default().push(take_turn(program, *load, requests).await);
            }
        }
        let rate = |index: usize| median(turns[&index].iter().map(Turn::rate));
        for (index, (name, ..)) in contenders.iter().enumerate() {
            report(name, &turns[&index], rate(0) / rate(index));
        }
        if rate(0) < FASTEST_PACE {
            let (p50, p99) = contenders[0].2.paced(&ours, rate(0) * 0.7);
            println!("  at 70 % of its rate: p50 {p50:.2?}, p99 {p99:.2?}");
        }
        let [now, most] = api.program.memory();
        println!("  memory of the program {now} MiB, at most {most} until here");
    }

    async fn tell_subscribers(&self) {
        println!("\nW7 1,000 subscribers are told of a change of a level");
        let (change, question) = Work::change();
        let ours = subscribers::measure(self.api.program, &self.api.token, Speech::Graphql, &change).await;
        println!("  {:<15} {ours}", "stockroom");
        println!("  {:<15} {}", "bare", subscribers::measure(&self.sql, "", Speech::Bare, &question).await);
    }
}

async fn take_turn(program: &Program, load: Load<'_>, requests: &Requests) -> Turn {
    let (cpu, database, statements) = (program.cpu(), cpu_of_postgres(), program.statements().await);
    let answered = load.run(requests);
    Turn {
        answered,
        cpu: program.cpu().saturating_sub(cpu),
        database_cpu: cpu_of_postgres().saturating_sub(database),
        statements: program.statements().await.zip(statements).map(|(after, before)| after - before),
    }
}

impl Turn {
    fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.answered.requests).unwrap()) / self.answered.took.as_secs_f64()
    }

    /// Of each request.
    fn per_request(&self, whole: f64) -> f64 {
        whole / f64::from(u32::try_from(self.answered.requests.max(1)).unwrap())
    }
}

fn report(name: &str, turns: &[Turn], ratio: f64) {
    let rates = || turns.iter().map(Turn::rate);
    let (least, most) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
    let millis =
        |of: fn(&Answered) -> Duration| median(turns.iter().map(|turn| of(&turn.answered).as_secs_f64() * 1e3));
    let micros =
        |of: fn(&Turn) -> Duration| median(turns.iter().map(|turn| turn.per_request(of(turn).as_secs_f64() * 1e6)));
    let statements =
        turns.iter().filter_map(|turn| Some(turn.per_request(f64::from(u32::try_from(turn.statements?).ok()?))));
    let statements: Vec<f64> = statements.collect();
    let told = if statements.is_empty() {
        String::new()
    } else {
        format!(", {:.2} statements", median(statements.into_iter()))
    };
    println!(
        "  {name:<15} {:>8.0}/s ({least:.0} to {most:.0}), p50 {:.2} ms, p99 {:.2} ms, CPU {:.0} µs, of PostgreSQL {:.0} µs{told}; stockroom is {ratio:.2} of it",
        median(rates()),
        millis(|answered| answered.p50),
        millis(|answered| answered.p99),
        micros(|turn| turn.cpu),
        micros(|turn| turn.database_cpu),
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Which program is measured, and where it keeps its data.
struct Place {
    program: String,
    url: String,
    folder: PathBuf,
}

impl Place {
    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    async fn database(&self) -> Result<Database, String> {
        let made = if self.is_sqlite() { format!("{}?mode=rwc", self.url) } else { self.url.clone() };
        Database::open(&made).await.map_err(|error| error.to_string())
    }

    /// Makes the shop, unless it is there; refuses a database with anything else in it.
    async fn prepare(&self, products: i64) -> Result<(), String> {
        match self.database().await?.made_before().await? {
            Some(made) if made == products => return Ok(()),
            Some(made) => return Err(format!("the database has a shop of {made} products")),
            None => {}
        }
        let begin = Instant::now();
        // The server makes the tables, the roles and the administrator.
        drop(self.start(&[]));
        self.database().await?.fill(products).await.map_err(|error| error.to_string())?;
        println!("made the shop in {:?}", begin.elapsed());
        Ok(())
    }

    /// Measures the workloads that a program which keeps no answers is asked, or all others.
    async fn measure(&self, options: &Options, scratch: &Path, afresh: bool) {
        let is_wanted = |name: &str| name.contains(&options.only);
        let program = self.start(if afresh { &[("STOCKROOM_READ_CACHE__BYTES", "0")] } else { &[] });
        let begin = Instant::now();
        let api = Api::log_in(&program, EMAIL, PASSWORD).await;
        let first_answer = begin.elapsed();
        let (sql, naive) = (this_program(&["sql", &self.url]), this_program(&["naive", &self.url]));
        let servers = Servers { api: &api, sql, naive };
        for work in Work::all(&api, options.products).await {
            if work.afresh == afresh && is_wanted(work.name) {
                servers.measure(&work, options, scratch).await;
            }
        }
        if afresh {
            return;
        }
        if is_wanted("W7 subscribers") {
            servers.tell_subscribers().await;
        }
        println!("\nstarted in {:?}, the first answer, a log-in, after {first_answer:?}", program.started_in);
        let [now, most] = program.memory();
        println!("memory of the program {now} MiB, at most {most}");
    }

    /// Starts the program as an operator would, but for what limits a single caller.
    fn start(&self, settings: &[(&str, &str)]) -> Program {
        let mut command = Command::new(&self.program);
        // Nothing of this process's configuration.
        command.env_clear();
        let metrics = free_address();
        command.current_dir(&self.folder).args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&self.folder);
        command.args(["--database-url", &self.url]);
        command.env("STOCKROOM_ADMIN_EMAIL", EMAIL).env("STOCKROOM_ADMIN_PASSWORD", PASSWORD);
        command.env("STOCKROOM_SERVER__METRICS_LISTEN", &metrics).env("STOCKROOM_RATES__ENABLED", "false");
        command.env("STOCKROOM_ACCOUNTS__ACCESS_TOKEN_SECONDS", "3600").envs(settings.iter().copied());
        command.stderr(std::fs::File::create(self.folder.join("stderr.log")).unwrap());
        Program::start(&mut command, Some(format!("http://{metrics}/metrics")))
    }
}

fn this_program(arguments: &[&str]) -> Program {
    Program::start(Command::new(std::env::current_exe().unwrap()).args(arguments), None)
}

/// An address of this machine at which nobody listens.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
