//! Tests of the inventory slice through the API.

mod adjustments;
mod locations;
pub(crate) mod shelves;
