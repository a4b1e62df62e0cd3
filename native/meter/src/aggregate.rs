//! The whole work: read once, settle what is doubtful, write.

use crate::customers::{CustomerReader, Customers};
use crate::error::Code;
use crate::options::Rules;
use crate::scan::{LeftOut, Scan, Span, Stretches};
use crate::settle::Settlement;
use crate::share::{Progress, Watch, share};
use crate::source::Source;
use crate::store::{Store, Track};
use crate::write::write;
use crate::{Error, Options};
use std::path::PathBuf;

/// What was counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Readings in the months.
    pub readings: u64,
    /// Customers with a month at least.
    pub customers: u64,
    /// Rows written.
    pub customer_months: u64,
    /// Rows left out: the customer is null.
    pub without_customer: u64,
    /// Rows left out: the time is null, or of no year that a meter has.
    pub without_time: u64,
    /// Rows left out: the time is later than the last day.
    pub after_last_day: u64,
    /// Rows left out: the same customer and time came again later.
    pub duplicates: u64,
    /// Readings of electricity below zero, which count as 0.
    pub negative_elec: u64,
    /// The same of gas.
    pub negative_gas: u64,
    /// Readings of electricity that are no number, infinite or above the maximum, which count as missing.
    pub invalid_elec: u64,
    /// The same of gas.
    pub invalid_gas: u64,
}

/// Adds up readings to one row a customer and month.
///
/// Files are Parquet; rows may come in any order, and the last delivered (files as they are named, folders' by name, then rows) of
/// readings with the same customer and time counts. Of the hour that the autumn clock change gives twice (02:00 of October's last Sunday)
/// two at most count. Readings are rounded to 1e-18, half away from zero. Readings below 0 count as 0; those that are no number,
/// infinite or above the maximum as missing. Sums of a fuel are null where the month has
/// no valid reading of it.
///
/// The file has `customer_id`, `month` (`YYYY-MM`), `monthly_elec_kwh`, `monthly_gas_m3`, `monthly_gas_kwh` (11 kWh a m3), the same
/// for each tariff period (`elec_kwh_tier_1_peak`, ...), `holiday_hours_in_month`, `readings`, `negative_elec_readings`,
/// `negative_gas_readings`, sorted by customer (by bytes) and month.
///
/// # Errors
/// Those of opening and writing Parquet ([`pilotlight_columns::Code`]), [`Code`], [`Error::Cancelled`]. Nothing is written then.
pub fn aggregate(paths: &[PathBuf], options: &Options, watch: &Watch) -> Result<Report, Error> {
    let rules = options.check()?;
    let source = Source::open(paths, &options.columns)?;
    let customers = Customers::default();
    let store = Store::new(rules.slots);
    let progress = Progress::new(watch);
    let first = read_all(
        &source,
        &customers,
        &store,
        &rules,
        options.threads,
        &progress,
    )?;
    let settlement = Settlement {
        source: &source,
        customers: &customers,
        store: &store,
        rules: &rules,
        spans: &first.spans,
        threads: options.threads,
    };
    let dropped = settlement.settle(&progress)?;
    if first.spans.iter().all(|span| span.is_empty()) {
        return Err(nothing(&source, first.left_out, &options.last_day));
    }
    let mut report = Report {
        without_customer: first.left_out.without_customer,
        without_time: first.left_out.without_time,
        after_last_day: first.left_out.after_last_day,
        duplicates: dropped.readings,
        invalid_elec: first.invalid_elec - dropped.invalid_elec,
        invalid_gas: first.invalid_gas - dropped.invalid_gas,
        ..Report::default()
    };
    drop(source);
    write(
        &customers.sorted(),
        &store,
        &options.out,
        &progress,
        &mut report,
    )?;
    Ok(report)
}

struct FirstPass {
    spans: Vec<Span>,
    left_out: LeftOut,
    invalid_elec: u64,
    invalid_gas: u64,
}

fn read_all(
    source: &Source,
    customers: &Customers,
    store: &Store,
    rules: &Rules,
    threads: usize,
    progress: &Progress,
) -> Result<FirstPass, Error> {
    progress.expect(source.tasks.iter().map(|task| task.rows).sum());
    let start = || {
        let stretches = Stretches::new(store, Track::Slots);
        (Scan::new(rules), stretches, Vec::new())
    };
    let made = share(threads, &source.tasks, start, |own, place, task| {
        let (scan, stretches, spans) = own;
        let mut names = CustomerReader::new(customers);
        source.read(task, &mut names, |batch| {
            scan.batch(batch, stretches);
            progress.advance(batch.customers.len() as u64)
        })?;
        stretches.flush();
        spans.push((place, std::mem::replace(&mut stretches.span, Span::EMPTY)));
        Ok(())
    })?;
    let mut all = FirstPass {
        spans: vec![Span::EMPTY; source.tasks.len()],
        left_out: LeftOut::default(),
        invalid_elec: 0,
        invalid_gas: 0,
    };
    for (scan, stretches, spans) in made {
        all.left_out.add(scan.left_out);
        all.invalid_elec += stretches.invalid_elec;
        all.invalid_gas += stretches.invalid_gas;
        for (place, span) in spans {
            all.spans[place] = span;
        }
    }
    Ok(all)
}

fn nothing(source: &Source, left_out: LeftOut, last_day: &str) -> Error {
    let LeftOut {
        without_customer,
        without_time,
        after_last_day,
    } = left_out;
    let place = source.place();
    if without_time > 0 {
        let what = format!("no time can be read in {without_time} rows");
        let todo = "deliver times as timestamps of the hour, such as 2024-12-31 23:00:00";
        return Error::refused(Code::NoTimes, what, place, todo);
    }
    let (what, todo) = if after_last_day > 0 {
        let what = format!("every reading is later than {last_day}");
        (what, "correct the last day")
    } else if without_customer > 0 {
        let what = format!("no reading has a customer in {without_customer} rows");
        (what, "deliver them with their customers")
    } else {
        let what = "no readings, only a header".to_string();
        (what, "deliver it with its rows")
    };
    Error::refused(Code::NoRows, what, place, todo)
}
