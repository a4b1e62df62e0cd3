//! Drift, as Node sees it.

use crate::task::{CancelToken, Failure, Work, flag_of, work};
use napi::Status;
use napi::bindgen_prelude::{AsyncTask, Float64Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use pilotlight_columns as columns;
use pilotlight_compare as compare;
use pilotlight_drift as drift;
use std::path::Path;

/// Columns done, of how many, and the one that was just done.
#[napi(object)]
pub struct ColumnProgress {
    pub done: u32,
    pub total: u32,
    pub column: String,
}

type ColumnListener = ThreadsafeFunction<ColumnProgress, (), ColumnProgress, Status, false, true>;

/// What an empty bin counts as; `kind` is `replace`, `floor`, `add` or `none`.
#[napi(object)]
pub struct NativeZeroRule {
    pub kind: String,
    pub value: Option<f64>,
}

/// What to compare, and how.
#[napi(object)]
pub struct NativeComparison {
    /// Parquet of the reference; absent with a profile.
    pub reference_paths: Option<Vec<String>>,
    /// A profile instead.
    pub reference_profile: Option<String>,
    pub current_paths: Vec<String>,
    pub columns: Option<Vec<String>>,
    pub exclude: Vec<String>,
    pub bins: u32,
    pub max_categories: u32,
    pub zero_rule: NativeZeroRule,
    pub drift_threshold: f64,
    pub p_value_max: f64,
}

/// One bin of a column.
#[napi(object)]
pub struct NativeBin {
    pub label: String,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub reference_count: f64,
    pub current_count: f64,
    pub reference_share: f64,
    pub current_share: f64,
    pub contribution: f64,
}

/// A Kolmogorov-Smirnov test.
#[napi(object)]
pub struct NativeKs {
    pub d: f64,
    pub d_error_max: f64,
    pub p: f64,
}

/// A chi-squared test.
#[napi(object)]
pub struct NativeChiSquared {
    pub statistic: f64,
    pub df: u32,
    pub p: f64,
}

/// What came of a column; without `psi`, `reason` says why.
#[napi(object)]
pub struct NativeColumnDrift {
    pub name: String,
    pub kind: String,
    pub reason: Option<String>,
    pub psi: Option<f64>,
    pub psi_by_chance: Option<f64>,
    pub ks: Option<NativeKs>,
    pub chi_squared: Option<NativeChiSquared>,
    pub p: Option<f64>,
    pub q: Option<f64>,
    pub severity: Option<String>,
    pub bins: Vec<NativeBin>,
    pub unseen_categories: Vec<String>,
    pub pooled_categories: u32,
}

/// A whole comparison.
#[napi(object)]
pub struct NativeDriftTable {
    pub reference_rows: f64,
    pub current_rows: f64,
    pub columns: Vec<NativeColumnDrift>,
}

/// Compares two data sets column by column.
#[napi(ts_return_type = "Promise<NativeDriftTable>")]
pub fn compare_datasets(
    comparison: NativeComparison,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ColumnProgress) => void")] listener: Option<ColumnListener>,
) -> AsyncTask<Work<NativeDriftTable>> {
    let cancelled = flag_of(token);
    work(move || {
        let options = compare::Options {
            columns: comparison.columns,
            exclude: comparison.exclude,
            rules: drift::Rules {
                bins: comparison.bins as usize,
                categories_max: comparison.max_categories as usize,
                zero_rule: zero_rule(&comparison.zero_rule)?,
                drift_threshold: comparison.drift_threshold,
                p_value_max: comparison.p_value_max,
            },
        };
        let reference = match comparison.reference_profile {
            Some(path) => compare::Reference::Profile(compare::read_profile(Path::new(&path))?),
            None => {
                compare::Reference::Data(open(&comparison.reference_paths.unwrap_or_default())?)
            }
        };
        let current = open(&comparison.current_paths)?;
        let progress = listen(listener);
        let watch = compare::Watch {
            progress: &progress,
            cancelled: &cancelled,
        };
        Ok(table(compare::compare(
            &reference, &current, &options, &watch,
        )?))
    })
}

/// Writes the profile of a data set.
#[napi(ts_return_type = "Promise<number>")]
pub fn build_profile(
    paths: Vec<String>,
    exclude: Vec<String>,
    bins: u32,
    edges_from: Option<String>,
    out_path: String,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ColumnProgress) => void")] listener: Option<ColumnListener>,
) -> AsyncTask<Work<f64>> {
    let cancelled = flag_of(token);
    work(move || {
        let data = open(&paths)?;
        let edges = edges_from
            .map(|path| compare::read_profile(Path::new(&path)))
            .transpose()?;
        let progress = listen(listener);
        let watch = compare::Watch {
            progress: &progress,
            cancelled: &cancelled,
        };
        let profile =
            compare::build_profile(&data, &exclude, bins as usize, edges.as_ref(), &watch)?;
        compare::write_profile(&profile, Path::new(&out_path))?;
        Ok(profile.rows as f64)
    })
}

/// Merges profiles that were counted in the same edges.
#[napi(ts_return_type = "Promise<void>")]
pub fn merge_profiles(paths: Vec<String>, out_path: String) -> AsyncTask<Work<()>> {
    work(move || Ok(compare::merge_profiles(&paths, Path::new(&out_path))?))
}

/// The two-sample Kolmogorov-Smirnov test; NaN are left out. Nothing where a side has no values.
#[napi]
pub fn ks_two_sample(a: Float64Array, b: Float64Array) -> Option<NativeKs> {
    let values = |side: &Float64Array| {
        side.iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect::<Vec<f64>>()
    };
    let found = drift::ks::ks_statistic(&mut values(&a), &mut values(&b))?;
    let p = drift::kolmogorov::ks_two_sample_p(
        found.numerator,
        found.reference_rows,
        found.current_rows,
    );
    Some(NativeKs {
        d: found.d,
        d_error_max: 0.0,
        p,
    })
}

