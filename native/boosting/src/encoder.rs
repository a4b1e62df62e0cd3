//! Columns to the row-major matrix that LightGBM reads.

use crate::{Category, Code, Error};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;
use pilotlight_columns::{Column, Dataset, Kind, numbers_of};
use std::collections::HashMap;

const EXAMPLES_MAX: usize = 5;
const TILE_ROWS: usize = 64;

/// A feature of a model: its name, and its categories when it is a categorical one (code = place in the list).
#[derive(Debug, Clone)]
pub(crate) struct ModelFeature {
    pub name: String,
    /// None for numbers, and for codes that came as numbers.
    pub categories: Option<Vec<Category>>,
}

/// Values of a categorical feature that training never saw; they count as missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Feature.
    pub feature: String,
    /// Rows that have such a value.
    pub rows: u64,
    /// Up to five of the values, in the order of the rows.
    pub examples: Vec<String>,
}

/// Turns batches of feature columns into row-major matrices: numbers as they are, booleans 0 and 1, categories as codes, and missing
/// or unseen as NaN.
pub(crate) struct Encoder {
    inputs: Vec<Input>,
    scratch: Vec<Vec<f64>>,
}

struct Input {
    name: String,
    rule: Rule,
    unseen_rows: u64,
    examples: Vec<String>,
}

enum Rule {
    Number,
    Texts(Texts),
    Numbers(HashMap<u64, f64>),
}

/// Codes of texts, and their translation for the dictionary of the row group at hand.
struct Texts {
    codes: HashMap<String, f64>,
    stored: Option<ArrayRef>,
    translation: Vec<f64>,
}

impl Encoder {
    /// Checks that every feature can be read from its column.
    ///
    /// # Errors
    /// [`Code::BadColumn`] when a column's type does not fit the feature; a missing column.
    pub(crate) fn new(
        dataset: &Dataset,
        features: &[ModelFeature],
        columns: &[String],
    ) -> Result<Encoder, Error> {
        let inputs = features.iter().zip(columns).map(|(feature, column)| {
            let rule = rule_for(dataset.column(column)?, feature)?;
            Ok(Input {
                name: feature.name.clone(),
                rule,
                unseen_rows: 0,
                examples: Vec::new(),
            })
        });
        let inputs = inputs.collect::<Result<Vec<_>, Error>>()?;
        Ok(Encoder {
            scratch: vec![Vec::new(); inputs.len()],
            inputs,
        })
    }

    /// Columns of the matrix.
    pub(crate) fn width(&self) -> usize {
        self.inputs.len()
    }

    /// Replaces `matrix` by the rows of these columns, row after row.
    pub(crate) fn encode(&mut self, arrays: &[ArrayRef], rows: usize, matrix: &mut Vec<f64>) {
        self.encode_columns(arrays);
        let width = self.inputs.len();
        matrix.clear();
        matrix.resize(rows * width, f64::NAN);
        for start in (0..rows).step_by(TILE_ROWS) {
            let end = rows.min(start + TILE_ROWS);
            for (place, column) in self.scratch.iter().enumerate() {
                for (row, value) in column[start..end].iter().enumerate() {
                    matrix[(start + row) * width + place] = *value;
                }
            }
        }
    }

    /// The columns as numbers, one after another.
    pub(crate) fn encode_columns(&mut self, arrays: &[ArrayRef]) -> &[Vec<f64>] {
        for ((input, array), out) in self.inputs.iter_mut().zip(arrays).zip(&mut self.scratch) {
            out.clear();
            input.encode(array, out);
        }
        &self.scratch
    }

    /// What was unseen so far, by feature; forgets it.
    pub(crate) fn take_unseen(&mut self) -> Vec<Unseen> {
        let found = self.inputs.iter_mut().filter(|input| input.unseen_rows > 0);
        found
            .map(|input| Unseen {
                feature: input.name.clone(),
                rows: std::mem::take(&mut input.unseen_rows),
                examples: std::mem::take(&mut input.examples),
            })
            .collect()
    }
}

