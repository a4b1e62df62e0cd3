//! The comparison, column by column.

use crate::read::{common_kind, counts, numbers};
use crate::{Error, Watch};
use pilotlight_columns::{Dataset, Kind, near_names};
use pilotlight_drift::severity::q_values;
use pilotlight_drift::{
    Column, ColumnProfile, Profile, Rules, Scratch, compare_categories, compare_numbers,
};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What current data are compared with.
pub enum Reference {
    /// The rows themselves: everything is exact.
    Data(Dataset),
    /// A profile: KS has a stated error bound.
    Profile(Profile),
}

impl Reference {
    fn rows(&self) -> u64 {
        match self {
            Reference::Data(data) => data.rows(),
            Reference::Profile(profile) => profile.rows,
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Reference::Data(data) => data
                .columns()
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            Reference::Profile(profile) => profile.columns.keys().cloned().collect(),
        }
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        match self {
            Reference::Data(data) => data.column(name).ok().map(|column| column.kind.clone()),
            Reference::Profile(profile) => profile.columns.get(name).map(|column| match column {
                ColumnProfile::Numeric { .. } => Kind::Numeric,
                ColumnProfile::Categorical { .. } => Kind::Categorical,
                ColumnProfile::Boolean { .. } => Kind::Boolean,
            }),
        }
    }
}

/// What to compare, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these columns; all of both sides where absent.
    pub columns: Option<Vec<String>>,
    /// Not these; names that are nowhere are no error.
    pub exclude: Vec<String>,
    /// How.
    pub rules: Rules,
}

/// A column that was measured, with its q-value among all columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The figures.
    pub column: Column,
    /// Benjamini-Hochberg over all tested columns of the table.
    pub q: Option<f64>,
}

/// What came of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The column.
    pub name: String,
    /// `numeric`, `boolean` or `categorical`; of the side that has it.
    pub kind: &'static str,
    /// The figures, or why there are none.
    pub measured: Result<Measured, String>,
}

/// The whole comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Rows of the reference.
    pub reference_rows: u64,
    /// Current rows.
    pub current_rows: u64,
    /// In the reference's order, then what only the current data have.
    pub columns: Vec<Outcome>,
}

/// Compares current data with a reference, exactly, over all rows.
///
/// A column on one side only, of another type, without values on a side, or of a type that has no statistic gets a reason instead of
/// figures. Dates count as days and timestamps as seconds.
///
/// # Errors
/// [`Error::UnknownColumn`], [`Error::NoColumns`], [`Error::Cancelled`], and those of reading.
pub fn compare(
    reference: &Reference,
    current: &Dataset,
    options: &Options,
    watch: &Watch,
) -> Result<Table, Error> {
    let names = chosen(reference, current, options)?;
    let done = AtomicUsize::new(0);
    let memory = Memory::default();
    let found: Vec<(Outcome, Option<Column>)> = names
        .par_iter()
        .map(|name| {
            if watch.cancelled.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let outcome =
                memory.lend(|columns| one(reference, current, name, &options.rules, columns))?;
            (watch.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, names.len(), name);
            Ok(outcome)
        })
        .collect::<Result<_, Error>>()?;
    let p: Vec<Option<f64>> = found
        .iter()
        .map(|(_, column)| column.as_ref().and_then(Column::p))
        .collect();
    let columns = found
        .into_iter()
        .zip(q_values(&p))
        .map(|((outcome, column), q)| match column {
            Some(column) => Outcome {
                measured: Ok(Measured { column, q }),
                ..outcome
            },
            None => outcome,
        });
    Ok(Table {
        reference_rows: reference.rows(),
        current_rows: current.rows(),
        columns: columns.collect(),
    })
}

fn chosen(
    reference: &Reference,
    current: &Dataset,
    options: &Options,
) -> Result<Vec<String>, Error> {
    let mut all = reference.names();
    let known: BTreeSet<String> = all.iter().cloned().collect();
    all.extend(
        current
            .columns()
            .iter()
            .map(|column| column.name.clone())
            .filter(|name| !known.contains(name)),
    );
    let names: Vec<String> = match &options.columns {
        None => all,
        Some(asked) => {
            if let Some(name) = asked.iter().find(|name| !all.contains(name)) {
                let near = near_names(name, all.iter().map(String::as_str));
                return Err(Error::UnknownColumn {
                    name: name.clone(),
                    near,
                });
            }
            all.into_iter()
                .filter(|name| asked.contains(name))
                .collect()
        }
    };
    let left: Vec<String> = names
        .into_iter()
        .filter(|name| !options.exclude.contains(name))
        .collect();
    if left.is_empty() {
        Err(Error::NoColumns)
    } else {
        Ok(left)
    }
}

