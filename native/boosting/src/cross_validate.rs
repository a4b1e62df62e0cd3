//! Cross-validation: every row is predicted by a model that never saw its fold.

use crate::dataset::{bin_training, choose};
use crate::encoder::Encoder;
use crate::ffi::{self, Booster, PredictKind};
use crate::model::{Model, text_with_categories};
use crate::params::bad;
use crate::predict::{output_batch, output_names, output_schema};
use crate::stream::{batch_rows, for_each_batch};
use crate::train::take_rounds;
use crate::{Code, Control, Error, Output, Parameters, TrainingData};
use pilotlight_columns::{Dataset, Kind, Writer, open};
use std::collections::BTreeSet;
use std::path::PathBuf;

const FOLDS_MAX: usize = 1_000;

/// What to cross-validate.
#[derive(Debug, Clone)]
pub struct CrossValidation {
    /// What to learn from.
    pub data: TrainingData,
    /// Column of whole numbers, one a fold, none missing.
    pub fold_column: String,
    /// LightGBM's parameters; no early stopping.
    pub parameters: Parameters,
    /// Boosting iterations of every model; 100 unless here or among the parameters.
    pub rounds: Option<u32>,
    /// Parquet file to write: kept columns and the prediction by the model that did not see the row, rows in reading order.
    pub out_path: PathBuf,
    /// Columns copied to the output.
    pub keep: Vec<String>,
}

/// What cross-validation gave.
#[derive(Debug, Clone)]
pub struct CrossValidated {
    /// The folds, ascending, and the rows in each.
    pub folds: Vec<(i64, u64)>,
    /// Rows in all.
    pub rows: u64,
    /// Features in the order of the models.
    pub features: Vec<String>,
    /// LightGBM's own warnings.
    pub warnings: Vec<String>,
}

/// Bins all rows once, trains one model a fold on the rows of the others, and writes each row's out-of-fold prediction. Bins come
/// from all rows, as in LightGBM's own `cv`; labels never cross folds.
///
/// # Errors
/// Those of [`crate::train`], and [`Code::BadFold`]; nothing is written then.
pub fn cross_validate(
    mut plan: CrossValidation,
    control: &Control,
) -> Result<CrossValidated, Error> {
    ffi::take_warnings();
    if plan
        .parameters
        .take_count("early_stopping_round", None)?
        .unwrap_or(0)
        > 0
    {
        return Err(bad(
            "early_stopping_round",
            "cross-validation runs a fixed number of rounds",
            "leave it out",
        ));
    }
    let rounds = take_rounds(&mut plan.parameters, plan.rounds)?;
    let dataset = open(&plan.data.paths)?;
    let folds = read_folds(&dataset, &plan.fold_column)?;
    let names: Vec<i64> = folds
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    check_folds(&names, &plan.fold_column)?;
    let chosen = choose(
        &dataset,
        &plan.data,
        std::slice::from_ref(&plan.fold_column),
        control,
    )?;
    chosen.choose_layout(&mut plan.parameters, dataset.rows());
    let binned = bin_training(
        &dataset,
        dataset.rows(),
        &plan.data,
        &chosen,
        &plan.parameters,
        control,
    )?;
    let parameters = chosen.parameters(&plan.parameters).text();
    let total = names.len() as u64 * u64::from(rounds);
    let mut models = Vec::new();
    for (index, fold) in names.iter().enumerate() {
        let rows = 0..folds.len() as i32;
        let others: Vec<i32> = rows.filter(|row| folds[*row as usize] != *fold).collect();
        let mut booster = Booster::create(binned.subset(&others, &parameters)?, &parameters)?;
        boost(&mut booster, rounds, |round| {
            let done = index as u64 * u64::from(rounds) + u64::from(round);
            control.rows(done, total);
            control.check()
        })?;
        let text = text_with_categories(&booster.text(0)?, &chosen.features);
        models.push(Model::parse(&text, "a fold's model")?);
    }
    drop(binned);
    let warnings = ffi::take_warnings();
    write_predictions(&plan, &dataset, &folds, &names, &models, control)?;
    let count = |name: &i64| folds.iter().filter(|fold| *fold == name).count() as u64;
    let folds = names.iter().map(|name| (*name, count(name))).collect();
    Ok(CrossValidated {
        folds,
        rows: dataset.rows(),
        features: chosen.names(),
        warnings,
    })
}

