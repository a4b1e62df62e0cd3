//! Only decodes Parquet: every column of some data sets once, a column a thread, as the comparison reads them; nothing is kept.
//! What a comparison of the same data cannot be faster than with this reader.
//!
//! `decode [--exclude NAME]... -- DATASET...`, each a file or a folder. Prints `{"seconds", "bytes", "answer"}`: the time from before
//! the footers are read, the highest resident memory, and the number of values.

use pilotlight_columns::{Dataset, Error, open};
use rayon::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// As the reader of the comparison asks for them.
const BATCH_ROWS: usize = 65_536;

fn main() -> ExitCode {
    let (excluded, paths) = arguments();
    let start = Instant::now();
    match decode_all(&paths, &excluded) {
        Ok(values) => {
            let seconds = start.elapsed().as_secs_f64();
            let bytes = peak_bytes();
            println!("{{\"seconds\":{seconds},\"bytes\":{bytes},\"answer\":{values}}}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("decode: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> (Vec<String>, Vec<PathBuf>) {
    let mut excluded = Vec::new();
    let mut rest = std::env::args().skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--exclude" => excluded.extend(rest.next()),
            _ => break,
        }
    }
    (excluded, rest.map(PathBuf::from).collect())
}

fn decode_all(paths: &[PathBuf], excluded: &[String]) -> Result<u64, Error> {
    let datasets = paths
        .iter()
        .map(|path| open(&[path]))
        .collect::<Result<Vec<_>, _>>()?;
    // The order of the comparison: both sides of a column on one thread, one after the other.
    let names: Vec<&str> = datasets
        .iter()
        .flat_map(|dataset| dataset.columns())
        .map(|column| column.name.as_str())
        .filter(|name| !excluded.iter().any(|other| other == name))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    let both = |name: &&str| -> Result<u64, Error> {
        datasets.iter().map(|dataset| decode(dataset, name)).sum()
    };
    names.par_iter().map(both).sum()
}

fn decode(dataset: &Dataset, name: &str) -> Result<u64, Error> {
    let mut values = 0;
    for batch in dataset.batches(&[name], BATCH_ROWS)? {
        values += batch?.rows as u64;
    }
    Ok(values)
}

/// The kernel's `VmHWM`; 0 where there is no `/proc`.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
