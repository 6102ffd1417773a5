//! The integration tests: one binary, each test on a real server with a fresh database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what it expects by failing where it is not so"
)]

mod accounts;
mod api;
mod catalog;
mod clients;
mod command_line;
mod docs;
mod inventory;
mod kernel;
mod playground;
mod shop;
mod support;
mod tidy;