fn boost(
    booster: &mut Booster,
    rounds: u32,
    mut heard: impl FnMut(u32) -> Result<(), Error>,
) -> Result<(), Error> {
    for round in 0..rounds {
        heard(round)?;
        if booster.update()? && round > 0 {
            break;
        }
    }
    heard(rounds)
}

fn read_folds(dataset: &Dataset, column: &str) -> Result<Vec<i64>, Error> {
    let bad =
        |what: String| Error::column(Code::BadFold, column, what, "give a whole number a row");
    if dataset.column(column)?.kind != Kind::Numeric {
        return Err(bad("the folds are not numbers".into()));
    }
    let values = dataset.read_numbers(column)?;
    let whole = |value: f64| (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64);
    values
        .into_iter()
        .map(|value| {
            whole(value).ok_or_else(|| {
                bad(format!(
                    "a fold is {}",
                    if value.is_nan() {
                        "missing".into()
                    } else {
                        value.to_string()
                    }
                ))
            })
        })
        .collect()
}

fn check_folds(names: &[i64], column: &str) -> Result<(), Error> {
    match names.len() {
        0 => Err(Error::column(
            Code::NoRows,
            column,
            "the data has no rows",
            "give data with rows",
        )),
        1 => Err(Error::column(
            Code::BadFold,
            column,
            "there is one fold only",
            "give at least two",
        )),
        many if many > FOLDS_MAX => Err(Error::column(
            Code::BadFold,
            column,
            format!("there are {many} folds"),
            "give at most 1000",
        )),
        _ => Ok(()),
    }
}

fn write_predictions(
    plan: &CrossValidation,
    dataset: &Dataset,
    folds: &[i64],
    names: &[i64],
    models: &[Model],
    control: &Control,
) -> Result<(), Error> {
    let Some(first) = models.first() else {
        return Ok(());
    };
    let features = first.columns(dataset)?;
    let mut encoder = Encoder::new(dataset, &first.features, &features)?;
    let outputs = output_names(first, Output::Probability);
    let schema = output_schema(dataset, &plan.keep, &outputs)?;
    let mut writer = Writer::create(&plan.out_path, schema.clone())?;
    let columns: Vec<String> = features.iter().chain(&plan.keep).cloned().collect();
    let (mut matrix, mut part) = (Vec::new(), Vec::new());
    for_each_batch(
        dataset,
        &columns,
        batch_rows(columns.len()),
        control,
        |mut batch| {
            let kept = batch.arrays.split_off(features.len());
            encoder.encode(&batch.arrays, batch.rows, &mut matrix);
            let rows = &folds[batch.start as usize..batch.start as usize + batch.rows];
            let mut values = vec![f64::NAN; batch.rows * outputs.len()];
            for (name, model) in names.iter().zip(models) {
                let own: Vec<usize> = (0..rows.len()).filter(|row| rows[*row] == *name).collect();
                part.clear();
                for row in &own {
                    part.extend_from_slice(
                        &matrix[row * features.len()..(row + 1) * features.len()],
                    );
                }
                let predicted = model.predict(&part, own.len(), PredictKind::Normal)?;
                for (row, value) in own.iter().zip(predicted.chunks_exact(outputs.len())) {
                    values[row * outputs.len()..(row + 1) * outputs.len()].copy_from_slice(value);
                }
            }
            writer.write(&output_batch(&schema, kept, &values, outputs.len())?)?;
            Ok(())
        },
    )?;
    writer.finish()?;
    Ok(())
}
