//! The program from outside: what it prints, what it refuses, and which settings stop it.

use std::process::Output;

use serde_json::json;
use tempfile::tempdir;

use crate::support::client::patient;
use crate::support::process::{Process, run, stockroom};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(text(&output.stdout), "");
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error}");
    }
}

#[test]
fn the_schema_is_printed_for_scripts() {
    let printed = run(tempdir().unwrap().path(), &["schema"]);
    assert!(printed.status.success());
    assert!(text(&printed.stdout).contains("type Mutation"), "{}", text(&printed.stdout));
    assert_eq!(text(&printed.stderr), "");
}

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let folder = tempdir().unwrap();
    let server = Process::serve(folder.path(), |_| {});
    let data = folder.path().to_str().unwrap();
    let second = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--data-dir", data]);
    assert_refused(&second, &["another server", data]);
    let database = format!("sqlite://{data}/stockroom.db");
    let other = folder.path().join("other");
    let other =
        ["serve", "--listen", "127.0.0.1:0", "--database-url", &database, "--data-dir", other.to_str().unwrap()];
    assert_refused(&run(folder.path(), &other), &["another server", "stockroom.db.lock"]);
    server.client().query("{ __typename }", json!({})).await.data();
}

/// Many at once come together to the thread that writes; each is a line, whole, and none is left behind when the server is asked to stop right after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_one_line_of_the_log_whatever_comes_at_once_and_at_the_end() {
    let folder = tempdir().unwrap();
    let mut server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_LOG__FORMAT", "json").env("STOCKROOM_RATES__ENABLED", "false");
    });
    let client = server.client();
    let asking = (0..8).map(|_| async {
        for _ in 0..50 {
            client.query("{ __typename }", json!({})).await.data();
        }
    });
    futures_util::future::join_all(asking).await;
    server.ask_to_stop();
    assert!(server.wait().success());
    let log = std::fs::read_to_string(folder.path().join("stderr.log")).unwrap();
    // Beside the log it says a few things to people there.
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<serde_json::Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().filter(|line| line["message"] == "answered a request");
    let ids: Vec<&str> = answered.map(|line| line["span"]["request.id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), lines.last().unwrap()["message"].as_str()), (400, Some("stopped")));
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 400);
}

#[tokio::test]
async fn a_killed_server_leaves_no_lock_behind() {
    let folder = tempdir().unwrap();
    Process::serve(folder.path(), |_| {}).kill();
    let again = Process::serve(folder.path(), |_| {});
    again.client().query("{ __typename }", json!({})).await.data();
}

#[tokio::test]
async fn the_first_administrator_logs_in_with_the_password_given_by_the_environment() {
    let folder = tempdir().unwrap();
    let mut server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_ADMIN_EMAIL", "owner@shop.example");
        command.env("STOCKROOM_ADMIN_PASSWORD", "correct horse battery staple 9");
    });
    let owner = server.client().logged_in("owner@shop.example", "correct horse battery staple 9").await;
    let viewer = owner.query("{ viewer { email } }", json!({})).await;
    assert_eq!(viewer.field("viewer")["email"], "owner@shop.example");
    server.ask_to_stop();
    server.wait();
    let log = std::fs::read_to_string(folder.path().join("stderr.log")).unwrap();
    assert!(log.contains("answered a request") && !log.contains("correct horse"), "{log}");
}

#[tokio::test]
async fn metrics_are_fetched_where_the_operator_says_and_nowhere_else() {
    let folder = tempdir().unwrap();
    let server = Process::serve(folder.path(), |command| {
        command.env("STOCKROOM_SERVER__METRICS_LISTEN", "127.0.0.1:0");
    });
    let log = server.log_with(folder.path(), "/metrics");
    let at = log.find("metrics on http://").expect(&log) + "metrics on ".len();
    let url = log[at..].split_whitespace().next().unwrap();
    let client = patient();
    let fetched = client.get(url).send().await.unwrap();
    assert_eq!(fetched.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let metrics = fetched.text().await.unwrap();
    for line in ["stockroom_reservation_sweep_failures_total 0", "stockroom_stock_changes_waiting 0", "# EOF"] {
        assert!(metrics.lines().any(|found| found == line), "no {line:?} in {metrics}");
    }
    for elsewhere in [url.replace("/metrics", "/graphql"), server.url.replace("/graphql", "/metrics")] {
        assert_eq!(client.get(&elsewhere).send().await.unwrap().status(), 404, "{elsewhere}");
    }
}

#[test]
fn a_bad_setting_stops_the_start_and_is_named_with_its_source() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("stockroom.toml"), "[server]\nlisten = \"127.0.0.1:0\"\nlissen = 1\n").unwrap();
    assert_refused(&run(folder.path(), &["serve"]), &["server.lissen", "stockroom.toml"]);
    std::fs::remove_file(folder.path().join("stockroom.toml")).unwrap();

    let unknown = stockroom(folder.path()).arg("serve").env("STOCKROOM_LISTN", "x").output().unwrap();
    assert_refused(&unknown, &["STOCKROOM_LISTN"]);
    assert_refused(&run(folder.path(), &["serve", "--listen", "here"]), &["server.listen", "--listen"]);
    assert_refused(&run(folder.path(), &["migrate", "--config", "none.toml"]), &["none.toml"]);
    let weak = stockroom(folder.path()).arg("serve").env("STOCKROOM_ADMIN_PASSWORD", "password").output().unwrap();
    assert_refused(&weak, &["accounts.admin_password"]);
}

#[test]
fn production_refuses_the_demo_and_plain_http_for_the_world() {
    let folder = tempdir().unwrap();
    let mut command = stockroom(folder.path());
    command.args(["serve", "--demo", "--listen", "0.0.0.0:0"]).env("STOCKROOM_ENVIRONMENT", "production");
    assert_refused(&command.output().unwrap(), &["server.demo", "server.listen", "allow_plain_http"]);
}

#[test]
fn production_refuses_a_database_whose_demo_users_can_log_in() {
    let folder = tempdir().unwrap();
    Process::serve(folder.path(), |command| {
        command.arg("--demo");
    })
    .kill();
    let data = folder.path().to_str().unwrap();
    let mut command = stockroom(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", data]).env("STOCKROOM_ENVIRONMENT", "production");
    assert_refused(&command.output().unwrap(), &["demo shop", "deactivate", "customer@example.com"]);
}

#[test]
fn a_database_without_its_schema_is_refused_until_it_is_migrated() {
    let folder = tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let serve = ["serve", "--no-migrate", "--listen", "127.0.0.1:0", "--data-dir", data];
    assert_refused(&run(folder.path(), &serve), &["stockroom migrate"]);
    assert!(run(folder.path(), &["migrate", "--data-dir", data]).status.success());
    drop(Process::serve(folder.path(), |command| {
        command.arg("--no-migrate");
    }));
}
