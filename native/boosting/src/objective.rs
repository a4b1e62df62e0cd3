//! What an objective needs of its labels, and what it predicts.

use crate::Error;
use crate::params::{Parameters, bad};
use pilotlight_columns::near_names;

/// Objectives by every name that LightGBM takes; ranking ones are left out, they need query groups.
const OBJECTIVES: &[(&str, Objective)] = &[
    ("binary", Objective::Binary),
    ("cross_entropy", Objective::Share),
    ("xentropy", Objective::Share),
    ("cross_entropy_lambda", Objective::Share),
    ("xentlambda", Objective::Share),
    ("multiclass", Objective::Multiclass),
    ("softmax", Objective::Multiclass),
    ("multiclassova", Objective::Multiclass),
    ("multiclass_ova", Objective::Multiclass),
    ("ova", Objective::Multiclass),
    ("ovr", Objective::Multiclass),
    ("regression", Objective::Number),
    ("regression_l2", Objective::Number),
    ("l2", Objective::Number),
    ("mean_squared_error", Objective::Number),
    ("mse", Objective::Number),
    ("l2_root", Objective::Number),
    ("root_mean_squared_error", Objective::Number),
    ("rmse", Objective::Number),
    ("regression_l1", Objective::Number),
    ("l1", Objective::Number),
    ("mean_absolute_error", Objective::Number),
    ("mae", Objective::Number),
    ("huber", Objective::Number),
    ("fair", Objective::Number),
    ("quantile", Objective::Number),
    ("mape", Objective::Number),
    ("mean_absolute_percentage_error", Objective::Number),
    ("poisson", Objective::Positive),
    ("gamma", Objective::AbovePositive),
    ("tweedie", Objective::Positive),
];

const RANKING: &[&str] = &[
    "lambdarank",
    "rank_xendcg",
    "xendcg",
    "xe_ndcg",
    "xe_ndcg_mart",
    "xendcg_mart",
];

/// Metrics by every name that LightGBM takes, besides the names of objectives.
const METRICS: &[&str] = &[
    "None",
    "na",
    "none",
    "null",
    "custom",
    "auc",
    "auc_mu",
    "average_precision",
    "binary_logloss",
    "binary_error",
    "multi_logloss",
    "multi_error",
    "kullback_leibler",
    "kldiv",
    "gamma_deviance",
    "r2",
];

/// What an objective needs of its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objective {
    /// 0 or 1, both present.
    Binary,
    /// From 0 to 1.
    Share,
    /// 0, 1, ... `num_class` - 1.
    Multiclass,
    /// Any number.
    Number,
    /// From 0 up.
    Positive,
    /// Above 0.
    AbovePositive,
}

impl Objective {
    /// Of parameters that passed [`check`]; LightGBM's default is regression.
    pub(crate) fn of(parameters: &Parameters) -> Objective {
        find(parameters.get("objective").unwrap_or("regression")).unwrap_or(Objective::Number)
    }

    /// Of a model's own `objective=` line, for example `binary sigmoid:1`; none when it was trained on a custom one.
    pub(crate) fn of_model(line: &str) -> Option<Objective> {
        find(line.split_whitespace().next()?)
    }
}

/// Whether LightGBM can make the objective of a model's `objective=` line again; it would print a refusal of its own.
pub(crate) fn is_model_objective(line: &str) -> bool {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let positive = |text: &str| text.parse::<f64>().is_ok_and(|number| number > 0.0);
    let known = find(name).is_some() || RANKING.contains(&name) || name == "custom";
    known && words.all(|word| word.strip_prefix("sigmoid:").is_none_or(positive))
}

/// Whether more of a metric is better; of all others less is.
pub(crate) fn more_is_better(metric: &str) -> bool {
    ["auc", "ndcg@", "map@", "average_precision", "r2"]
        .iter()
        .any(|start| metric.starts_with(start))
}

/// Refuses objectives and metrics that LightGBM does not have; it would pass over an unknown metric in silence.
pub(crate) fn check(parameters: &Parameters) -> Result<(), Error> {
    if let Some(name) = parameters.get("objective") {
        if RANKING.contains(&name) {
            return Err(bad(
                "objective",
                &format!("'{name}' needs query groups"),
                "choose a classification or regression objective",
            ));
        }
        if find(name).is_none() {
            return Err(unknown(
                "objective",
                name,
                OBJECTIVES.iter().map(|(known, _)| *known),
            ));
        }
    }
    for name in parameters
        .get("metric")
        .unwrap_or_default()
        .split(',')
        .filter(|name| !name.is_empty())
    {
        if !METRICS.contains(&name) && find(name).is_none() {
            return Err(unknown(
                "metric",
                name,
                METRICS
                    .iter()
                    .copied()
                    .chain(OBJECTIVES.iter().map(|(known, _)| *known)),
            ));
        }
    }
    check_classes(parameters)?;
    check_metrics(parameters)
}

fn check_classes(parameters: &Parameters) -> Result<(), Error> {
    let classes = parameters.get("num_class").map(str::parse::<u32>);
    match (Objective::of(parameters), classes) {
        (_, Some(Err(_))) => Err(bad(
            "num_class",
            "not a whole number",
            "give the number of classes",
        )),
        (Objective::Multiclass, None) => Err(bad(
            "num_class",
            "missing, and the objective is for many classes",
            "give the number of classes",
        )),
        (Objective::Multiclass, Some(Ok(0 | 1))) => Err(bad(
            "num_class",
            "fewer than two classes",
            "give the number of classes",
        )),
        (Objective::Multiclass, _) | (_, None | Some(Ok(1))) => Ok(()),
        _ => Err(bad(
            "num_class",
            "more than one, and the objective is not for many classes",
            "leave it out, or choose multiclass",
        )),
    }
}

/// Metrics for many classes go with objectives for many classes, and only with them.
fn check_metrics(parameters: &Parameters) -> Result<(), Error> {
    let many = Objective::of(parameters) == Objective::Multiclass;
    let given = parameters.get("metric").unwrap_or_default().split(',');
    for name in
        given.filter(|name| !matches!(*name, "" | "None" | "na" | "none" | "null" | "custom"))
    {
        let for_many = matches!(name, "multi_logloss" | "multi_error" | "auc_mu")
            || find(name) == Some(Objective::Multiclass);
        if for_many != many {
            return Err(bad(
                "metric",
                &format!("'{name}' does not go with the objective"),
                "choose a metric for the objective's number of classes",
            ));
        }
    }
    Ok(())
}

fn find(name: &str) -> Option<Objective> {
    OBJECTIVES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, objective)| *objective)
}

fn unknown<'a>(parameter: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let todo = match near_names(name, known).first() {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("see LightGBM's list for '{parameter}'"),
    };
    bad(parameter, &format!("LightGBM has no '{name}'"), &todo)
}
