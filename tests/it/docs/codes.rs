//! docs/error-codes.md is made from the enums: rewritten when `STOCKROOM_TEST_REWRITE` is set, compared otherwise. The
//! reader of the schema finds the codes there, too.

use std::path::Path;

use serde_json::json;
use stockroom::graphql::error::ErrorCode;
use stockroom::graphql::error::code::{Answered, Repeat};

use super::read;
use crate::support::TestApp;

const PAGE: &str = "docs/error-codes.md";

#[tokio::test]
async fn the_page_of_error_codes_is_made_from_the_enums() {
    let made = page(&user_error_codes().await);
    if std::env::var_os("STOCKROOM_TEST_REWRITE").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), &made).unwrap();
    }
    assert!(read(PAGE) == made, "{PAGE} is out of date: run this test with STOCKROOM_TEST_REWRITE=1");
}

#[test]
fn the_schema_names_every_code() {
    let sdl = stockroom::graphql::sdl();
    let missing: Vec<_> =
        ErrorCode::ALL.iter().map(|code| code.name()).filter(|name| !sdl.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "the description of Query lacks {missing:?}");
}

/// The page with its tables made anew; its prose stays.
fn page(user_error_codes: &[(String, String)]) -> String {
    let codes = ErrorCode::ALL.iter().map(|code| {
        let answered: Vec<String> = code.answered().iter().copied().map(status).collect();
        let repeat = match code.repeat() {
            Repeat::No => "no",
            Repeat::Yes => "yes",
        };
        let (answered, meaning, advice) = (answered.join(", "), code.meaning(), code.advice());
        format!("| `{}` | {answered} | {meaning} | {advice} | {repeat} |\n", code.name())
    });
    let user_codes = user_error_codes.iter().map(|(name, meaning)| format!("| `{name}` | {meaning} |\n"));
    let page = with_rows(&read(PAGE), "| Code | Status | Meaning | What to do | Repeat |", &codes.collect::<String>());
    with_rows(&page, "| Code | Meaning |", &user_codes.collect::<String>())
}

/// `page` with these rows in the table that has this head.
fn with_rows(page: &str, head: &str, rows: &str) -> String {
    let (before, table) = page.split_once(&format!("{head}\n")).unwrap_or_else(|| panic!("{PAGE} lacks {head}"));
    let (ruler, table) = table.split_once('\n').unwrap();
    let mut rest = table;
    while rest.starts_with('|') {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    format!("{before}{head}\n{ruler}\n{rows}{rest}")
}

fn status(answered: Answered) -> String {
    match answered {
        Answered::Status(status) => status.to_string(),
        Answered::Document => "400 (200)".to_owned(),
        Answered::Field => "200".to_owned(),
    }
}

/// Names and descriptions of `UserErrorCode`, as the schema has them.
async fn user_error_codes() -> Vec<(String, String)> {
    let app = TestApp::on_sqlite().await;
    let document = "{ __type(name: \"UserErrorCode\") { enumValues { name description } } }";
    let answer = app.anonymous().query(document, json!({})).await;
    let values = answer.data()["__type"]["enumValues"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    values.iter().map(|value| (text(&value["name"]), text(&value["description"]))).collect()
}
