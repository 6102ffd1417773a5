//! Tables of settings are those of the configuration: the README has every key, and wherever a page shows a key with its
//! default, it is the default.

use serde_json::Value;
use stockroom::config::Config;

use super::{PAGES, read};

#[test]
fn the_readme_has_every_setting() {
    assert_rows_are_there("README.md", |_| true);
}

#[test]
fn the_page_on_limits_has_every_limit() {
    assert_rows_are_there("docs/limits-and-costs.md", |key| key.starts_with("limits.") || key.starts_with("rates."));
}

#[test]
fn no_page_shows_a_setting_that_does_not_exist_or_has_another_default() {
    let known: Vec<String> = settings().iter().map(|(key, default)| row(key, default)).collect();
    let mut wrong = Vec::new();
    for page in PAGES {
        let text = read(page);
        let rows = text.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() >= 2);
        let shows_a_key =
            |line: &&str| line.split('`').nth(1).is_some_and(|key| key.contains('.') && !key.contains(' '));
        let unknown = |line: &&str| !known.iter().any(|row| line.starts_with(row));
        wrong.extend(rows.filter(shows_a_key).filter(unknown).map(|line| format!("{page}: {line}")));
    }
    assert!(wrong.is_empty(), "no such key, or another default:\n{}", wrong.join("\n"));
}

fn assert_rows_are_there(page: &str, wanted: impl Fn(&str) -> bool) {
    let text = read(page);
    let rows = settings().into_iter().filter(|(key, _)| wanted(key)).map(|(key, default)| row(&key, &default));
    let missing: Vec<String> = rows.filter(|row| !text.lines().any(|line| line.starts_with(row))).collect();
    assert!(missing.is_empty(), "{page} lacks these rows:\n{}", missing.join("\n"));
}

/// How the row of a setting begins.
fn row(key: &str, default: &Value) -> String {
    let shown = match default {
        Value::Null => "—".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    format!("| `{key}` | {shown} | ")
}

/// Every key with its default.
fn settings() -> Vec<(String, Value)> {
    let mut keys = Vec::new();
    flatten("", &serde_json::to_value(Config::default()).unwrap(), &mut keys);
    keys
}

fn flatten(path: &str, value: &Value, keys: &mut Vec<(String, Value)>) {
    let Value::Object(section) = value else {
        keys.push((path.to_owned(), value.clone()));
        return;
    };
    for (name, inner) in section {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        flatten(&path, inner, keys);
    }
}
