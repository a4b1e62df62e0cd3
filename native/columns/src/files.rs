//! Paths to Parquet files.

use crate::{Code, Error};
use std::path::{Path, PathBuf};

/// Every Parquet file behind the paths, in the order of the paths, each folder's by name, folders read to the bottom.
/// Names that start with `.` or `_` and names that do not end in `.parquet` are passed over in folders.
pub(crate) fn list(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    if paths.is_empty() {
        return Err(Error::new(
            Code::NoPaths,
            "paths",
            "no Parquet file named",
            "give at least one file or folder",
        ));
    }
    let mut files = Vec::new();
    for path in paths {
        let facts = std::fs::metadata(path).map_err(|cause| not_found(path, cause))?;
        if !facts.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        walk(path, &mut files)?;
        if files.len() == before {
            let todo = "give a folder with files that end in .parquet";
            return Err(Error::file(
                Code::EmptyFolder,
                path,
                "no Parquet file in the folder",
                todo,
            ));
        }
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let unreadable = |cause| not_found(folder, cause);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if entry.is_dir() {
            walk(&entry, files)?;
        } else if name.ends_with(".parquet") {
            files.push(entry);
        }
    }
    Ok(())
}

fn not_found(path: &Path, cause: std::io::Error) -> Error {
    let what = match cause.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_string(),
        _ => format!("cannot be read ({cause})"),
    };
    Error::file(
        Code::NotFound,
        path,
        what,
        "check the path and its permissions",
    )
    .because(cause)
}
