//! Bundles the playground of `playground/` with npm and lists its files for `src/http/playground.rs`, which embeds them.
//!
//! Without npm, or with `STOCKROOM_SKIP_PLAYGROUND=1`, the build succeeds all the same and the page says what to do about it.
//! Writes to Cargo's output folder and to `playground/node_modules` (ignored by git) only, and runs again only when the
//! playground's sources, its lock file or the example documents in its menu have changed.
#![expect(clippy::disallowed_methods, reason = "Cargo hands a build script its folders in environment variables")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the bundle is made of.
const SOURCES: [&str; 5] = ["build.mjs", "package.json", "package-lock.json", "src", "../examples/documents"];

/// Where npm appears when it gets installed later.
const PROGRAM_FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let playground = root.join("playground");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=STOCKROOM_SKIP_PLAYGROUND");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", playground.join(source).display());
    }

    let bundle = out.join("playground");
    if let Err(absence) = bundle_with_npm(&playground, &bundle) {
        if let Absence::Failed(reason) = &absence {
            println!("cargo::warning=the playground was not bundled: {reason}");
        }
        fs::remove_dir_all(&bundle).or_else(missing_is_fine)?;
        fs::create_dir_all(&bundle)?;
        fs::write(bundle.join("index.html"), substitute_page(&absence))?;
    }
    fs::write(out.join("playground_assets.rs"), asset_list(&bundle)?)?;
    Ok(())
}

/// Why this build has no playground.
enum Absence {
    Skipped,
    NoNpm,
    Failed(String),
}

fn bundle_with_npm(playground: &Path, bundle: &Path) -> Result<(), Absence> {
    if std::env::var("STOCKROOM_SKIP_PLAYGROUND").is_ok_and(|value| value == "1") {
        return Err(Absence::Skipped);
    }
    if Command::new("npm").arg("--version").output().is_err() {
        println!("cargo::rerun-if-env-changed=PATH");
        for folder in PROGRAM_FOLDERS.map(Path::new).iter().filter(|folder| folder.is_dir()) {
            println!("cargo::rerun-if-changed={}", folder.display());
        }
        return Err(Absence::NoNpm);
    }
    install_packages(playground).map_err(Absence::Failed)?;
    run(Command::new("node").arg("build.mjs").arg(bundle).current_dir(playground)).map_err(Absence::Failed)
}

/// `npm ci`, unless what is installed is already what the lock file says.
fn install_packages(playground: &Path) -> Result<(), String> {
    let wanted = playground.join("package-lock.json");
    // Two builds at once (an editor's and a terminal's, say) take turns.
    let turn = File::open(&wanted).and_then(|file| file.lock().map(|()| file)).map_err(|error| error.to_string())?;
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let installed = playground.join("node_modules/.package-lock.json");
    let current =
        matches!((modified(&installed), modified(&wanted)), (Ok(installed), Ok(wanted)) if installed >= wanted);
    if !current {
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .args(["--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000"])
            .current_dir(playground))?;
    }
    drop(turn);
    Ok(())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output =
        command.output().map_err(|error| format!("{} did not start: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(format!("{} failed: {first}", command.get_program().display()))
}

fn missing_is_fine(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// The page of a build without a bundle: one sentence, no script.
fn substitute_page(absence: &Absence) -> String {
    let sentence = match absence {
        Absence::Skipped => {
            "This build left the playground out: build again without STOCKROOM_SKIP_PLAYGROUND=1 to have it here."
        }
        Absence::NoNpm => {
            "This build has no playground: install Node.js 18 or later with npm, and build again to have it here."
        }
        Absence::Failed(_) => {
            "This build has no playground, because npm failed: run <code>npm ci</code> and <code>touch build.mjs</code> in the \
             playground folder, and build again to have it here."
        }
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Stockroom</title></head>\n\
         <body><p>{sentence} The API itself answers at this address: send it a POST request.</p></body>\n</html>\n"
    )
}

/// Rust source: the page, and each other file of the bundle with its name and its content, compressed with Brotli.
fn asset_list(bundle: &Path) -> Result<String, Box<dyn Error>> {
    let mut paths = fs::read_dir(bundle)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let mut source = format!("const PAGE: &str = include_str!({:?});\n", text(&bundle.join("index.html"))?);
    source.push_str("const ASSETS: &[(&str, &[u8])] = &[\n");
    for path in paths.iter().filter(|path| !path.ends_with("index.html")) {
        let name = path.file_stem().ok_or("a file without a name")?;
        writeln!(source, "    ({:?}, include_bytes!({:?})),", text(name.as_ref())?, text(path)?)?;
    }
    source.push_str("];\n");
    Ok(source)
}

/// The path as text, which Rust source can quote.
fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()))
}
