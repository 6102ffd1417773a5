//! What the README sends are the documents of examples/documents, which the playground's menu and the tests have, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{page, read};

#[test]
fn the_readme_sends_the_documents_of_the_menu() {
    let known = documents();
    let mut sent = 0;
    for step in page::steps("README.md", &read("README.md")) {
        let documents = match step.action {
            page::Action::Graphql { document, .. } => vec![document],
            page::Action::Shell(text) => written_into(&text),
            _ => continue,
        };
        for document in documents {
            let same = known.iter().find(|(_, known)| **known == tokens(&document));
            assert!(same.is_some(), "README.md:{}: no file of examples/documents says this:\n{document}", step.line);
            sent += 1;
        }
    }
    assert!(sent >= 2, "the README sends {sent} documents of its own");
}

/// The tokens of every document, by the name of its file.
fn documents() -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/documents");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    paths.map(|path| (path.display().to_string(), tokens(&fs::read_to_string(&path).unwrap()))).collect()
}

/// The documents in the bodies of requests that a script sends.
fn written_into(script: &str) -> Vec<String> {
    let behind = script.split("\"query\": \"").skip(1);
    behind
        .map(|rest| rest.split_once("\",\n").unwrap_or_else(|| rest.split_once("\"\n").unwrap()).0.to_owned())
        .collect()
}

/// A document without its comments, spaces, line ends and commas, which GraphQL gives no meaning.
fn tokens(document: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for c in
        document.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(|line| line.chars().chain([' ']))
    {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        if !c.is_whitespace() && c != ',' {
            tokens.push(c.to_string());
        }
    }
    tokens
}

#[test]
fn spelling_makes_no_difference_and_words_do() {
    assert_eq!(
        tokens("# Title\nquery A {\n  a(b: [C, D]) { e ... on F { g } }\n}\n"),
        tokens("query A{a(b:[C D]){e,... on F{g}}}")
    );
    assert_ne!(tokens("{ a b }"), tokens("{ ab }"));
}
