//! The client in Rust: a package of its own, compiled among the tests' temporary files so that nothing of the server's is
//! compiled again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{folder, goes_on_tour, is_patient};

/// The client, ready to be run; `None` where its crates can't be fetched. With `CI=true` that is a failure.
fn client() -> Option<Command> {
    static FETCHED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FETCHED.get_or_init(|| cargo(&["fetch", "--locked", "--quiet"]).map(|()| compiled())) {
        Ok(program) => Some(Command::new(program)),
        Err(reason) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("no crates: {reason}"),
        Err(_) => None,
    }
}

fn compiled() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-rust");
    let build = ["build", "--locked", "--offline", "--quiet", "--target-dir", target.to_str().unwrap()];
    cargo(&build).unwrap_or_else(|complaint| panic!("{complaint}"));
    target.join("debug/stockroom-client")
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(arguments).current_dir(folder("rust")).output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[test]
fn the_client_in_rust_goes_on_tour() {
    if client().is_some() {
        goes_on_tour(|| client().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_in_rust_waits_when_it_is_told_to() {
    if client().is_some() {
        is_patient(|| client().unwrap()).await;
    }
}
