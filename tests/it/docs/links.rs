//! A link inside the repository leads to a file that is there, and to a heading that it has.

use std::path::{Path, PathBuf};

use super::{PAGES, read};

/// Prose beside the pages that are run.
const PROSE: [&str; 2] = ["ARCHITECTURE.md", "CHANGELOG.md"];

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for page in PAGES.iter().chain(&PROSE) {
        for target in targets(&read(page)) {
            let (path, heading) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let whole = if path.is_empty() { PathBuf::from(page) } else { beside(page, path) };
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(&whole).exists();
            if !there
                || (!heading.is_empty() && !headings(&read(&whole.to_string_lossy())).contains(&heading.to_owned()))
            {
                dead.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

/// What the links of a page point at, without other people's pages.
fn targets(text: &str) -> Vec<String> {
    let behind = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    behind.map(|(target, _)| target.to_owned()).filter(|target| !target.contains("://")).collect()
}

/// `path` as the page at `page` means it.
fn beside(page: &str, path: &str) -> PathBuf {
    let mut whole = PathBuf::from(page);
    whole.pop();
    for part in Path::new(path).components() {
        if part == std::path::Component::ParentDir {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    whole
}

/// The anchors that a page's headings get.
fn headings(text: &str) -> Vec<String> {
    let titles = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |title: &str| {
        let kept =
            title.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
        kept.replace(' ', "-")
    };
    titles.map(anchor).collect()
}
