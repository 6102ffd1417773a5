//! The Ed25519 keys that sign access tokens: files in the data directory, readable by their owner only.
//! The newest signs, all of them verify. Knows nothing of what is signed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use ed25519_dalek::{SECRET_KEY_LENGTH, SigningKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::kernel::secret;

const FILE_PREFIX: &str = "access-";
const FILE_SUFFIX: &str = ".pem";
/// A further key gets a greater number.
const FIRST_FILE: &str = "access-0001.pem";
/// Enough of the thumbprint (RFC 7638) to tell keys apart.
const KEY_ID_CHARS: usize = 16;

/// Why the keys can't be used. The message names the file for the operator; it is not for clients.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The directory or a file can't be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read the private key.
    #[error("{}: a signing key must be readable by its owner only (chmod 600)", .0.display())]
    Exposed(PathBuf),
    /// Not an Ed25519 private key in PKCS#8 PEM.
    #[error("{}: not an Ed25519 private key in PKCS#8 PEM form", .0.display())]
    Malformed(PathBuf),
}

/// At least one key, oldest first.
pub struct SigningKeys {
    older: Vec<Key>,
    newest: Key,
}

struct Key {
    id: String,
    signs: EncodingKey,
    verifies: DecodingKey,
    public: String,
}

impl SigningKeys {
    /// Loads every key in the directory; makes the first one when there is none. Processes that start together on one
    /// directory agree on it.
    pub fn load_or_create(directory: &Path) -> Result<Self, KeyFault> {
        let failed = |source| KeyFault::Io { path: directory.to_owned(), source };
        secret::make_folder(directory).map_err(failed)?;
        if key_files(directory)?.is_empty() {
            create(&directory.join(FIRST_FILE))?;
        }
        let mut keys = Vec::new();
        for path in key_files(directory)? {
            keys.push(load(&path)?);
        }
        let Some(newest) = keys.pop() else {
            return Err(KeyFault::Malformed(directory.to_owned()));
        };
        Ok(Self { older: keys, newest })
    }

    /// The public keys as a JSON Web Key Set (RFC 7517), newest first.
    pub fn jwks(&self) -> Value {
        let newest_first = std::iter::once(&self.newest).chain(self.older.iter().rev());
        let keys: Vec<Value> = newest_first
            .map(|key| json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.public }))
            .collect();
        json!({ "keys": keys })
    }

    pub(super) fn signing(&self) -> (&str, &EncodingKey) {
        (&self.newest.id, &self.newest.signs)
    }

    pub(super) fn verifying(&self, id: &str) -> Option<&DecodingKey> {
        std::iter::once(&self.newest).chain(&self.older).find(|key| key.id == id).map(|key| &key.verifies)
    }
}

/// Makes a key, which is there whole or not at all, and leaves one that another process has just made.
fn create(path: &Path) -> Result<(), KeyFault> {
    let failed = |source| KeyFault::Io { path: path.to_owned(), source };
    let seed = secret::random::<SECRET_KEY_LENGTH>().map_err(failed)?;
    let key = SigningKey::from_bytes(&seed).to_pkcs8_pem(LineEnding::LF);
    let pem = key.map_err(|_| KeyFault::Malformed(path.to_owned()))?;
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    write_private(&aside, pem.as_bytes()).map_err(failed)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The order of the names is the order of the keys.
fn key_files(directory: &Path) -> Result<Vec<PathBuf>, KeyFault> {
    let failed = |source| KeyFault::Io { path: directory.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(FILE_PREFIX) && name.ends_with(FILE_SUFFIX)) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn load(path: &Path) -> Result<Key, KeyFault> {
    let failed = |source| KeyFault::Io { path: path.to_owned(), source };
    refuse_exposed(path)?;
    let pem = fs::read_to_string(path).map_err(failed)?;
    let malformed = || KeyFault::Malformed(path.to_owned());
    let key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| malformed())?;
    let der = key.to_pkcs8_der().map_err(|_| malformed())?;
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let verifies = DecodingKey::from_ed_components(&public).map_err(|_| malformed())?;
    Ok(Key { id: key_id(&public), signs: EncodingKey::from_ed_der(der.as_bytes()), verifies, public })
}

fn refuse_exposed(path: &Path) -> Result<(), KeyFault> {
    let metadata = fs::metadata(path).map_err(|source| KeyFault::Io { path: path.to_owned(), source })?;
    if metadata.permissions().mode().trailing_zeros() >= 6 { Ok(()) } else { Err(KeyFault::Exposed(path.to_owned())) }
}

/// The beginning of the key's JWK thumbprint (RFC 7638): the same wherever the key is loaded.
fn key_id(public: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)).chars().take(KEY_ID_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_private_key_and_the_next_start_finds_it() {
        let data = tempfile::tempdir().unwrap();
        let directory = data.path().join("keys");
        let first = SigningKeys::load_or_create(&directory).unwrap();
        let again = SigningKeys::load_or_create(&directory).unwrap();
        assert_eq!(first.signing().0, again.signing().0);
        create(&directory.join(FIRST_FILE)).unwrap();
        let late = SigningKeys::load_or_create(&directory).unwrap();
        assert_eq!(first.signing().0, late.signing().0, "a process that is late must not replace the key");
        let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_newest_key_signs_and_all_of_them_verify() {
        let data = tempfile::tempdir().unwrap();
        let one = SigningKeys::load_or_create(data.path()).unwrap();
        create(&data.path().join("access-0002.pem")).unwrap();
        let two = SigningKeys::load_or_create(data.path()).unwrap();
        assert_ne!(one.signing().0, two.signing().0);
        assert!(two.verifying(one.signing().0).is_some() && two.verifying(two.signing().0).is_some());
        assert!(two.verifying("unknown").is_none());
        assert_eq!(two.jwks()["keys"][0]["kid"], two.signing().0);
        assert_eq!(two.jwks()["keys"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn the_published_set_holds_nothing_private() {
        let data = tempfile::tempdir().unwrap();
        let jwks = SigningKeys::load_or_create(data.path()).unwrap().jwks();
        let names: Vec<_> = jwks["keys"][0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"]);
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_no_key_stops_the_start_by_name() {
        let data = tempfile::tempdir().unwrap();
        SigningKeys::load_or_create(data.path()).unwrap();
        let path = fs::read_dir(data.path()).unwrap().next().unwrap().unwrap().path();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(SigningKeys::load_or_create(data.path()), Err(KeyFault::Exposed(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "garbage").unwrap();
        assert!(matches!(SigningKeys::load_or_create(data.path()), Err(KeyFault::Malformed(_))));
    }
}
