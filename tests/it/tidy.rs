//! Holds the shape of the source that no compiler holds: who may use whom, how large a file is, how it opens.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate from the bottom up. A module may use those of earlier rows, never its own row's others or a later row's.
const LAYERS: &[&[&str]] =
    &[&["kernel"], &["config"], &["accounts", "catalog"], &["inventory"], &["graphql"], &["http"], &["app"], &["cli"]];

/// The slices of the domain, which know neither GraphQL nor HTTP.
const SLICES: &[&str] = &["accounts", "catalog", "inventory"];

/// Inside a slice, what a file must not use: `entity ← store ← commands` and `error ← rules ← commands`.
const INSIDE_A_SLICE: &[(&str, &[&str])] = &[
    ("entity", &["store", "rules", "error", "commands"]),
    ("store", &["commands"]),
    ("error", &["store", "rules", "commands"]),
    ("rules", &["store", "commands"]),
];

/// Where our Rust is.
const OURS: [&str; 4] = ["src", "migrations/src", "tests", "examples"];

/// More lines than this don't fit in a head.
const LONGEST_FILE: usize = 400;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// `src/catalog/store/page.rs` is `[catalog, store, page]`; `src/lib.rs` and `src/main.rs` are the root.
    fn module(&self) -> Vec<String> {
        let inside = self.path.strip_prefix("src").unwrap_or(&self.path).with_extension("");
        let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts == ["lib"] || parts == ["main"] { Vec::new() } else { parts }
    }

    /// The source without its comments, so that prose may name what code may not.
    fn code(&self) -> String {
        let without = |line: &str| line.split_once("//").map_or(line, |(code, _)| code).to_owned();
        self.text.lines().map(without).collect::<Vec<_>>().join("\n")
    }

    /// The paths inside the crate that this file names, from the root: `crate::a::b`, `use crate::{a, b::c}`, `super::super::a`.
    fn uses(&self) -> BTreeSet<Vec<String>> {
        let code = self.code();
        let mut uses = BTreeSet::new();
        for (start, _) in code.match_indices("crate::").filter(|(start, _)| !code[..*start].ends_with('$')) {
            expand(&code[start + "crate::".len()..], &[], &mut uses);
        }
        for (start, _) in code.match_indices("super::").filter(|(start, _)| !code[..*start].ends_with("super::")) {
            let rest = code[start..].trim_start_matches("super::");
            let up = (code[start..].len() - rest.len()) / "super::".len();
            let module = self.module();
            expand(rest, &module[..module.len().saturating_sub(up)], &mut uses);
        }
        uses
    }
}

/// Reads a path behind its `crate::`: as many identifiers as follow, or each branch of a group.
fn expand(path: &str, prefix: &[String], uses: &mut BTreeSet<Vec<String>>) {
    let path = path.trim_start();
    if let Some(group) = path.strip_prefix('{') {
        for branch in branches(group) {
            expand(branch, prefix, uses);
        }
        return;
    }
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let mut whole = prefix.to_vec();
    whole.push(name.clone());
    match path[name.len()..].strip_prefix("::") {
        Some(rest) => expand(rest, &whole, uses),
        None => drop(uses.insert(whole)),
    }
}

/// The branches of a group up to its closing brace.
fn branches(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[start..index]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    found.retain(|branch| !branch.trim().is_empty());
    found
}

fn rust_files(folder: &str) -> Vec<Source> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(root, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path: path.strip_prefix(root).unwrap().to_owned(), text });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(root, &root.join(folder), &mut found);
    assert!(!found.is_empty(), "no source in {folder}");
    found
}

fn assert_none(offences: &[String], rule: &str) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

