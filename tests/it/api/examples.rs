//! The documents of examples/documents, which are also the playground's menu, work as they stand.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use stockroom::cli::demo;

use crate::support::{TestApp, both_databases};

both_databases!(every_example_document_shows_something_of_the_demo_shop);

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

async fn every_example_document_shows_something_of_the_demo_shop(app: TestApp) {
    demo::load(&app.app.services).await.unwrap();
    let client = app.as_role("ADMINISTRATOR").await;
    let mut socket = app.socket(Some("ADMINISTRATOR")).await;
    let (watching, asking): (Vec<_>, Vec<_>) =
        documents().into_iter().partition(|(_, document, _)| document.contains("\nsubscription "));
    for (name, document, variables) in &watching {
        socket.subscribe(name, document, variables.clone()).await;
    }
    for (name, document, variables) in asking {
        assert!(document.starts_with("# "), "{name} does not open with its title");
        let answer = client.query(&document, variables).await;
        assert_eq!(answer.errors(), Vec::<Value>::new(), "{name}");
        for (field, value) in answer.body["data"].as_object().unwrap() {
            assert!(!value.is_null(), "{name} shows nothing: {:#}", answer.body);
            assert_ne!(value["nodes"], json!([]), "{name} shows nothing: {:#}", answer.body);
            if value.get("userErrors").is_some() {
                assert_eq!(answer.user_errors(field), Vec::<Value>::new(), "{name}");
            }
        }
    }
    // Among the documents are changes of stock: whoever watches has seen the first of them.
    for (name, _, _) in &watching {
        assert_eq!(socket.event(name).await["stockLevelChanged"]["delta"], json!(12), "{name}");
    }
}
