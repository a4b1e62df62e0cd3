//! LightGBM's parameters: every one is passed through, unknown ones are refused by name.

use crate::{Code, Error, ffi, objective, param_rules};
use pilotlight_columns::near_names;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Parameters that are the caller's in other ways, or that cannot work on streamed Parquet, and what to do instead.
const REFUSED: &[(&str, &str)] = &[
    (
        "categorical_feature",
        "give the feature the kind 'categorical'",
    ),
    ("config", "give its parameters themselves"),
    ("data", "name the training data among the options"),
    (
        "forcedbins_filename",
        "leave it out, bins are found on Parquet columns",
    ),
    ("group_column", "leave it out, ranking is not supported"),
    ("header", "leave it out, Parquet has its own"),
    ("ignore_column", "exclude the column among the options"),
    (
        "initscore_filename",
        "leave it out, there are no initial scores",
    ),
    ("input_model", "leave it out, training starts anew"),
    ("label_column", "name the target among the options"),
    (
        "linear_tree",
        "leave it out, linear trees need the whole raw matrix in memory",
    ),
    (
        "machine_list_filename",
        "name the machines among the options",
    ),
    ("local_listen_port", "name the machines among the options"),
    ("machines", "name the machines among the options"),
    ("num_machines", "name the machines among the options"),
    ("output_model", "name the model file among the options"),
    ("output_result", "name the output among the options"),
    (
        "parser_config_file",
        "leave it out, Parquet has its own schema",
    ),
    ("save_binary", "leave it out, bins are not written"),
    ("snapshot_freq", "leave it out, snapshots are not written"),
    ("task", "leave it out, the function that is called says it"),
    ("valid", "name the validation data among the options"),
    ("weight_column", "name the weight among the options"),
];

/// LightGBM's `max_bin` where none is given.
const BINS: usize = 255;
/// Measured on two cores at 240 features: a copy of .3 GB is a quarter faster than none, one of 1.2 GB slower by a third.
const ROW_WISE_BYTES_MAX: u64 = 1 << 30;

/// LightGBM parameters by their main names, checked.
#[derive(Debug, Clone)]
pub struct Parameters {
    values: BTreeMap<String, String>,
}

impl Parameters {
    /// Checks names (aliases become main names), objective and metrics; a value may be a list, joined by commas.
    ///
    /// `deterministic=true` is added unless given otherwise, and before training one of `force_row_wise` and `force_col_wise`, which the
    /// data decide: the same data and parameters then give the same model whatever the number of threads.
    ///
    /// # Errors
    /// [`Code::UnknownParameter`] with near names; [`Code::BadParameter`] for a parameter given twice, a value that cannot be passed,
    /// an unknown objective or metric, and a parameter that is the caller's in another way.
    pub fn new<K: AsRef<str>, V: AsRef<str>>(
        given: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Parameters, Error> {
        let known = known_names()?;
        let (mut values, mut from) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in given {
            let name = name.as_ref();
            let main = known.get(name).ok_or_else(|| unknown(name, known))?;
            if let Some((_, todo)) = REFUSED.iter().find(|(refused, _)| refused == main) {
                return Err(bad(name, "a parameter that cannot be set here", todo));
            }
            if let Some(other) = from.insert(main, name.to_string()) {
                let todo = format!("keep one, '{other}' and '{name}' are the same");
                return Err(bad(name, "a parameter given twice", &todo));
            }
            let value = clean(name, value.as_ref())?;
            param_rules::check(main, &value)?;
            values.insert(main.clone(), value);
        }
        let mut parameters = Parameters { values };
        objective::check(&parameters)?;
        ffi::check_parameters(&parameters.text())?;
        parameters.default_to("deterministic", "true");
        Ok(parameters)
    }

    /// Decides how histograms are built, unless that was given: left alone, LightGBM times both ways, and takes another one another time.
    /// Row by row is mostly faster, but needs all binned values once more, in 16 bits where any feature has over 256 bins; past
    /// [`ROW_WISE_BYTES_MAX`] the copy is larger than what caches and address translation are good for, too.
    pub(crate) fn choose_layout(&mut self, rows: u64, features: usize, categories_max: usize) {
        if ["force_row_wise", "force_col_wise"]
            .iter()
            .any(|name| self.get(name).is_some())
        {
            return;
        }
        let by_feature = self.get("max_bin_by_feature").unwrap_or_default();
        let bins = by_feature.split(',').chain(self.get("max_bin"));
        let bins_max = bins
            .filter_map(|bins| bins.trim().parse::<usize>().ok())
            .fold(BINS.max(categories_max), usize::max);
        let bytes_per_value = if bins_max < 256 { 1 } else { 2 };
        let bytes = rows * features as u64 * bytes_per_value;
        let layout = if bytes > ROW_WISE_BYTES_MAX {
            "force_col_wise"
        } else {
            "force_row_wise"
        };
        self.set(layout, "true".to_string());
    }

    /// The value of a parameter by its main name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text that LightGBM reads.
    pub fn text(&self) -> String {
        self.values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_string(), value);
    }

    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value == "+" || value.eq_ignore_ascii_case("true"))
    }

    /// Takes a whole number out, so that it can be the caller's own; `given` is what the caller said in another place.
    pub(crate) fn take_count(
        &mut self,
        name: &str,
        given: Option<u32>,
    ) -> Result<Option<u32>, Error> {
        let Some(text) = self.values.remove(name) else {
            return Ok(given);
        };
        let here = match text.parse::<i64>() {
            Ok(value) => u32::try_from(value.max(0)).unwrap_or(u32::MAX),
            Err(_) => {
                return Err(bad(
                    name,
                    &format!("'{text}' is not a whole number"),
                    "give a whole number",
                ));
            }
        };
        match given {
            Some(given) if given != here => Err(bad(
                name,
                &format!("{here} here and {given} among the options"),
                "keep one",
            )),
            _ => Ok(Some(here)),
        }
    }

    /// Takes a number out, 0 when absent.
    pub(crate) fn take_number(&mut self, name: &str) -> Result<f64, Error> {
        let Some(text) = self.values.remove(name) else {
            return Ok(0.0);
        };
        let number = text
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite() && *value >= 0.0);
        number.ok_or_else(|| {
            bad(
                name,
                &format!("'{text}' is not a number from 0 up"),
                "give one",
            )
        })
    }

    fn default_to(&mut self, name: &str, value: &str) {
        self.values
            .entry(name.to_string())
            .or_insert_with(|| value.to_string());
    }
}

