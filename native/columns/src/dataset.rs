//! Parquet files that share a schema.

use crate::kind::{Family, family_of, kind_of, type_name};
use crate::{Code, Error, Kind, files, near_names};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One column of a [`Dataset`].
#[derive(Debug, Clone)]
pub struct Column {
    /// Name, unique in the dataset.
    pub name: String,
    /// What it is to statistics and models.
    pub kind: Kind,
    /// Its Arrow type in the first file that gives it one; text is dictionary-encoded.
    pub data_type: DataType,
}

/// Parquet files that share a schema, in reading order. Holds footers, no rows; cheap to share between threads.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) parts: Vec<Part>,
    columns: Vec<Column>,
    positions: HashMap<String, usize>,
    rows: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub path: PathBuf,
    pub metadata: ArrowReaderMetadata,
    /// Row groups that count; all where none are named.
    pub groups: Option<Vec<usize>>,
}

/// Opens files and folders as one dataset: reads every footer, and checks that all files have the first one's columns, each of
/// the same family of types (numbers, dates, timestamps, times, booleans, text; integers may meet floats). The order of columns
/// is the first file's. A file of zero rows is a file like any other.
///
/// # Errors
/// [`Code::NoPaths`], [`Code::NotFound`], [`Code::EmptyFolder`], [`Code::NotParquet`], [`Code::SchemaMismatch`].
pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Dataset, Error> {
    let paths: Vec<PathBuf> = paths
        .iter()
        .map(|path| path.as_ref().to_path_buf())
        .collect();
    let parts = files::list(&paths)?
        .into_iter()
        .map(open_part)
        .collect::<Result<Vec<_>, _>>()?;
    let mut columns = columns_of(&parts[0])?;
    for part in &parts[1..] {
        match_columns(&mut columns, &parts[0].path, part)?;
    }
    let positions = columns
        .iter()
        .enumerate()
        .map(|(i, column)| (column.name.clone(), i))
        .collect();
    let rows = parts.iter().map(Part::rows).sum();
    Ok(Dataset {
        parts,
        columns,
        positions,
        rows,
    })
}

impl Dataset {
    /// Columns in the first file's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Files in reading order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().map(|part| part.path.as_path())
    }

    /// A column by name.
    ///
    /// # Errors
    /// [`Code::MissingColumn`], which lists near names.
    pub fn column(&self, name: &str) -> Result<&Column, Error> {
        self.positions
            .get(name)
            .map(|position| &self.columns[*position])
            .ok_or_else(|| self.missing(name))
    }

    /// Whether there is such a column.
    pub fn has(&self, name: &str) -> bool {
        self.positions.contains_key(name)
    }

    /// A part of the rows, for one of several machines that each have all files: whole row groups, dealt in reading order to whoever has
    /// the fewest rows so far. The same files give the same shares everywhere, each row is in one of them, and a share is empty only
    /// where there are fewer row groups than shares.
    pub fn share(&self, place: usize, shares: usize) -> Dataset {
        let mut rows = vec![0; shares.max(1)];
        let mut parts = Vec::new();
        for part in &self.parts {
            let mut groups = Vec::new();
            for group in part.all_groups() {
                let fewest = (0..rows.len()).min_by_key(|&k| rows[k]).unwrap_or(0);
                rows[fewest] += part.group_rows(group);
                if fewest == place {
                    groups.push(group);
                }
            }
            parts.push(Part {
                groups: Some(groups),
                ..part.clone()
            });
        }
        Dataset {
            rows: parts.iter().map(Part::rows).sum(),
            parts,
            columns: self.columns.clone(),
            positions: self.positions.clone(),
        }
    }

    fn missing(&self, name: &str) -> Error {
        let near = near_names(name, self.columns.iter().map(|column| column.name.as_str()));
        let todo = match near.as_slice() {
            [] => format!("name one of its {} columns", self.columns.len()),
            near => format!("did you mean {}?", quoted(near)),
        };
        Error::column(
            Code::MissingColumn,
            &self.parts[0].path,
            name,
            "no such column",
            todo,
        )
    }

    /// An error about a column of this dataset; `what` says what is wrong with it, `todo` what to do.
    pub fn wrong_type(
        &self,
        name: &str,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Error {
        Error::column(Code::WrongType, &self.parts[0].path, name, what, todo)
    }
}

