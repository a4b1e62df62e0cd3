//! One column, all rows.

use crate::kind::type_name;
use crate::numbers::present_numbers_of;
use crate::{Dataset, Error, Kind, numbers_of};
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::Int32Type;
use std::collections::HashMap;

/// The code of a null in [`Categories::codes`].
pub const NULL_CODE: u32 = u32::MAX;

const UNASKED: u32 = u32::MAX - 1;
const BATCH_ROWS: usize = 65_536;

/// A column of text: each row's place in a dictionary.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Categories {
    /// Distinct values, in the order in which rows first have them.
    pub dictionary: Vec<String>,
    /// One a row: an index into the dictionary, or [`NULL_CODE`].
    pub codes: Vec<u32>,
}

impl Dataset {
    /// All rows of a numeric or boolean column as `f64`, null as NaN; see [`numbers_of`] for units.
    ///
    /// # Errors
    /// [`crate::Code::MissingColumn`], [`crate::Code::WrongType`] for text and unsupported columns, [`crate::Code::NotParquet`].
    pub fn read_numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let mut values = Vec::with_capacity(self.rows() as usize);
        self.scan_numbers(name, |some| values.extend_from_slice(some))?;
        Ok(values)
    }

    /// As [`Dataset::read_numbers`], a stretch of rows at a time, nothing held.
    ///
    /// # Errors
    /// As [`Dataset::read_numbers`].
    pub fn scan_numbers(&self, name: &str, mut visit: impl FnMut(&[f64])) -> Result<(), Error> {
        self.check_numbers(name)?;
        let mut values = Vec::with_capacity(BATCH_ROWS);
        for batch in self.batches(&[name], BATCH_ROWS)? {
            values.clear();
            numbers_of(&batch?.arrays[0], &mut values);
            visit(&values);
        }
        Ok(())
    }

    /// The values of a numeric or boolean column in row order, in place of what `values` holds: nulls and NaN are left out, and never
    /// written.
    ///
    /// # Errors
    /// As [`Dataset::read_numbers`].
    pub fn read_present_numbers(&self, name: &str, values: &mut Vec<f64>) -> Result<(), Error> {
        self.check_numbers(name)?;
        values.clear();
        values.reserve(self.rows() as usize);
        for batch in self.batches(&[name], BATCH_ROWS)? {
            present_numbers_of(&batch?.arrays[0], values);
        }
        Ok(())
    }

    fn check_numbers(&self, name: &str) -> Result<(), Error> {
        let column = self.column(name)?;
        if matches!(column.kind, Kind::Numeric | Kind::Boolean) {
            return Ok(());
        }
        let what = format!(
            "the column is {}, not numbers",
            type_name(&column.data_type)
        );
        Err(self.wrong_type(name, what, "name a numeric or boolean column"))
    }

    /// All rows of a text or boolean column as codes; booleans read as `false` and `true`. A column that is all null has an empty
    /// dictionary, whatever its type.
    ///
    /// # Errors
    /// [`crate::Code::MissingColumn`], [`crate::Code::WrongType`] for numbers and unsupported columns, [`crate::Code::NotParquet`].
    pub fn read_categories(&self, name: &str) -> Result<Categories, Error> {
        let mut codes = Vec::with_capacity(self.rows() as usize);
        let dictionary = self.scan_categories(name, |some, _| codes.extend_from_slice(some))?;
        Ok(Categories { dictionary, codes })
    }

    /// As [`Dataset::read_categories`], a stretch of rows at a time: `visit` gets the codes and the dictionary so far. Returns the
    /// whole dictionary.
    ///
    /// # Errors
    /// As [`Dataset::read_categories`].
    pub fn scan_categories(
        &self,
        name: &str,
        mut visit: impl FnMut(&[u32], &[String]),
    ) -> Result<Vec<String>, Error> {
        self.check_categories(name)?;
        let mut encoder = Encoder::default();
        let mut codes = Vec::with_capacity(BATCH_ROWS);
        for batch in self.batches(&[name], BATCH_ROWS)? {
            codes.clear();
            encoder.encode(&batch?.arrays[0], &mut codes);
            visit(&codes, &encoder.dictionary);
        }
        Ok(encoder.dictionary)
    }

    /// How many rows of a text or boolean column have each value, and how many are null; booleans read as `false` and `true`. Looks at
    /// texts once a stored dictionary, at rows by their numbers in it only.
    ///
    /// # Errors
    /// As [`Dataset::read_categories`].
    pub fn count_categories(&self, name: &str) -> Result<(HashMap<String, u64>, u64), Error> {
        self.check_categories(name)?;
        let mut counter = Counter::default();
        for batch in self.batches(&[name], BATCH_ROWS)? {
            counter.count(&batch?.arrays[0]);
        }
        counter.settle();
        Ok((counter.counts, counter.nulls))
    }

    fn check_categories(&self, name: &str) -> Result<(), Error> {
        let column = self.column(name)?;
        let is_fit = matches!(column.kind, Kind::Categorical | Kind::Boolean);
        if is_fit || column.data_type.is_null() {
            return Ok(());
        }
        let what = format!("the column is {}, not text", type_name(&column.data_type));
        Err(self.wrong_type(name, what, "name a text or boolean column"))
    }
}

