//! PostgreSQL for the tests: the server named by `STOCKROOM_TEST_POSTGRES_URL`, or a cluster of this process's own.
//!
//! The own cluster lives in a temporary folder and ends with this process, however that ends: a small shell script owns it and
//! takes it down when the pipe from this process closes. As root it runs as an unprivileged user, as PostgreSQL demands.
//! Every test gets a database of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use stockroom::kernel::db::{Db, Options};
use tokio::sync::{Mutex, OnceCell};

/// A database of one test.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    name: String,
    /// On somebody else's server the database is dropped after the test; a cluster of our own goes away whole.
    drop_afterwards: bool,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.drop_afterwards {
            let (admin, sql) =
                (with_database(&self.url, "postgres"), format!("DROP DATABASE {} WITH (FORCE)", self.name));
            let dropped = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(run_sql(&admin, &sql));
            });
            dropped.join().ok();
        }
    }
}

/// A fresh database, or `None` where there is no PostgreSQL. With `CI=true` that is a failure.
pub(crate) async fn fresh_database() -> Option<TestDatabase> {
    static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();
    match SERVER.get_or_init(Server::find).await {
        Ok(server) => Some(server.new_database().await),
        Err(reason) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("no PostgreSQL: {reason}"),
        Err(_) => None,
    }
}

struct Server {
    /// A database to send `CREATE DATABASE` to.
    admin: String,
    /// What every database of a cluster of our own starts as. On somebody else's server nothing must stay behind, so there
    /// each database starts empty and the application migrates it.
    template: Option<String>,
    /// `CREATE DATABASE` reads the template alone.
    copying: Mutex<()>,
    created: AtomicU32,
    _own: Option<Cluster>,
}

impl Server {
    async fn find() -> Result<Self, String> {
        let (copying, created) = (Mutex::new(()), AtomicU32::new(0));
        if let Ok(admin) = std::env::var("STOCKROOM_TEST_POSTGRES_URL") {
            return Ok(Self { admin, template: None, copying, created, _own: None });
        }
        let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap().inspect_err(|reason| {
            writeln!(std::io::stderr(), "skipped on PostgreSQL: {reason}").ok();
        })?;
        let admin = cluster.url();
        let template = "stockroom_template".to_owned();
        run_sql(&admin, &format!("CREATE DATABASE {template}")).await;
        let db = Db::connect(&Options::new(with_database(&admin, &template))).await.unwrap();
        db.migrate().await.unwrap();
        db.close().await;
        Ok(Self { admin, template: Some(template), copying, created, _own: Some(cluster) })
    }

    async fn new_database(&self) -> TestDatabase {
        let number = self.created.fetch_add(1, Ordering::Relaxed);
        let name = format!("stockroom_test_{}_{number}", std::process::id());
        let template = self.template.as_ref().map(|name| format!(" TEMPLATE {name}")).unwrap_or_default();
        let _alone = self.copying.lock().await;
        run_sql(&self.admin, &format!("CREATE DATABASE {name}{template}")).await;
        TestDatabase { url: with_database(&self.admin, &name), name, drop_afterwards: self.template.is_none() }
    }
}

async fn run_sql(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, String::new()), |(a, p)| (a, format!("?{p}")));
    let (scheme, rest) = address.split_once("://").unwrap();
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}{parameters}")
}

/// A cluster in a temporary folder. Its keeper holds the other end of a pipe and removes everything when this end closes.
struct Cluster {
    port: u16,
    _keeper: Child,
}

/// `$1`: the folder, `$2`: the programs. Ends when its standard input does; an interrupt from the terminal must not end it first.
const KEEPER: &str = r#"
trap '' INT TERM HUP
"$2/pg_ctl" -D "$1/data" -l "$1/log" -w -t 60 start >/dev/null 2>&1 && echo ready || { tail -n 3 "$1/log"; exit 1; }
cat >/dev/null
"$2/pg_ctl" -D "$1/data" -m immediate stop >/dev/null 2>&1
rm -rf "$1"
"#;

/// Speed over durability: the data dies with the tests.
const SETTINGS: &str = "
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
max_connections = 400
listen_addresses = '127.0.0.1'
deadlock_timeout = '100ms'
max_wal_size = '4GB'
";

impl Cluster {
    fn start() -> Result<Self, String> {
        let programs = programs().ok_or("initdb is not on this machine")?;
        let folder = tempfile::Builder::new().prefix("stockroom-postgres-").tempdir().map_err(text)?.keep();
        let user = unprivileged_user(&folder)?;
        init(&folder, &programs, user.as_deref())?;
        let mut last = String::new();
        for _ in 0..5 {
            match keep(&folder, &programs, user.as_deref()) {
                Ok(cluster) => return Ok(cluster),
                Err(reason) => last = reason,
            }
        }
        std::fs::remove_dir_all(&folder).ok();
        Err(last)
    }

    fn url(&self) -> String {
        format!("postgres://stockroom@127.0.0.1:{}/postgres", self.port)
    }
}

/// The folder of `initdb` and `pg_ctl`: what pg_config says, the newest one of Debian's, or the search path.
fn programs() -> Option<PathBuf> {
    let configured = Command::new("pg_config").arg("--bindir").output().ok().map(|output| line(&output));
    let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    packaged.sort_by_key(|bin| bin.parent().and_then(|v| v.file_name()?.to_str()?.parse::<u32>().ok()));
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = configured.map(PathBuf::from).into_iter().chain(packaged.into_iter().rev());
    candidates
        .find(|bin| bin.join("initdb").is_file())
        .or_else(|| std::env::split_paths(&search_path).find(|bin| bin.join("initdb").is_file()))
}

/// As root: somebody else, who then owns the folder. Otherwise nobody needs to change.
fn unprivileged_user(folder: &Path) -> Result<Option<String>, String> {
    if std::fs::metadata(folder).map_err(text)?.uid() != 0 {
        return Ok(None);
    }
    for user in ["postgres", "nobody"] {
        let id = |flag: &str| Command::new("id").args([flag, user]).output().ok().and_then(|o| line(&o).parse().ok());
        if let (Some(uid), Some(gid)) = (id("-u"), id("-g")) {
            chown(folder, Some(uid), Some(gid)).map_err(text)?;
            return Ok(Some(user.to_owned()));
        }
    }
    Err("PostgreSQL refuses to run as root, and there is no user postgres or nobody".to_owned())
}

/// Sorts text by a language's rules, as most production databases do, so that a query which relies on byte order is found out.
fn init(folder: &Path, programs: &Path, user: Option<&str>) -> Result<(), String> {
    let output = as_user(user, &programs.join("initdb"))
        .args(["-U", "stockroom", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions", "--locale=C"])
        .args(["--locale-provider=icu", "--icu-locale=en-US", "-D"])
        .arg(folder.join("data"))
        .output()
        .map_err(text)?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn keep(folder: &Path, programs: &Path, user: Option<&str>) -> Result<Cluster, String> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(text)?.port();
    let settings = format!("{SETTINGS}port = {port}\nunix_socket_directories = '{}'\n", folder.display());
    std::fs::write(folder.join("data/postgresql.auto.conf"), settings).map_err(text)?;
    let mut keeper = as_user(user, Path::new("/bin/sh"))
        .args(["-c", KEEPER, "keeper"])
        .args([folder, programs])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(text)?;
    let mut said = String::new();
    BufReader::new(keeper.stdout.take().ok_or("no output")?).read_line(&mut said).map_err(text)?;
    if said.trim() == "ready" { Ok(Cluster { port, _keeper: keeper }) } else { Err(said) }
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir("/");
    command
}

fn line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
