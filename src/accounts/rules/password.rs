//! What a new password must be like, and a password as someone types it to be let in.
//! Knows nothing of how passwords are hashed or stored.

use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::feedback::Feedback;
use zxcvbn::zxcvbn;

use super::{Email, PersonName};
use crate::accounts::error::AccountError;
use crate::kernel::text::InputError;

/// Letters and digits that must be left when the person's own name and address are taken out.
const LEAST_OF_ONES_OWN: usize = 5;
/// Bounds the work of composing and hashing, whatever the script.
const MAX_PASSWORD_BYTES: usize = 512;

/// What a new password must be like.
#[derive(Debug, Clone, Copy)]
pub struct PasswordPolicy {
    /// The least number of characters.
    pub min_chars: usize,
    /// The greatest number of characters.
    pub max_chars: usize,
    /// The least strength: zxcvbn's score from 0 to 4.
    pub min_score: u8,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_chars: 8, max_chars: 128, min_score: 3 }
    }
}

/// A password good enough to be set, composed (NFC).
#[derive(Debug, Clone)]
pub struct NewPassword(SecretString);

/// A password as typed at login, composed (NFC) and otherwise untouched. `None` inside when it is longer than any
/// password can be: it then matches nothing, at the same cost as a wrong one.
#[derive(Debug, Clone)]
pub struct TypedPassword(Option<SecretString>);

impl NewPassword {
    /// Judges a password for the person it is to belong to: one that resembles their address or name is weak.
    pub fn parse(
        text: &SecretString,
        policy: PasswordPolicy,
        email: &Email,
        name: &PersonName,
    ) -> Result<Self, AccountError> {
        let composed = composed(text).ok_or(InputError::TooLong { max: policy.max_chars })?;
        let plain = composed.expose_secret();
        let length = plain.chars().count();
        if length < policy.min_chars {
            return Err(InputError::TooShort { min: policy.min_chars }.into());
        }
        if length > policy.max_chars {
            return Err(InputError::TooLong { max: policy.max_chars }.into());
        }
        if plain.chars().any(char::is_control) {
            return Err(InputError::ControlCharacter.into());
        }
        let known = known_about(email, name);
        if is_made_of(plain, &known) {
            let advice =
                "It is made of your own name or e-mail address. Add words that have nothing to do with you.".to_owned();
            return Err(AccountError::WeakPassword { advice });
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let estimate = zxcvbn(plain, &known);
        if u8::from(estimate.score()) < policy.min_score {
            return Err(AccountError::WeakPassword { advice: advice(estimate.feedback()) });
        }
        Ok(Self(composed))
    }

    /// The composed text, for hashing.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl TypedPassword {
    /// Takes the text exactly as typed: no trimming, no change but composition.
    pub fn new(text: &SecretString) -> Self {
        Self(composed(text))
    }

    /// The composed text, or `None` when it can't be anyone's password.
    pub fn secret(&self) -> Option<&SecretString> {
        self.0.as_ref()
    }
}

/// The text in composed form (NFC), or `None` when it is longer than any password.
fn composed(text: &SecretString) -> Option<SecretString> {
    let raw = text.expose_secret();
    if raw.len() > MAX_PASSWORD_BYTES {
        return None;
    }
    let composed: String = raw.nfc().collect();
    (composed.len() <= MAX_PASSWORD_BYTES).then(|| composed.into())
}

/// The words an attacker who knows the person would try first.
fn known_about(email: &Email, name: &PersonName) -> Vec<String> {
    let mut words = vec!["stockroom".to_owned(), email.key().to_owned(), name.as_str().to_lowercase()];
    let parts = email.key().split(|c: char| !c.is_alphanumeric()).chain(name.as_str().split_whitespace());
    words.extend(parts.filter(|part| part.chars().count() > 2).map(str::to_lowercase));
    words
}

/// The estimate below counts each known word as a surprise of its own, so their combinations would pass it: a
/// password needs something left when they are taken out.
fn is_made_of(password: &str, known: &[String]) -> bool {
    let mut longest_first: Vec<&String> = known.iter().collect();
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = longest_first.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word.as_str(), " "));
    rest.chars().filter(|c| c.is_alphanumeric()).count() < LEAST_OF_ONES_OWN && rest != password.to_lowercase()
}

