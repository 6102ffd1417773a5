//! Hears of urgent events of other servers at their commits, by PostgreSQL's NOTIFY. What is missed while the connection is away is made up for by taking
//! everything as touched when it is back; until then [`super::feed`] finds the events as it finds all others.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use super::Origin;
use crate::kernel::db::Db;
use crate::kernel::freshness::{self, Freshness, Tag};
use crate::kernel::write::Writer;

/// The channel of the notices, the same for all servers on a database.
pub(super) const CHANNEL: &str = "stockroom_touched";

/// How long to wait before another try when the database does not let us listen.
const PAUSE: Duration = Duration::from_secs(1);

/// A notice: which process gives it, and what has been touched.
pub(super) fn text(Origin(origin): Origin, tags: &BTreeSet<Tag>) -> String {
    format!("{origin} {}", freshness::to_text(tags))
}

/// Passes the notices of other processes on to the writer's freshness until `stop`. Does nothing on SQLite, which has none.
pub fn follow(db: &Db, writer: &Writer, stop: CancellationToken) {
    let Some(pool) = db.listening().cloned() else { return };
    let (freshness, Origin(origin)) = (writer.freshness(), writer.origin());
    let own = format!("{origin} ");
    tokio::spawn(async move {
        let listening = async {
            let mut failing = false;
            loop {
                let Err(error) = listen(&pool, &freshness, &own, &mut failing).await;
                freshness.touch_all();
                if !failing && !stop.is_cancelled() {
                    failing = true;
                    tracing::warn!(%error, "no notices of other servers; what they change is seen when the outbox is read");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = listening => {}
        }
    });
}

async fn listen(
    pool: &PgPool,
    freshness: &Freshness,
    own: &str,
    failing: &mut bool,
) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    *failing = false;
    // Something may have been missed until now.
    freshness.touch_all();
    loop {
        // Nothing when the connection was lost and is back.
        let Some(notice) = listener.try_recv().await? else {
            freshness.touch_all();
            continue;
        };
        if notice.payload().starts_with(own) {
            continue;
        }
        match notice.payload().split_once(' ').and_then(|(_origin, tags)| freshness::from_text(tags)) {
            Some(tags) => freshness.touch(tags),
            None => freshness.touch_all(),
        }
    }
}