/// A column of each side, and what comparing them takes.
#[derive(Default)]
struct Columns {
    before: Vec<f64>,
    now: Vec<f64>,
    scratch: Scratch,
}

/// Lends each thread the memory of an earlier column: a fresh one costs a page fault every 4 KiB. All of it goes with the comparison.
#[derive(Default)]
struct Memory(Mutex<Vec<Columns>>);

impl Memory {
    fn lend<T>(&self, work: impl FnOnce(&mut Columns) -> T) -> T {
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut columns = free().pop().unwrap_or_default();
        let done = work(&mut columns);
        free().push(columns);
        done
    }
}

fn one(
    reference: &Reference,
    current: &Dataset,
    name: &str,
    rules: &Rules,
    columns: &mut Columns,
) -> Result<(Outcome, Option<Column>), Error> {
    let kinds = (
        reference.kind(name),
        current.column(name).ok().map(|column| column.kind.clone()),
    );
    let refused = |kind: &Kind, reason: String| {
        let kind = if matches!(kind, Kind::Unsupported(_)) {
            "categorical"
        } else {
            kind.as_str()
        };
        Ok((
            Outcome {
                name: name.into(),
                kind,
                measured: Err(reason),
            },
            None,
        ))
    };
    let kind = match kinds {
        (Some(then), Some(now)) => match common_kind(&then, &now) {
            Ok(kind) => kind,
            Err(reason) => return refused(&now, reason),
        },
        (Some(then), None) => return refused(&then, "only in the reference".into()),
        (None, Some(now)) => return refused(&now, "not in the reference".into()),
        (None, None) => return refused(&Kind::Numeric, "on neither side".into()),
    };
    match measure(reference, current, name, &kind, rules, columns)? {
        Ok(column) => {
            let pending = Err(String::new());
            Ok((
                Outcome {
                    name: name.into(),
                    kind: kind.as_str(),
                    measured: pending,
                },
                Some(column),
            ))
        }
        Err(reason) => refused(&kind, reason),
    }
}

fn measure(
    reference: &Reference,
    current: &Dataset,
    name: &str,
    kind: &Kind,
    rules: &Rules,
    columns: &mut Columns,
) -> Result<Result<Column, String>, Error> {
    let side = |rows: u64, what: &str| {
        if rows == 0 {
            format!("the {what} has no rows")
        } else {
            format!("no values in the {what}")
        }
    };
    let (column, reference_empty) = match (reference, kind) {
        (Reference::Data(data), Kind::Numeric) => {
            let Columns {
                before,
                now,
                scratch,
            } = columns;
            let before_missing = numbers(data, name, before)?;
            let now_missing = numbers(current, name, now)?;
            let empty = before.is_empty();
            let sides = (
                (&mut before[..], before_missing),
                (&mut now[..], now_missing),
            );
            (compare_numbers(sides.0, sides.1, rules, scratch), empty)
        }
        (Reference::Data(data), _) => {
            let (before, before_missing) = counts(data, name)?;
            let (now, now_missing) = counts(current, name)?;
            (
                compare_categories((&before, before_missing), (&now, now_missing), rules),
                before.is_empty(),
            )
        }
        (Reference::Profile(profile), _) => {
            let stored = &profile.columns[name];
            let now = profile_of(stored, current, name, &mut columns.now)?;
            (stored.compare(&now, rules), is_empty(stored))
        }
    };
    Ok(column.ok_or_else(|| {
        if reference_empty {
            side(reference.rows(), "reference")
        } else {
            side(current.rows(), "current data")
        }
    }))
}

/// The current rows counted as the stored column is.
fn profile_of(
    stored: &ColumnProfile,
    current: &Dataset,
    name: &str,
    values: &mut Vec<f64>,
) -> Result<ColumnProfile, Error> {
    match stored {
        ColumnProfile::Numeric { .. } => {
            let missing = numbers(current, name, values)?;
            Ok(stored
                .same_edges(values, missing)
                .unwrap_or_else(|| stored.clone()))
        }
        ColumnProfile::Categorical { .. } => {
            let (counts, missing) = counts(current, name)?;
            Ok(ColumnProfile::Categorical { counts, missing })
        }
        ColumnProfile::Boolean { .. } => {
            let (counts, missing) = counts(current, name)?;
            Ok(ColumnProfile::Boolean { counts, missing })
        }
    }
}

fn is_empty(column: &ColumnProfile) -> bool {
    match column {
        ColumnProfile::Numeric { counts, .. } => counts.iter().sum::<u64>() == 0,
        ColumnProfile::Categorical { counts, .. } | ColumnProfile::Boolean { counts, .. } => {
            counts.is_empty()
        }
    }
}
