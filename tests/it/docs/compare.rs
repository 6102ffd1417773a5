//! Compares what a page promises with what came: exactly, save that `…` stands for anything.

use serde_json::Value;

/// Why `came` is not what was `promised`, beginning with the place; nothing when it is.
pub(super) fn json(promised: &Value, came: &Value) -> Result<(), String> {
    differs("$", promised, came)
}

/// The same for a whole answer. What an answer says beside its data, such as its cost, need not be shown.
pub(super) fn answer(promised: &Value, came: &Value) -> Result<(), String> {
    let mut came = came.clone();
    if let (None, Some(parts)) = (promised.get("extensions"), came.as_object_mut()) {
        parts.remove("extensions");
    }
    json(promised, &came)
}

fn differs(place: &str, promised: &Value, came: &Value) -> Result<(), String> {
    match (promised, came) {
        (Value::String(pattern), _) if pattern == "…" => Ok(()),
        (Value::String(pattern), Value::String(text)) if fits(pattern, text) => Ok(()),
        (Value::Array(items), Value::Array(found)) => {
            let open = items.last().is_some_and(|last| last == "…");
            let items = if open { &items[..items.len() - 1] } else { items };
            if found.len() < items.len() || (!open && found.len() != items.len()) {
                return Err(format!("{place}: {} items instead of {}", found.len(), items.len()));
            }
            let mut pairs = items.iter().zip(found).enumerate();
            pairs.try_for_each(|(index, (item, found))| differs(&format!("{place}[{index}]"), item, found))
        }
        (Value::Object(keys), Value::Object(found)) => {
            let open = keys.contains_key("…");
            if let Some(more) = found.keys().find(|key| !open && !keys.contains_key(*key)) {
                return Err(format!("{place}: the page lacks the key {more}"));
            }
            keys.iter().filter(|(key, _)| *key != "…").try_for_each(|(key, value)| match found.get(key) {
                Some(found) => differs(&format!("{place}.{key}"), value, found),
                None => Err(format!("{place}: the answer lacks the key {key}")),
            })
        }
        (promised, came) if promised == came => Ok(()),
        (promised, came) => Err(format!("{place}: {came} instead of {promised}")),
    }
}

/// Whether `text` is `pattern`, in which each `…` stands for any characters.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Why the lines that `came` are not those that were `promised`. A line of `…` alone stands for any number of lines.
pub(super) fn lines(promised: &str, came: &str) -> Result<(), String> {
    let promised: Vec<&str> = promised.trim().lines().map(str::trim_end).collect();
    let came: Vec<&str> = came.trim().lines().map(str::trim_end).collect();
    if lines_fit(&promised, &came) { Ok(()) } else { Err("the lines differ".to_owned()) }
}

fn lines_fit(promised: &[&str], came: &[&str]) -> bool {
    match promised.split_first() {
        None => came.is_empty(),
        Some((&"…", rest)) => (0..=came.len()).any(|skipped| lines_fit(rest, &came[skipped..])),
        Some((line, rest)) => {
            came.split_first().is_some_and(|(first, more)| fits(line, first) && lines_fit(rest, more))
        }
    }
}

/// Why an answer printed with its head, as by `curl -i`, is not the one that was `promised`: the status, the headers that
/// the page shows, and the body when it shows one.
pub(super) fn http(promised: &str, came: &str) -> Result<(), String> {
    let (promised_head, promised_body) = head_and_body(promised);
    let (head, body) = head_and_body(came);
    let mut shown = promised_head.lines();
    let (status, first) = (shown.next().unwrap_or_default(), head.lines().next().unwrap_or_default().trim_end());
    if !fits(status, first) {
        return Err(format!("the status is {first}"));
    }
    for header in shown {
        let Some((name, value)) = header.split_once(": ") else { return Err(format!("{header} is no header")) };
        let found = head.lines().filter_map(|line| line.trim_end().split_once(": "));
        if !found.clone().any(|(other, found)| other.eq_ignore_ascii_case(name) && fits(value.trim_end(), found)) {
            return Err(format!("no header is {header}"));
        }
    }
    match (serde_json::from_str(promised_body), serde_json::from_str(body)) {
        (_, _) if promised_body.is_empty() => Ok(()),
        (Ok(promised), Ok(came)) => answer(&promised, &came),
        (Err(_), Err(_)) => lines(promised_body, body),
        (_, _) => Err("one body is JSON and the other is not".to_owned()),
    }
}

fn head_and_body(text: &str) -> (&str, &str) {
    let (head, body) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap_or((text, ""));
    (head.trim(), body.trim())
}

#[test]
fn only_what_is_left_open_may_differ() {
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    for (promised, came, same) in [
        (r#"{"a":1}"#, r#"{"a":1}"#, true),
        (r#"{"a":1}"#, r#"{"a":2}"#, false),
        (r#"{"a":"…"}"#, r#"{"a":null}"#, true),
        (r#"{"a":"x_…"}"#, r#"{"a":"x_17"}"#, true),
        (r#"{"a":"x_…"}"#, r#"{"a":"y_17"}"#, false),
        (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false),
        (r#"{"a":1,"…":"…"}"#, r#"{"a":1,"b":2}"#, true),
        (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, false),
        ("[1]", "[1,2]", false),
        (r#"[1,"…"]"#, "[1,2,3]", true),
        (r#"[1,"…"]"#, "[]", false),
    ] {
        assert_eq!(self::json(&json(promised), &json(came)).is_ok(), same, "{promised} {came}");
    }
    assert!(fits("a…c…e", "abcde") && !fits("a…c", "abcd") && !fits("a", "ab") && fits("…", ""));
    assert!(lines("a\n…\nd", "a\nb\nc\nd").is_ok() && lines("a\nd", "a\nb\nd").is_err());
    let came = "HTTP/1.1 200 OK\r\nAge: 7\r\nX: y\r\n\r\n{\"a\":1}";
    assert!(http("HTTP/1.1 200 OK\nage: …\n\n{\"a\":1}", came).is_ok());
    assert!(http("HTTP/1.1 200 OK\nage: 8\n\n{\"a\":1}", came).is_err());
    assert!(http("HTTP/1.1 200 OK\n\n{\"a\":2}", came).is_err() && http("HTTP/1.1 400 …", came).is_err());
}
