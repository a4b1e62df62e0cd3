//! Training, cross-validation, prediction and explanation, as Node sees them.

use crate::task::{CancelToken, Failure, Work, flag_of, work};
use napi::Status;
use napi::bindgen_prelude::AsyncTask;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use pilotlight_boosting as boosting;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How far the work has come.
#[napi(object)]
pub struct ProgressEvent {
    /// Iterations or rows done.
    pub done: f64,
    /// Iterations or rows in all.
    pub total: f64,
    /// Metrics of this iteration; empty outside training.
    pub metrics: Vec<NamedValue>,
}

/// A number with its name.
#[napi(object)]
pub struct NamedValue {
    pub name: String,
    pub value: f64,
}

/// Numbers with their name.
#[napi(object)]
pub struct NamedValues {
    pub name: String,
    pub values: Vec<f64>,
}

/// Texts with their name.
#[napi(object)]
pub struct NamedTexts {
    pub name: String,
    pub values: Vec<String>,
}

/// A LightGBM parameter as text.
#[napi(object)]
pub struct NativeParameter {
    pub name: String,
    pub value: String,
}

/// A column to learn from; `kind` is `numeric`, `boolean` or `categorical`.
#[napi(object)]
pub struct NativeFeature {
    pub name: String,
    pub kind: String,
}

/// What to learn from.
#[napi(object)]
pub struct NativeTrainingData {
    pub paths: Vec<String>,
    pub target: String,
    pub weight: Option<String>,
    /// Absent: every column of a usable type.
    pub features: Option<Vec<NativeFeature>>,
    pub exclude: Vec<String>,
    pub params: Vec<NativeParameter>,
    pub rounds: Option<u32>,
}

/// The machines that train one model together, and which of them this is.
#[napi(object)]
pub struct NativeMachines {
    pub addresses: Vec<String>,
    pub place: u32,
    pub wait_s: f64,
}

/// What to train.
#[napi(object)]
pub struct NativeTraining {
    pub data: NativeTrainingData,
    pub valid_paths: Vec<String>,
    pub early_stopping_rounds: Option<u32>,
    pub model_path: String,
    pub machines: Option<NativeMachines>,
}

/// Importance of a feature.
#[napi(object)]
pub struct NativeImportance {
    pub feature: String,
    pub gain: f64,
    pub split: f64,
}

/// A column that was not learnt from, and why.
#[napi(object)]
pub struct NativeSkipped {
    pub name: String,
    pub reason: String,
}

/// Categories that training never saw.
#[napi(object)]
pub struct NativeUnseen {
    pub feature: String,
    pub rows: f64,
    pub examples: Vec<String>,
}

/// What training gave.
#[napi(object)]
pub struct NativeTrained {
    pub best_iteration: u32,
    pub rounds: u32,
    pub evaluations: Vec<NamedValues>,
    pub features: Vec<String>,
    pub categories: Vec<NamedTexts>,
    pub importance: Vec<NativeImportance>,
    pub skipped: Vec<NativeSkipped>,
    pub unseen: Vec<NativeUnseen>,
    pub train_rows: f64,
    pub valid_rows: f64,
    pub classes_count: u32,
    pub warnings: Vec<String>,
}

/// What to cross-validate.
#[napi(object)]
pub struct NativeCrossValidation {
    pub data: NativeTrainingData,
    pub fold_column: String,
    pub out_path: String,
    pub keep_columns: Vec<String>,
}

/// A fold and its rows.
#[napi(object)]
pub struct NativeFold {
    pub fold: f64,
    pub rows: f64,
}

/// What cross-validation gave.
#[napi(object)]
pub struct NativeCrossValidated {
    pub folds: Vec<NativeFold>,
    pub rows: f64,
    pub features: Vec<String>,
    pub warnings: Vec<String>,
}

/// What to predict; `kind` is `probability`, `raw` or `contributions`.
#[napi(object)]
pub struct NativePrediction {
    pub model_path: String,
    pub data_paths: Vec<String>,
    pub out_path: String,
    pub keep_columns: Vec<String>,
    pub kind: String,
}

/// What prediction gave.
#[napi(object)]
pub struct NativePredicted {
    pub rows: f64,
    pub unseen: Vec<NativeUnseen>,
}

/// How a feature moves the raw score on average.
#[napi(object)]
pub struct NativeContribution {
    pub feature: String,
    pub mean_abs: f64,
    pub mean: f64,
}

/// What a model file says of itself.
#[napi(object)]
pub struct NativeModel {
    pub features: Vec<String>,
    pub categories: Vec<NamedTexts>,
    pub importance: Vec<NativeImportance>,
    pub classes_count: u32,
}

