//! Administrators made on the command line, by the real program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;

use super::LOGIN;
use crate::support::PASSWORD;
use crate::support::process::{Process, run, stockroom};

/// `stockroom create-admin` with this on its standard input.
fn create_admin(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = stockroom(folder);
    command.arg("create-admin").args(arguments).arg("--data-dir").arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn printed(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

async fn may_log_in(server: &Process, email: &str, password: &str) -> bool {
    let answer = server.client().mutate(LOGIN, json!({ "email": email, "password": password })).await;
    let roles = &answer.field("login")["user"]["roles"];
    *roles == json!([{ "code": "ADMINISTRATOR" }])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_is_made_beside_a_running_server_and_logs_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_ADMIN_PASSWORD", PASSWORD);
    });
    assert!(may_log_in(&server, "admin@example.com", PASSWORD).await, "the first administrator");

    let made = create_admin(folder.path(), &["--email", "boss@example.com"], "");
    let (result, _) = printed(&made);
    let password = result.trim().strip_prefix("password: ").unwrap_or_else(|| panic!("{:?}", printed(&made)));
    assert!(may_log_in(&server, "boss@example.com", password).await);

    let given = ["--email", "other@example.com", "--name", "Other", "--password-stdin"];
    let made = create_admin(folder.path(), &given, &format!("{PASSWORD}\nsecond line"));
    assert!(made.status.success() && made.stdout.is_empty(), "a given password is not printed: {:?}", printed(&made));
    assert!(may_log_in(&server, "other@example.com", PASSWORD).await);
}

#[test]
fn what_is_wrong_with_an_administrator_is_said_and_nobody_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let refused = [
        (vec!["--email", "nobody"], "", "email is not valid"),
        (vec!["--email", "boss@example.com", "--password-stdin"], "password\n", "password is too easy to guess"),
        (vec!["--email", "boss@example.com", "--password-stdin"], "\n", "no password on standard input"),
    ];
    for (arguments, input, reason) in refused {
        let made = create_admin(folder.path(), &arguments, input);
        let (result, said) = printed(&made);
        assert!(!made.status.success() && said.contains(reason), "{arguments:?}: {result} {said}");
    }
    assert!(create_admin(folder.path(), &["--email", "boss@example.com"], "").status.success());
    let again = create_admin(folder.path(), &["--email", "BOSS@example.com"], "");
    assert!(!again.status.success() && printed(&again).1.contains("belongs to another account"));
    let help = run(folder.path(), &["create-admin", "--help"]);
    assert!(printed(&help).0.contains("--password-stdin"));
}