/// Counts rows by their place in the stored dictionary, which batches of one row group share, and by text when another comes.
#[derive(Default)]
struct Counter {
    counts: HashMap<String, u64>,
    nulls: u64,
    stored: Option<ArrayRef>,
    by_key: Vec<u64>,
}

impl Counter {
    fn count(&mut self, array: &ArrayRef) {
        if let Some(booleans) = array.as_boolean_opt() {
            self.nulls += booleans.null_count() as u64;
            for (text, rows) in [
                ("false", booleans.false_count()),
                ("true", booleans.true_count()),
            ] {
                self.add(text, rows as u64);
            }
        } else if let Some(texts) = array.as_dictionary_opt::<Int32Type>() {
            self.renew(texts.values());
            self.nulls += texts.keys().null_count() as u64;
            let keys = texts.keys().values();
            match texts.keys().nulls() {
                None => self.count_keys(keys),
                Some(nulls) => nulls
                    .valid_slices()
                    .for_each(|(start, end)| self.count_keys(&keys[start..end])),
            }
        } else {
            self.nulls += array.len() as u64;
        }
    }

    fn count_keys(&mut self, keys: &[i32]) {
        for &key in keys {
            self.by_key[key as usize] += 1;
        }
    }

    fn renew(&mut self, values: &ArrayRef) {
        if !is_same(self.stored.as_ref(), values) {
            self.settle();
            self.by_key.resize(values.len(), 0);
            self.stored = Some(values.clone());
        }
    }

    /// Rows by key become rows by text.
    fn settle(&mut self) {
        let Some(stored) = self.stored.take() else {
            return;
        };
        for (text, rows) in stored
            .as_string::<i32>()
            .iter()
            .zip(std::mem::take(&mut self.by_key))
        {
            match text {
                Some(text) => self.add(text, rows),
                None => self.nulls += rows,
            }
        }
    }

    fn add(&mut self, text: &str, rows: u64) {
        if rows == 0 {
            return;
        }
        match self.counts.get_mut(text) {
            Some(count) => *count += rows,
            None => {
                self.counts.insert(text.to_string(), rows);
            }
        }
    }
}

/// Whether two arrays are one.
fn is_same(known: Option<&ArrayRef>, values: &ArrayRef) -> bool {
    known.is_some_and(|known| known.to_data().ptr_eq(&values.to_data()))
}

/// Gives each distinct text one code across batches; a text is hashed once per stored dictionary, a boolean once per batch, not once
/// per row.
#[derive(Default)]
struct Encoder {
    dictionary: Vec<String>,
    places: HashMap<String, u32>,
    stored: Option<ArrayRef>,
    translation: Vec<u32>,
}

impl Encoder {
    fn encode(&mut self, array: &ArrayRef, codes: &mut Vec<u32>) {
        if let Some(booleans) = array.as_boolean_opt() {
            let mut known = [UNASKED; 2];
            codes.extend(booleans.iter().map(|value| match value {
                None => NULL_CODE,
                Some(value) => {
                    let code = &mut known[usize::from(value)];
                    if *code == UNASKED {
                        *code = self.code_of(if value { "true" } else { "false" });
                    }
                    *code
                }
            }));
        } else if let Some(texts) = array.as_dictionary_opt::<Int32Type>() {
            self.renew(texts.values());
            let stored = texts.values().as_string::<i32>();
            codes.extend(texts.keys().iter().map(|key| match key {
                None => NULL_CODE,
                Some(key) => self.translated(key as usize, stored),
            }));
        } else {
            codes.resize(codes.len() + array.len(), NULL_CODE);
        }
    }

    /// Batches of one row group share their dictionary; its translation is kept until another comes.
    fn renew(&mut self, values: &ArrayRef) {
        if !is_same(self.stored.as_ref(), values) {
            self.translation.clear();
            self.translation.resize(values.len(), UNASKED);
            self.stored = Some(values.clone());
        }
    }

    fn translated(&mut self, key: usize, stored: &StringArray) -> u32 {
        if self.translation[key] == UNASKED {
            self.translation[key] = if stored.is_null(key) {
                NULL_CODE
            } else {
                self.code_of(stored.value(key))
            };
        }
        self.translation[key]
    }

    fn code_of(&mut self, text: &str) -> u32 {
        if let Some(code) = self.places.get(text) {
            return *code;
        }
        let code = self.dictionary.len() as u32;
        self.dictionary.push(text.to_string());
        self.places.insert(text.to_string(), code);
        code
    }
}