/// A progress listener: called on the event loop, does not keep the process alive.
pub type Listener = ThreadsafeFunction<ProgressEvent, (), ProgressEvent, Status, false, true>;

/// Trains a model and writes its file.
#[napi(ts_return_type = "Promise<NativeTrained>")]
pub fn train(
    training: NativeTraining,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ProgressEvent) => void")] on_progress: Option<Listener>,
) -> AsyncTask<Work<NativeTrained>> {
    let cancel = flag_of(token);
    work(move || {
        let progress = listen(on_progress);
        let control = boosting::Control {
            cancel: &cancel,
            progress: &progress,
        };
        let NativeTraining {
            data,
            valid_paths,
            early_stopping_rounds,
            model_path,
            machines,
        } = training;
        let training = boosting::Training {
            parameters: parameters(&data)?,
            rounds: data.rounds,
            data: training_data(data)?,
            valid_paths: paths(valid_paths),
            early_stopping_rounds,
            model_path: model_path.into(),
            machines: machines.map(|machines| boosting::Machines {
                addresses: machines.addresses,
                place: machines.place as usize,
                wait: Duration::from_secs_f64(machines.wait_s.clamp(0.0, 86_400.0)),
            }),
        };
        Ok(trained(boosting::train(training, &control)?))
    })
}

/// Writes out-of-fold predictions.
#[napi(ts_return_type = "Promise<NativeCrossValidated>")]
pub fn cross_validate(
    plan: NativeCrossValidation,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ProgressEvent) => void")] on_progress: Option<Listener>,
) -> AsyncTask<Work<NativeCrossValidated>> {
    let cancel = flag_of(token);
    work(move || {
        let progress = listen(on_progress);
        let control = boosting::Control {
            cancel: &cancel,
            progress: &progress,
        };
        let plan = boosting::CrossValidation {
            parameters: parameters(&plan.data)?,
            rounds: plan.data.rounds,
            data: training_data(plan.data)?,
            fold_column: plan.fold_column,
            out_path: plan.out_path.into(),
            keep: plan.keep_columns,
        };
        let found = boosting::cross_validate(plan, &control)?;
        let folds = found
            .folds
            .into_iter()
            .map(|(fold, rows)| NativeFold {
                fold: fold as f64,
                rows: rows as f64,
            })
            .collect();
        Ok(NativeCrossValidated {
            folds,
            rows: found.rows as f64,
            features: found.features,
            warnings: found.warnings,
        })
    })
}

/// Writes predictions.
#[napi(ts_return_type = "Promise<NativePredicted>")]
pub fn predict(
    prediction: NativePrediction,
    token: Option<&CancelToken>,
    #[napi(ts_arg_type = "(event: ProgressEvent) => void")] on_progress: Option<Listener>,
) -> AsyncTask<Work<NativePredicted>> {
    let cancel = flag_of(token);
    work(move || {
        let progress = listen(on_progress);
        let control = boosting::Control {
            cancel: &cancel,
            progress: &progress,
        };
        let output = match prediction.kind.as_str() {
            "probability" => boosting::Output::Probability,
            "raw" => boosting::Output::Raw,
            "contributions" => boosting::Output::Contributions,
            other => return Err(choice("kind", other, "probability, raw or contributions")),
        };
        let prediction = boosting::Prediction {
            model_path: prediction.model_path.into(),
            data_paths: paths(prediction.data_paths),
            out_path: prediction.out_path.into(),
            keep: prediction.keep_columns,
            output,
        };
        let found = boosting::predict(&prediction, &control)?;
        Ok(NativePredicted {
            rows: found.rows as f64,
            unseen: unseen(found.unseen),
        })
    })
}

/// Mean SHAP values over a sample of rows.
#[napi(ts_return_type = "Promise<NativeContribution[]>")]
pub fn mean_contributions(
    model_path: String,
    data_paths: Vec<String>,
    rows_max: u32,
    token: Option<&CancelToken>,
) -> AsyncTask<Work<Vec<NativeContribution>>> {
    let cancel = flag_of(token);
    work(move || {
        let control = boosting::Control {
            cancel: &cancel,
            progress: &|_| {},
        };
        let found = boosting::mean_contributions(
            Path::new(&model_path),
            &paths(data_paths),
            rows_max,
            &control,
        )?;
        let rows = found.into_iter();
        Ok(rows
            .map(|row| NativeContribution {
                feature: row.feature,
                mean_abs: row.mean_abs,
                mean: row.mean,
            })
            .collect())
    })
}

