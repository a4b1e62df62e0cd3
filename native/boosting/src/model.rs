//! Models as text: LightGBM's own format, with the categories at the end.

use crate::encoder::ModelFeature;
use crate::ffi::{Booster, PredictKind};
use crate::model_check::{Header, check};
use crate::objective::Objective;
use crate::{Category, Code, Error};
use pilotlight_columns::Dataset;
use serde_json::Value;
use std::path::Path;

/// What LightGBM's Python package calls the line that holds the categories; other names would not be read there.
const TRAILER: &str = "pandas_categorical:";

/// A model that predicts.
#[derive(Debug)]
pub struct Model {
    pub(crate) booster: Booster,
    pub(crate) features: Vec<ModelFeature>,
    pub(crate) objective: Option<Objective>,
    pub(crate) classes: usize,
}

/// How much a model leans on a feature.
#[derive(Debug, Clone)]
pub struct Importance {
    /// Feature.
    pub feature: String,
    /// Sum of the gains of its splits.
    pub gain: f64,
    /// Number of its splits.
    pub split: f64,
}

impl Model {
    /// Reads a model file, written here or by LightGBM's own packages (text format, version 2.2.4 or later).
    ///
    /// # Errors
    /// [`Code::ModelNotFound`], [`Code::BadModel`].
    pub fn load(path: &Path) -> Result<Model, Error> {
        let place = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|cause| {
            Error::new(
                Code::ModelNotFound,
                &place,
                format!("the model cannot be read ({cause})"),
                "check the path",
            )
            .because(cause)
        })?;
        let text = String::from_utf8(bytes).map_err(|cause| {
            Error::new(
                Code::BadModel,
                &place,
                "not a LightGBM model (not text)",
                "give a model's text file",
            )
            .because(cause)
        })?;
        Model::parse(&text, &place)
    }

    /// Reads a model's text; `place` is where it is from, for errors.
    ///
    /// # Errors
    /// [`Code::BadModel`].
    pub fn parse(text: &str, place: &str) -> Result<Model, Error> {
        let bad = |what: String| {
            Error::new(
                Code::BadModel,
                place,
                format!("not a usable LightGBM model ({what})"),
                "give the file as it was saved",
            )
        };
        let (body, trailer) = split_trailer(text);
        let header = check(body).map_err(bad)?;
        let lists = read_trailer(trailer).map_err(bad)?;
        let features = with_categories(&header, lists).map_err(bad)?;
        let booster = Booster::load(body)?;
        let classes = booster.classes()?;
        if booster.width()? != features.len() {
            return Err(bad("its features are not as many as it says".into()));
        }
        let objective = header.objective.as_deref().and_then(Objective::of_model);
        Ok(Model {
            booster,
            features,
            objective,
            classes,
        })
    }

    /// Features in the order of the model.
    pub fn feature_names(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(|feature| feature.name.as_str())
    }

    /// Categories of a feature; none when it is not categorical, or when its codes came as numbers.
    pub fn categories(&self, feature: &str) -> Option<&[Category]> {
        self.features
            .iter()
            .find(|known| known.name == feature)?
            .categories
            .as_deref()
    }

    /// Classes: 2 for a binary objective, 1 for regression.
    pub fn classes(&self) -> usize {
        if self.classes == 1 && self.objective == Some(Objective::Binary) {
            2
        } else {
            self.classes
        }
    }

    /// Importance of each feature, in the order of the model.
    ///
    /// # Errors
    /// [`Code::LightGbm`].
    pub fn importance(&self) -> Result<Vec<Importance>, Error> {
        let gains = self.booster.importance(true)?;
        let splits = self.booster.importance(false)?;
        let rows = self.feature_names().zip(gains).zip(splits);
        Ok(rows
            .map(|((feature, gain), split)| Importance {
                feature: feature.into(),
                gain,
                split,
            })
            .collect())
    }

    pub(crate) fn predict(
        &self,
        matrix: &[f64],
        rows: usize,
        kind: PredictKind,
    ) -> Result<Vec<f64>, Error> {
        self.booster.predict(matrix, rows, kind)
    }

    /// For each feature the column that it is read from: of the same name, or of one that becomes it when spaces become `_`, as
    /// LightGBM writes them.
    pub(crate) fn columns(&self, dataset: &Dataset) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        let mut columns = Vec::new();
        for feature in &self.features {
            let spaced = || {
                dataset
                    .columns()
                    .iter()
                    .find(|column| column.name.replace(' ', "_") == feature.name)
            };
            match dataset.column(&feature.name).ok().or_else(spaced) {
                Some(column) => columns.push(column.name.clone()),
                None => missing.push(feature.name.as_str()),
            }
        }
        match missing.as_slice() {
            [] => Ok(columns),
            [one] => Err(dataset
                .column(one)
                .map(|_| ())
                .map_or_else(Error::from, |()| absent(&missing, dataset))),
            _ => Err(absent(&missing, dataset)),
        }
    }
}

