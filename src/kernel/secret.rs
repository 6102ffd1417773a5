//! Secrets that the server makes for itself and keeps in files that only its user can read.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rand::TryRngCore as _;
use rand::rngs::OsRng;

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Makes a folder, with what is missing above it, for this server's user alone. One that exists stays as it is.
pub fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The 32 bytes in the file at `path`; makes them, with mode 0600, when there is no such file. Two processes that start together agree on one.
pub fn read_or_make(path: &Path) -> io::Result<[u8; 32]> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let made = random::<32>()?;
    // Written aside and linked into place: a file that exists is always whole, and the first one stays.
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(&made)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside)?;
    match linked {
        Ok(()) => Ok(made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(error),
    }
}

fn read(path: &Path) -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut file = std::fs::File::open(path)?;
    file.read_exact(&mut bytes)?;
    if file.read(&mut [0; 1])? == 0 {
        Ok(bytes)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "not 32 bytes"))
    }
}
