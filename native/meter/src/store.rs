//! All customers' months, shared between threads.

use crate::calendar::Slots;
use crate::month::{Month, NONE};
use std::collections::HashMap;
use std::ops::{Index, IndexMut, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Far more than threads, so that two rarely want the same.
const SHARDS: usize = 64;

/// Whether the slots of what is added are noted, to find readings that came twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Track {
    Slots,
    Nothing,
}

/// A month in which a slot has more readings than it should: perhaps duplicates, perhaps two times within one slot.
#[derive(Debug)]
pub(crate) struct Doubt {
    pub customer: u32,
    pub month: u16,
    /// Readings in the doubtful slots.
    pub rows: usize,
    slots: Box<[u64]>,
}

impl Doubt {
    pub fn has(&self, slot: u16) -> bool {
        bit(&self.slots, usize::from(slot))
    }
}

/// Months by customer. A month's slots are a range as long as they come without a gap, in either direction; bits from then on.
pub(crate) struct Store {
    shards: Vec<Mutex<Shard>>,
    slots: Slots,
}

struct Shard {
    /// The newest month of every customer of this shard, or [`NONE`].
    heads: Vec<u32>,
    months: Chunks<Month>,
    /// One bit a slot, then one for the second reading of each slot of the repeated hour.
    bits: Chunks<u64>,
    /// By place in `months`.
    doubts: HashMap<u32, Doubt>,
}

impl Store {
    pub fn new(slots: Slots) -> Store {
        let words = (slots.count() + slots.repeated_max()).div_ceil(64);
        let shard = || Shard {
            heads: Vec::new(),
            months: Chunks::of(1),
            bits: Chunks::of(words),
            doubts: HashMap::new(),
        };
        Store {
            shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(),
            slots,
        }
    }

    /// Adds a stretch of readings, one in each slot from its first to its last.
    pub fn add(&self, customer: u32, stretch: &Month, track: Track) {
        let mut guard = self.shard(customer as usize % SHARDS);
        let shard = &mut *guard;
        let own = customer as usize / SHARDS;
        if own >= shard.heads.len() {
            shard.heads.resize(own + 1, NONE);
        }
        let mut place = shard.heads[own];
        while place != NONE && shard.months[place][0].month != stretch.month {
            place = shard.months[place][0].next;
        }
        if place == NONE {
            place = shard.months.push(stretch.clone());
            shard.months[place][0].next = std::mem::replace(&mut shard.heads[own], place);
            return;
        }
        shard.months[place][0].absorb(stretch);
        if track == Track::Slots {
            self.track(shard, place, customer, stretch);
        }
    }

    /// All doubts; their months are emptied, for their readings to be added anew. From then on no slots can be tracked.
    pub fn take_doubts(&self) -> Vec<Doubt> {
        let mut all = Vec::new();
        for place in 0..SHARDS {
            let mut guard = self.shard(place);
            let shard = &mut *guard;
            shard.bits.clear();
            for (place, doubt) in std::mem::take(&mut shard.doubts) {
                let month = &mut shard.months[place][0];
                let next = month.next;
                *month = Month::starting(month.month, 0);
                month.next = next;
                all.push(doubt);
            }
        }
        all
    }

    /// The customer's months in their order.
    pub fn months_of(&self, customer: u32) -> Vec<Month> {
        let shard = self.shard(customer as usize % SHARDS);
        let mut months = Vec::new();
        let head = shard.heads.get(customer as usize / SHARDS);
        let mut place = head.copied().unwrap_or(NONE);
        while place != NONE {
            let month = &shard.months[place][0];
            place = month.next;
            months.push(month.clone());
        }
        months.sort_unstable_by_key(|month| month.month);
        months
    }

    fn shard(&self, place: usize) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[place];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn track(&self, shard: &mut Shard, place: u32, customer: u32, stretch: &Month) {
        let month = &mut shard.months[place][0];
        if month.bits == NONE {
            if stretch.first == month.last + 1 {
                month.last = stretch.last;
                return;
            }
            if stretch.last + 1 == month.first {
                month.first = stretch.first;
                return;
            }
            month.bits = shard.bits.push(0);
            let (first, last) = (month.first, month.last);
            self.mark(shard, place, customer, first, last);
        }
        self.mark(shard, place, customer, stretch.first, stretch.last);
    }

    /// Sets the bits of the slots, word by word; slots whose bit was set already are in doubt.
    fn mark(&self, shard: &mut Shard, place: u32, customer: u32, first: u16, last: u16) {
        let (first, end) = (usize::from(first), usize::from(last) + 1);
        let bits = shard.months[place][0].bits;
        for word in first / 64..=(end - 1) / 64 {
            let from = first.max(word * 64) - word * 64;
            let upto = end.min(word * 64 + 64) - word * 64;
            let mask = (u64::MAX >> (64 - (upto - from))) << from;
            let bits = &mut shard.bits[bits][word];
            let mut twice = *bits & mask;
            *bits |= mask;
            while twice != 0 {
                let slot = word * 64 + twice.trailing_zeros() as usize;
                twice &= twice - 1;
                self.doubt(shard, place, customer, slot);
            }
        }
    }

