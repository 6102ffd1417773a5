//! One pass over the text of a document before the parser sees it, because the parser recurses on nested values and
//! would overflow its thread's stack. It knows the lexical grammar of GraphQL and nothing else, and does not recurse.

use async_graphql::Pos;

use super::refusal::Refusal;
use crate::config::GraphqlLimits;

/// Refuses a text that is too long, has too many tokens or fragments, or nests its brackets too deeply; also one whose
/// strings do not end, since the parser reads such a text differently from every other reader.
pub(super) fn scan(text: &str, limits: &GraphqlLimits) -> Result<(), Refusal> {
    if text.len() > limits.query_bytes {
        return Err(Refusal::limit("query_bytes", "The query text", "bytes", limits.query_bytes));
    }
    let mut seen = Seen::default();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b' ' | b',' | b'\t' | b'\n' | b'\r' => after,
            b'#' => skip_comment(after),
            b'"' => {
                seen.token(limits)?;
                skip_string(rest).ok_or_else(|| unterminated(text, rest.len()))?
            }
            b'[' | b'{' | b'(' => {
                seen.open(limits)?;
                after
            }
            b']' | b'}' | b')' => {
                seen.close(limits)?;
                after
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                let (word, after) = rest.split_at(word_length(rest));
                seen.word(word, limits)?;
                after
            }
            b'.' => {
                seen.token(limits)?;
                rest.strip_prefix(b"...").unwrap_or(after)
            }
            _ => {
                seen.token(limits)?;
                after
            }
        };
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    tokens: usize,
    depth: usize,
    fragments: usize,
}

impl Seen {
    fn token(&mut self, limits: &GraphqlLimits) -> Result<(), Refusal> {
        self.tokens += 1;
        if self.tokens > limits.tokens {
            return Err(Refusal::limit("tokens", "The document", "tokens", limits.tokens));
        }
        Ok(())
    }

    fn open(&mut self, limits: &GraphqlLimits) -> Result<(), Refusal> {
        self.token(limits)?;
        self.depth += 1;
        if self.depth > limits.nesting {
            return Err(Refusal::limit("nesting", "The document", "levels of brackets", limits.nesting));
        }
        Ok(())
    }

    fn close(&mut self, limits: &GraphqlLimits) -> Result<(), Refusal> {
        self.depth = self.depth.saturating_sub(1);
        self.token(limits)
    }

    fn word(&mut self, word: &[u8], limits: &GraphqlLimits) -> Result<(), Refusal> {
        if self.depth == 0 && word == b"fragment" {
            self.fragments += 1;
            if self.fragments > limits.fragments {
                return Err(Refusal::limit("fragments", "The document", "fragments", limits.fragments));
            }
        }
        self.token(limits)
    }
}

fn skip_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    rest.split_at(end.unwrap_or(rest.len())).1
}

/// What follows the string that `text` begins with, or nothing when it does not end.
fn skip_string(text: &[u8]) -> Option<&[u8]> {
    if let Some(mut rest) = text.strip_prefix(b"\"\"\"") {
        loop {
            if let Some(after) = rest.strip_prefix(b"\"\"\"") {
                return Some(after);
            }
            rest = match rest.strip_prefix(b"\\\"\"\"") {
                Some(after) => after,
                None => rest.split_first()?.1,
            };
        }
    }
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        rest = match rest.split_first()? {
            (b'"', after) => return Some(after),
            (b'\n' | b'\r', _) => return None,
            (b'\\', after) => after.split_first()?.1,
            (_, after) => after,
        };
    }
}

fn word_length(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
    end.unwrap_or(text.len())
}

fn unterminated(text: &str, left: usize) -> Refusal {
    let before = text.get(..text.len().saturating_sub(left)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Refusal::Syntax {
        message: "unterminated string".to_owned(),
        position: Some(Pos {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> Option<&'static str> {
        match scan(text, &GraphqlLimits::default()) {
            Ok(()) => None,
            Err(Refusal::Limit { key, .. }) => Some(key),
            Err(Refusal::Syntax { .. }) => Some("syntax"),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn nested(open: &str, close: &str, levels: usize) -> String {
        format!("{{f(x:{}1{})}}", open.repeat(levels), close.repeat(levels))
    }

    #[test]
    fn a_list_of_1600_levels_is_refused_and_one_of_62_passes() {
        assert_eq!(refused(&nested("[", "]", 1_600)), Some("nesting"));
        assert_eq!(refused(&nested("[", "]", 63)), Some("nesting"));
        assert_eq!(refused(&nested("[", "]", 62)), None);
    }

    #[test]
    fn an_input_object_of_1500_levels_is_refused() {
        assert_eq!(refused(&nested("{a:", "}", 1_500)), Some("nesting"));
    }

    #[test]
    fn deep_variable_defaults_and_directive_arguments_are_refused() {
        let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
        assert_eq!(refused(&format!("query($a:[Int]={deep}){{f}}")), Some("nesting"));
        assert_eq!(refused(&format!("query @d(a:{deep}){{f}}")), Some("nesting"));
        assert_eq!(refused(&format!("query($a:{deep}){{f}}")), Some("nesting"));
    }

    #[test]
    fn ten_thousand_unused_fragments_are_refused() {
        let text = |count| format!("{{f}}{}", "fragment a on T{f}".repeat(count));
        assert_eq!(refused(&text(1_000)), Some("fragments"));
        assert_eq!(refused(&text(10_000)), Some("query_bytes"));
        assert_eq!(refused(&text(32)), None);
        assert_eq!(refused(&text(33)), Some("fragments"));
    }

    #[test]
    fn a_field_named_fragment_is_no_fragment() {
        assert_eq!(refused(&format!("{{{}}}", "fragment ".repeat(100))), None);
    }

    #[test]
    fn twenty_thousand_directives_are_refused() {
        assert_eq!(refused(&format!("query {}{{f}}", "@a".repeat(5_000))), Some("tokens"));
        assert_eq!(refused(&format!("query {}{{f}}", "@a".repeat(20_000))), Some("query_bytes"));
    }

    #[test]
    fn brackets_in_strings_and_comments_count_for_nothing() {
        let brackets = "[".repeat(200);
        assert_eq!(refused(&format!("{{f(x:\"{brackets}\\\"{brackets}\")}}")), None);
        assert_eq!(refused(&format!("{{f(x:\"\"\"{brackets}\\\"\"\"\n\"{brackets}\"\"\")}}")), None);
        assert_eq!(refused(&format!("#{brackets}\n{{f}}#{brackets}")), None);
    }

    #[test]
    fn a_string_that_does_not_end_hides_no_bracket() {
        let brackets = "[".repeat(1_600);
        assert_eq!(refused(&format!("{{f(x:\"\"\"a\"{brackets})}}")), Some("syntax"));
        assert_eq!(refused(&format!("{{f(x:\"a\n{brackets})}}")), Some("syntax"));
        assert_eq!(refused("{f(x:\""), Some("syntax"));
        assert_eq!(refused("{f(x:\"\\"), Some("syntax"));
    }

    #[test]
    fn the_place_of_an_unterminated_string_is_told() {
        let refusal = scan("{\n  f(x: \"é", &GraphqlLimits::default()).unwrap_err();
        let Refusal::Syntax { position, .. } = refusal else { panic!("{refusal:?}") };
        assert_eq!(position, Some(Pos { line: 2, column: 8 }));
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "\\PC{0,200}|[\\[{(\"\\\\#.\n a]{0,200}") {
            let _ = scan(&text, &GraphqlLimits::default());
        }
    }
}
