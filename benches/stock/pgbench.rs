//! The floor on PostgreSQL: the statements of `kernel::write` and the commands, as scripts of pgbench, on the same database.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use stockroom::kernel::id::Id as _;

use super::ours::Ours;
use super::{Size, Work, fail, shelf};

const ADJUST: &str = include_str!("adjust.pgbench");
const RESERVE: &str = include_str!("reserve.pgbench");

/// What stands in the audit log and the outbox: as long as what the library writes.
const TEXTS: [(&str, &str); 5] = [
    ("adjusted", include_str!("adjusted.json")),
    ("promised", include_str!("promised.json")),
    ("changed", include_str!("changed.json")),
    ("created", include_str!("created.json")),
    ("announced", include_str!("announced.json")),
];

/// pgbench over a database.
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
}

/// How many statements one write sends, without `BEGIN` and `COMMIT`: each ends in `;` or in `\gset`.
pub(crate) fn statements(work: Work) -> u64 {
    let ends = script(work).lines().filter(|line| line.ends_with(';') || line.ends_with("\\gset")).count();
    u64::try_from(ends).unwrap() - 2
}

fn script(work: Work) -> &'static str {
    match work {
        Work::Distinct | Work::Hot => ADJUST,
        Work::Reserve => RESERVE,
    }
}

impl Pgbench {
    pub(crate) fn new(url: String) -> Self {
        let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut programs: Vec<PathBuf> = packaged.map(|version| version.path().join("bin/pgbench")).collect();
        programs.sort();
        programs.push("pgbench".into());
        let runs = |program: &PathBuf| {
            Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|done| done.success())
        };
        let program = programs.into_iter().rev().find(runs);
        Self { program: program.unwrap_or_else(|| fail("there is no pgbench here")), url }
    }

    /// Writes a second.
    pub(crate) fn rate(&self, ours: &Ours, work: Work, size: Size) -> f64 {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(script(work).as_bytes()).unwrap();
        let (now, shelf) = (ours.now(), shelf::variant(0).uuid().simple().to_string());
        let spread = if work == Work::Hot { "0" } else { "1" };
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.arg(format!("--client={}", size.clients)).arg(format!("--time={}", size.turn.as_secs()));
        // Ids ascend with time, as UUIDv7 do: milliseconds first.
        let run = format!("{:012x}", now.0 / 1_000);
        let (location, start) = (ours.location.uuid().to_string(), now.0.to_string());
        let shelf = shelf.strip_suffix("0000").unwrap();
        let values = [
            ("run", run.as_str()),
            ("shelf", shelf),
            ("location", &location),
            ("start", &start),
            ("n", "0"),
            ("spread", spread),
        ];
        for (name, value) in values.into_iter().chain(TEXTS) {
            command.arg("-D").arg(format!("{name}={}", value.trim_end()));
        }
        command.arg("--file").arg(file.path()).arg(&self.url);
        let done = tokio::task::block_in_place(|| command.output()).unwrap();
        let (said, complained) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        match rate {
            Some(rate) if done.status.success() => rate,
            _ => fail(&format!("pgbench: {said}{complained}")),
        }
    }
}