pub(crate) fn bad(name: &str, what: &str, todo: &str) -> Error {
    Error::new(
        Code::BadParameter,
        format!("parameter '{name}'"),
        what,
        todo,
    )
}

fn unknown(name: &str, known: &BTreeMap<String, String>) -> Error {
    let near = near_names(name, known.keys().map(String::as_str));
    let todo = match near.first() {
        None => "see LightGBM's list of parameters".to_string(),
        Some(first) => format!("did you mean '{first}'?"),
    };
    Error::new(
        Code::UnknownParameter,
        format!("parameter '{name}'"),
        "LightGBM has no such parameter",
        todo,
    )
}

/// LightGBM splits its parameter text at white space and `=`.
fn clean(name: &str, value: &str) -> Result<String, Error> {
    let value = value
        .split(',')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(",");
    if value
        .contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '=' | '"' | '\''))
    {
        return Err(bad(
            name,
            &format!("'{value}' has white space, quotes or '=' in it"),
            "give a plain value, or a list joined by commas",
        ));
    }
    Ok(value)
}

/// Every name and alias, and the main name that it stands for.
fn known_names() -> Result<&'static BTreeMap<String, String>, Error> {
    static KNOWN: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known);
    }
    let json = ffi::parameter_aliases()?;
    let aliases: BTreeMap<String, Vec<String>> = serde_json::from_str(&json).map_err(|cause| {
        Error::new(
            Code::LightGbm,
            "parameter names",
            "LightGBM's list does not parse",
            "report this",
        )
        .because(cause)
    })?;
    let mut known = BTreeMap::new();
    for (main, others) in aliases {
        for other in others {
            known.insert(other, main.clone());
        }
        known.insert(main.clone(), main);
    }
    Ok(KNOWN.get_or_init(|| known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(given: &[(&str, &str)], rows: u64, features: usize, categories: usize) -> String {
        let mut parameters = Parameters::new(given.iter().copied()).unwrap();
        parameters.choose_layout(rows, features, categories);
        let layouts = parameters
            .values
            .into_iter()
            .filter(|(name, _)| name.ends_with("_wise"));
        layouts
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn rows_are_copied_where_the_copy_is_small() {
        let (row_wise, col_wise) = ("force_row_wise=true", "force_col_wise=true");
        assert_eq!(layout(&[], 1_000_000, 240, 800), row_wise);
        assert_eq!(layout(&[], 4_000_000, 240, 10), row_wise);
        assert_eq!(layout(&[], 4_000_000, 240, 800), col_wise, "16 bits");
        assert_eq!(layout(&[("max_bin", "1000")], 4_000_000, 240, 0), col_wise);
        assert_eq!(
            layout(&[("max_bin_by_feature", "20,300")], 400_000_000, 2, 0),
            col_wise
        );
        assert_eq!(
            layout(&[("force_row_wise", "true")], 10_000_000, 240, 0),
            row_wise
        );
        assert_eq!(
            layout(&[("force_row_wise", "false")], 1, 1, 0),
            "force_row_wise=false"
        );
    }
}
