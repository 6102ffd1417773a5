//! The fenced blocks of a page, and what they ask for. It runs nothing.
//!
//! | Fence | What the tests do with it |
//! | --- | --- |
//! | `sh` | Runs it, all blocks of a page in one shell, with a demo server at the address that the page names. |
//! | `sh syntax` | For commands that the reader runs for good: checks that each line is a command of the program with flags that it has, and that the variables before it are settings. |
//! | `graphql` | Sends it, with `$TOKEN` of the page's shell when there is one; the variables come from a `json variables` block behind it. |
//! | `js` | Runs it with Node.js and the packages of `tests/node`. Skipped where there is no npm. |
//! | `json`, `http`, `text` | What the block before prints: an answer, an answer with its head (of `curl -i`), lines. `…` stands for anything. |
//! | `toml` | Reads it as `stockroom.toml`. |
//!
//! Anything else fails: what no test reads goes stale.

use serde_json::Value;

/// One fenced block.
#[derive(Debug)]
struct Block {
    language: String,
    marks: Vec<String>,
    text: String,
    line: usize,
}

/// Something that a page tells its reader to do.
#[derive(Debug)]
pub(super) struct Step {
    /// Where its block begins, for messages.
    pub(super) line: usize,
    pub(super) action: Action,
    pub(super) promised: Option<Promise>,
}

#[derive(Debug)]
pub(super) enum Action {
    Shell(String),
    Syntax(String),
    Graphql { document: String, variables: Option<Value> },
    Node(String),
    Settings(String),
}

/// What the page says that a step prints.
#[derive(Debug)]
pub(super) enum Promise {
    Json(Value),
    Http(String),
    Text(String),
}

/// The steps of a page in their order. `name` is for messages.
pub(super) fn steps(name: &str, text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(name, text) {
        let place = format!("{name}:{}", block.line);
        let marks: Vec<&str> = block.marks.iter().map(String::as_str).collect();
        let promise = match (block.language.as_str(), marks.as_slice()) {
            ("json", ["variables"]) => {
                let Some(Step { action: Action::Graphql { variables, .. }, promised: None, .. }) = steps.last_mut()
                else {
                    panic!("{place}: variables belong behind a graphql block");
                };
                assert!(variables.is_none(), "{place}: the document has its variables already");
                *variables = Some(json(&place, &block.text));
                continue;
            }
            ("json", []) => Promise::Json(json(&place, &block.text)),
            ("http", []) => Promise::Http(block.text),
            ("text", []) => Promise::Text(block.text),
            (language, marks) => {
                let action = action(&place, language, marks, block.text);
                steps.push(Step { line: block.line, action, promised: None });
                continue;
            }
        };
        let step = steps.last_mut().unwrap_or_else(|| panic!("{place}: nothing has been run that could print this"));
        let runs = !matches!(step.action, Action::Syntax(_) | Action::Settings(_));
        assert!(runs && step.promised.is_none(), "{place}: the block before prints nothing, or is answered already");
        step.promised = Some(promise);
    }
    steps
}

fn action(place: &str, language: &str, marks: &[&str], text: String) -> Action {
    match (language, marks) {
        ("sh", []) => Action::Shell(text),
        ("sh", ["syntax"]) => Action::Syntax(text),
        ("graphql", []) => Action::Graphql { document: text, variables: None },
        ("js", []) => Action::Node(text),
        ("toml", []) => Action::Settings(text),
        _ => panic!("{place}: no test runs a block of `{language}` {marks:?}"),
    }
}

fn json(place: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{place}: {error}"))
}

fn blocks(name: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(info), None) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                open = Some(Block { language, marks: words.collect(), text: String::new(), line: index + 1 });
            }
            (Some(_), Some(block)) => found.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: a block is not closed");
    found
}

#[test]
fn what_no_test_runs_is_refused() {
    for page in [
        "```rust\nx\n```\n",
        "```\nx\n```\n",
        "```sh later\nx\n```\n",
        "```json\n{}\n```\n",
        "```toml\n```\n```json\n{}\n```\n",
        "```sh\n```\n```json\n{}\n```\n```json\n{}\n```\n",
        "```sh\nx\n",
    ] {
        assert!(std::panic::catch_unwind(|| steps("page", page)).is_err(), "{page}");
    }
    let page = "```graphql\n{ f }\n```\nwith\n```json variables\n{}\n```\nanswers\n```json\n{}\n```\n";
    assert!(matches!(steps("page", page).as_slice(), [Step { promised: Some(Promise::Json(_)), line: 1, .. }]));
}
