//! The refresh token: 256 random bits with a checksum, of which only a hash is stored; and the sealing of a token's
//! successor under the token itself, so that two tabs that refresh at once can be given the same successor.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::kernel::error::Fault;
use crate::kernel::secret;

/// Says what the text is, to people and to secret scanners.
const REFRESH_PREFIX: &str = "srt_";
const SECRET_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;
/// 36 bytes in base64.
const ENCODED_CHARS: usize = 48;
const NONCE_BYTES: usize = 12;
const SEAL_PURPOSE: &[u8] = b"stockroom refresh successor v1";

/// A refresh token in the clear. It exists in memory and at the client, never at rest.
#[derive(Clone)]
pub struct RefreshToken {
    secret: [u8; SECRET_BYTES],
}

/// A token encrypted under its predecessor: nonce, then ciphertext with its tag.
pub type SealedToken = Vec<u8>;

/// Sealing or opening failed: the random source, or a sealed token that does not belong to this one.
#[derive(Debug, thiserror::Error)]
#[error("the successor of a refresh token could not be {0}")]
pub struct SealFault(&'static str);

impl From<SealFault> for Fault {
    fn from(fault: SealFault) -> Self {
        Self::Internal(fault.to_string())
    }
}

impl RefreshToken {
    /// A new token from the operating system's randomness.
    pub fn generate() -> Result<Self, SealFault> {
        Ok(Self { secret: secret::random().map_err(|_| SealFault("generated"))? })
    }

    /// Reads a token from a client; `None` when it can't be one of ours, found out without a query.
    pub fn parse(text: &SecretString) -> Option<Self> {
        let encoded = text.expose_secret().strip_prefix(REFRESH_PREFIX)?;
        if encoded.len() != ENCODED_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (secret, checksum) = bytes.split_at_checked(SECRET_BYTES)?;
        let expected = crc32fast::hash(secret).to_be_bytes();
        if checksum.len() != CHECKSUM_BYTES || !bool::from(expected.as_slice().ct_eq(checksum)) {
            return None;
        }
        Some(Self { secret: secret.try_into().ok()? })
    }

    /// The text for the client.
    pub fn reveal(&self) -> SecretString {
        let checksum = crc32fast::hash(&self.secret).to_be_bytes();
        let bytes = [self.secret.as_slice(), checksum.as_slice()].concat();
        format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).into()
    }

    /// What is stored and looked up: SHA-256. The token has 256 random bits, so the hash needs no salt.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// Encrypts the token that follows this one, so that only a holder of this one can read it.
    pub fn seal(&self, successor: &Self) -> Result<SealedToken, SealFault> {
        let nonce = secret::random::<NONCE_BYTES>().map_err(|_| SealFault("sealed"))?;
        let hash = self.hash();
        let payload = Payload { msg: &successor.secret, aad: &hash };
        let sealed = self.cipher().and_then(|cipher| cipher.encrypt(Nonce::from_slice(&nonce), payload).ok());
        let ciphertext = sealed.ok_or(SealFault("sealed"))?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    /// Decrypts what `seal` of the same token made.
    pub fn open(&self, sealed: &[u8]) -> Result<Self, SealFault> {
        let failed = || SealFault("opened");
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(failed)?;
        let hash = self.hash();
        let payload = Payload { msg: ciphertext, aad: &hash };
        let opened = self.cipher().and_then(|cipher| cipher.decrypt(Nonce::from_slice(nonce), payload).ok());
        let secret = opened.and_then(|bytes| bytes.try_into().ok()).ok_or_else(failed)?;
        Ok(Self { secret })
    }

    fn cipher(&self) -> Option<Aes256Gcm> {
        let mut key = [0_u8; 32];
        Hkdf::<Sha256>::new(None, &self.secret).expand(SEAL_PURPOSE, &mut key).ok()?;
        Aes256Gcm::new_from_slice(&key).ok()
    }
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> RefreshToken {
        RefreshToken::generate().unwrap()
    }

    #[test]
    fn a_token_survives_the_way_to_the_client_and_back() {
        let token = token();
        let text = token.reveal();
        assert!(text.expose_secret().starts_with("srt_") && text.expose_secret().len() == 52);
        assert_eq!(RefreshToken::parse(&text).unwrap().hash(), token.hash());
    }

    #[test]
    fn a_mistyped_token_is_refused_without_a_look_up() {
        let text = token().reveal().expose_secret().to_owned();
        for index in 0..text.len() {
            let replacement = if &text[index..=index] == "A" { "B" } else { "A" };
            let mut altered = text.clone();
            altered.replace_range(index..=index, replacement);
            assert!(RefreshToken::parse(&altered.into()).is_none(), "{index}");
        }
        for text in ["", "srt_", &text[..51], &format!("{text}A"), &text[4..]] {
            assert!(RefreshToken::parse(&text.to_owned().into()).is_none());
        }
    }

    #[test]
    fn only_the_predecessor_opens_its_successor() {
        let (predecessor, successor) = (token(), token());
        let sealed = predecessor.seal(&successor).unwrap();
        assert_eq!(predecessor.open(&sealed).unwrap().hash(), successor.hash());
        assert!(token().open(&sealed).is_err());
        assert!(successor.open(&sealed).is_err());
        assert_ne!(predecessor.seal(&successor).unwrap(), sealed);
    }

    #[test]
    fn a_damaged_seal_does_not_open() {
        let predecessor = token();
        let sealed = predecessor.seal(&token()).unwrap();
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(predecessor.open(&damaged).is_err());
        }
        assert!(predecessor.open(&[]).is_err() && predecessor.open(&sealed[..11]).is_err());
    }

    #[test]
    fn debug_output_hides_the_token() {
        assert_eq!(format!("{:?}", token()), "RefreshToken(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let refused = RefreshToken::parse(&format!("srt_{text}").into()).is_none();
            prop_assert!(refused);
        }
    }
}
