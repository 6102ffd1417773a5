//! What the resolvers work with: the handles that the composition root made, one set for the whole process.

use std::ops::Deref;
use std::sync::Arc;

use crate::accounts::Accounts;
use crate::config::Config;
use crate::inventory::commands::{Posting, Reserving};
use crate::kernel::clock::Clock;
use crate::kernel::db::Db;
use crate::kernel::id::Ids;
use crate::kernel::outbox::feed::Feed;
use crate::kernel::page::PageLimits;
use crate::kernel::write::{JointWriter, Writer};

/// The services behind the schema. Clones share everything, and cost next to nothing.
#[derive(Clone)]
pub struct Services(Arc<Handles>);

impl Services {
    /// The services over these handles.
    pub fn new(handles: Handles) -> Self {
        Self(Arc::new(handles))
    }
}

impl Deref for Services {
    type Target = Handles;

    fn deref(&self) -> &Handles {
        &self.0
    }
}

/// The handles behind the schema.
pub struct Handles {
    /// The configuration.
    pub config: Arc<Config>,
    /// The reading side of the database.
    pub db: Db,
    /// The one way to write.
    pub writer: Writer,
    /// The way for changes of stock, which share transactions when several wait.
    pub postings: JointWriter<Posting>,
    /// The same for reservations.
    pub reservations: JointWriter<Reserving>,
    /// The time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
    /// Who someone is, and what they may do.
    pub accounts: Arc<Accounts>,
    /// Live events after commit.
    pub feed: Feed,
    /// Keys the fingerprints of idempotent requests, so that a stored one tells nothing of the arguments.
    pub fingerprint_key: Arc<[u8; 32]>,
    /// The bounds on a page's size.
    pub pages: PageLimits,
}
