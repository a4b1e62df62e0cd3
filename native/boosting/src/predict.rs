//! Predictions: Parquet in, Parquet out, batch by batch.

use crate::encoder::{Encoder, Unseen};
use crate::ffi::PredictKind;
use crate::objective::Objective;
use crate::stream::{batch_rows, for_each_batch};
use crate::{Code, Control, Error, Model};
use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use pilotlight_columns::{Dataset, Writer, open};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What to predict.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Model file.
    pub model_path: PathBuf,
    /// Parquet files and folders with every feature of the model.
    pub data_paths: Vec<PathBuf>,
    /// Parquet file to write, rows in reading order.
    pub out_path: PathBuf,
    /// Columns copied to the output.
    pub keep: Vec<String>,
    /// What to predict.
    pub output: Output,
}

/// What is predicted, and how its columns are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Two classes: `probability` (of 1); many: `probability_0`, `probability_1`, ...; regression: `prediction`.
    Probability,
    /// The sum of the trees, before any transformation: `raw_score`, or `raw_score_0`, ...
    Raw,
    /// SHAP values: one column a feature, by its name, and `bias`; they add up to the raw score. With many classes each name
    /// ends in `_0`, `_1`, ...
    Contributions,
}

/// What prediction gave.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// Rows written.
    pub rows: u64,
    /// Categories that training never saw, by feature.
    pub unseen: Vec<Unseen>,
}

/// Predicts and writes the output file.
///
/// # Errors
/// Those of reading and writing; [`Code::ModelNotFound`], [`Code::BadModel`], [`Code::MissingColumn`], [`Code::BadColumn`],
/// [`Code::Cancelled`]. Nothing is written then.
pub fn predict(prediction: &Prediction, control: &Control) -> Result<Predicted, Error> {
    let model = Model::load(&prediction.model_path)?;
    let dataset = open(&prediction.data_paths)?;
    let features = model.columns(&dataset)?;
    let mut encoder = Encoder::new(&dataset, &model.features, &features)?;
    let names = output_names(&model, prediction.output);
    let schema = output_schema(&dataset, &prediction.keep, &names)?;
    let mut writer = Writer::create(&prediction.out_path, schema.clone())?;
    let columns: Vec<String> = features.iter().chain(&prediction.keep).cloned().collect();
    let (mut matrix, mut rows) = (Vec::new(), 0);
    for_each_batch(
        &dataset,
        &columns,
        batch_rows(columns.len().max(names.len())),
        control,
        |mut batch| {
            let kept = batch.arrays.split_off(features.len());
            encoder.encode(&batch.arrays, batch.rows, &mut matrix);
            let values = model.predict(&matrix, batch.rows, kind(prediction.output))?;
            writer.write(&output_batch(&schema, kept, &values, names.len())?)?;
            rows += batch.rows as u64;
            control.rows(rows, dataset.rows());
            Ok(())
        },
    )?;
    writer.finish()?;
    Ok(Predicted {
        rows,
        unseen: encoder.take_unseen(),
    })
}

fn kind(output: Output) -> PredictKind {
    match output {
        Output::Probability => PredictKind::Normal,
        Output::Raw => PredictKind::Raw,
        Output::Contributions => PredictKind::Contributions,
    }
}

/// Columns in the order in which LightGBM gives the values of a row: class by class, and within a class feature by feature.
pub(crate) fn output_names(model: &Model, output: Output) -> Vec<String> {
    let names: Vec<&str> = match output {
        Output::Probability if model.classes > 1 => vec!["probability"],
        Output::Probability => match model.objective {
            Some(Objective::Binary | Objective::Share) => vec!["probability"],
            _ => vec!["prediction"],
        },
        Output::Raw => vec!["raw_score"],
        Output::Contributions => model.feature_names().chain(["bias"]).collect(),
    };
    if model.classes == 1 {
        return names.into_iter().map(str::to_string).collect();
    }
    (0..model.classes)
        .flat_map(|class| names.iter().map(move |name| format!("{name}_{class}")))
        .collect()
}

/// The kept columns and the predicted ones.
pub(crate) fn output_schema(
    dataset: &Dataset,
    keep: &[String],
    names: &[String],
) -> Result<SchemaRef, Error> {
    let mut fields = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for name in keep {
        let column = dataset.column(name)?;
        fields.push(Field::new(name, column.data_type.clone(), true));
        if !seen.insert(name) {
            return Err(Error::column(
                Code::BadColumn,
                name,
                "the column is kept twice",
                "name it once",
            ));
        }
    }
    for name in names {
        fields.push(Field::new(name, DataType::Float64, false));
        if !seen.insert(name) {
            return Err(Error::column(
                Code::BadColumn,
                name,
                "a kept column has the name of a predicted one",
                "rename it, or do not keep it",
            ));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Values come row by row; columns are what a file holds.
pub(crate) fn output_batch(
    schema: &SchemaRef,
    kept: Vec<ArrayRef>,
    values: &[f64],
    width: usize,
) -> Result<RecordBatch, Error> {
    let mut arrays = kept;
    for column in 0..width {
        arrays.push(Arc::new(
            values
                .iter()
                .skip(column)
                .step_by(width)
                .copied()
                .collect::<Float64Array>(),
        ));
    }
    RecordBatch::try_new(schema.clone(), arrays).map_err(|cause| {
        Error::new(
            Code::BadColumn,
            "predictions",
            format!("{cause}"),
            "report this",
        )
        .because(cause)
    })
}