fn advice(feedback: Option<&Feedback>) -> String {
    let Some(feedback) = feedback else {
        return "Add another word or two. Uncommon words are better.".to_owned();
    };
    let warning = feedback.warning().map(|warning| warning.to_string());
    let suggestions = feedback.suggestions().iter().map(ToString::to_string);
    let sentences: Vec<String> = warning.into_iter().chain(suggestions).collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<NewPassword, AccountError> {
        let email = Email::parse("grace.hopper@example.com").unwrap();
        let name = PersonName::parse("Grace Brewster Hopper").unwrap();
        NewPassword::parse(&text.to_owned().into(), PasswordPolicy::default(), &email, &name)
    }

    #[test]
    fn a_strong_password_is_kept_composed_and_untrimmed() {
        let kept = judge(" violet cafe\u{301} anvil 42 ").unwrap();
        assert_eq!(kept.secret().expose_secret(), " violet caf\u{e9} anvil 42 ");
    }

    #[test]
    fn the_length_rules_hold_at_their_borders() {
        assert_eq!(judge("qX7!kz2").unwrap_err(), AccountError::Input(InputError::TooShort { min: 8 }));
        assert!(matches!(judge("qX7!kz2~"), Err(AccountError::WeakPassword { .. })));
        assert!(judge("qX7!kz2~9").is_ok());
        let words = "violet anvil cobalt thunder ".repeat(5);
        assert!(judge(&words[..128]).is_ok());
        assert_eq!(judge(&words[..129]).unwrap_err(), AccountError::Input(InputError::TooLong { max: 128 }));
        assert_eq!(judge(&"𝄞".repeat(129)).unwrap_err(), AccountError::Input(InputError::TooLong { max: 128 }));
        assert_eq!(judge(&"x".repeat(1_000_000)).unwrap_err(), AccountError::Input(InputError::TooLong { max: 128 }));
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(judge("violet\u{0}anvil cobalt").unwrap_err(), AccountError::Input(InputError::ControlCharacter));
    }

    #[test]
    fn a_weak_password_is_refused_with_advice_that_does_not_repeat_it() {
        for text in ["passw0rd", "12345678", "letmein1", "qwertyuiop", "stockroom1", "aaaaaaaaaaaa"] {
            let AccountError::WeakPassword { advice } = judge(text).unwrap_err() else {
                panic!("{text} should be weak")
            };
            assert!(advice.ends_with('.') && !advice.contains(text), "{advice}");
        }
    }

    #[test]
    fn a_password_made_of_the_persons_own_address_or_name_is_weak() {
        for text in ["grace.hopper@example.com", "gracehopper", "Brewster1", "hopper.grace"] {
            assert!(matches!(judge(text), Err(AccountError::WeakPassword { .. })), "{text}");
        }
        let other = PersonName::parse("Someone Else").unwrap();
        let email = Email::parse("someone@else.example").unwrap();
        assert!(
            NewPassword::parse(
                &"grace.hopper@example.com".to_owned().into(),
                PasswordPolicy::default(),
                &email,
                &other
            )
            .is_ok()
        );
    }

    #[test]
    fn a_typed_password_is_composed_only_and_an_overlong_one_matches_nothing() {
        let typed = TypedPassword::new(&" cafe\u{301} ".to_owned().into());
        assert_eq!(typed.secret().unwrap().expose_secret(), " caf\u{e9} ");
        assert!(TypedPassword::new(&"x".repeat(513).into()).secret().is_none());
    }

    #[test]
    fn debug_output_hides_the_password() {
        let shown = format!(
            "{:?} {:?}",
            judge("violet anvil cobalt").unwrap(),
            TypedPassword::new(&"violet".to_owned().into())
        );
        assert!(!shown.contains("violet"), "{shown}");
    }
}