/// The chi-squared test of homogeneity on rows of whole counts. Nothing where fewer than two rows or columns have any.
#[napi]
pub fn chi_squared(table: Vec<Vec<f64>>) -> Option<NativeChiSquared> {
    let counts: Vec<Vec<u64>> = table
        .iter()
        .map(|row| row.iter().map(|&count| count as u64).collect())
        .collect();
    drift::chi_squared::chi_squared(&counts).map(chi)
}

/// PSI of whole counts, bin by bin. Nothing where a side has no rows.
#[napi]
pub fn psi(
    reference: Vec<f64>,
    current: Vec<f64>,
    kind: String,
    value: Option<f64>,
) -> napi::Result<Option<f64>> {
    let rule = zero_rule(&NativeZeroRule { kind, value })
        .map_err(|failure| napi::Error::from_reason(failure.what))?;
    let whole = |counts: Vec<f64>| {
        counts
            .into_iter()
            .map(|count| count as u64)
            .collect::<Vec<u64>>()
    };
    Ok(drift::psi::psi(&whole(reference), &whole(current), rule))
}

fn open(paths: &[String]) -> Result<columns::Dataset, Failure> {
    Ok(columns::open(paths).map_err(compare::Error::from)?)
}

fn zero_rule(given: &NativeZeroRule) -> Result<drift::ZeroRule, Failure> {
    let value = |usual: f64| given.value.unwrap_or(usual);
    match given.kind.as_str() {
        "replace" => Ok(drift::ZeroRule::Replace(value(1e-4))),
        "floor" => Ok(drift::ZeroRule::Floor(value(0.01))),
        "add" => Ok(drift::ZeroRule::Add(value(1e-5))),
        "none" => Ok(drift::ZeroRule::None),
        other => Err(Failure {
            code: "BAD_OPTION".into(),
            what: "no such zero rule".into(),
            place: format!("'{other}'"),
            todo: "choose replace, floor, add or none".into(),
            column: None,
        }),
    }
}

fn listen(listener: Option<ColumnListener>) -> impl Fn(usize, usize, &str) + Sync {
    move |done, total, column| {
        let Some(listener) = &listener else { return };
        let event = ColumnProgress {
            done: done as u32,
            total: total as u32,
            column: column.into(),
        };
        listener.call(event, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

fn table(found: compare::Table) -> NativeDriftTable {
    NativeDriftTable {
        reference_rows: found.reference_rows as f64,
        current_rows: found.current_rows as f64,
        columns: found.columns.into_iter().map(column).collect(),
    }
}

fn column(outcome: compare::Outcome) -> NativeColumnDrift {
    let empty = NativeColumnDrift {
        name: outcome.name,
        kind: outcome.kind.into(),
        reason: None,
        psi: None,
        psi_by_chance: None,
        ks: None,
        chi_squared: None,
        p: None,
        q: None,
        severity: None,
        bins: Vec::new(),
        unseen_categories: Vec::new(),
        pooled_categories: 0,
    };
    let compare::Measured { column, q } = match outcome.measured {
        Ok(measured) => measured,
        Err(reason) => {
            return NativeColumnDrift {
                reason: Some(reason),
                ..empty
            };
        }
    };
    NativeColumnDrift {
        psi: Some(column.psi),
        psi_by_chance: Some(column.psi_by_chance),
        ks: column.ks.map(|ks| NativeKs {
            d: ks.d,
            d_error_max: ks.d_error_max,
            p: ks.p,
        }),
        chi_squared: column.chi_squared.map(chi),
        p: column.p(),
        q,
        severity: Some(column.severity.as_str().into()),
        bins: column.bins.into_iter().map(bin).collect(),
        unseen_categories: column.unseen,
        pooled_categories: column.pooled as u32,
        ..empty
    }
}

fn chi(found: drift::chi_squared::ChiSquared) -> NativeChiSquared {
    NativeChiSquared {
        statistic: found.statistic,
        df: found.df,
        p: found.p,
    }
}

fn bin(found: drift::Bin) -> NativeBin {
    NativeBin {
        label: found.label,
        // JSON has no infinity: an infinite edge is an open end to the reader.
        lower: found.lower.filter(|edge| edge.is_finite()),
        upper: found.upper.filter(|edge| edge.is_finite()),
        reference_count: found.reference as f64,
        current_count: found.current as f64,
        reference_share: found.reference_share,
        current_share: found.current_share,
        contribution: found.contribution,
    }
}

impl From<compare::Error> for Failure {
    fn from(error: compare::Error) -> Failure {
        use compare::Error::{BadProfile, Cancelled, Columns, NoColumns, UnknownColumn, Write};
        let code = error.code().to_string();
        let what = error.to_string();
        let (what, place, todo, column) = match error {
            Columns(facts) => (
                facts.what.clone(),
                facts.place.clone(),
                facts.todo.clone(),
                facts.column.clone(),
            ),
            UnknownColumn { name, near } => {
                let todo = if near.is_empty() {
                    "correct the name".into()
                } else {
                    format!("did you mean {}?", near.join(", "))
                };
                (what, "columns".into(), todo, Some(name))
            }
            NoColumns => (
                what,
                "columns".into(),
                "name at least one, exclude fewer".into(),
                None,
            ),
            BadProfile { path, .. } => (
                what,
                path.display().to_string(),
                "build the profile again".into(),
                None,
            ),
            Write { path, .. } => (
                what,
                path.display().to_string(),
                "give a place that can be written".into(),
                None,
            ),
            Cancelled => (what, "drift".into(), "start it again".into(), None),
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
