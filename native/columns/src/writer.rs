//! Parquet out.

use crate::{Code, Error};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::{Path, PathBuf};

const ROW_GROUP_ROWS: usize = 262_144;

/// Writes batches to a temporary file beside the target; [`Writer::finish`] gives it its name. Dropped before that, it leaves
/// nothing behind and the target as it was.
#[derive(Debug)]
pub struct Writer {
    target: PathBuf,
    temporary: PathBuf,
    inner: Option<ArrowWriter<File>>,
}

impl Writer {
    /// Starts a file of this schema (Zstandard level 3, row groups of 262,144 rows).
    ///
    /// # Errors
    /// [`Code::Write`].
    pub fn create(target: &Path, schema: SchemaRef) -> Result<Writer, Error> {
        let name = target.file_name().ok_or_else(|| {
            Error::file(
                Code::Write,
                target,
                "not a file name",
                "give the path of the file to write",
            )
        })?;
        let temporary = target.with_file_name(format!(
            ".{}.{}.tmp",
            name.to_string_lossy(),
            std::process::id()
        ));
        let file = File::create(&temporary).map_err(|cause| unwritable(target, cause))?;
        // Without an Arrow schema in the file, dictionary-encoded text reads back as plain text everywhere.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let mut writer = Writer {
            target: target.to_path_buf(),
            temporary,
            inner: None,
        };
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let inner = ArrowWriter::try_new_with_options(file, schema, options)
            .map_err(|cause| unwritable(target, cause))?;
        writer.inner = Some(inner);
        Ok(writer)
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`Code::Write`], on a full disk for example.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let Some(inner) = self.inner.as_mut() else {
            return Ok(());
        };
        inner
            .write(batch)
            .map_err(|cause| unwritable(&self.target, cause))
    }

    /// Ends the file, makes it durable and gives it its name.
    ///
    /// # Errors
    /// [`Code::Write`].
    pub fn finish(mut self) -> Result<(), Error> {
        if let Some(inner) = self.inner.take() {
            let file = inner
                .into_inner()
                .map_err(|cause| unwritable(&self.target, cause))?;
            file.sync_all()
                .map_err(|cause| unwritable(&self.target, cause))?;
        }
        std::fs::rename(&self.temporary, &self.target)
            .map_err(|cause| unwritable(&self.target, cause))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // After a finished write the temporary name is gone already, and that is as wanted.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

fn unwritable(target: &Path, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    let what = format!("cannot be written ({cause})");
    Error::file(
        Code::Write,
        target,
        what,
        "check that the folder exists, is writable and has room",
    )
    .because(cause)
}
