//! The lock on a SQLite database: two servers on one file would each believe to be its only writer.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use secrecy::ExposeSecret as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::cli::CommandError;
use crate::config::Config;
use crate::kernel::secret;

/// Held as long as the server runs. The operating system lets go of it however the process ends.
pub(super) struct DataLock(Vec<File>);

impl DataLock {
    /// Locks the data directory and the database's file when it is SQLite; several servers may share a PostgreSQL.
    pub(super) fn take(config: &Config) -> Result<Self, CommandError> {
        let url = config.database_url();
        if !url.expose_secret().starts_with("sqlite:") {
            return Ok(Self(Vec::new()));
        }
        let folder = &config.server.data_dir;
        secret::make_folder(folder).map_err(CommandError::system(format!("creating {}", folder.display())))?;
        let files = [Some(folder.join("stockroom.lock")), beside_database(url.expose_secret())];
        files.iter().flatten().map(|file| lock(file)).collect::<Result<_, _>>().map(Self)
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        for file in &self.0 {
            file.unlock().ok();
        }
    }
}

/// The lock file of the database at `url`; none where it has no file yet and no folder for one, or lives in memory.
fn beside_database(url: &str) -> Option<PathBuf> {
    let file = SqliteConnectOptions::from_str(url).ok()?.get_filename().to_path_buf();
    let name = format!("{}.lock", file.file_name()?.to_string_lossy());
    file.parent().filter(|folder| folder.is_dir()).map(|folder| folder.join(name))
}

fn lock(path: &Path) -> Result<File, CommandError> {
    let doing = format!("locking {}", path.display());
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(CommandError::system(doing.clone()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CommandError::Failed(format!(
            "another server holds {}: SQLite takes one server, PostgreSQL several",
            path.display()
        ))),
        Err(TryLockError::Error(source)) => Err(CommandError::System { doing, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_lies_beside_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db", folder.path().display());
        assert_eq!(beside_database(&url), Some(folder.path().join("shop.db.lock")));
        assert_eq!(beside_database("sqlite::memory:"), None);
    }
}