#[test]
fn modules_use_only_the_layers_below_them() {
    let mut offences = Vec::new();
    for source in rust_files("src") {
        let module = source.module();
        let Some(own) = module.first() else { continue };
        let own_layer = layer(own).unwrap_or_else(|| panic!("{own} has no row in LAYERS"));
        for used in source.uses().iter().filter_map(|path| path.first()).collect::<BTreeSet<_>>() {
            if used != own && layer(used).is_some_and(|used_layer| used_layer >= own_layer) {
                offences.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    assert_none(&offences, "a module uses its own layer or one above it");
}

#[test]
fn inside_a_slice_entities_and_rules_know_nothing_of_what_is_built_on_them() {
    let mut offences = Vec::new();
    for source in rust_files("src").iter().filter(|source| source.module().len() > 1) {
        let module = source.module();
        let Some((_, forbidden)) = INSIDE_A_SLICE.iter().find(|(part, _)| module[1] == *part) else { continue };
        for used in source.uses() {
            if SLICES.contains(&module[0].as_str())
                && used[0] == module[0]
                && used.get(1).is_some_and(|part| forbidden.contains(&part.as_str()))
            {
                offences.push(format!("{} uses {}", source.path.display(), used.join("::")));
            }
        }
    }
    assert_none(&offences, "a file of a slice uses one that is built on it");
}

#[test]
fn crates_of_the_outer_layers_stay_in_them() {
    let may_use = |krate: &str, source: &Source| match krate {
        "dataloader" => {
            source.path.starts_with("src/graphql/loaders") || source.path.ends_with("src/graphql/loaders.rs")
        }
        "axum" | "tower_http" => {
            matches!(source.module().first().map(String::as_str), None | Some("http" | "app" | "cli"))
        }
        "async_graphql" => {
            source.module().first().is_none_or(|module| ["graphql", "http", "app", "cli"].contains(&module.as_str()))
        }
        _ => true,
    };
    let mut offences = Vec::new();
    for source in rust_files("src") {
        let code = source.code();
        for krate in ["async_graphql", "axum", "tower_http", "dataloader"] {
            if code.contains(&format!("{krate}::")) && !may_use(krate, &source) {
                offences.push(format!("{} uses {krate}", source.path.display()));
            }
        }
    }
    assert_none(&offences, "a crate of the outer layers is used below them");
}

#[test]
fn rules_are_pure() {
    let banned = ["async fn", ".await", "ConnectionTrait", "DatabaseConnection", "Clock"];
    let mut offences = Vec::new();
    for source in rust_files("src") {
        if source.module().get(1).is_some_and(|part| part == "rules") {
            let code = source.code();
            let found = banned.iter().filter(|word| code.contains(**word));
            offences.extend(found.map(|word| format!("{} has {word}", source.path.display())));
        }
    }
    assert_none(&offences, "rules decide without async, database or clock");
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    let files = OURS.into_iter().flat_map(rust_files);
    let offences: Vec<_> = files
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path.display().to_string())
        .collect();
    assert_none(&offences, "a file does not open with //!");
}

#[test]
fn no_file_is_too_long_to_keep_in_mind() {
    let files = OURS.into_iter().flat_map(rust_files);
    let offences: Vec<_> = files
        .map(|source| (source.text.lines().count(), source))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, source)| format!("{}: {lines} lines", source.path.display()))
        .collect();
    assert_none(&offences, "split by meaning");
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_switched_off() {
    let words = ["TODO", "FIXME", "#[ignore", "#[allow(", "#![allow(", "unimplemented!", "todo!"];
    let mut offences = Vec::new();
    for source in OURS.into_iter().flat_map(rust_files) {
        if !source.path.ends_with("tests/it/tidy.rs") {
            let found = words.iter().filter(|word| source.text.contains(**word));
            offences.extend(found.map(|word| format!("{} has {word}", source.path.display())));
        }
    }
    assert_none(&offences, "finish it, or say #[expect(…, reason = …)]");
}

#[test]
fn tests_wait_for_events_and_not_for_time() {
    let mut offences = Vec::new();
    for source in rust_files("tests").iter().filter(|source| !source.path.starts_with("tests/it/support")) {
        if !source.path.ends_with("tests/it/tidy.rs") && source.code().contains("sleep(") {
            offences.push(source.path.display().to_string());
        }
    }
    assert_none(&offences, "a test sleeps");
}

#[test]
fn the_reader_of_paths_sees_groups_and_parents() {
    let source = Source {
        path: PathBuf::from("src/catalog/store/page.rs"),
        text: "use crate::{kernel::{id, db::Db}, http};\nuse super::super::entity::product;\n// crate::graphql\n"
            .to_owned(),
    };
    let seen: Vec<_> = source.uses().iter().map(|path| path.join("::")).collect();
    assert_eq!(seen, ["catalog::entity::product", "http", "kernel::db::Db", "kernel::id"]);
}
