//! The client in Python: its packages come from PyPI, into an environment among the tests' temporary files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{folder, goes_on_tour, is_patient};

/// The client, ready to be run; `None` where there is no Python with its packages. With `CI=true` that is a failure.
fn client() -> Option<Command> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match INSTALLED.get_or_init(install) {
        Ok(python) => {
            let mut command = Command::new(python);
            command.arg("-B").arg(folder("python").join("client.py"));
            Some(command)
        }
        Err(reason) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("no Python: {reason}"),
        Err(_) => None,
    }
}

/// The environment's interpreter, with what requirements.txt asks for and nothing else.
fn install() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-python");
    let (python, wanted, done) =
        (home.join("bin/python"), folder("python").join("requirements.txt"), home.join("requirements.txt"));
    if std::fs::read(&done).is_ok_and(|installed| installed == std::fs::read(&wanted).unwrap()) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    let install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r"];
    run(Command::new(&python).args(install).arg(&wanted))?;
    run(Command::new(&python).args(["-m", "pip", "check", "--disable-pip-version-check"]))?;
    std::fs::copy(&wanted, &done).map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) }
}

#[test]
fn the_client_in_python_goes_on_tour() {
    if client().is_some() {
        goes_on_tour(|| client().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_in_python_waits_when_it_is_told_to() {
    if client().is_some() {
        is_patient(|| client().unwrap()).await;
    }
}
