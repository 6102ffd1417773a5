//! The one password of all demo users: random, kept in the data directory, so that a later start can print it again.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::kernel::secret;

/// Without letters and digits that look alike.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    '2', '3', '4', '5', '6', '7', '8', '9', '-',
];

/// Five bits each: 80 bits.
const CHARS: usize = 16;

/// The password in the file at `path`; makes it, readable by its owner only, when there is no such file.
pub(super) fn read_or_make(path: &Path) -> io::Result<String> {
    match std::fs::File::open(path) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok(text.trim().to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error),
    }
}

/// Written aside and renamed into place, so that a file that exists is whole.
fn make(path: &Path) -> io::Result<String> {
    let password = generate()?;
    let aside = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    writeln!(file, "{password}")?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    Ok(password)
}

fn generate() -> io::Result<String> {
    let bytes = secret::random::<CHARS>()?;
    let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)));
    Ok(letters.collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_password_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo-password");
        let made = read_or_make(&path).unwrap();
        assert_eq!(made.len(), CHARS);
        assert_eq!(read_or_make(&path).unwrap(), made);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn two_shops_have_two_passwords() {
        assert_ne!(generate().unwrap(), generate().unwrap());
    }
}
