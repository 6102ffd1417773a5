//! Every way in which the server closes a WebSocket, with the test that provokes it: a code of the documentation or of the
//! program without a row fails here, and so does a row whose test is gone or does not name the code.

use std::collections::BTreeSet;
use std::path::Path;

const COURSE: &str = "tests/it/api/websocket/course.rs";
const INVALID: &str = "tests/it/api/websocket/invalid.rs";
const LIMITS: &str = "tests/it/api/websocket/limits.rs";
const SESSION: &str = "tests/it/api/websocket/session.rs";

/// A code, the constant or the function of `Close` that has it, and the file and the name of the test.
const ROWS: [(u16, &str, &str, &str); 16] = [
    (1001, "STOPPING", SESSION, "a_stopping_server_closes_with_1001"),
    (1001, "SILENT", LIMITS, "a_client_that_answers_no_ping_is_closed"),
    (1002, "BROKEN", INVALID, "what_is_no_frame_closes_with_1002"),
    (1007, "NOT_TEXT", INVALID, "a_text_that_is_not_utf_8_closes_with_1007"),
    (1008, "TOO_MANY_MESSAGES", LIMITS, "more_messages_a_second_than_allowed_close_with_1008"),
    (1009, "TOO_LARGE", LIMITS, "a_message_over_the_limit_closes_with_1009"),
    (
        1013,
        "TOO_SLOW",
        "src/http/websocket/wire.rs",
        "nothing_is_read_from_a_client_that_takes_nothing_and_then_it_is_given_up",
    ),
    (
        1013,
        "TOO_MANY_BAD_TOKENS",
        "tests/it/api/rates.rs",
        "tokens_that_are_tried_on_a_websocket_are_paid_for_by_their_address",
    ),
    (1013, "UNAVAILABLE", SESSION, "a_connection_whose_token_can_not_be_checked_closes_with_1013"),
    (4400, "invalid", INVALID, "whatever_is_no_message_of_the_protocol_closes_with_4400"),
    (4401, "NOT_ACKNOWLEDGED", INVALID, "subscribe_before_the_acknowledgement_closes_with_4401"),
    (4403, "over", SESSION, "a_connection_whose_session_is_ended_closes_with_4403"),
    (4406, "NO_PROTOCOL", COURSE, "a_client_that_offers_another_protocol_or_none_is_closed"),
    (4408, "INIT_TIMEOUT", INVALID, "a_connection_that_says_nothing_closes_with_4408"),
    (4409, "duplicate", INVALID, "an_id_that_is_in_use_closes_with_4409_naming_it"),
    (4429, "TOO_MANY_INITS", INVALID, "a_second_connection_init_closes_with_4429"),
];

/// A bug in a connection itself can't be provoked from outside; the test lies beside what catches it.
const BUG: (u16, &str, &str, &str) = (4500, "INTERNAL", "src/http/websocket.rs", "a_bug_closes_with_a_word");

/// The client's own close, and the code for a connection that ended without one: neither is the server's word.
const NOT_SAID: [&str; 2] = ["DONE", "GONE"];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Whether `text` has this number, and not as a part of a longer one.
fn names(text: &str, code: u16) -> bool {
    text.split(|character: char| !character.is_ascii_digit()).any(|number| number == code.to_string())
}

/// The constants and functions of `Close`, each with the code that stands in its definition.
fn defined() -> BTreeSet<(u16, String)> {
    let source = read("src/http/websocket/close.rs");
    let (own, _) = source.split_once("impl From<Close>").unwrap();
    let definitions = own.split("pub const ").flat_map(|part| part.split("pub fn ")).skip(1);
    let code = |definition: &str| {
        let numbers = definition.split(|character: char| !character.is_ascii_digit());
        numbers.filter_map(|number| number.parse::<u16>().ok()).find(|number| (1000..5000).contains(number))
    };
    let name = |definition: &str| definition.split([':', '(']).next().unwrap().to_owned();
    definitions
        .map(|definition| (code(definition).unwrap_or_else(|| panic!("no code in {definition}")), name(definition)))
        .filter(|(_, name)| !NOT_SAID.contains(&name.as_str()))
        .collect()
}

#[test]
fn every_way_to_close_has_a_test_that_provokes_it() {
    let rows: Vec<_> = ROWS.into_iter().chain([BUG]).collect();
    let named: BTreeSet<(u16, String)> = rows.iter().map(|(code, name, ..)| (*code, (*name).to_owned())).collect();
    assert_eq!(named, defined());
    for (code, name, file, test) in rows {
        let text = read(file);
        let (_, body) =
            text.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{name}: no {test} in {file}"));
        let body = body.split("#[tokio::test]").next().unwrap();
        assert!(names(body, code), "{name}: {test} does not name {code}");
    }
}

#[test]
fn the_documentation_has_every_code_with_which_the_server_closes() {
    let page = read("docs/watch-changes.md");
    let (_, table) = page.split_once("| Code | Why | What to do |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let documented: BTreeSet<u16> = rows
        .flat_map(|row| row.trim_start_matches("| ").split(" |").next().unwrap().split(", "))
        .map(|code| code.parse().unwrap())
        .collect();
    let codes: BTreeSet<u16> = defined().into_iter().map(|(code, _)| code).collect();
    assert_eq!(documented, codes);
}
