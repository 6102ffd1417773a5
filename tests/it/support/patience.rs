//! How long a test waits for anything: what never comes must fail it with a sentence, not hang it.

use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;

/// The longest wait. A machine that is busy with other tests needs seconds, so this is more than any of them takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What `waiting` comes to; fails when that takes too long, for the reason `failure`, such as "the server said nothing".
pub(crate) async fn in_time<T>(waiting: impl Future<Output = T>, failure: &str) -> T {
    let Ok(done) = tokio::time::timeout(PATIENCE, waiting).await else { panic!("{failure} within {PATIENCE:?}") };
    done
}

/// Waits until `child` has ended. One that goes on for longer than `patience` is killed; then there is no status.
pub(crate) fn ended_in(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let (ended, end) = mpsc::channel();
    let id = child.id().to_string();
    let watch = std::thread::spawn(move || {
        let too_late = end.recv_timeout(patience).is_err();
        too_late.then(|| Command::new("kill").args(["-KILL", &id]).status().unwrap())
    });
    let status = child.wait().unwrap();
    ended.send(()).ok();
    let killed = watch.join().unwrap();
    killed.is_none().then_some(status)
}
