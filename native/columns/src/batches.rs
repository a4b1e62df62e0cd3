//! Many columns at a time, in bounded batches.

use crate::{Column, Dataset, Error};
use arrow::array::{ArrayRef, new_null_array};
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::path::Path;

/// Rows of the columns that were asked for, in that order.
#[derive(Debug)]
pub struct Batch {
    /// One array a column, all of [`Batch::rows`] length. Text is dictionary-encoded (`Int32` keys, `Utf8` values).
    pub arrays: Vec<ArrayRef>,
    /// Rows.
    pub rows: usize,
    /// The file they are from, an index into [`Dataset::files`].
    pub file: usize,
    /// Row number in the dataset of the first row.
    pub start: u64,
}

/// Iterator of [`Dataset::batches`]; row order is file order.
pub struct Batches<'a> {
    dataset: &'a Dataset,
    columns: Vec<&'a Column>,
    rows_max: usize,
    file: usize,
    start: u64,
    reader: Option<(ParquetRecordBatchReader, Vec<Option<usize>>)>,
}

impl Dataset {
    /// Reads the named columns, at most `rows_max` rows at a time (a batch never spans two files).
    ///
    /// # Errors
    /// [`crate::Code::MissingColumn`] now; [`crate::Code::NotParquet`] while reading, after which the iterator ends.
    pub fn batches<S: AsRef<str>>(
        &self,
        names: &[S],
        rows_max: usize,
    ) -> Result<Batches<'_>, Error> {
        let columns = names
            .iter()
            .map(|name| self.column(name.as_ref()))
            .collect::<Result<_, _>>()?;
        Ok(Batches {
            dataset: self,
            columns,
            rows_max: rows_max.max(1),
            file: 0,
            start: 0,
            reader: None,
        })
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.advance();
        if matches!(item, Some(Err(_))) {
            self.file = self.dataset.parts.len();
            self.reader = None;
        }
        item
    }
}

impl Batches<'_> {
    fn advance(&mut self) -> Option<Result<Batch, Error>> {
        loop {
            let part = self.dataset.parts.get(self.file)?;
            if self.reader.is_none() {
                match self.open_file() {
                    Ok(reader) => self.reader = Some(reader),
                    Err(error) => return Some(Err(error)),
                }
            }
            let (reader, places) = self.reader.as_mut()?;
            match reader.next() {
                None => {
                    self.file += 1;
                    self.reader = None;
                }
                Some(Err(cause)) => return Some(Err(Error::undecodable(&part.path, cause))),
                Some(Ok(batch)) => {
                    let rows = batch.num_rows();
                    let arrays =
                        places
                            .iter()
                            .zip(&self.columns)
                            .map(|(place, column)| match place {
                                Some(place) => {
                                    same_form(batch.column(*place).clone(), column, &part.path)
                                }
                                None => Ok(new_null_array(&column.data_type, rows)),
                            });
                    let start = self.start;
                    self.start += rows as u64;
                    let file = self.file;
                    return Some(arrays.collect::<Result<_, _>>().map(|arrays| Batch {
                        arrays,
                        rows,
                        file,
                        start,
                    }));
                }
            }
        }
    }

    /// A reader over the wanted columns, and for each of them its place in what the reader delivers.
    fn open_file(&self) -> Result<(ParquetRecordBatchReader, Vec<Option<usize>>), Error> {
        let part = &self.dataset.parts[self.file];
        let schema = part.metadata.schema();
        let mut roots: Vec<usize> = self
            .columns
            .iter()
            .filter_map(|column| schema.index_of(&column.name).ok())
            .collect();
        roots.sort_unstable();
        roots.dedup();
        let places = self
            .columns
            .iter()
            .map(|column| {
                let root = schema.index_of(&column.name).ok()?;
                roots.binary_search(&root).ok()
            })
            .collect();
        let mask = ProjectionMask::roots(part.metadata.parquet_schema(), roots);
        let mut builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(part.open()?, part.metadata.clone());
        if let Some(groups) = &part.groups {
            builder = builder.with_row_groups(groups.clone());
        }
        let reader = builder
            .with_projection(mask)
            .with_batch_size(self.rows_max)
            .build()
            .map_err(|cause| Error::undecodable(&part.path, cause))?;
        Ok((reader, places))
    }
}

/// A file may store integers where the first one stores floats, or nothing but nulls.
fn same_form(array: ArrayRef, column: &Column, file: &Path) -> Result<ArrayRef, Error> {
    match (array.data_type(), &column.data_type) {
        (found, wanted) if found == wanted => Ok(array),
        (DataType::Null, wanted) => Ok(new_null_array(wanted, array.len())),
        (_, wanted) => {
            arrow::compute::cast(&array, wanted).map_err(|cause| Error::undecodable(file, cause))
        }
    }
}
