//! How far a file has been read, shown on a terminal, and messages beside it. Knows nothing of what the file holds.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output;

/// A bar that is drawn only where standard error is a terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn start(path: &Path) -> Self {
        let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bar = ProgressBar::new(bytes).with_message(name);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{wide_bar}] {percent:>3}%") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// The file has been read up to here.
    pub(super) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// Prints a line without breaking the bar.
    pub(super) fn note(&self, text: &str) {
        self.0.suspend(|| output::note(text));
    }

    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}