fn rule_for(column: &Column, feature: &ModelFeature) -> Result<Rule, Error> {
    let misfit =
        |what: &str, todo: &str| Err(Error::column(Code::BadColumn, &column.name, what, todo));
    let is_text = |category: &Category| matches!(category, Category::Text(_));
    match (&column.kind, &feature.categories) {
        (Kind::Unsupported(found), _) => misfit(
            &format!("the column is {found}"),
            "give numbers, booleans or text",
        ),
        (Kind::Categorical, None) => misfit(
            "the column is text, and the model knows it as numbers",
            "give numbers, or train with the kind 'categorical'",
        ),
        (_, None) => Ok(Rule::Number),
        (Kind::Categorical, Some(categories))
            if categories.is_empty() || categories.iter().all(is_text) =>
        {
            Ok(text_rule(categories))
        }
        (Kind::Categorical, Some(_)) => misfit(
            "the column is text, and its categories are not",
            "give the type that the model was trained on",
        ),
        (Kind::Numeric | Kind::Boolean, Some(categories))
            if categories.iter().any(is_text) && !column.data_type.is_null() =>
        {
            misfit(
                "the column is not text, and its categories are",
                "give the type that the model was trained on",
            )
        }
        (_, Some(categories)) => Ok(number_rule(categories)),
    }
}

fn text_rule(categories: &[Category]) -> Rule {
    let codes = categories
        .iter()
        .enumerate()
        .map(|(code, category)| (category.to_string(), code as f64))
        .collect();
    Rule::Texts(Texts {
        codes,
        stored: None,
        translation: Vec::new(),
    })
}

fn number_rule(categories: &[Category]) -> Rule {
    let numbers = categories
        .iter()
        .enumerate()
        .filter_map(|(code, category)| match category {
            Category::Text(_) => None,
            Category::Number(number) => Some((bits(*number), code as f64)),
            Category::Boolean(value) => Some((bits(f64::from(*value)), code as f64)),
        });
    Rule::Numbers(numbers.collect())
}

/// Both zeros are one value.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

impl Input {
    fn encode(&mut self, array: &ArrayRef, out: &mut Vec<f64>) {
        match &mut self.rule {
            Rule::Number => {
                numbers_of(array, out);
            }
            Rule::Numbers(codes) => {
                numbers_of(array, out);
                for value in out.iter_mut().filter(|value| !value.is_nan()) {
                    let number = std::mem::replace(value, f64::NAN);
                    match codes.get(&bits(number)) {
                        Some(code) => *value = *code,
                        None => note(&mut self.unseen_rows, &mut self.examples, || {
                            number.to_string()
                        }),
                    }
                }
            }
            Rule::Texts(texts) => match array.as_dictionary_opt::<Int32Type>() {
                Some(dictionary) => {
                    texts.renew(dictionary.values());
                    let stored = dictionary.values().as_string::<i32>();
                    out.extend(dictionary.keys().iter().map(|key| {
                        let Some(key) = key.map(|key| key as usize) else {
                            return f64::NAN;
                        };
                        let code = texts.translation[key];
                        if code.is_nan() && stored.is_valid(key) {
                            note(&mut self.unseen_rows, &mut self.examples, || {
                                stored.value(key).to_string()
                            });
                        }
                        code
                    }));
                }
                None => out.resize(out.len() + array.len(), f64::NAN),
            },
        }
    }
}

impl Texts {
    /// Batches of one row group share their dictionary; its translation is kept until another comes.
    fn renew(&mut self, values: &ArrayRef) {
        if self
            .stored
            .as_ref()
            .is_some_and(|stored| stored.to_data().ptr_eq(&values.to_data()))
        {
            return;
        }
        let texts = values.as_string::<i32>();
        self.translation.clear();
        self.translation.extend(texts.iter().map(|text| {
            text.and_then(|text| self.codes.get(text))
                .copied()
                .unwrap_or(f64::NAN)
        }));
        self.stored = Some(values.clone());
    }
}

fn note(rows: &mut u64, examples: &mut Vec<String>, text: impl FnOnce() -> String) {
    *rows += 1;
    if examples.len() < EXAMPLES_MAX {
        let text = text();
        if !examples.contains(&text) {
            examples.push(text);
        }
    }
}
