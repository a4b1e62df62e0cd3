//! Training: the loop, early stopping, and the model file.

use crate::dataset::{Chosen, bin_training, bin_validation, choose};
use crate::encoder::Unseen;
use crate::ffi::{self, Booster};
use crate::model::{Importance, Model, text_with_categories};
use crate::objective::more_is_better;
use crate::params::bad;
use crate::write::write_text;
use crate::{
    Category, Control, Error, Machines, Parameters, Progress, Skipped, TrainingData, labels,
};
use pilotlight_columns::{Dataset, open};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

const ROUNDS: u32 = 100;

/// What to train.
#[derive(Debug, Clone)]
pub struct Training {
    /// What to learn from.
    pub data: TrainingData,
    /// Parquet files and folders to validate on; none for no validation.
    pub valid_paths: Vec<PathBuf>,
    /// LightGBM's parameters.
    pub parameters: Parameters,
    /// Boosting iterations at most; 100 unless here or among the parameters.
    pub rounds: Option<u32>,
    /// Stop when the first metric has not got better on the validation rows for so many iterations; 0 or none: never.
    pub early_stopping_rounds: Option<u32>,
    /// Where the model goes, cut at its best iteration.
    pub model_path: PathBuf,
    /// The others that train the same model; none where this machine is alone.
    pub machines: Option<Machines>,
}

/// A metric by iteration.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// `valid_<metric>`, or `training_<metric>` with `is_provide_training_metric`.
    pub name: String,
    /// One value an iteration.
    pub values: Vec<f64>,
}

/// What training gave.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Iterations that the model file has: the best by validation with early stopping, else all.
    pub best_iteration: u32,
    /// Iterations that were run.
    pub rounds: u32,
    /// Metrics by iteration.
    pub evaluations: Vec<Evaluation>,
    /// Features in the order of the model.
    pub features: Vec<String>,
    /// Categories of the categorical features.
    pub categories: Vec<(String, Vec<Category>)>,
    /// Importance of each feature, in the order of the model.
    pub importance: Vec<Importance>,
    /// Columns left out when all were asked for.
    pub skipped: Vec<Skipped>,
    /// Categories among the validation rows that training never saw.
    pub unseen: Vec<Unseen>,
    /// Rows learnt from.
    pub train_rows: u64,
    /// Rows validated on.
    pub valid_rows: u64,
    /// Classes; 2 for a binary objective, 1 for regression.
    pub classes: u32,
    /// LightGBM's own warnings.
    pub warnings: Vec<String>,
}

/// Trains and writes the model file.
///
/// # Errors
/// Every [`crate::Code`] but those of models; nothing is written then.
pub fn train(mut training: Training, control: &Control) -> Result<Trained, Error> {
    ffi::take_warnings();
    if let Some(machines) = &training.machines {
        machines.addresses()?;
        machines.configure(&mut training.parameters)?;
    }
    let stopping = Stopping::take(&mut training)?;
    let rounds = take_rounds(&mut training.parameters, training.rounds)?;
    let whole = open(&training.data.paths)?;
    let paths = &training.valid_paths;
    let validation = if paths.is_empty() {
        None
    } else {
        Some(open(paths)?)
    };
    let chosen = choose(&whole, &training.data, &[], control)?;
    let machines = training.machines.as_ref();
    let machines_count = machines.map_or(1, |all| all.addresses.len() as u64);
    let rows_each = whole.rows().div_ceil(machines_count);
    chosen.choose_layout(&mut training.parameters, rows_each);
    let (dataset, _network) = match &training.machines {
        None => (None, None),
        Some(machines) => {
            // What is wrong with the rows is found before the others are waited for.
            labels::labels(&whole, &training.data.target, &training.parameters, true)?;
            let share = machines.share(&whole)?;
            let handed = fingerprint(&training, &whole, &chosen);
            (Some(share), Some(machines.join(handed, control)?))
        }
    };
    let rows = Rows {
        here: dataset.as_ref().unwrap_or(&whole),
        of_all: whole.rows(),
    };
    let (mut booster, unseen) = prepare(&training, &rows, validation.as_ref(), &chosen, control)?;
    let mut log = Log::new(&booster, validation.is_some(), &training.parameters)?;
    let (done, best) = boost(&mut booster, rounds, &stopping, &mut log, control)?;
    let text = text_with_categories(&booster.text(best as i32)?, &chosen.features);
    let warnings = ffi::take_warnings();
    let model = Model::parse(&text, "the trained model")?;
    write_text(&training.model_path, &text)?;
    Ok(Trained {
        best_iteration: best,
        rounds: done,
        evaluations: log.evaluations,
        importance: model.importance()?,
        features: chosen.names(),
        classes: model.classes() as u32,
        categories: chosen
            .features
            .into_iter()
            .filter_map(|feature| Some((feature.name, feature.categories?)))
            .collect(),
        skipped: chosen.skipped,
        unseen,
        train_rows: rows.of_all,
        valid_rows: validation.map_or(0, |validation| validation.rows()),
        warnings,
    })
}

/// Rounds by option or parameter, at least one.
pub(crate) fn take_rounds(parameters: &mut Parameters, given: Option<u32>) -> Result<u32, Error> {
    match parameters
        .take_count("num_iterations", given)?
        .unwrap_or(ROUNDS)
    {
        0 => Err(bad("num_iterations", "0 iterations", "give at least 1")),
        rounds => Ok(rounds),
    }
}

/// The rows of this machine, and how many all machines have.
struct Rows<'a> {
    here: &'a Dataset,
    of_all: u64,
}

