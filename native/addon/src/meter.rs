//! Meter readings, as Node sees them.

use crate::boosting::{Listener, ProgressEvent};
use crate::task::{CancelToken, Failure, Work, flag_of, work};
use napi::bindgen_prelude::AsyncTask;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use pilotlight_meter as meter;
use std::path::PathBuf;

/// What to add up, and how.
#[napi(object)]
pub struct NativeAggregation {
    pub paths: Vec<String>,
    pub customer_id: String,
    pub timestamp: String,
    pub elec_kwh: String,
    pub gas_m3: Option<String>,
    pub last_day: String,
    pub holidays: Vec<String>,
    pub interval_minutes: u32,
    pub reading_max: f64,
    pub threads: u32,
    pub out_path: String,
}

/// What was counted.
#[napi(object)]
pub struct NativeAggregated {
    pub readings: f64,
    pub customers: f64,
    pub customer_months: f64,
    pub without_customer: f64,
    pub without_time: f64,
    pub after_last_day: f64,
    pub duplicates: f64,
    pub negative_elec: f64,
    pub negative_gas: f64,
    pub invalid_elec: f64,
    pub invalid_gas: f64,
}

/// Writes one row a customer and month.
#[napi(ts_return_type = "Promise<NativeAggregated>")]
pub fn aggregate_readings(
    aggregation: NativeAggregation,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ProgressEvent) => void")] listener: Option<Listener>,
) -> AsyncTask<Work<NativeAggregated>> {
    let cancelled = flag_of(token);
    work(move || {
        let paths: Vec<PathBuf> = aggregation.paths.iter().map(PathBuf::from).collect();
        let options = meter::Options {
            columns: meter::Columns {
                customer_id: aggregation.customer_id,
                timestamp: aggregation.timestamp,
                elec_kwh: aggregation.elec_kwh,
                gas_m3: aggregation.gas_m3,
            },
            last_day: aggregation.last_day,
            holidays: aggregation.holidays,
            interval_minutes: aggregation.interval_minutes,
            reading_max: aggregation.reading_max,
            threads: aggregation.threads as usize,
            out: aggregation.out_path.into(),
        };
        let progress = listen(listener);
        let watch = meter::Watch {
            progress: &progress,
            cancelled: &cancelled,
        };
        Ok(aggregated(meter::aggregate(&paths, &options, &watch)?))
    })
}

fn listen(listener: Option<Listener>) -> impl Fn(u64, u64) + Sync {
    move |done, total| {
        let Some(listener) = &listener else { return };
        let event = ProgressEvent {
            done: done as f64,
            total: total as f64,
            metrics: Vec::new(),
        };
        listener.call(event, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

fn aggregated(report: meter::Report) -> NativeAggregated {
    NativeAggregated {
        readings: report.readings as f64,
        customers: report.customers as f64,
        customer_months: report.customer_months as f64,
        without_customer: report.without_customer as f64,
        without_time: report.without_time as f64,
        after_last_day: report.after_last_day as f64,
        duplicates: report.duplicates as f64,
        negative_elec: report.negative_elec as f64,
        negative_gas: report.negative_gas as f64,
        invalid_elec: report.invalid_elec as f64,
        invalid_gas: report.invalid_gas as f64,
    }
}

impl From<meter::Error> for Failure {
    fn from(error: meter::Error) -> Failure {
        let code = error.code().to_string();
        let (what, place, todo, column) = match error {
            meter::Error::Columns(facts) => (
                facts.what.clone(),
                facts.place.clone(),
                facts.todo.clone(),
                facts.column.clone(),
            ),
            meter::Error::Refused(refusal) => (refusal.what, refusal.place, refusal.todo, None),
            meter::Error::Cancelled => (
                "cancelled".into(),
                "readings".into(),
                "start it again".into(),
                None,
            ),
        };
        Failure {
            code,
            what,
            place,
            todo,
            column,
        }
    }
}
