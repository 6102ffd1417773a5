//! Whatever a document is made of, it is answered.

use async_graphql::{Executor as _, Request};
use proptest::prelude::*;

use super::{codes, gate_of};
use crate::config::Config;

proptest! {
    #[test]
    fn no_text_makes_the_gate_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let text = words.join(" ");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let gate = gate_of(&Config::default());
        let response = runtime.block_on(gate.execute(Request::new(text)));
        let codes = codes(&response);
        prop_assert!(!codes.contains(&"INTERNAL".to_owned()), "{:?}", response.errors);
    }
}

/// What documents are made of, and what they are not.
const WORDS: &[&str] = &[
    "{",
    "}",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "f",
    "me",
    "rows",
    "more",
    "query",
    "mutation",
    "fragment",
    "on",
    "Query",
    "a:",
    "...",
    "...a",
    "fragment a on Query {",
    "$x",
    "$x: Int",
    "first: 1",
    "first: $x",
    "x: [1]",
    "@skip(if: true)",
    "@d",
    "=",
    "!",
    "-1",
    "1.5e9",
    "99999999999999999999",
    "\"s\"",
    "\"\\u00e9\"",
    "\"\\ud83d\"",
    "\"\"\" b \"\"\"",
    "\"",
    "\"\"\"",
    "#c\n",
    "null",
    "true",
    "é",
    "\u{0}",
    "\u{feff}",
    "__typename",
    "__schema {",
    "types {",
    "|",
    "&",
    ":",
];