/// The names of all missing features, for one look at the data to mend.
fn absent(missing: &[&str], dataset: &Dataset) -> Error {
    let place = dataset
        .files()
        .next()
        .map(|file| file.display().to_string())
        .unwrap_or_default();
    let what = format!(
        "{} features of the model are missing ({})",
        missing.len(),
        missing.join(", ")
    );
    Error::new(
        Code::MissingColumn,
        place,
        what,
        "give data with every feature of the model",
    )
}

/// The model's text with one list of categories a categorical feature.
pub(crate) fn text_with_categories(text: &str, features: &[ModelFeature]) -> String {
    let lists = features
        .iter()
        .filter_map(|feature| feature.categories.as_ref());
    let lists: Vec<Value> = lists
        .map(|list| list.iter().map(Category::to_json).collect())
        .collect();
    let value = if lists.is_empty() {
        Value::Null
    } else {
        Value::Array(lists)
    };
    format!("{text}\n{TRAILER}{value}\n")
}

fn split_trailer(text: &str) -> (&str, Option<&str>) {
    let whole = text.trim_end();
    let start = whole.rfind('\n').map_or(0, |end| end + 1);
    match whole[start..].strip_prefix(TRAILER) {
        Some(lists) => (&text[..start], Some(lists)),
        None => (text, None),
    }
}

fn read_trailer(trailer: Option<&str>) -> Result<Vec<Vec<Category>>, String> {
    let Some(json) = trailer else {
        return Ok(Vec::new());
    };
    let lists: Option<Vec<Vec<Value>>> = serde_json::from_str(json)
        .map_err(|cause| format!("its list of categories does not parse: {cause}"))?;
    let lists = lists
        .unwrap_or_default()
        .into_iter()
        .map(|list| list.iter().map(Category::from_json).collect());
    lists
        .collect::<Option<_>>()
        .ok_or_else(|| "a category is neither text, number nor boolean".into())
}

/// The lists are in the order of the categorical features. Without lists, codes are expected as numbers.
fn with_categories(
    header: &Header,
    lists: Vec<Vec<Category>>,
) -> Result<Vec<ModelFeature>, String> {
    let mut features: Vec<ModelFeature> = header
        .features
        .iter()
        .map(|name| ModelFeature {
            name: name.clone(),
            categories: None,
        })
        .collect();
    if lists.is_empty() {
        return Ok(features);
    }
    if lists.len() != header.categorical.len() {
        return Err(format!(
            "{} lists of categories for {} categorical features",
            lists.len(),
            header.categorical.len()
        ));
    }
    for (place, list) in header.categorical.iter().zip(lists) {
        let feature = features
            .get_mut(*place)
            .ok_or("a categorical feature beyond the last feature")?;
        feature.categories = Some(list);
    }
    Ok(features)
}
