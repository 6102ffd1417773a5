//! Tests of the inventory slice through the API.

mod locations;
