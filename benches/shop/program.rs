//! The programs that are measured: started, watched, and ended.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks of a second, in which Linux counts the time of processes.
const TICKS: f64 = 100.0;

/// A server in a process of its own. Dropping it ends it.
pub(crate) struct Program {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    /// Where it tells of itself, if it does.
    pub(crate) metrics: Option<String>,
    /// From the start of the process to its address.
    pub(crate) started_in: Duration,
}

impl Program {
    /// Starts it and waits for its address, the last word of the line that says `listening on`.
    pub(crate) fn start(command: &mut Command, metrics: Option<String>) -> Self {
        let begin = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let at = line.find("http://").filter(|_| line.contains("listening on"))?;
            line.get(at..).map(|url| url.trim().to_owned())
        });
        // Somebody must go on reading, or the server would stop at a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let url = url.expect("the server starts");
        Self { child, url, metrics, started_in: begin.elapsed() }
    }

    /// CPU time that it has used.
    pub(crate) fn cpu(&self) -> Duration {
        times_of(self.child.id(), 2).unwrap()
    }

    /// The memory that it holds, and the most that it has held, in MiB.
    pub(crate) fn memory(&self) -> [u64; 2] {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
        })
    }

    /// How many statements it has sent, if it tells.
    pub(crate) async fn statements(&self) -> Option<u64> {
        let text = reqwest::get(self.metrics.as_ref()?).await.unwrap().text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with("stockroom_sql_statements_total"))?;
        line.split_whitespace().last()?.parse().ok()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// CPU time that all processes of PostgreSQL on this machine have used, those that ended included.
pub(crate) fn cpu_of_postgres() -> Duration {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| is_postgres(*id)).filter_map(|id| times_of(id, 4)).sum()
}

fn is_postgres(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "postgres")
}

/// The sum of the first so many of: its time in user mode, its time in the kernel, and the same of its children that have ended. `None` when it is gone.
fn times_of(id: u32, count: usize) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which may hold anything: state, …, the times.
    let times = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(count);
    let ticks: f64 = times.filter_map(|time| time.parse::<f64>().ok()).sum();
    Some(Duration::from_secs_f64(ticks / TICKS))
}
