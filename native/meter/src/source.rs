//! Parquet files as row groups, and row groups as typed batches.

use crate::customers::CustomerReader;
use crate::{Columns, Error};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::*;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetStatisticsPolicy;
use pilotlight_columns::{self as columns, Dataset, numbers_of};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Few enough for a processor's cache, many enough to be worth a call.
const BATCH_ROWS: usize = 16_384;

/// Files that are read row group by row group, in any order.
pub(crate) struct Source {
    parts: Vec<Part>,
    columns: Columns,
    /// Row groups in the order of delivery.
    pub tasks: Vec<Task>,
}

struct Part {
    path: PathBuf,
    plain: ArrowReaderMetadata,
    /// The same with text as dictionaries.
    dictionaries: ArrowReaderMetadata,
}

/// One row group.
pub(crate) struct Task {
    part: usize,
    group: usize,
    /// Rows delivered before its first.
    start: u64,
    pub rows: u64,
}

/// Rows of one row group.
pub(crate) struct Batch<'a> {
    /// Customers' numbers.
    pub customers: &'a [u32],
    /// Microseconds since 1970-01-01.
    pub times: Int64Array,
    pub elec: Float64Array,
    pub gas: Option<Float64Array>,
    /// Rows delivered before its first.
    pub start: u64,
}

impl Source {
    /// Reads the footers and checks the columns; files need share nothing but the columns that are used.
    pub fn open(paths: &[PathBuf], columns: &Columns) -> Result<Source, Error> {
        if paths.is_empty() {
            columns::open(paths)?;
        }
        let mut source = Source {
            parts: Vec::new(),
            columns: columns.clone(),
            tasks: Vec::new(),
        };
        let mut start = 0;
        for path in paths {
            let dataset = columns::open(&[path])?;
            check_types(&dataset, columns)?;
            for file in dataset.files() {
                let part = Part::open(file)?;
                for (group, facts) in part.plain.metadata().row_groups().iter().enumerate() {
                    let rows = u64::try_from(facts.num_rows()).unwrap_or(0);
                    source.tasks.push(Task {
                        part: source.parts.len(),
                        group,
                        start,
                        rows,
                    });
                    start += rows;
                }
                source.parts.push(part);
            }
        }
        Ok(source)
    }

    /// All files, as a message names them.
    pub fn place(&self) -> String {
        let paths = self.parts.iter().map(|part| part.path.display());
        let mut names: Vec<String> = paths.take(4).map(|path| path.to_string()).collect();
        if self.parts.len() > 3 {
            names[3] = format!("{} more", self.parts.len() - 3);
        }
        names.join(", ")
    }

    /// Hands over a row group's rows, batch by batch.
    pub fn read(
        &self,
        task: &Task,
        customers: &mut CustomerReader,
        mut visit: impl FnMut(&Batch) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let part = &self.parts[task.part];
        let undecodable =
            |cause: &dyn std::fmt::Display| Error::undecodable(&part.path, cause.to_string());
        let file = File::open(&part.path).map_err(|cause| Error::vanished(&part.path, cause))?;
        let metadata = part.metadata(task.group, &self.columns.customer_id);
        let mask = self.mask(metadata);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_row_groups(vec![task.group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|cause| undecodable(&cause))?;
        let mut numbers = Vec::with_capacity(BATCH_ROWS);
        let mut start = task.start;
        for batch in reader {
            let batch = batch.map_err(|cause| undecodable(&cause))?;
            customers.read(
                column(&batch, &self.columns.customer_id, &part.path)?,
                &mut numbers,
            );
            let readings = |name: &str| readings(column(&batch, name, &part.path)?, &part.path);
            visit(&Batch {
                customers: &numbers,
                times: times(
                    column(&batch, &self.columns.timestamp, &part.path)?,
                    &part.path,
                )?,
                elec: readings(&self.columns.elec_kwh)?,
                gas: self.columns.gas_m3.as_deref().map(readings).transpose()?,
                start,
            })?;
            start += batch.num_rows() as u64;
        }
        Ok(())
    }

    fn mask(&self, metadata: &ArrowReaderMetadata) -> ProjectionMask {
        let schema = metadata.schema();
        let roots = self.columns.names().filter_map(|name| {
            schema
                .fields()
                .iter()
                .position(|field| field.name() == name)
        });
        ProjectionMask::roots(metadata.parquet_schema(), roots)
    }
}

impl Columns {
    fn names(&self) -> impl Iterator<Item = &str> {
        let always = [&self.customer_id, &self.timestamp, &self.elec_kwh];
        let names = always.into_iter().chain(&self.gas_m3);
        names.map(String::as_str)
    }
}

impl Part {
    /// The footer is read without the writer's own Arrow schema, so that what counts is the Parquet type and not the library that wrote
    /// it, and without statistics, which nobody asks for.
    fn open(path: &Path) -> Result<Part, Error> {
        let file = File::open(path).map_err(|cause| Error::vanished(path, cause))?;
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let undecodable = |cause| Error::undecodable(path, cause);
        let plain = ArrowReaderMetadata::load(&file, options.clone()).map_err(undecodable)?;
        let options = options.with_schema(with_dictionaries(plain.schema()));
        let dictionaries =
            ArrowReaderMetadata::try_new(plain.metadata().clone(), options).map_err(undecodable)?;
        Ok(Part {
            path: path.to_path_buf(),
            plain,
            dictionaries,
        })
    }

