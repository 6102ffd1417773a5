//! Tests of what fills a shop from the command line: the import of a catalogue and the demo shop.

mod counts;
mod demo;
mod import;
