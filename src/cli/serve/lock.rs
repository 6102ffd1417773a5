//! The lock on the data directory: two servers on one SQLite file would each believe to be its only writer.

use std::fs::{File, TryLockError};

use secrecy::ExposeSecret as _;

use crate::cli::CommandError;
use crate::config::Config;

/// Held as long as the server runs. The operating system lets go of it however the process ends.
pub(super) struct DataLock(Option<File>);

impl DataLock {
    /// Locks the data directory when the database is SQLite; several servers may share a PostgreSQL.
    pub(super) fn take(config: &Config) -> Result<Self, CommandError> {
        if !config.database_url().expose_secret().starts_with("sqlite:") {
            return Ok(Self(None));
        }
        let folder = &config.server.data_dir;
        let path = folder.join("stockroom.lock");
        std::fs::create_dir_all(folder).map_err(CommandError::system(format!("creating {}", folder.display())))?;
        let doing = format!("opening {}", path.display());
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(CommandError::system(doing.clone()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(CommandError::Failed(format!(
                "another server runs on the data directory {}; SQLite takes one server, PostgreSQL several",
                folder.display()
            ))),
            Err(TryLockError::Error(source)) => Err(CommandError::System { doing, source }),
        }
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            file.unlock().ok();
        }
    }
}
