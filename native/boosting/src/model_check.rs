//! Looks through a model's text before LightGBM does: its own reader trusts sizes and indices, and would read past the end of a text
//! that is cut off, or walk out of a tree that was tampered with.

use crate::objective::is_model_objective;
use std::collections::HashMap;

type Fields<'a> = HashMap<&'a str, &'a str>;

/// What a model says of itself.
#[derive(Debug)]
pub(crate) struct Header {
    pub features: Vec<String>,
    /// Places of the categorical features, ascending.
    pub categorical: Vec<usize>,
    pub objective: Option<String>,
}

/// Checks header and trees; the text is what was before the list of categories.
pub(crate) fn check(text: &str) -> Result<Header, String> {
    if !text.starts_with("tree\n") {
        return Err("it does not start with 'tree'".into());
    }
    if text.contains('\0') {
        return Err("it has a NUL character".into());
    }
    let trees_at = text.find("\nTree=").map(|at| at + 1);
    let end_at = text
        .find("\nend of trees\n")
        .map(|at| at + 1)
        .ok_or("it is cut off, 'end of trees' is missing")?;
    let start = trees_at.filter(|at| *at < end_at).unwrap_or(end_at);
    let fields: Fields = text[..start]
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    if text[end_at..].contains("\nparameters:\n")
        != text[end_at..].contains("\nend of parameters\n")
    {
        return Err("it is cut off, 'end of parameters' is missing".into());
    }
    let several =
        |line: &&str| line.matches('=').count() > 1 && !line.starts_with("feature_names=");
    if let Some(line) = text[..start].lines().find(several) {
        return Err(format!(
            "its line '{}' is malformed",
            line.chars().take(40).collect::<String>()
        ));
    }
    if fields
        .get("objective")
        .is_some_and(|line| !is_model_objective(line))
    {
        return Err("its objective is unknown".into());
    }
    let features = check_header(&fields)?;
    check_trees(&text[start..end_at], &fields, features.len())?;
    let categorical = categorical(&text[end_at..], &fields, features.len())?;
    Ok(Header {
        features,
        categorical,
        objective: fields.get("objective").map(|line| line.to_string()),
    })
}

fn check_header(fields: &Fields) -> Result<Vec<String>, String> {
    let classes = number(fields, "num_class")?;
    if classes == 0 || number(fields, "num_tree_per_iteration")? != classes {
        return Err("its classes and its trees an iteration differ".into());
    }
    number(fields, "label_index")?;
    let said = fields
        .get("objective")
        .and_then(|line| line.split_once("num_class:"));
    if said.is_some_and(|(_, rest)| rest.split_whitespace().next() != Some(&classes.to_string())) {
        return Err("its objective has other classes".into());
    }
    let features: Vec<String> = field(fields, "feature_names")?
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect();
    if features.is_empty() || features.len() != number(fields, "max_feature_idx")? + 1 {
        return Err("its feature names are not as many as it says".into());
    }
    if field(fields, "feature_infos")?
        .split(' ')
        .filter(|info| !info.is_empty())
        .count()
        != features.len()
    {
        return Err("its feature ranges are not as many as its features".into());
    }
    Ok(features)
}

fn check_trees(trees: &str, fields: &Fields, features: usize) -> Result<(), String> {
    let sizes =
        whole_numbers(field(fields, "tree_sizes")?).ok_or("its tree sizes are no numbers")?;
    if sizes.is_empty() || sizes.len() % number(fields, "num_tree_per_iteration")? != 0 {
        return Err("it has no trees, or not one a class".into());
    }
    let mut at = 0usize;
    for (index, size) in sizes.iter().enumerate() {
        let size = usize::try_from(*size).map_err(|_| "a tree has a negative size")?;
        let tree = at
            .checked_add(size)
            .and_then(|end| trees.get(at..end))
            .ok_or("it is cut off within a tree")?;
        let body = tree
            .strip_prefix(&format!("Tree={index}\n"))
            .ok_or_else(|| format!("tree {index} is not where it should be"))?;
        check_tree(body, features).map_err(|what| format!("tree {index}: {what}"))?;
        at += size;
    }
    if trees[at..].trim().is_empty() {
        Ok(())
    } else {
        Err("its tree sizes do not add up".into())
    }
}

fn check_tree(body: &str, features: usize) -> Result<(), String> {
    let lines = body.split("\n\n").next().unwrap_or_default();
    if !body.contains("\n\n") || lines.lines().any(|line| !line.contains('=')) {
        return Err("it is malformed".into());
    }
    let fields: Fields = lines
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let leaves = number(&fields, "num_leaves")?;
    let categories = number(&fields, "num_cat")?;
    if leaves == 0 {
        return Err("it has no leaves".into());
    }
    for (name, length) in [
        ("leaf_value", leaves),
        ("leaf_weight", leaves),
        ("leaf_count", leaves),
        ("leaf_const", leaves),
    ] {
        check_numbers(&fields, name, length)?;
    }
    field(&fields, "leaf_value")?;
    if leaves > 1 {
        check_splits(&fields, leaves - 1, features, categories)?;
    }
    check_linear(&fields, leaves, features)
}

