//! Small files, whole or not at all.

use crate::{Code, Error};
use std::io::Write;
use std::path::Path;

/// Writes to a temporary name beside the target, makes it durable, renames.
pub(crate) fn write_text(target: &Path, text: &str) -> Result<(), Error> {
    let fault = |cause: std::io::Error| {
        let (what, todo) = (
            format!("cannot be written ({cause})"),
            "check that the folder exists, is writable and has room",
        );
        Error::new(Code::Write, target.display().to_string(), what, todo).because(cause)
    };
    let name = target
        .file_name()
        .ok_or_else(|| fault(std::io::Error::other("not a file name")))?;
    let temporary = target.with_file_name(format!(
        ".{}.{}.tmp",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = std::fs::File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .and_then(|()| std::fs::rename(&temporary, target));
    written.map_err(|cause| {
        // The first failure is what counts; that of cleaning up after it adds nothing.
        let _ = std::fs::remove_file(&temporary);
        fault(cause)
    })
}
