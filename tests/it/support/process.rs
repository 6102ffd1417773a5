//! The real program as a child process: started on a data directory, asked to stop, or killed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::client::Client;
use super::patience::{PATIENCE, ended_in};

/// The program with nothing of this process's configuration, in `folder`.
pub(crate) fn stockroom(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockroom"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOCKROOM_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command of the program to its end. One that should have refused to start, and serves instead, is ended.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = stockroom(folder);
    command.args(arguments);
    output(command, PATIENCE)
}

/// Runs any command to its end. One that goes on for longer than `patience` is ended, and fails the test.
pub(crate) fn output(mut command: Command, patience: Duration) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let read = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes).unwrap();
            bytes
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let status = ended_in(&mut child, patience);
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    let printed = String::from_utf8_lossy(&stdout);
    let status = status.unwrap_or_else(|| panic!("{command:?} did not end within {patience:?}: {printed}"));
    Output { status, stdout, stderr }
}

/// A running server. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    /// The endpoint, `http://…/graphql`.
    pub(crate) url: String,
}

impl Process {
    /// Starts `serve` on a free port with its data in `folder`, and waits until it listens.
    pub(crate) fn serve(folder: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = stockroom(folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
        command.stdout(Stdio::piped()).stderr(File::create(folder.join("stderr.log")).unwrap());
        configure(&mut command);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (saying, said) = mpsc::channel();
        // Somebody must go on reading, or the server would stop at a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(saying.send(line))));
        let address = |line: String| {
            line.find("http://").map(|at| line[at..].trim().to_owned()).filter(|_| line.contains("listening on"))
        };
        let Some(url) = std::iter::from_fn(|| said.recv_timeout(PATIENCE).ok()).find_map(address) else {
            child.kill().ok();
            panic!("the server did not start: {}", std::fs::read_to_string(folder.join("stderr.log")).unwrap())
        };
        Self { child, url }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// What the server has said on standard error, once it has said this: the log is written a moment after it happens.
    pub(crate) fn log_with(&self, folder: &Path, words: &str) -> String {
        let begin = Instant::now();
        loop {
            let log = std::fs::read_to_string(folder.join("stderr.log")).unwrap();
            if log.contains(words) {
                return log;
            }
            assert!(begin.elapsed() < PATIENCE, "no {words:?} in {log}");
            std::thread::yield_now();
        }
    }

    /// Memory that the server occupies, in bytes; `None` where the system doesn't tell.
    pub(crate) fn resident_bytes(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    /// Has [`Self::peak_bytes`] tell of what happens from now on. Where the system can't, it goes on to tell of everything.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").ok();
    }

    /// The most that it ever occupied.
    pub(crate) fn peak_bytes(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, kind: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(kind))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the server to stop, as a service manager does, without waiting.
    pub(crate) fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until the server has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        ended_in(&mut self.child, PATIENCE).unwrap_or_else(|| panic!("the server did not end within {PATIENCE:?}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
