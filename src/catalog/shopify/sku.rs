//! The SKU of a variant that comes without one: the same for the same handle and option values, at every import.

use sha2::{Digest, Sha256};

/// Longest part made of readable words; what a generated SKU adds to it keeps the whole below 64 characters.
const READABLE_CHARS: usize = 48;

/// A SKU made from what names the variant: `clay-plant-pot` and `Large` give `CLAY-PLANT-POT.LARGE`.
///
/// Where the names do not fit into letters and digits one to one, or are long, eight digits of a hash of the exact
/// names follow, so that different variants never share a SKU by their spelling alone.
pub fn generated_sku(handle: &str, option_values: &[String]) -> String {
    let names = std::iter::once(handle).chain(option_values.iter().map(String::as_str));
    let readable = names.clone().map(slug).filter(|slug| !slug.is_empty()).collect::<Vec<_>>().join(".");
    let is_exact = is_plain(handle, '-') && option_values.iter().all(|value| is_plain(value, ' '));
    if is_exact && readable.len() <= READABLE_CHARS {
        return readable;
    }
    let short: String = readable.chars().take(READABLE_CHARS).collect();
    let short = short.trim_matches(['-', '.']);
    let hash = fingerprint(names);
    if short.is_empty() { hash } else { format!("{short}-{hash}") }
}

/// Words of letters and digits with one separator between them, so that nothing is lost in the slug.
fn is_plain(text: &str, separator: char) -> bool {
    text.split(separator).all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_uppercase()
}

fn fingerprint<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update([0]);
    }
    let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
    format!("{a:02X}{b:02X}{c:02X}{d:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(handle: &str, values: &[&str]) -> String {
        generated_sku(handle, &values.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn plain_names_read_as_they_are() {
        assert_eq!(sku("copper-light", &[]), "COPPER-LIGHT");
        assert_eq!(sku("clay-plant-pot", &["Large", "Sea Green"]), "CLAY-PLANT-POT.LARGE.SEA-GREEN");
    }

    #[test]
    fn names_that_would_meet_in_one_slug_stay_apart() {
        assert_ne!(sku("a-b", &["c"]), sku("a", &["b c"]));
        assert_ne!(sku("shirt", &["A/B"]), sku("shirt", &["A B"]));
        assert_ne!(sku("shirt", &["10½"]), sku("shirt", &["10"]));
        assert_ne!(sku("shirt", &["赤"]), sku("shirt", &["青"]));
        assert_ne!(sku(&"x".repeat(90), &["1"]), sku(&"x".repeat(90), &["2"]));
    }

    #[test]
    fn a_generated_sku_is_short_and_made_of_letters_digits_and_two_signs() {
        for values in [vec!["Ünïcode / ünd mehr"], vec!["赤"], vec!["🙂🙂"], vec!["long value"; 40]] {
            let sku = sku("långt-namn", &values);
            assert!(sku.len() <= 64 && !sku.is_empty(), "{sku}");
            assert!(sku.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{sku}");
        }
    }
}