impl Part {
    pub(crate) fn rows(&self) -> u64 {
        match &self.groups {
            None => u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0),
            Some(groups) => groups.iter().map(|&group| self.group_rows(group)).sum(),
        }
    }

    fn all_groups(&self) -> Vec<usize> {
        let all = 0..self.metadata.metadata().num_row_groups();
        self.groups.clone().unwrap_or_else(|| all.collect())
    }

    fn group_rows(&self, group: usize) -> u64 {
        u64::try_from(self.metadata.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    pub(crate) fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(|cause| {
            Error::file(
                Code::NotFound,
                &self.path,
                "the file went away",
                "leave inputs in place while they are read",
            )
            .because(cause)
        })
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("'{name}'"))
        .collect::<Vec<_>>()
        .join(" or ")
}

/// The footer is read without the writer's own Arrow schema, so that what counts is the Parquet type and not the library that
/// wrote it; text is then asked for as dictionaries, the form in which it is stored.
fn open_part(path: PathBuf) -> Result<Part, Error> {
    let file = File::open(&path).map_err(|cause| {
        let what = format!("cannot be read ({cause})");
        Error::file(Code::NotFound, &path, what, "check its permissions").because(cause)
    })?;
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let undecodable = |cause| Error::undecodable(&path, cause);
    let found = ArrowReaderMetadata::load(&file, plain.clone()).map_err(undecodable)?;
    let options = plain.with_schema(with_dictionaries(found.schema()));
    let metadata =
        ArrowReaderMetadata::try_new(found.metadata().clone(), options).map_err(undecodable)?;
    Ok(Part {
        path,
        metadata,
        groups: None,
    })
}

fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Utf8 => field.as_ref().clone().with_data_type(dictionary_type()),
            _ => field.as_ref().clone(),
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

pub(crate) fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn columns_of(part: &Part) -> Result<Vec<Column>, Error> {
    let mut columns: Vec<Column> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for field in part.metadata.schema().fields() {
        if !seen.insert(field.name()) {
            let (what, todo) = ("two columns have one name", "rename one of them");
            return Err(Error::column(
                Code::SchemaMismatch,
                &part.path,
                field.name(),
                what,
                todo,
            ));
        }
        let data_type = field.data_type().clone();
        columns.push(Column {
            name: field.name().clone(),
            kind: kind_of(&data_type),
            data_type,
        });
    }
    Ok(columns)
}

/// A column that is all null (and so without a type) in earlier files takes the type of the first file that has one.
fn match_columns(columns: &mut [Column], first: &Path, part: &Part) -> Result<(), Error> {
    let fault = |column: &str, what: String| {
        let todo = format!(
            "give files that share a schema (the first is {})",
            first.display()
        );
        Err(Error::column(
            Code::SchemaMismatch,
            &part.path,
            column,
            what,
            todo,
        ))
    };
    let mut others: HashMap<String, DataType> = columns_of(part)?
        .into_iter()
        .map(|c| (c.name, c.data_type))
        .collect();
    for column in columns.iter_mut() {
        let Some(other) = others.remove(&column.name) else {
            return fault(&column.name, "the column is missing".into());
        };
        match (family_of(&column.data_type), family_of(&other)) {
            (_, Family::Null) => {}
            (Family::Null, _) => (column.kind, column.data_type) = (kind_of(&other), other),
            (Family::Other, Family::Other) if column.data_type == other => {}
            (a, b) if a == b && a != Family::Other => {}
            _ => {
                let what = format!(
                    "the column is {}, not {}",
                    type_name(&other),
                    type_name(&column.data_type)
                );
                return fault(&column.name, what);
            }
        }
    }
    match others.into_keys().min() {
        Some(extra) => fault(&extra, "the first file has no such column".into()),
        None => Ok(()),
    }
}
