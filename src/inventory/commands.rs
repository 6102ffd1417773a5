//! The writes of the slice, one type each. They run inside the transaction of `kernel::write`.

mod location_create;
mod location_update;

pub use location_create::LocationCreate;
pub use location_update::LocationUpdate;
