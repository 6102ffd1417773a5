//! Tests of what holds for the whole API, whatever the slice: who may, how lists page, how the schema reads.

mod attacks;
mod bad_input;
mod bad_values;
mod batching;
mod broken;
mod caching;
mod conformance;
mod cross_site;
mod encodings;
mod examples;
mod goodbye;
mod introspection;
mod limits;
mod pagination;
mod permissions;
mod persisted;
mod proxies;
mod rates;
mod raw;
mod schema;
mod snapshots;
mod sse;
mod transport;
mod websocket;