    /// Notes one reading more than one in a slot: harmless once in the repeated hour.
    fn doubt(&self, shard: &mut Shard, place: u32, customer: u32, slot: usize) {
        let month = &shard.months[place][0];
        let repeated = self.slots.repeated(month.month);
        let mut already = 1;
        if repeated.contains(&slot) {
            let second = self.slots.count() + slot - repeated.start;
            let bits = &mut shard.bits[month.bits];
            if !bit(bits, second) {
                bits[second / 64] |= 1 << (second % 64);
                return;
            }
            already = 2;
        }
        let doubt = shard.doubts.entry(place).or_insert_with(|| Doubt {
            customer,
            month: month.month,
            rows: 0,
            slots: vec![0; self.slots.count().div_ceil(64)].into(),
        });
        if !doubt.has(slot as u16) {
            doubt.slots[slot / 64] |= 1 << (slot % 64);
            doubt.rows += already;
        }
        doubt.rows += 1;
    }
}

/// Things of one length, each at its number. Grows without moving what it has, so that growing never takes twice the memory.
struct Chunks<T> {
    length: usize,
    chunks: Vec<Vec<T>>,
}

impl<T: Clone> Chunks<T> {
    const THINGS_A_CHUNK: usize = 512;

    fn of(length: usize) -> Chunks<T> {
        Chunks {
            length,
            chunks: Vec::new(),
        }
    }

    /// Adds a thing of that value all over; gives its number.
    fn push(&mut self, value: T) -> u32 {
        let size = self.length * Self::THINGS_A_CHUNK;
        if self.chunks.last().is_none_or(|last| last.len() == size) {
            self.chunks.push(Vec::with_capacity(size));
        }
        let before = self.chunks.len() - 1;
        let last = &mut self.chunks[before];
        last.resize(last.len() + self.length, value);
        (before * Self::THINGS_A_CHUNK + last.len() / self.length - 1) as u32
    }

    fn clear(&mut self) {
        self.chunks = Vec::new();
    }

    fn place(&self, number: u32) -> (usize, Range<usize>) {
        let number = number as usize;
        let start = number % Self::THINGS_A_CHUNK * self.length;
        (number / Self::THINGS_A_CHUNK, start..start + self.length)
    }
}

impl<T: Clone> Index<u32> for Chunks<T> {
    type Output = [T];

    fn index(&self, number: u32) -> &[T] {
        let (chunk, range) = self.place(number);
        &self.chunks[chunk][range]
    }
}

impl<T: Clone> IndexMut<u32> for Chunks<T> {
    fn index_mut(&mut self, number: u32) -> &mut [T] {
        let (chunk, range) = self.place(number);
        &mut self.chunks[chunk][range]
    }
}

fn bit(words: &[u64], place: usize) -> bool {
    words[place / 64] >> (place % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Reading;

    const OCTOBER: u16 = 2024 * 12 + 9;

    fn add(store: &Store, month: u16, slots: impl IntoIterator<Item = u16>) {
        for slot in slots {
            let mut one = Month::starting(month, slot);
            one.add(&Reading {
                customer: 7,
                month,
                slot,
                period: 0,
                is_holiday: false,
                time: 0,
                row: 0,
                elec: 1,
                gas: 1,
            });
            store.add(7, &one, Track::Slots);
        }
    }

    fn bits(store: &Store) -> usize {
        let lengths = (0..SHARDS).map(|place| {
            store
                .shard(place)
                .bits
                .chunks
                .iter()
                .map(Vec::len)
                .sum::<usize>()
        });
        lengths.sum()
    }

    #[test]
    fn a_month_without_gaps_needs_no_bits_in_either_direction() {
        let store = Store::new(Slots::every(60));
        add(&store, OCTOBER, 300..744);
        add(&store, OCTOBER, (0..300).rev());
        add(&store, OCTOBER + 1, (0..720).rev());
        assert_eq!(bits(&store), 0);
        assert!(store.take_doubts().is_empty());
        let readings: Vec<u32> = store.months_of(7).iter().map(|m| m.readings).collect();
        assert_eq!(readings, [744, 720]);
        assert!(store.months_of(8).is_empty());
        add(&store, OCTOBER + 1, [719]);
        assert_eq!(bits(&store), 12);
    }

    /// Stretches of any length, in any order: the doubtful slots are those that come more often than they may.
    #[test]
    fn doubts_are_what_counting_says() {
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        for minutes in [60, 15, 7] {
            let slots = Slots::every(minutes);
            let repeated = slots.repeated(OCTOBER);
            let store = Store::new(slots);
            let mut counts = vec![0usize; slots.count()];
            for _ in 0..slots.count() / 30 {
                let first = random(slots.count() as u64 - 1) as u16;
                let length = (random(90) as u16).min(slots.count() as u16 - 1 - first);
                let mut stretch = Month::starting(OCTOBER, first);
                stretch.last = first + length;
                store.add(7, &stretch, Track::Slots);
                for slot in first..=first + length {
                    counts[usize::from(slot)] += 1;
                }
            }
            let doubts = store.take_doubts();
            let allowed = |slot: usize| if repeated.contains(&slot) { 2 } else { 1 };
            let doubtful = |slot: &usize| counts[*slot] > allowed(*slot);
            let expected: Vec<usize> = (0..slots.count()).filter(doubtful).collect();
            assert!(expected.len() > 100 && expected.len() < slots.count() - 20);
            let found = (0..slots.count()).filter(|&slot| doubts[0].has(slot as u16));
            assert_eq!(found.collect::<Vec<_>>(), expected);
            let rows: usize = expected.iter().map(|&slot| counts[slot]).sum();
            assert_eq!(doubts[0].rows, rows);
        }
    }
}
