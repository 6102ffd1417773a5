//! The documents of examples/documents, which are also the playground's menu, work as they stand.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{TestApp, both_databases};

both_databases!(every_example_document_is_answered_without_errors);

/// Every document with its variables, by name.
fn documents() -> Vec<(String, String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/documents");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "graphql"));
    paths.sort();
    let read = |path: &PathBuf| {
        let variables = fs::read_to_string(path.with_extension("json")).map_or(json!({}), |text| text.parse().unwrap());
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap(), variables)
    };
    paths.iter().map(read).collect()
}

async fn every_example_document_is_answered_without_errors(app: TestApp) {
    let client = app.as_role("ADMINISTRATOR").await;
    let documents = documents();
    assert!(!documents.is_empty());
    for (name, document, variables) in documents {
        assert!(document.starts_with("# "), "{name} does not open with its title");
        if document.contains("\nsubscription ") {
            continue;
        }
        let answer = client.query(&document, variables).await;
        let data = answer.body["data"].as_object().unwrap_or_else(|| panic!("{name}: {:#}", answer.body));
        assert_eq!(answer.errors(), Vec::<Value>::new(), "{name}");
        for payload in data.values().filter(|field| field.get("userErrors").is_some()) {
            assert_eq!(payload["userErrors"], json!([]), "{name}");
        }
        assert!(data.values().all(|field| !field.is_null()), "{name} shows nothing: {:#}", answer.body);
    }
}
