//! The README does what it says: its commands run against a demo server, its table of settings is the configuration's.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stockroom::config::Config;

use crate::support::process::Process;

/// A fenced block of the README.
struct Block {
    language: String,
    text: String,
}

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

fn blocks() -> Vec<Block> {
    let readme = readme();
    // What lies between the fences: prose, block, prose, block …
    let parts: Vec<&str> = readme.split("```").collect();
    let block = |part: &&str| {
        let (language, text) = part.split_once('\n').unwrap();
        Block { language: language.to_owned(), text: text.to_owned() }
    };
    parts.iter().skip(1).step_by(2).map(block).collect()
}

/// Everything that is typed at the server, as one script whose blocks are told apart by a line of their own.
fn script(blocks: &[Block], base: &str) -> String {
    let typed = blocks.iter().filter(|block| block.language == "sh" && block.text.contains("curl "));
    let typed = typed.map(|block| block.text.replace("http://127.0.0.1:8080", base));
    typed.collect::<Vec<_>>().join("\necho; echo NEXT\n")
}

#[tokio::test]
async fn the_commands_of_the_readme_work_as_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let server = Process::serve(&data, |command| {
        command.arg("--demo");
    });
    let blocks = blocks();
    let script = script(&blocks, server.url.trim_end_matches("/graphql"));
    let ran = Command::new("sh").args(["-eu", "-c", &script]).current_dir(folder.path()).output().unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{printed}{}", String::from_utf8_lossy(&ran.stderr));

    let answers: Vec<Value> = printed
        .split("NEXT")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| serde_json::from_str(text).unwrap())
        .map(without_cost)
        .collect();
    let promised: Vec<Value> = blocks
        .iter()
        .filter(|block| block.language == "json")
        .map(|block| serde_json::from_str(&block.text).unwrap())
        .collect();
    // The catalog, the sale and the history; the log-in keeps its token to itself.
    assert_eq!(answers.len(), 3, "{printed}");
    assert_eq!(promised[..2], answers[..2]);
    let last = &answers[2]["data"]["stockMovements"]["nodes"];
    assert_eq!(last[0]["reference"], "TILL-4711", "{printed}");
    assert_eq!(last.as_array().unwrap().len(), 3, "{printed}");
}

/// The answer without what it left in the caller's bucket, which depends on when it was asked.
fn without_cost(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("extensions");
    answer
}

#[test]
fn the_table_of_settings_has_every_key_with_its_default() {
    let readme = readme();
    let mut missing = Vec::new();
    let mut keys = Vec::new();
    flatten("", &serde_json::to_value(Config::default()).unwrap(), &mut keys);
    for (key, default) in &keys {
        let shown = match default {
            Value::Null => "—".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let row = format!("| `{key}` | {shown} | ");
        if !readme.lines().any(|line| line.starts_with(&row)) {
            missing.push(row);
        }
    }
    assert!(missing.is_empty(), "the README lacks these rows:\n{}", missing.join("\n"));
    let rows =
        readme.lines().filter(|line| line.starts_with("| `") && line.contains('.') && line.matches(" | ").count() == 2);
    let known = |line: &&str| keys.iter().any(|(key, _)| line.starts_with(&format!("| `{key}` |")));
    let unknown: Vec<&str> = rows.filter(|line| !known(line)).collect();
    assert!(unknown.is_empty(), "the README has rows for keys that do not exist: {unknown:?}");
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
