//! Customers' months to Parquet.

use crate::amount::UNITS;
use crate::calendar::{PERIODS, month_name};
use crate::error::Code;
use crate::month::Month;
use crate::share::Progress;
use crate::store::Store;
use crate::{Error, Report};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use pilotlight_columns::Writer;
use std::path::Path;
use std::sync::Arc;

const GAS_KWH_PER_M3: f64 = 11.0;
const BATCH_ROWS: usize = 16_384;

/// Writes the months of all customers in that order, and counts what it writes.
///
/// # Errors
/// [`pilotlight_columns::Code::Write`], [`Error::Cancelled`]; nothing is left behind then.
pub(crate) fn write(
    customers: &[(Box<str>, u32)],
    store: &Store,
    out: &Path,
    progress: &Progress,
    report: &mut Report,
) -> Result<(), Error> {
    let schema = schema();
    let mut writer = Writer::create(out, schema.clone())?;
    let mut rows: Vec<(&str, Month)> = Vec::with_capacity(BATCH_ROWS);
    for (name, number) in customers {
        let months = store.months_of(*number);
        report.customers += u64::from(!months.is_empty());
        for month in months {
            count(&month, report);
            rows.push((name, month));
            if rows.len() == BATCH_ROWS {
                progress.check()?;
                writer.write(&batch(&rows, &schema)?)?;
                rows.clear();
            }
        }
    }
    writer.write(&batch(&rows, &schema)?)?;
    progress.check()?;
    Ok(writer.finish()?)
}

fn count(month: &Month, report: &mut Report) {
    report.customer_months += 1;
    report.readings += u64::from(month.readings);
    report.negative_elec += u64::from(month.negative_elec);
    report.negative_gas += u64::from(month.negative_gas);
}

fn schema() -> SchemaRef {
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    let mut fields = vec![
        field("customer_id", DataType::Utf8),
        field("month", DataType::Utf8),
    ];
    let monthly = ["monthly_elec_kwh", "monthly_gas_m3", "monthly_gas_kwh"].map(String::from);
    let by_period = PERIODS.iter().flat_map(|period| {
        ["elec_kwh", "gas_m3", "gas_kwh"].map(|fuel| format!("{fuel}_{period}"))
    });
    let sums = monthly.into_iter().chain(by_period);
    fields.extend(sums.map(|name| field(&name, DataType::Float64)));
    let counts = [
        "holiday_hours_in_month",
        "readings",
        "negative_elec_readings",
        "negative_gas_readings",
    ];
    fields.extend(counts.map(|name| field(name, DataType::Int64)));
    Arc::new(Schema::new(fields))
}

fn batch(rows: &[(&str, Month)], schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let names = StringArray::from_iter_values(rows.iter().map(|(name, _)| name));
    let months = rows.iter().map(|(_, month)| month_name(month.month));
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(names),
        Arc::new(StringArray::from_iter_values(months)),
    ];
    arrays.extend(sums(rows, |units| units.iter().sum()));
    for period in 0..PERIODS.len() {
        arrays.extend(sums(rows, |units| units[period]));
    }
    let counts: [fn(&Month) -> u32; 4] = [
        |month| month.holiday_hours,
        |month| month.readings,
        |month| month.negative_elec,
        |month| month.negative_gas,
    ];
    for count in counts {
        let values = rows.iter().map(|(_, month)| i64::from(count(month)));
        arrays.push(Arc::new(Int64Array::from_iter_values(values)));
    }
    RecordBatch::try_new(schema.clone(), arrays).map_err(|cause| {
        let todo = "report this with the command and its input";
        Error::refused(Code::Internal, cause.to_string(), "readings", todo)
    })
}

/// kWh of electricity, m3 of gas, kWh of gas, each what `of` makes of a month's units by period.
fn sums(rows: &[(&str, Month)], of: impl Fn([i128; 3]) -> i128) -> [ArrayRef; 3] {
    let column = |fuel: fn(&Month) -> Option<[i128; 3]>, factor: f64| -> ArrayRef {
        let values = rows
            .iter()
            .map(|(_, month)| fuel(month).map(|units| of(units) as f64 / UNITS * factor));
        Arc::new(Float64Array::from_iter(values))
    };
    [
        column(Month::elec, 1.0),
        column(Month::gas, 1.0),
        column(Month::gas, GAS_KWH_PER_M3),
    ]
}
