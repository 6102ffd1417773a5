//! The writes of the slice, one type each. They run inside the transaction of `kernel::write`.

mod product_archive;
mod product_create;
mod product_delete;
mod product_import;
mod product_update;
pub mod product_upsert;
mod variant_create;
mod variant_delete;
mod variant_update;

mod category_create;
mod category_delete;
mod category_update;

mod announce;
mod save;

pub use category_create::CategoryCreate;
pub use category_delete::CategoryDelete;
pub use category_update::CategoryUpdate;
pub use product_archive::{ProductArchive, ProductUnarchive};
pub use product_create::ProductCreate;
pub use product_delete::ProductDelete;
pub use product_import::{Imported, ImportedVariant, ProductImport, ProductOutcome, VariantOutcome};
pub use product_update::ProductUpdate;
pub use product_upsert::{ProductUpsert, Upserted, VariantUpsert};
pub use variant_create::VariantCreate;
pub use variant_delete::VariantDelete;
pub use variant_update::VariantUpdate;

use super::error::CatalogError;
use crate::kernel::error::Failure;

/// Refuses a write that was decided on another version than the present one.
fn require_version(expected: Option<i64>, current: i64) -> Result<(), Failure<CatalogError>> {
    match expected {
        Some(expected) if expected != current => {
            Err(Failure::refused("input.expectedVersion", CatalogError::Stale { current }))
        }
        Some(_) | None => Ok(()),
    }
}