/// The same on machines that were handed the same rows, features and parameters.
fn fingerprint(training: &Training, whole: &Dataset, chosen: &Chosen) -> u64 {
    let mut hasher = DefaultHasher::new();
    whole.rows().hash(&mut hasher);
    training.parameters.text().hash(&mut hasher);
    (training.rounds, training.early_stopping_rounds).hash(&mut hasher);
    for feature in &chosen.features {
        format!("{feature:?}").hash(&mut hasher);
    }
    hasher.finish()
}

/// A booster over the binned rows, and the categories of the validation rows that training never saw.
fn prepare(
    training: &Training,
    rows: &Rows,
    validation: Option<&Dataset>,
    chosen: &Chosen,
    control: &Control,
) -> Result<(Booster, Vec<Unseen>), Error> {
    let (data, parameters) = (&training.data, &training.parameters);
    let binned = bin_training(rows.here, rows.of_all, data, chosen, parameters, control)?;
    let valid = validation
        .map(|dataset| bin_validation(&binned, dataset, data, chosen, parameters, control));
    let valid = valid.transpose()?;
    let mut booster = Booster::create(binned, &chosen.parameters(parameters).text())?;
    let Some((rows, unseen)) = valid else {
        return Ok((booster, Vec::new()));
    };
    booster.add_valid(rows)?;
    Ok((booster, unseen))
}

struct Stopping {
    patience: u32,
    min_delta: f64,
}

impl Stopping {
    /// The loop here stops early itself, so LightGBM is not told.
    fn take(training: &mut Training) -> Result<Stopping, Error> {
        let patience = training
            .parameters
            .take_count("early_stopping_round", training.early_stopping_rounds)?
            .unwrap_or(0);
        let min_delta = training
            .parameters
            .take_number("early_stopping_min_delta")?;
        if patience > 0 && training.valid_paths.is_empty() {
            return Err(bad(
                "early_stopping_round",
                "nothing to validate on",
                "name validation data, or leave early stopping out",
            ));
        }
        if patience > 0 && training.parameters.get("boosting") == Some("dart") {
            return Err(bad(
                "early_stopping_round",
                "dart changes earlier trees",
                "leave early stopping out",
            ));
        }
        Ok(Stopping {
            patience,
            min_delta,
        })
    }

    fn is_better(&self, score: f64, known: f64, more: bool) -> bool {
        if more {
            score > known + self.min_delta
        } else {
            score < known - self.min_delta
        }
    }
}

/// Metrics by iteration, of the sets that are evaluated: the training rows (0), the validation rows (1).
struct Log {
    sets: Vec<i32>,
    metrics: Vec<String>,
    evaluations: Vec<Evaluation>,
}

impl Log {
    fn new(booster: &Booster, validated: bool, parameters: &Parameters) -> Result<Log, Error> {
        let metrics = booster.metric_names()?;
        let training_too = parameters.is_on("is_provide_training_metric");
        let mut log = Log {
            sets: Vec::new(),
            metrics,
            evaluations: Vec::new(),
        };
        for (wanted, index, set) in [(training_too, 0, "training"), (validated, 1, "valid")] {
            if wanted {
                log.sets.push(index);
                let named = |metric| Evaluation {
                    name: format!("{set}_{metric}"),
                    values: Vec::new(),
                };
                log.evaluations.extend(log.metrics.iter().map(named));
            }
        }
        Ok(log)
    }

    /// Evaluates and remembers; what it found, by name.
    fn evaluate(&mut self, booster: &Booster) -> Result<Vec<(String, f64)>, Error> {
        let mut values = Vec::new();
        for index in &self.sets {
            values.extend(booster.evaluate(*index)?);
        }
        for (evaluation, value) in self.evaluations.iter_mut().zip(&values) {
            evaluation.values.push(*value);
        }
        Ok(self
            .evaluations
            .iter()
            .map(|one| one.name.clone())
            .zip(values)
            .collect())
    }

    /// The newest value of the first metric of the last set, which is the validation one where there is one.
    fn score(&self) -> Option<f64> {
        let first = self.evaluations.len().checked_sub(self.metrics.len())?;
        self.evaluations.get(first)?.values.last().copied()
    }
}

/// Iterations that were run, and the best one. As the early-stopping callback of LightGBM's Python package: the first metric of the
/// validation rows counts, an iteration is better when it is so by more than `min_delta`, and the best one is kept even when the end
/// comes first.
fn boost(
    booster: &mut Booster,
    rounds: u32,
    stopping: &Stopping,
    log: &mut Log,
    control: &Control,
) -> Result<(u32, u32), Error> {
    if stopping.patience > 0 && log.metrics.is_empty() {
        return Err(bad(
            "metric",
            "early stopping without a metric",
            "name a metric",
        ));
    }
    let more = log.metrics.first().is_some_and(|name| more_is_better(name));
    let mut best: Option<(u32, f64)> = None;
    let mut done = 0;
    while done < rounds {
        control.check()?;
        if booster.update()? && done > 0 {
            break;
        }
        done += 1;
        let metrics = log.evaluate(booster)?;
        (control.progress)(Progress {
            done: u64::from(done),
            total: u64::from(rounds),
            metrics,
        });
        let Some(score) = log.score().filter(|_| stopping.patience > 0) else {
            continue;
        };
        match best {
            Some((at, known)) if !stopping.is_better(score, known, more) => {
                if done - at >= stopping.patience {
                    break;
                }
            }
            _ => best = Some((done, score)),
        }
    }
    Ok((done, best.map_or(done, |(at, _)| at)))
}
