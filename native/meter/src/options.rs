//! What to add up, checked before anything is read.

use crate::Error;
use crate::calendar::{Calendar, Slots};
use chrono::NaiveDate;
use std::path::PathBuf;

/// Names of the columns to read.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Text or whole numbers.
    pub customer_id: String,
    /// A timestamp of any unit. With a time zone, the stored value (UTC) counts; without, it is local time.
    pub timestamp: String,
    /// kWh.
    pub elec_kwh: String,
    /// m3; without it all sums of gas are null.
    pub gas_m3: Option<String>,
}

/// What to add up, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the values are.
    pub columns: Columns,
    /// `YYYY-MM-DD`; readings of later days are left out.
    pub last_day: String,
    /// `MM-DD`; all their hours are off-peak.
    pub holidays: Vec<String>,
    /// Minutes between two readings of a customer, 1 to 1,440. Says how much memory finds duplicates, never what counts as one.
    pub interval_minutes: u32,
    /// A reading above it is invalid; at most 9e9.
    pub reading_max: f64,
    /// Threads to read with, 1 to 1,024.
    pub threads: usize,
    /// The Parquet file to write.
    pub out: PathBuf,
}

/// Sums of readings up to this fit 128 bits, however many there are.
const READING_MAX_MOST: f64 = 9e9;

/// Options as the work uses them.
pub(crate) struct Rules {
    pub calendar: Calendar,
    pub slots: Slots,
    pub reading_max: f64,
}

impl Options {
    pub(crate) fn check(&self) -> Result<Rules, Error> {
        let last_day = date(&self.last_day).ok_or_else(|| {
            let what = format!("\"{}\" is no date", self.last_day);
            Error::option("last_day", what, "give it as 2024-12-31")
        })?;
        let holidays = self
            .holidays
            .iter()
            .map(|day| {
                // A leap year, so that 02-29 is a day.
                date(&format!("2024-{day}")).ok_or_else(|| {
                    let what = format!("\"{day}\" is no day of the year");
                    Error::option("holidays", what, "give it as 12-25")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if !(1..=1440).contains(&self.interval_minutes) {
            let what = format!("{} minutes", self.interval_minutes);
            return Err(Error::option("interval_minutes", what, "give 1 to 1440"));
        }
        if !(1..=1024).contains(&self.threads) {
            let what = format!("{} threads", self.threads);
            return Err(Error::option("threads", what, "give 1 to 1024"));
        }
        if !(self.reading_max > 0.0 && self.reading_max <= READING_MAX_MOST) {
            let what = format!("{} is no maximum", self.reading_max);
            return Err(Error::option(
                "reading_max",
                what,
                "give a number above 0, at most 9e9",
            ));
        }
        Ok(Rules {
            calendar: Calendar::new(last_day, &holidays),
            slots: Slots::every(self.interval_minutes),
            reading_max: self.reading_max,
        })
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 10
        && text.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    digits
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
}
