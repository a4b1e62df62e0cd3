//! What values LightGBM's parameters take (4.7, `config.h`). Checked here first, because LightGBM prints its own refusals to standard
//! error past any log callback, with paths of the machine that built it.

use crate::Error;
use crate::params::bad;
use Bound::{Excluded, Included, Unbounded};
use std::ops::{Bound, RangeBounds};

enum Rule {
    /// A whole number, from the first to the second.
    Whole(i32, i32),
    /// A number in a range.
    Number(Bound<f64>, Bound<f64>),
    /// True or false.
    Switch,
    /// One of these words.
    Word(&'static [&'static str]),
}

const RULES: &[(&str, Rule)] = &[
    ("alpha", Rule::Number(Excluded(0.0), Unbounded)),
    ("bagging_by_query", Rule::Switch),
    (
        "bagging_fraction",
        Rule::Number(Excluded(0.0), Included(1.0)),
    ),
    ("bagging_freq", Rule::Whole(i32::MIN, i32::MAX)),
    ("bagging_seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("bin_construct_sample_cnt", Rule::Whole(1, i32::MAX)),
    ("boost_from_average", Rule::Switch),
    ("cat_l2", Rule::Number(Included(0.0), Unbounded)),
    ("cat_smooth", Rule::Number(Included(0.0), Unbounded)),
    ("cegb_penalty_split", Rule::Number(Included(0.0), Unbounded)),
    ("cegb_tradeoff", Rule::Number(Included(0.0), Unbounded)),
    ("data_random_seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("deterministic", Rule::Switch),
    ("drop_rate", Rule::Number(Included(0.0), Included(1.0))),
    ("drop_seed", Rule::Whole(i32::MIN, i32::MAX)),
    (
        "early_stopping_min_delta",
        Rule::Number(Included(0.0), Unbounded),
    ),
    ("early_stopping_round", Rule::Whole(i32::MIN, i32::MAX)),
    ("enable_bundle", Rule::Switch),
    ("extra_seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("extra_trees", Rule::Switch),
    ("fair_c", Rule::Number(Excluded(0.0), Unbounded)),
    (
        "feature_fraction",
        Rule::Number(Excluded(0.0), Included(1.0)),
    ),
    (
        "feature_fraction_bynode",
        Rule::Number(Excluded(0.0), Included(1.0)),
    ),
    ("feature_fraction_seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("feature_pre_filter", Rule::Switch),
    ("first_metric_only", Rule::Switch),
    ("force_col_wise", Rule::Switch),
    ("force_row_wise", Rule::Switch),
    ("gpu_device_id", Rule::Whole(i32::MIN, i32::MAX)),
    ("gpu_platform_id", Rule::Whole(i32::MIN, i32::MAX)),
    ("gpu_use_dp", Rule::Switch),
    ("histogram_pool_size", Rule::Number(Unbounded, Unbounded)),
    ("is_enable_sparse", Rule::Switch),
    ("is_provide_training_metric", Rule::Switch),
    ("is_unbalance", Rule::Switch),
    ("lambda_l1", Rule::Number(Included(0.0), Unbounded)),
    ("lambda_l2", Rule::Number(Included(0.0), Unbounded)),
    ("lambdarank_norm", Rule::Switch),
    (
        "lambdarank_position_bias_regularization",
        Rule::Number(Included(0.0), Unbounded),
    ),
    ("lambdarank_truncation_level", Rule::Whole(1, i32::MAX)),
    ("learning_rate", Rule::Number(Excluded(0.0), Unbounded)),
    ("linear_lambda", Rule::Number(Included(0.0), Unbounded)),
    ("local_listen_port", Rule::Whole(1, i32::MAX)),
    ("max_bin", Rule::Whole(2, i32::MAX)),
    ("max_cat_threshold", Rule::Whole(1, i32::MAX)),
    ("max_cat_to_onehot", Rule::Whole(1, i32::MAX)),
    ("max_delta_step", Rule::Number(Unbounded, Unbounded)),
    ("max_depth", Rule::Whole(i32::MIN, i32::MAX)),
    ("max_drop", Rule::Whole(i32::MIN, i32::MAX)),
    ("metric_freq", Rule::Whole(1, i32::MAX)),
    ("min_data_in_bin", Rule::Whole(1, i32::MAX)),
    ("min_data_in_leaf", Rule::Whole(0, i32::MAX)),
    ("min_data_per_group", Rule::Whole(1, i32::MAX)),
    ("min_gain_to_split", Rule::Number(Included(0.0), Unbounded)),
    (
        "min_sum_hessian_in_leaf",
        Rule::Number(Included(0.0), Unbounded),
    ),
    ("monotone_penalty", Rule::Number(Included(0.0), Unbounded)),
    ("multi_error_top_k", Rule::Whole(1, i32::MAX)),
    (
        "neg_bagging_fraction",
        Rule::Number(Excluded(0.0), Included(1.0)),
    ),
    ("num_class", Rule::Whole(1, i32::MAX)),
    ("num_gpu", Rule::Whole(1, i32::MAX)),
    ("num_grad_quant_bins", Rule::Whole(i32::MIN, i32::MAX)),
    ("num_iteration_predict", Rule::Whole(i32::MIN, i32::MAX)),
    ("num_iterations", Rule::Whole(0, i32::MAX)),
    ("num_leaves", Rule::Whole(2, 131072)),
    ("num_threads", Rule::Whole(i32::MIN, i32::MAX)),
    ("objective_seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("other_rate", Rule::Number(Included(0.0), Included(1.0))),
    ("path_smooth", Rule::Number(Included(0.0), Unbounded)),
    (
        "poisson_max_delta_step",
        Rule::Number(Excluded(0.0), Unbounded),
    ),
    (
        "pos_bagging_fraction",
        Rule::Number(Excluded(0.0), Included(1.0)),
    ),
    ("pre_partition", Rule::Switch),
    ("precise_float_parser", Rule::Switch),
    ("pred_early_stop", Rule::Switch),
    ("pred_early_stop_freq", Rule::Whole(i32::MIN, i32::MAX)),
    ("pred_early_stop_margin", Rule::Number(Unbounded, Unbounded)),
    ("predict_contrib", Rule::Switch),
    ("predict_disable_shape_check", Rule::Switch),
    ("predict_leaf_index", Rule::Switch),
    ("predict_raw_score", Rule::Switch),
    ("quant_train_renew_leaf", Rule::Switch),
    (
        "refit_decay_rate",
        Rule::Number(Included(0.0), Included(1.0)),
    ),
    ("reg_sqrt", Rule::Switch),
    (
        "saved_feature_importance_type",
        Rule::Whole(i32::MIN, i32::MAX),
    ),
    ("scale_pos_weight", Rule::Number(Excluded(0.0), Unbounded)),
    ("seed", Rule::Whole(i32::MIN, i32::MAX)),
    ("sigmoid", Rule::Number(Excluded(0.0), Unbounded)),
    ("skip_drop", Rule::Number(Included(0.0), Included(1.0))),
    ("start_iteration_predict", Rule::Whole(i32::MIN, i32::MAX)),
    ("stochastic_rounding", Rule::Switch),
    ("time_out", Rule::Whole(1, i32::MAX)),
    ("top_k", Rule::Whole(1, i32::MAX)),
    ("top_rate", Rule::Number(Included(0.0), Included(1.0))),
    (
        "tweedie_variance_power",
        Rule::Number(Included(1.0), Excluded(2.0)),
    ),
    ("two_round", Rule::Switch),
    ("uniform_drop", Rule::Switch),
    ("use_missing", Rule::Switch),
    ("use_quantized_grad", Rule::Switch),
    ("verbosity", Rule::Whole(i32::MIN, i32::MAX)),
    ("xgboost_dart_mode", Rule::Switch),
    ("zero_as_missing", Rule::Switch),
    (
        "boosting",
        Rule::Word(&["gbdt", "gbrt", "dart", "goss", "rf", "random_forest"]),
    ),
    ("data_sample_strategy", Rule::Word(&["bagging", "goss"])),
    ("device_type", Rule::Word(&["cpu"])),
    (
        "monotone_constraints_method",
        Rule::Word(&["basic", "intermediate", "advanced"]),
    ),
    (
        "tree_learner",
        Rule::Word(&[
            "serial",
            "feature",
            "feature_parallel",
            "data",
            "data_parallel",
            "voting",
            "voting_parallel",
        ]),
    ),
];

/// Refuses a value that LightGBM would refuse; `name` is the parameter's main name. Parameters without a rule here pass.
pub(crate) fn check(name: &str, value: &str) -> Result<(), Error> {
    let Some((_, rule)) = RULES.iter().find(|(known, _)| *known == name) else {
        return Ok(());
    };
    let fits = match rule {
        Rule::Whole(low, high) => value
            .parse::<i32>()
            .is_ok_and(|number| (*low..=*high).contains(&number)),
        Rule::Number(low, high) => value
            .parse::<f64>()
            .is_ok_and(|number| !number.is_nan() && (*low, *high).contains(&number)),
        Rule::Switch => matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "false" | "+" | "-"
        ),
        Rule::Word(words) => words.contains(&value),
    };
    if fits {
        Ok(())
    } else {
        Err(bad(
            name,
            &format!("the value '{value}'"),
            &format!("give {}", needed(rule)),
        ))
    }
}

fn needed(rule: &Rule) -> String {
    match rule {
        Rule::Whole(i32::MIN, i32::MAX) => "a whole number".into(),
        Rule::Whole(low, i32::MAX) => format!("a whole number from {low} up"),
        Rule::Whole(low, high) => format!("a whole number from {low} to {high}"),
        Rule::Number(Unbounded, Unbounded) => "a number".into(),
        Rule::Number(low, high) => format!("a number{}{}", lower(low), upper(high)),
        Rule::Switch => "true or false".into(),
        Rule::Word(words) => format!("one of {}", words.join(", ")),
    }
}

fn lower(bound: &Bound<f64>) -> String {
    match bound {
        Included(low) => format!(" from {low} up"),
        Excluded(low) => format!(" above {low}"),
        Unbounded => String::new(),
    }
}

fn upper(bound: &Bound<f64>) -> String {
    match bound {
        Included(high) => format!(", at most {high}"),
        Excluded(high) => format!(", below {high}"),
        Unbounded => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi;
    use std::collections::BTreeMap;

    #[test]
    fn every_rule_is_about_a_parameter_that_lightgbm_has() {
        let known: BTreeMap<String, Vec<String>> =
            serde_json::from_str(&ffi::parameter_aliases().unwrap()).unwrap();
        for (name, _) in RULES {
            assert!(known.contains_key(*name), "{name}");
        }
    }

    /// The bounds are LightGBM's own: a value on the edge passes there, one beyond it does not.
    #[test]
    fn bounds_are_lightgbms_own() {
        for (name, rule) in RULES {
            let candidates: Vec<String> = match rule {
                Rule::Whole(low, high) => {
                    [*low, low.saturating_sub(1), *high, high.saturating_add(1)]
                        .map(|n| n.to_string())
                        .to_vec()
                }
                Rule::Number(low, high) => [low, high]
                    .into_iter()
                    .flat_map(|bound| match bound {
                        Included(edge) | Excluded(edge) => vec![
                            edge.to_string(),
                            (edge - 0.001).to_string(),
                            (edge + 0.001).to_string(),
                        ],
                        Unbounded => vec!["1.5".to_string()],
                    })
                    .collect(),
                Rule::Switch => ["true", "False", "+", "-", "1", "yes"]
                    .map(String::from)
                    .to_vec(),
                Rule::Word(_) => continue,
            };
            // Classes go with an objective for many of them, and are checked there.
            for value in candidates.iter().filter(|_| *name != "num_class") {
                let theirs = ffi::check_parameters(&format!("{name}={value}")).is_ok();
                assert_eq!(check(name, value).is_ok(), theirs, "{name}={value}");
            }
        }
    }
}
