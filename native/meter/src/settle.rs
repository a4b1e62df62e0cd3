//! Readings that came twice: doubtful months are read again and settled exactly.

use crate::Error;
use crate::amount::INVALID;
use crate::customers::{CustomerReader, Customers};
use crate::month::Month;
use crate::options::Rules;
use crate::scan::{Reading, Scan, Span, Stretches, Visit};
use crate::share::{Progress, share};
use crate::source::{Source, Task};
use crate::store::{Doubt, Store, Track};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Readings held at once, 48 bytes each; more take more passes over the row groups that have them.
const READINGS_HELD: usize = 500_000;

/// What was left out.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    pub readings: u64,
    pub invalid_elec: u64,
    pub invalid_gas: u64,
}

/// What the first pass made, and where to read again.
pub(crate) struct Settlement<'a> {
    pub source: &'a Source,
    pub customers: &'a Customers,
    pub store: &'a Store,
    pub rules: &'a Rules,
    /// Of each row group.
    pub spans: &'a [Span],
    pub threads: usize,
}

impl Settlement<'_> {
    /// Adds the doubtful months anew: of readings with the same customer and time the last delivered counts; of the repeated hour, the two
    /// last.
    pub fn settle(&self, progress: &Progress) -> Result<Dropped, Error> {
        let mut dropped = Dropped::default();
        let (doubts, key) = self.in_best_order(self.store.take_doubts());
        let passes: Vec<&[Doubt]> = passes(&doubts);
        let groups: Vec<Vec<&Task>> = passes.iter().map(|pass| self.tasks(pass, key)).collect();
        progress.expect(groups.iter().flatten().map(|task| task.rows).sum());
        for (pass, tasks) in passes.into_iter().zip(groups) {
            let mut held = self.collect(pass, &tasks, progress)?;
            held.sort_unstable_by_key(|reading| {
                let Reading {
                    customer,
                    time,
                    row,
                    ..
                } = *reading;
                (customer, time, Reverse(row))
            });
            for copies in held.chunk_by(|a, b| (a.customer, a.time) == (b.customer, b.time)) {
                let kept = if self.rules.calendar.is_repeated(copies[0].time) {
                    2
                } else {
                    1
                };
                let kept = copies.len().min(kept);
                for reading in &copies[..kept] {
                    let mut single = Month::starting(reading.month, reading.slot);
                    single.add(reading);
                    self.store.add(reading.customer, &single, Track::Nothing);
                }
                for reading in &copies[kept..] {
                    dropped.readings += 1;
                    dropped.invalid_elec += u64::from(reading.elec == INVALID);
                    dropped.invalid_gas += u64::from(reading.gas == INVALID);
                }
            }
        }
        Ok(dropped)
    }

    /// Files are mostly sorted by customer or by time: the doubts are taken in the order that reads the fewest rows.
    fn in_best_order(&self, mut doubts: Vec<Doubt>) -> (Vec<Doubt>, Key) {
        let mut rows = |key: Key| -> u64 {
            doubts.sort_unstable_by_key(|doubt| key.of(doubt));
            let tasks = passes(&doubts)
                .into_iter()
                .flat_map(|pass| self.tasks(pass, key));
            tasks.map(|task| task.rows).sum()
        };
        let by_month = rows(Key::Month);
        let key = if rows(Key::Customer) <= by_month {
            Key::Customer
        } else {
            Key::Month
        };
        doubts.sort_unstable_by_key(|doubt| key.of(doubt));
        (doubts, key)
    }

    /// The row groups that may have readings of the doubtful months, which are sorted by that key.
    fn tasks(&self, doubts: &[Doubt], key: Key) -> Vec<&Task> {
        let may_have = |span: &Span| {
            let (from, upto) = key.ends(span);
            let start = doubts.partition_point(|doubt| key.of(doubt).0 < from);
            doubts[start..]
                .iter()
                .take_while(|doubt| key.of(doubt).0 <= upto)
                .any(|doubt| {
                    (span.customers.0..=span.customers.1).contains(&doubt.customer)
                        && (span.months.0..=span.months.1).contains(&doubt.month)
                })
        };
        let tasks = self.source.tasks.iter().zip(self.spans);
        tasks
            .filter(|(_, span)| may_have(span))
            .map(|(task, _)| task)
            .collect()
    }

    /// Readings of doubtful slots; those of all other slots of the doubtful months go to the store.
    fn collect(
        &self,
        doubts: &[Doubt],
        tasks: &[&Task],
        progress: &Progress,
    ) -> Result<Vec<Reading>, Error> {
        let wanted: HashMap<(u32, u16), &Doubt> = doubts
            .iter()
            .map(|doubt| ((doubt.customer, doubt.month), doubt))
            .collect();
        let start = || Again {
            wanted: &wanted,
            customer: u32::MAX,
            month: 0,
            doubt: None,
            sure: Stretches::new(self.store, Track::Nothing),
            held: Vec::new(),
        };
        let made = share(self.threads, tasks, start, |again, _, task| {
            let mut scan = Scan::new(self.rules);
            let mut customers = CustomerReader::new(self.customers);
            self.source.read(task, &mut customers, |batch| {
                scan.batch(batch, again);
                progress.advance(batch.customers.len() as u64)
            })?;
            again.sure.flush();
            Ok(())
        })?;
        let mut held = Vec::with_capacity(made.iter().map(|again| again.held.len()).sum());
        for mut again in made {
            held.append(&mut again.held);
        }
        Ok(held)
    }
}

/// By what doubts are sorted first.
#[derive(Debug, Clone, Copy)]
enum Key {
    Customer,
    Month,
}

impl Key {
    fn of(self, doubt: &Doubt) -> (u32, u32) {
        let month = u32::from(doubt.month);
        match self {
            Key::Customer => (doubt.customer, month),
            Key::Month => (month, doubt.customer),
        }
    }

    fn ends(self, span: &Span) -> (u32, u32) {
        match self {
            Key::Customer => span.customers,
            Key::Month => (u32::from(span.months.0), u32::from(span.months.1)),
        }
    }
}

/// Cuts the doubts where the readings of one more would be too many to hold.
fn passes(doubts: &[Doubt]) -> Vec<&[Doubt]> {
    let mut passes = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for (i, doubt) in doubts.iter().enumerate() {
        if rows + doubt.rows > READINGS_HELD && i > start {
            passes.push(&doubts[start..i]);
            (start, rows) = (i, 0);
        }
        rows += doubt.rows;
    }
    if start < doubts.len() {
        passes.push(&doubts[start..]);
    }
    passes
}

/// Rows to their places: doubtful slots are held back, the rest of the doubtful months is added at once, all else is passed over.
struct Again<'a> {
    wanted: &'a HashMap<(u32, u16), &'a Doubt>,
    customer: u32,
    month: u16,
    /// Of that customer and month.
    doubt: Option<&'a Doubt>,
    sure: Stretches<'a>,
    held: Vec<Reading>,
}

impl Visit for Again<'_> {
    #[inline]
    fn see(&mut self, reading: &Reading) {
        if reading.customer != self.customer || reading.month != self.month {
            (self.customer, self.month) = (reading.customer, reading.month);
            self.doubt = self.wanted.get(&(self.customer, self.month)).copied();
        }
        match self.doubt {
            None => {}
            Some(doubt) if doubt.has(reading.slot) => self.held.push(*reading),
            Some(_) => self.sure.see(reading),
        }
    }
}
