//! When a level is to be filled up, with how many units, and how long it will last: pure arithmetic on what the level and its sales are.

use crate::kernel::clock::Timestamp;
use crate::kernel::quantity;

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// The longest stretch of sales that a forecast looks back on, in days.
pub const MAX_DAYS: i64 = 365;

/// Whether a level with this margin over its reorder point has come down to it. One without a reorder point never has.
pub fn is_low(margin: Option<i64>) -> bool {
    margin.is_some_and(|margin| margin <= 0)
}

/// Whether a level is low and was not.
pub fn ran_low(before: Option<i64>, after: Option<i64>) -> bool {
    is_low(after) && !is_low(before)
}

/// Units to order, so that a low level is over its reorder point again: the fewest whole reorder quantities, or without one the fewest units. None
/// when the level is not low.
pub fn suggested_order(margin: Option<i64>, reorder_quantity: Option<i64>) -> Option<i64> {
    let missing = margin.filter(|margin| *margin <= 0).and_then(|margin| 1_i64.checked_sub(margin))?;
    let lot = reorder_quantity.filter(|lot| *lot > 0).unwrap_or(1);
    let lots = missing.checked_add(lot - 1)?.checked_div(lot)?;
    lots.checked_mul(lot).map(|units| units.min(quantity::MAX))
}

/// The first moment of the sales that a forecast counts: so many days ago, but not before the level began.
pub fn sales_since(began: Timestamp, days: i64, now: Timestamp) -> Timestamp {
    let days = days.clamp(1, MAX_DAYS);
    began.max(Timestamp(now.0.saturating_sub(days.saturating_mul(DAY))))
}

/// How many tenths of a day the available units last when they go on to be sold as they were since `since`. None when none were. Less than a day of
/// sales counts as a day.
pub fn cover_tenths(available: i64, sold: i64, since: Timestamp, now: Timestamp) -> Option<i64> {
    if sold <= 0 {
        return None;
    }
    let time = now.0.saturating_sub(since.0).max(DAY);
    let tenths = i128::from(available.max(0)) * i128::from(time) * 10 / (i128::from(sold) * i128::from(DAY));
    Some(i64::try_from(tenths).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_level_is_low_at_its_reorder_point_and_runs_low_only_once() {
        assert!(!is_low(None) && !is_low(Some(1)) && is_low(Some(0)) && is_low(Some(-1)));
        assert!(ran_low(Some(1), Some(0)) && ran_low(None, Some(0)));
        assert!(!ran_low(Some(0), Some(-1)) && !ran_low(Some(0), Some(1)) && !ran_low(Some(1), None));
    }

    #[test]
    fn units_last_as_long_as_they_sell() {
        let now = Timestamp(100 * DAY);
        let month_ago = Timestamp(70 * DAY);
        assert_eq!(cover_tenths(10, 30, month_ago, now), Some(100));
        assert_eq!(cover_tenths(10, 40, month_ago, now), Some(75));
        assert_eq!(cover_tenths(10, 0, month_ago, now), None);
        assert_eq!(cover_tenths(10, 5, now, now), Some(20), "a level of today");
        assert_eq!(cover_tenths(-3, 5, month_ago, now), Some(0));
        assert_eq!(cover_tenths(i64::MAX, 1, Timestamp(0), now), Some(i64::MAX));
    }

    #[test]
    fn sales_are_counted_from_the_first_day_of_a_young_level() {
        let now = Timestamp(100 * DAY);
        let began = Timestamp(95 * DAY);
        assert_eq!(sales_since(began, 30, now), began);
        assert_eq!(sales_since(began, 2, now), Timestamp(98 * DAY));
        assert_eq!(sales_since(began, -7, now), Timestamp(99 * DAY));
        assert_eq!(sales_since(Timestamp(i64::MIN), i64::MAX, now), Timestamp(-265 * DAY));
    }

    proptest! {
        #[test]
        fn the_suggested_order_is_the_least_that_lifts_a_level_over_its_point(
            margin in -2_000..50_i64, lot in option::of(1..90_i64),
        ) {
            match suggested_order(Some(margin), lot) {
                None => prop_assert!(margin > 0),
                Some(units) => {
                    let lot = lot.unwrap_or(1);
                    prop_assert!(margin <= 0 && units % lot == 0);
                    prop_assert!(!is_low(Some(margin + units)) && is_low(Some(margin + units - lot)));
                }
            }
        }
    }
}
