//! SQLite for the tests: every test gets a file of its own, as a database looks that has been migrated and not yet used.

use std::path::Path;

use stockroom::kernel::db::{Db, Options};
use stockroom::kernel::secret;
use tokio::sync::OnceCell;

/// Writes a fresh database to `path`, and makes its folder.
pub(crate) async fn fresh_database(path: &Path) {
    static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
    secret::make_folder(path.parent().unwrap()).unwrap();
    std::fs::write(path, MIGRATED.get_or_init(migrated).await).unwrap();
}

async fn migrated() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stockroom.db");
    let db = Db::connect(&Options::new(format!("sqlite://{}", file.display()))).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
    std::fs::read(file).unwrap()
}
