//! Profiles of Parquet data sets, as JSON files.

use crate::read::{counts, numbers};
use crate::{Error, Watch};
use pilotlight_columns::{Dataset, Kind};
use pilotlight_drift::{ColumnProfile, Profile};
use rayon::prelude::*;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The profile of a data set; columns whose types have no statistic are left out.
///
/// With `edges_from`, numbers are counted in the edges of that profile, so that the two can be merged, and its columns are the ones
/// taken.
///
/// # Errors
/// [`Error::Cancelled`] and those of reading.
pub fn build_profile(
    data: &Dataset,
    exclude: &[String],
    bins: usize,
    edges_from: Option<&Profile>,
    watch: &Watch,
) -> Result<Profile, Error> {
    let wanted = |name: &String| {
        !exclude.contains(name) && edges_from.is_none_or(|given| given.columns.contains_key(name))
    };
    let columns: Vec<_> = data
        .columns()
        .iter()
        .filter(|column| wanted(&column.name) && !matches!(column.kind, Kind::Unsupported(_)))
        .collect();
    let done = AtomicUsize::new(0);
    let found = columns
        .par_iter()
        .map(|column| {
            if watch.cancelled.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let given = edges_from.and_then(|profile| profile.columns.get(&column.name));
            let profile = profile_column(data, &column.name, &column.kind, bins, given)?;
            (watch.progress)(
                done.fetch_add(1, Ordering::Relaxed) + 1,
                columns.len(),
                &column.name,
            );
            Ok((column.name.clone(), profile))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let mut profile = Profile::new(data.rows());
    profile.columns.extend(found);
    if profile.columns.is_empty() {
        Err(Error::NoColumns)
    } else {
        Ok(profile)
    }
}

fn profile_column(
    data: &Dataset,
    name: &str,
    kind: &Kind,
    bins: usize,
    given: Option<&ColumnProfile>,
) -> Result<ColumnProfile, Error> {
    if matches!(kind, Kind::Numeric) {
        let mut values = Vec::new();
        let missing = numbers(data, name, &mut values)?;
        let same = given.and_then(|given| given.same_edges(&values, missing));
        return Ok(same.unwrap_or_else(|| ColumnProfile::of_numbers(&mut values, missing, bins)));
    }
    let (counts, missing) = counts(data, name)?;
    Ok(match kind {
        Kind::Boolean => ColumnProfile::Boolean { counts, missing },
        _ => ColumnProfile::Categorical { counts, missing },
    })
}

/// Reads a profile.
///
/// # Errors
/// [`Error::BadProfile`].
pub fn read_profile(path: &Path) -> Result<Profile, Error> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::bad_profile(path, cause))?;
    let profile: Profile =
        serde_json::from_str(&text).map_err(|cause| Error::bad_profile(path, cause))?;
    profile
        .checked()
        .map_err(|cause| Error::bad_profile(path, cause))
}

/// Writes a profile: to a temporary name, then renamed.
///
/// # Errors
/// [`Error::Write`].
pub fn write_profile(profile: &Profile, path: &Path) -> Result<(), Error> {
    let text = serde_json::to_string(profile).map_err(|cause| Error::write(path, cause))?;
    let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
    std::fs::write(&temporary, text)
        .and_then(|()| std::fs::rename(&temporary, path))
        .map_err(|cause| {
            let _ = std::fs::remove_file(&temporary);
            Error::write(path, cause)
        })
}

/// Merges profiles that were counted in the same edges, and writes the whole.
///
/// # Errors
/// [`Error::BadProfile`], [`Error::Write`], [`Error::NoColumns`] for no profile at all.
pub fn merge_profiles(paths: &[impl AsRef<Path>], out: &Path) -> Result<(), Error> {
    let mut whole: Option<Profile> = None;
    for path in paths {
        let next = read_profile(path.as_ref())?;
        whole = Some(match whole {
            None => next,
            Some(sofar) => sofar
                .merge(&next)
                .map_err(|cause| Error::bad_profile(path.as_ref(), cause))?,
        });
    }
    write_profile(&whole.ok_or(Error::NoColumns)?, out)
}
