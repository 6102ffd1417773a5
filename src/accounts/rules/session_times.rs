//! How long a session lives, and what an incoming refresh token is allowed to do.

use std::time::Duration;

use crate::kernel::clock::Timestamp;

/// The limits of one kind of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// It ends when it is not refreshed for this long.
    pub idle: Duration,
    /// It ends this long after the log-in, however much it is used.
    pub absolute: Duration,
}

/// Everything about how long sessions live and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Sessions of people whose roles allow nothing.
    pub customer: SessionTimes,
    /// Sessions of people whose roles allow something.
    pub staff: SessionTimes,
    /// For this long after its use a refresh token is answered with the same successor.
    pub grace: Duration,
    /// Open sessions of one user; a further one ends the oldest.
    pub per_user: u32,
}

impl SessionPolicy {
    /// The limits for someone who is staff, or is not.
    pub fn times(&self, staff: bool) -> SessionTimes {
        if staff { self.staff } else { self.customer }
    }
}

/// The two ends of a session that is used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnds {
    /// Unless it is used again before.
    pub idle: Timestamp,
    /// In any case.
    pub absolute: Timestamp,
}

impl SessionTimes {
    /// When a session that was started at `started` and is used at `now` ends.
    pub fn ends(&self, started: Timestamp, now: Timestamp) -> SessionEnds {
        let absolute = started + self.absolute;
        SessionEnds { idle: (now + self.idle).min(absolute), absolute }
    }
}

/// What is known of a refresh token that comes in, and of the session it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// When it was exchanged for its successor, if it was.
    pub used_at: Option<Timestamp>,
    /// Whether the successor is sealed under it and has not been used itself.
    pub successor_unused: bool,
    /// When the session ended or ends; in the past for one that is over.
    pub session_ends_at: Timestamp,
    /// Whether the session was ended, or its user deactivated.
    pub session_closed: bool,
}

/// What is to be done with a refresh token that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshDecision {
    /// Exchange it for a new one.
    Rotate,
    /// It was exchanged a moment ago, as by another tab: give the same successor again.
    RepeatSuccessor,
    /// It was used before: someone may have a copy. End the session.
    EndSession,
    /// The session is over anyway.
    Refuse,
}

/// Decides on a refresh token that comes in.
pub fn decide_refresh(presented: Presented, grace: Duration, now: Timestamp) -> RefreshDecision {
    if presented.session_closed || now >= presented.session_ends_at {
        return RefreshDecision::Refuse;
    }
    match presented.used_at {
        None => RefreshDecision::Rotate,
        Some(used_at) if presented.successor_unused && now < used_at + grace => RefreshDecision::RepeatSuccessor,
        Some(_) => RefreshDecision::EndSession,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(30);
    const USED: Timestamp = Timestamp(1_000_000_000);

    fn used_token() -> Presented {
        Presented {
            used_at: Some(USED),
            successor_unused: true,
            session_ends_at: USED + GRACE * 10,
            session_closed: false,
        }
    }

    #[test]
    fn a_fresh_token_is_exchanged_while_its_session_lives() {
        let fresh = Presented { used_at: None, successor_unused: false, ..used_token() };
        assert_eq!(decide_refresh(fresh, GRACE, USED), RefreshDecision::Rotate);
        assert_eq!(decide_refresh(fresh, GRACE, fresh.session_ends_at), RefreshDecision::Refuse);
        let closed = Presented { session_closed: true, ..fresh };
        assert_eq!(decide_refresh(closed, GRACE, USED), RefreshDecision::Refuse);
    }

    #[test]
    fn a_used_token_repeats_its_successor_only_within_the_grace_and_while_that_is_unused() {
        let just_within = Timestamp(USED.0 + 29_999_999);
        assert_eq!(decide_refresh(used_token(), GRACE, just_within), RefreshDecision::RepeatSuccessor);
        assert_eq!(decide_refresh(used_token(), GRACE, USED + GRACE), RefreshDecision::EndSession);
        let moved_on = Presented { successor_unused: false, ..used_token() };
        assert_eq!(decide_refresh(moved_on, GRACE, just_within), RefreshDecision::EndSession);
    }

    #[test]
    fn a_used_token_of_an_ended_session_is_merely_refused() {
        let closed = Presented { session_closed: true, ..used_token() };
        assert_eq!(decide_refresh(closed, GRACE, USED + GRACE), RefreshDecision::Refuse);
    }

    #[test]
    fn use_moves_the_idle_end_but_never_past_the_absolute_one() {
        let times = SessionTimes { idle: Duration::from_hours(8), absolute: Duration::from_hours(24) };
        let ends = times.ends(USED, USED + Duration::from_hours(1));
        assert_eq!(ends.idle, USED + Duration::from_hours(9));
        let late = times.ends(USED, USED + Duration::from_hours(20));
        assert_eq!((late.idle, late.absolute), (USED + times.absolute, USED + times.absolute));
    }
}
