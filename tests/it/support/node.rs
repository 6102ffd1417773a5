//! Other people's clients and checkers for Node.js, from `tests/node`: their packages are installed once, as its lock file
//! says, then each script there runs on its own. The same installs the packages of other folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::patience::PATIENCE;
use super::process;

/// The script `tests/node/<name>`, ready to be run, or `None` where there is no npm. With `CI=true` that is a failure.
pub(crate) fn script(name: &str) -> Option<Command> {
    modules()?;
    let mut command = Command::new("node");
    command.arg(name).current_dir(folder());
    Some(command)
}

/// The folder of the installed packages, or `None` where there is no npm. With `CI=true` that is a failure.
pub(crate) fn modules() -> Option<PathBuf> {
    modules_of(&folder())
}

/// The same for another folder with a lock file.
pub(crate) fn modules_of(folder: &Path) -> Option<PathBuf> {
    static INSTALLED: Mutex<BTreeMap<PathBuf, Result<(), String>>> = Mutex::new(BTreeMap::new());
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    match installed.entry(folder.to_owned()).or_insert_with(|| install(folder)) {
        Ok(()) => Some(folder.join("node_modules")),
        Err(reason) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("no npm: {reason}"),
        Err(_) => None,
    }
}

/// Runs `command` to its end without holding up the runtime, and returns what it printed. Fails unless it succeeds.
pub(crate) async fn printed_by(command: Command) -> String {
    // Compilers run here, too.
    let output = tokio::task::spawn_blocking(move || process::output(command, PATIENCE * 5)).await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

/// `npm ci`, unless what is installed is already what the lock file says.
fn install(folder: &Path) -> Result<(), String> {
    Command::new("npm").arg("--version").output().map_err(|error| error.to_string())?;
    let modified = |name: &str| std::fs::metadata(folder.join(name)).and_then(|found| found.modified());
    let wanted = modified("package-lock.json").unwrap();
    if modified("node_modules/.package-lock.json").is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
    let output = Command::new("npm").args(arguments).current_dir(folder).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
