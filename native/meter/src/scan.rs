//! Rows to readings, and readings to stretches of a month.

use crate::amount::{INVALID, MISSING, amount_of};
use crate::calendar::{Day, Fate};
use crate::month::{Month, NONE};
use crate::options::Rules;
use crate::source::Batch;
use crate::store::{Store, Track};
use arrow::array::{Array, Float64Array};

/// One row that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub customer: u32,
    pub month: u16,
    pub slot: u16,
    /// Tariff period, from 0.
    pub period: u8,
    pub is_holiday: bool,
    /// Microseconds since 1970-01-01.
    pub time: i64,
    /// Rows delivered before it.
    pub row: u64,
    /// Units, or a mark: see [`crate::amount`].
    pub elec: i128,
    pub gas: i128,
}

/// Who gets the readings.
pub(crate) trait Visit {
    fn see(&mut self, reading: &Reading);
}

/// Rows that no month can have.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct LeftOut {
    pub without_customer: u64,
    pub without_time: u64,
    pub after_last_day: u64,
}

impl LeftOut {
    pub fn add(&mut self, other: LeftOut) {
        self.without_customer += other.without_customer;
        self.without_time += other.without_time;
        self.after_last_day += other.after_last_day;
    }
}

/// Reads batches as readings; knows the day of the row before, which is mostly that of the next.
pub(crate) struct Scan<'a> {
    rules: &'a Rules,
    day: Day,
    pub left_out: LeftOut,
}

impl<'a> Scan<'a> {
    pub fn new(rules: &'a Rules) -> Scan<'a> {
        Scan {
            rules,
            day: rules.calendar.day_of(0),
            left_out: LeftOut::default(),
        }
    }

    pub fn batch(&mut self, batch: &Batch, visit: &mut impl Visit) {
        let times = batch.times.values();
        let elec = Amounts::new(Some(&batch.elec), self.rules.reading_max);
        let gas = Amounts::new(batch.gas.as_ref(), self.rules.reading_max);
        for (i, &customer) in batch.customers.iter().enumerate() {
            if customer == NONE {
                self.left_out.without_customer += 1;
                continue;
            }
            if batch.times.is_null(i) {
                self.left_out.without_time += 1;
                continue;
            }
            let time = times[i];
            let minute = self.day.minute_of(time).unwrap_or_else(|| {
                self.day = self.rules.calendar.day_of(time);
                self.day.minute_of(time).unwrap_or(0)
            });
            match self.day.fate {
                Fate::Counted => {}
                Fate::Later => {
                    self.left_out.after_last_day += 1;
                    continue;
                }
                Fate::Unreadable => {
                    self.left_out.without_time += 1;
                    continue;
                }
            }
            visit.see(&Reading {
                customer,
                month: self.day.month,
                slot: self.rules.slots.slot_of(self.day.minutes + minute),
                period: self.day.periods[(minute / 60) as usize],
                is_holiday: self.day.is_holiday,
                time,
                row: batch.start + i as u64,
                elec: elec.at(i),
                gas: gas.at(i),
            });
        }
    }
}

/// A column's readings as whole numbers.
struct Amounts<'a> {
    column: Option<&'a Float64Array>,
    has_nulls: bool,
    max: f64,
}

impl<'a> Amounts<'a> {
    fn new(column: Option<&'a Float64Array>, max: f64) -> Amounts<'a> {
        let has_nulls = column.is_some_and(|column| column.null_count() > 0);
        Amounts {
            column,
            has_nulls,
            max,
        }
    }

    #[inline]
    fn at(&self, row: usize) -> i128 {
        match self.column {
            None => MISSING,
            Some(column) if self.has_nulls && column.is_null(row) => MISSING,
            Some(column) => amount_of(column.values()[row], self.max),
        }
    }
}

/// Smallest and largest customer and month of a row group, so that what it cannot have need not be looked for in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub customers: (u32, u32),
    pub months: (u16, u16),
}

impl Span {
    pub const EMPTY: Span = Span {
        customers: (u32::MAX, 0),
        months: (u16::MAX, 0),
    };

    /// Whether it has no reading that counts.
    pub fn is_empty(&self) -> bool {
        self.customers.0 > self.customers.1
    }

    fn widen(&mut self, customer: u32, month: u16) {
        self.customers.0 = self.customers.0.min(customer);
        self.customers.1 = self.customers.1.max(customer);
        self.months.0 = self.months.0.min(month);
        self.months.1 = self.months.1.max(month);
    }
}

/// Adds readings up as long as they are one customer's, of one month and slot after slot, then hands the sum to the store: where rows
/// are sorted, the store is asked once a month and customer.
pub(crate) struct Stretches<'a> {
    store: &'a Store,
    track: Track,
    customer: u32,
    stretch: Month,
    pub span: Span,
    pub invalid_elec: u64,
    pub invalid_gas: u64,
}

impl<'a> Stretches<'a> {
    pub fn new(store: &'a Store, track: Track) -> Stretches<'a> {
        Stretches {
            store,
            track,
            customer: NONE,
            stretch: Month::starting(0, 0),
            span: Span::EMPTY,
            invalid_elec: 0,
            invalid_gas: 0,
        }
    }

    /// Hands over what is not yet handed over.
    pub fn flush(&mut self) {
        if self.customer == NONE {
            return;
        }
        self.span.widen(self.customer, self.stretch.month);
        self.store.add(self.customer, &self.stretch, self.track);
        self.customer = NONE;
    }
}

impl Visit for Stretches<'_> {
    #[inline]
    fn see(&mut self, reading: &Reading) {
        let stretch = &mut self.stretch;
        if reading.customer == self.customer
            && reading.month == stretch.month
            && reading.slot == stretch.last + 1
        {
            stretch.last = reading.slot;
        } else {
            self.flush();
            self.customer = reading.customer;
            self.stretch = Month::starting(reading.month, reading.slot);
        }
        self.stretch.add(reading);
        self.invalid_elec += u64::from(reading.elec == INVALID);
        self.invalid_gas += u64::from(reading.gas == INVALID);
    }
}