    /// Text is asked for in the form in which the row group has it: making dictionaries of plain text would hash every row.
    fn metadata(&self, group: usize, customer_id: &str) -> &ArrowReaderMetadata {
        let chunks = self.plain.metadata().row_group(group).columns();
        let is_dictionary = chunks
            .iter()
            .filter(|chunk| chunk.column_path().parts() == [customer_id])
            .flat_map(|chunk| chunk.encodings())
            .any(|encoding| {
                matches!(
                    encoding,
                    Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY
                )
            });
        if is_dictionary {
            &self.dictionaries
        } else {
            &self.plain
        }
    }
}

fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = schema.fields().iter().map(|field| {
        let field = field.as_ref().clone();
        match field.data_type() {
            DataType::Utf8 => field.with_data_type(dictionary.clone()),
            _ => field,
        }
    });
    Arc::new(Schema::new_with_metadata(
        fields.collect::<Fields>(),
        schema.metadata().clone(),
    ))
}

fn check_types(dataset: &Dataset, columns: &Columns) -> Result<(), Error> {
    let check = |name: &str, fits: fn(&DataType) -> bool, wanted: &str, todo: &str| {
        let found = &dataset.column(name)?.data_type;
        let found = match found {
            DataType::Dictionary(_, value) => value,
            found => found,
        };
        if found.is_null() || fits(found) {
            return Ok(());
        }
        let what = format!(
            "the column is {}, not {wanted}",
            found.to_string().to_lowercase()
        );
        Err(Error::from(dataset.wrong_type(name, what, todo)))
    };
    let is_name = |found: &DataType| found.is_integer() || *found == DataType::Utf8;
    let is_time = |found: &DataType| matches!(found, DataType::Timestamp(_, _));
    let is_reading = |found: &DataType| found.is_numeric() || *found == DataType::Utf8;
    check(
        &columns.customer_id,
        is_name,
        "text or whole numbers",
        "name the column of the customers",
    )?;
    check(
        &columns.timestamp,
        is_time,
        "timestamps",
        "store times as TIMESTAMP, with their hour",
    )?;
    for name in std::iter::once(&columns.elec_kwh).chain(&columns.gas_m3) {
        check(name, is_reading, "numbers", "name a column of readings")?;
    }
    Ok(())
}

fn column<'a>(batch: &'a RecordBatch, name: &str, file: &Path) -> Result<&'a ArrayRef, Error> {
    batch
        .column_by_name(name)
        .ok_or_else(|| Error::undecodable(file, format!("column '{name}' has no data")))
}

/// Microseconds; times beyond what they can count stay at the ends.
fn times(array: &ArrayRef, file: &Path) -> Result<Int64Array, Error> {
    let micros = |times: Int64Array| match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => times.unary(|t| t.saturating_mul(1_000_000)),
        DataType::Timestamp(TimeUnit::Millisecond, _) => times.unary(|t| t.saturating_mul(1000)),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => times.unary(|t| t.div_euclid(1000)),
        _ => times,
    };
    let stored = cast(array, &DataType::Int64).map_err(|cause| Error::undecodable(file, cause))?;
    Ok(micros(stored.as_primitive::<Int64Type>().clone()))
}

/// Readings as floats; null stays null, text that is no number becomes NaN.
fn readings(array: &ArrayRef, file: &Path) -> Result<Float64Array, Error> {
    let nulls: Option<NullBuffer> = array.logical_nulls();
    let values = match array.data_type() {
        DataType::Float64 => return Ok(array.as_primitive::<Float64Type>().clone()),
        DataType::Utf8 | DataType::Dictionary(_, _) => {
            &cast(array, &DataType::Float64).map_err(|cause| Error::undecodable(file, cause))?
        }
        _ => array,
    };
    let mut numbers = Vec::with_capacity(values.len());
    numbers_of(values, &mut numbers);
    Ok(Float64Array::new(numbers.into(), nulls))
}
