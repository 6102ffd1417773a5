//! Runs the steps of one page against a demo server in a process of its own, and compares what they print.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::json;
use stockroom::config::{Config, Flags, Sources};
use tempfile::TempDir;

use super::page::{Action, Promise, Step, steps};
use super::{compare, read};
use crate::support::node;
use crate::support::process::{Process, stockroom};

/// Where the pages say that the server is.
const SHOWN: &str = "http://127.0.0.1:8080";
/// The same for a WebSocket.
const SHOWN_SOCKET: &str = "ws://127.0.0.1:8080";

/// Runs the page at `path` and fails with everything that is not as it says.
pub(super) fn page(path: &str) {
    let steps = steps(path, &read(path));
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    if steps.iter().any(|step| !matches!(step.action, Action::Syntax(_) | Action::Settings(_))) {
        copy_of_the_demo(folder.path());
        let server = Process::serve(&folder.path().join("data"), |command| {
            command.arg("--demo");
        });
        let ran = shell(&steps, folder.path(), server.url.trim_end_matches("/graphql"));
        if !ran.status.success() {
            wrong.push(format!("the script ended with {}", ran.status));
        }
    }
    for (number, step) in steps.iter().enumerate() {
        let checked = match &step.action {
            Action::Syntax(text) => syntax(text, folder.path()),
            Action::Settings(text) => settings(text, folder.path()),
            Action::Node(_) if node::modules().is_none() => Ok(()),
            Action::Shell(_) | Action::Graphql { .. } | Action::Node(_) => printed(number, step, folder.path()),
        };
        if let Err(reason) = checked {
            wrong.push(format!("{path}:{}: {reason}", step.line));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The data directory of a demo shop, loaded once for all pages.
fn copy_of_the_demo(folder: &Path) {
    static DEMO: OnceLock<TempDir> = OnceLock::new();
    let demo = DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let loaded = stockroom(folder.path()).arg("demo").output().unwrap();
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        folder
    });
    let copied = Command::new("cp").arg("-a").arg(demo.path().join("data")).arg(folder).status().unwrap();
    assert!(copied.success());
}

/// Runs everything that is typed at the server as one script, each step's output going to files of its own.
fn shell(steps: &[Step], folder: &Path, base: &str) -> Output {
    fs::create_dir(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"), folder.join("examples")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stockroom"), folder.join("bin/stockroom")).unwrap();
    let modules = node::modules();
    if let Some(modules) = &modules {
        std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    }
    let here = |text: &str| text.replace(SHOWN, base).replace(SHOWN_SOCKET, &base.replacen("http", "ws", 1));
    // Exported: what a page keeps in a variable is there for its programs, too.
    let mut script = "set -eua\nPATH=\"$PWD/bin:$PATH\"\n".to_owned();
    for (number, step) in steps.iter().enumerate() {
        let typed = match &step.action {
            Action::Shell(text) => here(text),
            Action::Graphql { document, variables } => {
                let request = json!({ "query": document, "variables": variables });
                fs::write(folder.join(format!("{number}.json")), request.to_string()).unwrap();
                format!(
                    "curl -s {base}/graphql -H 'Content-Type: application/json' \
                     ${{TOKEN:+-H}} ${{TOKEN:+\"Authorization: Bearer $TOKEN\"}} -d @{number}.json\n"
                )
            }
            Action::Node(text) if modules.is_some() => {
                fs::write(folder.join(format!("{number}.mjs")), here(text)).unwrap();
                format!("node {number}.mjs\n")
            }
            Action::Node(_) | Action::Syntax(_) | Action::Settings(_) => continue,
        };
        writeln!(script, "{{\n{typed}}} > {number}.out 2> {number}.err").unwrap();
    }
    fs::write(folder.join("script"), script).unwrap();
    let mut command = Command::new("timeout");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOCKROOM_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.args(["120", "sh", "script"]).current_dir(folder).output().unwrap()
}

/// Compares what a step has printed with what the page says of it.
fn printed(number: usize, step: &Step, folder: &Path) -> Result<(), String> {
    let file = |kind: &str| fs::read_to_string(folder.join(format!("{number}.{kind}")));
    let (Ok(out), Ok(err)) = (file("out"), file("err")) else {
        return Err("was not reached".to_owned());
    };
    let compared = match &step.promised {
        Some(Promise::Json(promised)) => match serde_json::from_str(&out) {
            Ok(came) => compare::answer(promised, &came),
            Err(error) => Err(format!("what came is not one JSON text: {error}")),
        },
        Some(Promise::Http(promised)) => compare::http(promised, &out),
        Some(Promise::Text(promised)) => compare::lines(promised, &out),
        None if out.contains("\"errors\":") || out.contains("\"userErrors\":[{") => {
            Err("there are errors that the page does not show".to_owned())
        }
        None => Ok(()),
    };
    compared.map_err(|reason| format!("{reason}\n--- came:\n{out}{err}"))
}

/// Checks commands that are not run: the program must have them with these flags, and the settings before them.
fn syntax(text: &str, folder: &Path) -> Result<(), String> {
    for line in text.replace("\\\n", " ").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let names = words.iter().take_while(|word| word.contains('=') && !word.starts_with('-')).count();
        let variables: Vec<&str> = words.drain(..names).collect();
        settings_of(&variables).map_err(|reason| format!("{line}: {reason}"))?;
        match words.as_slice() {
            ["cargo", "test"] | ["createdb", "stockroom"] => {}
            ["stockroom", arguments @ ..] | ["cargo", "run", "--", arguments @ ..] => {
                let helped = stockroom(folder).args(arguments).arg("--help").output().unwrap();
                if !helped.status.success() {
                    return Err(format!("{line}: {}", String::from_utf8_lossy(&helped.stderr)));
                }
            }
            _ => return Err(format!("{line}: is no command of the program")),
        }
    }
    Ok(())
}

/// Checks variables `NAME=value`, each by itself.
fn settings_of(variables: &[&str]) -> Result<(), String> {
    let variables = variables.iter().filter_map(|variable| variable.split_once('='));
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    configured(Sources { file: None, variables, flags: Flags::default() })
}

/// Checks a part of `stockroom.toml`.
fn settings(text: &str, folder: &Path) -> Result<(), String> {
    let file: PathBuf = folder.join("stockroom.toml");
    fs::write(&file, text).unwrap();
    let checked = configured(Sources { file: Some(file.clone()), variables: Vec::new(), flags: Flags::default() });
    // A step of the page must not find it.
    fs::remove_file(file).unwrap();
    checked
}

fn configured(sources: Sources) -> Result<(), String> {
    Config::from_sources(sources).map(drop).map_err(|error| error.to_string())
}
