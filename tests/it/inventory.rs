//! Tests of the inventory slice through the API.

mod adjustments;
mod closing;
mod columns;
mod contention;
mod costs;
mod counting;
mod crash;
mod documents;
mod history;
mod locations;
mod model;
mod nested;
mod orders;
mod outbox_order;
mod plans;
mod privacy;
mod proof;
mod race;
mod reservations;
mod reversals;
pub(crate) mod shelves;
mod slips;
mod states;
mod subscription;
mod time;
mod together;
mod watching;