/// Reads a model file.
#[napi(ts_return_type = "Promise<NativeModel>")]
pub fn read_model(model_path: String) -> AsyncTask<Work<NativeModel>> {
    work(move || {
        let model = boosting::Model::load(Path::new(&model_path))?;
        let features: Vec<String> = model.feature_names().map(str::to_string).collect();
        let listed = features
            .iter()
            .filter_map(|name| Some((name.clone(), model.categories(name)?.to_vec())));
        Ok(NativeModel {
            categories: categories(listed.collect()),
            importance: importance(model.importance()?),
            classes_count: model.classes() as u32,
            features,
        })
    })
}

impl From<boosting::Error> for Failure {
    fn from(error: boosting::Error) -> Failure {
        let (what, place, todo) = error.parts();
        Failure {
            code: error.code().into(),
            what: what.into(),
            place: place.into(),
            todo: todo.into(),
            column: error.column_name().map(str::to_string),
        }
    }
}

fn choice(name: &str, given: &str, choices: &str) -> Failure {
    let (what, todo) = (format!("no such {name}"), format!("choose {choices}"));
    Failure {
        code: "BAD_OPTION".into(),
        what,
        place: format!("'{given}'"),
        todo,
        column: None,
    }
}

fn listen(listener: Option<Listener>) -> impl Fn(boosting::Progress) + Sync {
    move |progress| {
        let Some(listener) = &listener else { return };
        let metrics = progress
            .metrics
            .into_iter()
            .map(|(name, value)| NamedValue { name, value })
            .collect();
        let event = ProgressEvent {
            done: progress.done as f64,
            total: progress.total as f64,
            metrics,
        };
        listener.call(event, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

fn paths(given: Vec<String>) -> Vec<PathBuf> {
    given.into_iter().map(PathBuf::from).collect()
}

fn parameters(data: &NativeTrainingData) -> Result<boosting::Parameters, Failure> {
    Ok(boosting::Parameters::new(
        data.params
            .iter()
            .map(|parameter| (&parameter.name, &parameter.value)),
    )?)
}

fn training_data(data: NativeTrainingData) -> Result<boosting::TrainingData, Failure> {
    let features = data
        .features
        .map(|features| features.into_iter().map(feature).collect::<Result<_, _>>())
        .transpose()?;
    let NativeTrainingData {
        paths: given,
        target,
        weight,
        exclude,
        ..
    } = data;
    Ok(boosting::TrainingData {
        paths: paths(given),
        target,
        weight,
        features,
        exclude,
    })
}

fn feature(given: NativeFeature) -> Result<boosting::FeatureSpec, Failure> {
    let kind = match given.kind.as_str() {
        "numeric" => boosting::FeatureKind::Numeric,
        "boolean" => boosting::FeatureKind::Boolean,
        "categorical" => boosting::FeatureKind::Categorical,
        other => {
            return Err(choice(
                "kind of feature",
                other,
                "numeric, boolean or categorical",
            ));
        }
    };
    Ok(boosting::FeatureSpec {
        name: given.name,
        kind,
    })
}

fn trained(found: boosting::Trained) -> NativeTrained {
    let named = |one: boosting::Evaluation| NamedValues {
        name: one.name,
        values: one.values,
    };
    let skipped = |one: boosting::Skipped| NativeSkipped {
        name: one.name,
        reason: one.reason,
    };
    NativeTrained {
        best_iteration: found.best_iteration,
        rounds: found.rounds,
        evaluations: found.evaluations.into_iter().map(named).collect(),
        features: found.features,
        categories: categories(found.categories),
        importance: importance(found.importance),
        skipped: found.skipped.into_iter().map(skipped).collect(),
        unseen: unseen(found.unseen),
        train_rows: found.train_rows as f64,
        valid_rows: found.valid_rows as f64,
        classes_count: found.classes,
        warnings: found.warnings,
    }
}

fn categories(found: Vec<(String, Vec<boosting::Category>)>) -> Vec<NamedTexts> {
    let named = |(name, list): (String, Vec<boosting::Category>)| NamedTexts {
        name,
        values: list.iter().map(ToString::to_string).collect(),
    };
    found.into_iter().map(named).collect()
}

fn importance(found: Vec<boosting::Importance>) -> Vec<NativeImportance> {
    found
        .into_iter()
        .map(|one| NativeImportance {
            feature: one.feature,
            gain: one.gain,
            split: one.split,
        })
        .collect()
}

fn unseen(found: Vec<boosting::Unseen>) -> Vec<NativeUnseen> {
    found
        .into_iter()
        .map(|one| NativeUnseen {
            feature: one.feature,
            rows: one.rows as f64,
            examples: one.examples,
        })
        .collect()
}
