//! The program: it hands over to the command line, chooses the allocator, and knows nothing else.

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    stockroom::cli::main()
}
