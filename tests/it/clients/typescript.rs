//! The client in TypeScript: its packages come from npm, its types are made from schema.graphql and checked.

use std::process::Command;
use std::sync::OnceLock;

use super::{folder, goes_on_tour, is_patient};
use crate::support::node;

/// The client with its types made and checked, ready to be run; `None` where there is no npm.
fn client() -> Option<Command> {
    static CHECKED: OnceLock<()> = OnceLock::new();
    let folder = folder("typescript");
    let modules = node::modules_of(&folder)?;
    CHECKED.get_or_init(|| {
        let checked = Command::new("npm").args(["run", "--silent", "check"]).current_dir(&folder).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    });
    let mut command = Command::new(modules.join(".bin/tsx"));
    command.arg("src/main.ts").current_dir(folder);
    Some(command)
}

#[test]
fn the_client_in_typescript_goes_on_tour() {
    if client().is_some() {
        goes_on_tour(|| client().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_in_typescript_waits_when_it_is_told_to() {
    if client().is_some() {
        is_patient(|| client().unwrap()).await;
    }
}