fn check_splits(
    fields: &Fields,
    splits: usize,
    features: usize,
    categories: usize,
) -> Result<(), String> {
    for name in [
        "split_gain",
        "threshold",
        "internal_value",
        "internal_weight",
        "internal_count",
        "decision_type",
    ] {
        check_numbers(fields, name, splits)?;
    }
    let thresholds = field(fields, "threshold")?.split(' ').collect::<Vec<_>>();
    let kinds = fields
        .get("decision_type")
        .and_then(|text| whole_numbers(text))
        .ok_or("it has no decision types")?;
    let columns =
        whole_numbers(field(fields, "split_feature")?).filter(|list| list.len() == splits);
    if columns.is_none_or(|list| {
        list.iter()
            .any(|place| !(0..features as i64).contains(place))
    }) {
        return Err("a split is on a feature that is not there".into());
    }
    for side in ["left_child", "right_child"] {
        let children = whole_numbers(field(fields, side)?)
            .filter(|list| list.len() == splits)
            .ok_or("its children are malformed")?;
        // A split's children are made after it, so their numbers are larger: no walk can go round in a circle.
        let fits = |(node, child): (usize, &i64)| {
            (*child > node as i64 && *child < splits as i64)
                || (*child < 0 && !*child <= splits as i64)
        };
        if !children.iter().enumerate().all(fits) {
            return Err("a child is not where it should be".into());
        }
    }
    check_categories(fields, categories, &kinds, &thresholds)
}

/// Where a split is on categories, its threshold is the place of a bit set.
fn check_categories(
    fields: &Fields,
    categories: usize,
    kinds: &[i64],
    thresholds: &[&str],
) -> Result<(), String> {
    let is_place = |text: &str| {
        text.parse::<f64>()
            .is_ok_and(|place| place >= 0.0 && place < categories as f64)
    };
    if kinds
        .iter()
        .zip(thresholds)
        .any(|(kind, threshold)| kind & 1 == 1 && !is_place(threshold))
    {
        return Err("a split is on categories that are not there".into());
    }
    if categories == 0 {
        return Ok(());
    }
    let bounds =
        whole_numbers(field(fields, "cat_boundaries")?).filter(|list| list.len() == categories + 1);
    let words =
        whole_numbers(field(fields, "cat_threshold")?).ok_or("its categories are malformed")?;
    let fits = |list: &Vec<i64>| {
        list[0] == 0 && list.is_sorted() && list[categories] == words.len() as i64
    };
    if bounds.is_some_and(|list| fits(&list))
        && words.iter().all(|word| u32::try_from(*word).is_ok())
    {
        Ok(())
    } else {
        Err("its categories are malformed".into())
    }
}

fn check_linear(fields: &Fields, leaves: usize, features: usize) -> Result<(), String> {
    if fields.get("is_linear").is_none_or(|value| *value == "0") {
        return Ok(());
    }
    let counts = whole_numbers(field(fields, "num_features")?)
        .filter(|list| list.len() == leaves && list.iter().all(|count| *count >= 0));
    let total = counts
        .ok_or("its linear leaves are malformed")?
        .iter()
        .sum::<i64>();
    let columns =
        whole_numbers(field(fields, "leaf_features")?).ok_or("its linear leaves are malformed")?;
    let coefficients = field(fields, "leaf_coeff")?.split_whitespace().count();
    let fits = columns.len() as i64 == total
        && coefficients as i64 == total
        && fields.contains_key("leaf_const");
    if fits
        && columns
            .iter()
            .all(|place| (0..features as i64).contains(place))
    {
        Ok(())
    } else {
        Err("its linear leaves are malformed".into())
    }
}

/// A field that may be absent, and else has so many numbers, one blank between.
fn check_numbers(fields: &Fields, name: &str, length: usize) -> Result<(), String> {
    let Some(text) = fields.get(name) else {
        return Ok(());
    };
    let numbers = text
        .split(' ')
        .filter(|token| token.parse::<f64>().is_ok())
        .count();
    if numbers == length && text.split(' ').count() == length {
        Ok(())
    } else {
        Err(format!("'{name}' is malformed"))
    }
}

/// The parameters say which features are categorical; models of other origin only show it by their ranges (`0:2:5`, not `[0:5]`).
fn categorical(tail: &str, fields: &Fields, features: usize) -> Result<Vec<usize>, String> {
    let said = tail.lines().find_map(|line| {
        line.strip_prefix("[categorical_feature: ")?
            .strip_suffix(']')
    });
    let mut places = match said.filter(|list| !list.is_empty()) {
        Some(list) if !list.starts_with("name:") => {
            let places = list.split(',').map(|place| {
                place
                    .trim()
                    .parse::<usize>()
                    .ok()
                    .filter(|place| *place < features)
            });
            places
                .collect::<Option<Vec<_>>>()
                .ok_or("its categorical features are malformed")?
        }
        _ => {
            let infos = field(fields, "feature_infos")?
                .split(' ')
                .filter(|info| !info.is_empty())
                .enumerate();
            infos
                .filter(|(_, info)| *info != "none" && !info.starts_with('['))
                .map(|(place, _)| place)
                .collect()
        }
    };
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

fn field<'a>(fields: &Fields<'a>, name: &str) -> Result<&'a str, String> {
    fields
        .get(name)
        .copied()
        .ok_or_else(|| format!("'{name}' is missing"))
}

fn number(fields: &Fields, name: &str) -> Result<usize, String> {
    let value = field(fields, name)?
        .trim()
        .parse::<usize>()
        .ok()
        .filter(|value| *value < i32::MAX as usize);
    value.ok_or_else(|| format!("'{name}' is not a number"))
}

fn whole_numbers(text: &str) -> Option<Vec<i64>> {
    text.split_whitespace()
        .map(|token| token.parse().ok())
        .collect()
}
