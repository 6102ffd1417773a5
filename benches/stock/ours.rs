//! The library's side: commands through its write path, one after the other by each client.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use stockroom::app::App;
use stockroom::inventory::commands::{
    OnShortage, Posting, ReservationCreate, ReservationTerms, ReserveLine, Reserving, RuleName, StockAdjust,
    VariantName,
};
use stockroom::inventory::entity::location::LocationId;
use stockroom::inventory::entity::reservation::Purpose;
use stockroom::kernel::actor::Actor;
use stockroom::kernel::clock::{Clock, Timestamp};
use stockroom::kernel::db::Db;
use stockroom::kernel::quantity::Quantity;
use stockroom::kernel::write::{JointWriter, Meta};

use super::shelf;
use super::shop::{self, LINES, SECTION, Shop};
use super::{Size, Work, pace};

/// The library over the shop.
#[derive(Clone)]
pub(crate) struct Ours {
    pub(crate) location: LocationId,
    postings: JointWriter<Posting>,
    reservations: JointWriter<Reserving>,
    clock: Clock,
    db: Db,
    /// How many reservations there were, of which the next one takes its variants.
    reserved: Arc<AtomicI64>,
}

impl Ours {
    pub(crate) fn new(app: &App, shop: &Shop) -> Self {
        let services = &app.services;
        Self {
            location: shop.location,
            postings: services.postings.clone(),
            reservations: services.reservations.clone(),
            clock: services.clock.clone(),
            db: services.db.clone(),
            reserved: Arc::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many statements one write sends, without `BEGIN` and `COMMIT`.
    pub(crate) async fn statements(&self, work: Work) -> u64 {
        let before = self.db.statements();
        self.write(work, 0).await;
        self.db.statements() - before
    }

    /// Writes a second.
    pub(crate) async fn rate(&self, work: Work, size: Size) -> f64 {
        let ours = self.clone();
        pace::rate(size, move |client| {
            let ours = ours.clone();
            async move { ours.write(work, client).await }
        })
        .await
    }

    async fn write(&self, work: Work, client: i64) {
        match work {
            Work::Distinct => self.adjust(client).await,
            Work::Hot => self.adjust(0).await,
            Work::Reserve => self.reserve().await,
        }
    }

    async fn adjust(&self, number: i64) {
        let command = StockAdjust { terms: shop::terms(), lines: vec![shop::receive(number, self.location, 1)] };
        let posting = Posting::in_earnest(command).unwrap();
        let written = self.postings.write(&Actor::system("bench"), Meta::new("bench"), posting).await;
        assert!(written.unwrap().outcome.is_ok(), "an adjustment was refused");
    }

    async fn reserve(&self) {
        let count = self.reserved.fetch_add(1, Ordering::Relaxed);
        let line = |section| ReserveLine {
            variant: VariantName::Id(shelf::variant(anyone(count, section))),
            quantity: Quantity::new(1).unwrap(),
            location: None,
        };
        let terms = ReservationTerms {
            purpose: Purpose::Cart,
            owner: Some("bench".to_owned()),
            external_reference: None,
            note: None,
            ttl: Some(Duration::from_hours(1)),
        };
        let lines = (0..LINES).map(line).collect();
        let command = ReservationCreate {
            terms,
            rule: RuleName::Priority,
            on_shortage: OnShortage::Reject,
            lines,
            dry_run: false,
        };
        let reserving = command.in_earnest().unwrap();
        let written = self.reservations.write(&Actor::system("bench"), Meta::new("bench"), reserving).await;
        assert!(written.unwrap().outcome.is_ok(), "a reservation was refused");
    }
}

/// The number of some variant of a section, all of them equally often and in no order.
pub(crate) fn anyone(count: i64, section: i64) -> i64 {
    let mixed = (count * LINES + section).wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_shr(33);
    section * SECTION + mixed.rem_euclid(SECTION)
}
