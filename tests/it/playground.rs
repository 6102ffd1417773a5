//! The build of the playground where npm is missing, left out or failing: `build.rs` itself, compiled and run on its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::{TempDir, tempdir};

/// The program that Cargo would run before it compiles the library.
fn build_script() -> TempDir {
    let folder = tempdir().unwrap();
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let program = folder.path().join("build");
    let output = Command::new(rustc).args(["--edition", "2024", "-o"]).arg(program).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// The page that a build shows which finds `path` as its only folder of programs.
fn page_of(script: &TempDir, path: &Path, environment: &[(&str, &str)]) -> String {
    let out = tempdir().unwrap();
    let output = Command::new(script.path().join("build"))
        .env_remove("STOCKROOM_SKIP_PLAYGROUND")
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .env("OUT_DIR", out.path())
        .env("PATH", path)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let assets = fs::read_to_string(out.path().join("playground_assets.rs")).unwrap();
    let page = out.path().join("playground/index.html");
    let quoted = format!("\"{}\"", page.display());
    let listed = format!("const PAGE: &str = include_str!({quoted});\nconst ASSETS: &[(&str, &[u8])] = &[\n];\n");
    assert_eq!(assets, listed, "what the library embeds is this page and nothing else");
    fs::read_to_string(page).unwrap()
}

#[test]
fn without_npm_the_build_succeeds_and_the_page_says_in_a_sentence_what_to_install() {
    let script = build_script();
    let page = page_of(&script, tempdir().unwrap().path(), &[]);
    insta::assert_snapshot!(page, @r#"
    <!doctype html>
    <html lang="en">
    <head><meta charset="utf-8"><title>Stockroom</title></head>
    <body><p>This build has no playground: install Node.js 18 or later with npm, and build again to have it here. The API itself answers at this address: send it a POST request.</p></body>
    </html>
    "#);
}

#[test]
fn a_build_told_to_leave_the_playground_out_says_so() {
    let script = build_script();
    let page = page_of(&script, tempdir().unwrap().path(), &[("STOCKROOM_SKIP_PLAYGROUND", "1")]);
    assert!(page.contains("build again without STOCKROOM_SKIP_PLAYGROUND=1"), "{page}");
}

#[cfg(unix)]
#[test]
fn a_build_whose_npm_fails_succeeds_too_and_says_how_to_mend_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let script = build_script();
    let programs = tempdir().unwrap();
    for program in ["npm", "node"] {
        let file = programs.path().join(program);
        fs::write(
            &file,
            "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\necho 'the registry is out of reach' >&2\nexit 1\n",
        )
        .unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let page = page_of(&script, programs.path(), &[]);
    assert!(page.contains("because npm failed: run <code>npm ci</code>"), "{page}");
    assert!(!page.contains("<script"), "{page}");
}
