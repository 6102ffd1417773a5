//! The one place that prints: results on standard output, for scripts; everything else on standard error.

use std::io::Write as _;

/// Prints a result. A reader that has gone away is no fault.
pub(super) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}

/// Prints something to people.
pub(super) fn note(text: &str) {
    writeln!(std::io::stderr().lock(), "{text}").ok();
}
