//! The program: it hands over to the command line and knows nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    stockroom::cli::main()
}
