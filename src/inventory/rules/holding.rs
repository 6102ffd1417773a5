//! Taking units out of what a reservation holds: to sell them or to let them go. Decided on locked allocations.

use crate::catalog::entity::product_variant::ProductVariantId;
use crate::inventory::entity::location::LocationId;
use crate::inventory::entity::reservation_allocation::Model as Allocation;

/// What becomes of the units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are sold: those that are there first.
    Fulfilled,
    /// They are let go: those that are not there first.
    Released,
}

/// Units of a variant, at one location or at any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The variant.
    pub variant: ProductVariantId,
    /// The location.
    pub location: Option<LocationId>,
    /// How many: at least one.
    pub units: i64,
}

/// Units that were taken out of one allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The index of the ask.
    pub line: usize,
    /// The allocation as it was.
    pub before: Allocation,
    /// The allocation without them.
    pub after: Allocation,
}

impl Taken {
    /// How many.
    pub fn units(&self) -> i64 {
        self.before.held - self.after.held
    }

    /// How many of them were promised beyond what was free.
    pub fn beyond(&self) -> i64 {
        self.before.backordered - self.after.backordered
    }
}

/// An ask for more than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// The index of the ask.
    pub line: usize,
    /// Units that are held.
    pub held: i64,
}

/// Takes what is asked for; nothing when anything is too much. What several asks take out of one allocation is told one by one.
pub fn take(allocations: &[Allocation], asks: &[Ask], fate: Fate) -> Result<Vec<Taken>, Vec<TooMany>> {
    let (mut left, mut taken, mut refused) = (allocations.to_vec(), Vec::new(), Vec::new());
    for (line, ask) in asks.iter().enumerate() {
        let fits = |allocation: &Allocation| {
            allocation.variant_id == ask.variant && ask.location.is_none_or(|only| only == allocation.location_id)
        };
        let held: i64 = left.iter().filter(|allocation| fits(allocation)).map(|allocation| allocation.held).sum();
        if held < ask.units {
            refused.push(TooMany { line, held });
            continue;
        }
        let mut missing = ask.units;
        for allocation in left.iter_mut().filter(|allocation| fits(allocation)) {
            let units = missing.min(allocation.held);
            if units > 0 {
                let before = allocation.clone();
                remove(allocation, units, fate);
                missing -= units;
                taken.push(Taken { line, before, after: allocation.clone() });
            }
        }
    }
    if refused.is_empty() { Ok(taken) } else { Err(refused) }
}

/// Everything that is held.
pub fn take_all(allocations: &[Allocation], fate: Fate) -> Vec<Taken> {
    let held = allocations.iter().filter(|allocation| allocation.held > 0);
    held.map(|before| {
        let mut after = before.clone();
        remove(&mut after, before.held, fate);
        Taken { line: 0, before: before.clone(), after }
    })
    .collect()
}

fn remove(allocation: &mut Allocation, units: i64, fate: Fate) {
    allocation.held -= units;
    match fate {
        Fate::Fulfilled => {
            allocation.fulfilled += units;
            allocation.backordered = allocation.backordered.min(allocation.held);
        }
        Fate::Released => {
            allocation.released += units;
            allocation.backordered = (allocation.backordered - units).max(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::inventory::entity::reservation::ReservationId;

    fn allocation(place: u128, held: i64, backordered: i64) -> Allocation {
        Allocation {
            reservation_id: ReservationId(Uuid::nil()),
            line: 1,
            location_id: LocationId(Uuid::from_u128(place)),
            variant_id: ProductVariantId(Uuid::nil()),
            position: 1,
            held,
            backordered,
            fulfilled: 0,
            released: 0,
            expired: 0,
            expires_at: None,
        }
    }

    fn ask(units: i64) -> Ask {
        Ask { variant: ProductVariantId(Uuid::nil()), location: None, units }
    }

    fn last(taken: &[Taken]) -> (i64, i64) {
        taken.last().map(|taken| (taken.after.held, taken.after.backordered)).unwrap()
    }

    #[test]
    fn what_is_there_is_sold_first_and_what_is_not_there_is_let_go_first() {
        let held = [allocation(0, 5, 3)];
        assert_eq!(last(&take(&held, &[ask(2)], Fate::Fulfilled).unwrap()), (3, 3));
        assert_eq!(last(&take(&held, &[ask(4)], Fate::Fulfilled).unwrap()), (1, 1));
        assert_eq!(last(&take(&held, &[ask(2)], Fate::Released).unwrap()), (3, 1));
    }

    #[test]
    fn asks_go_on_where_the_one_before_them_left_off() {
        let held = [allocation(0, 2, 0), allocation(1, 2, 0)];
        let taken = take(&held, &[ask(1), ask(2)], Fate::Fulfilled).unwrap();
        assert_eq!(taken.iter().map(|taken| (taken.line, taken.units())).collect::<Vec<_>>(), [(0, 1), (1, 1), (1, 1)]);
        assert_eq!(take(&held, &[ask(3), ask(2)], Fate::Released), Err(vec![TooMany { line: 1, held: 1 }]));
    }
}
