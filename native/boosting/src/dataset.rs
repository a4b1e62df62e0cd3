//! Parquet to binned rows, without ever holding the raw matrix.

use crate::categories::categories_of;
use crate::encoder::{Encoder, ModelFeature, Unseen};
use crate::ffi::{self, BinnedRows, SampleColumn};
use crate::stream::{batch_rows, for_each_batch};
use crate::{Code, Control, Error, Parameters, labels};
use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use pilotlight_columns::{Column, Dataset, Kind};
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::PathBuf;

/// Sets of columns that are sampled apart from each other: few, for each opens every file.
const SAMPLE_STRIPES: usize = 8;
/// LightGBM leaves values this near to zero out of a sample (its `kZeroThreshold`, a 32-bit constant).
const ZERO_MAX: f64 = 1e-35f32 as f64;

/// What a column is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureKind {
    /// An ordered number.
    Numeric,
    /// False 0, true 1.
    Boolean,
    /// Unordered: text, whole numbers or booleans.
    Categorical,
}

/// A column to learn from.
#[derive(Debug, Clone)]
pub struct FeatureSpec {
    /// Column name.
    pub name: String,
    /// What it is to the model.
    pub kind: FeatureKind,
}

/// A column that was not learnt from when all were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Column name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What to learn from.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// Parquet files and folders.
    pub paths: Vec<PathBuf>,
    /// Column to predict: numbers or booleans, none missing.
    pub target: String,
    /// Column of row weights: finite, from 0 up.
    pub weight: Option<String>,
    /// Columns to learn from; none means every column of a usable type but target, weight and excluded ones, text as categories.
    pub features: Option<Vec<FeatureSpec>>,
    /// Columns not to learn from.
    pub exclude: Vec<String>,
}

/// Features chosen for a dataset, with their categories.
pub(crate) struct Chosen {
    pub features: Vec<ModelFeature>,
    pub skipped: Vec<Skipped>,
}

impl Chosen {
    /// Column names, in the order of the matrix.
    pub(crate) fn names(&self) -> Vec<String> {
        self.features
            .iter()
            .map(|feature| feature.name.clone())
            .collect()
    }

    /// Decides how so many rows are learnt from, unless the parameters say it.
    pub(crate) fn choose_layout(&self, parameters: &mut Parameters, rows: u64) {
        let categories = self.features.iter().flat_map(|one| &one.categories);
        let categories_max = categories.map(Vec::len).max().unwrap_or(0);
        parameters.choose_layout(rows, self.features.len(), categories_max);
    }

    /// Parameters with the places of the categorical features.
    pub(crate) fn parameters(&self, parameters: &Parameters) -> Parameters {
        let mut parameters = parameters.clone();
        let places = self
            .features
            .iter()
            .enumerate()
            .filter(|(_, feature)| feature.categories.is_some());
        let places = places
            .map(|(place, _)| place.to_string())
            .collect::<Vec<_>>();
        if !places.is_empty() {
            parameters.set("categorical_feature", places.join(","));
        }
        parameters
    }
}

/// Decides the features and reads the categories of categorical ones.
///
/// # Errors
/// [`Code::NoFeatures`], [`Code::BadName`], [`Code::BadColumn`]; those of reading.
pub(crate) fn choose(
    dataset: &Dataset,
    data: &TrainingData,
    reserved: &[String],
    control: &Control,
) -> Result<Chosen, Error> {
    for name in data
        .exclude
        .iter()
        .chain([&data.target])
        .chain(&data.weight)
    {
        dataset.column(name)?;
    }
    let mut apart: HashSet<&str> = data
        .exclude
        .iter()
        .chain(reserved)
        .map(String::as_str)
        .collect();
    apart.insert(&data.target);
    apart.extend(data.weight.as_deref());
    let mut skipped = Vec::new();
    let specs = match &data.features {
        Some(specs) => named(specs, data, &apart)?,
        None => all(dataset, &apart, &mut skipped),
    };
    if specs.is_empty() {
        let place = dataset
            .files()
            .next()
            .map(|file| file.display().to_string())
            .unwrap_or_default();
        return Err(Error::new(
            Code::NoFeatures,
            place,
            "no column is left to learn from",
            "exclude fewer columns",
        ));
    }
    let features = specs
        .par_iter()
        .map(|spec| model_feature(dataset, spec, control))
        .collect::<Result<_, _>>()?;
    Ok(Chosen { features, skipped })
}

/// Bins the training rows: LightGBM's own sample of rows decides the bins, then all rows are pushed batch by batch. `rows_of_all` are
/// those of the other machines, too; whoever is alone has them all.
pub(crate) fn bin_training(
    dataset: &Dataset,
    rows_of_all: u64,
    data: &TrainingData,
    chosen: &Chosen,
    parameters: &Parameters,
    control: &Control,
) -> Result<BinnedRows, Error> {
    let rows = labels::check_rows(dataset)?;
    // A share may be of one class as long as all rows are not.
    let is_alone = rows_of_all == rows as u64;
    let label = labels::labels(dataset, &data.target, parameters, is_alone)?;
    let weight = data
        .weight
        .as_deref()
        .map(|column| labels::weights(dataset, column))
        .transpose()?;
    let text = chosen.parameters(parameters).text();
    let mut encoder = Encoder::new(dataset, &chosen.features, &chosen.names())?;
    let sampled = ffi::sample_rows(rows, &text)?;
    let mut samples = sample(dataset, &chosen.features, &sampled, control)?;
    let mut binned =
        BinnedRows::from_sample(&mut samples, sampled.len(), rows, rows_of_all, &text)?;
    drop(samples);
    binned.name(&chosen.names())?;
    push_all(&mut binned, dataset, chosen, &mut encoder, control)?;
    label_rows(&mut binned, &label, weight.as_deref())?;
    Ok(binned)
}

/// Bins validation rows as the training rows were binned; also says which categories training never saw.
pub(crate) fn bin_validation(
    training: &BinnedRows,
    dataset: &Dataset,
    data: &TrainingData,
    chosen: &Chosen,
    parameters: &Parameters,
    control: &Control,
) -> Result<(BinnedRows, Vec<Unseen>), Error> {
    let label = labels::labels(dataset, &data.target, parameters, false)?;
    let weight = data
        .weight
        .as_deref()
        .map(|column| labels::weights(dataset, column))
        .transpose()?;
    let mut encoder = Encoder::new(dataset, &chosen.features, &chosen.names())?;
    let mut binned = training.alike(label.len())?;
    push_all(&mut binned, dataset, chosen, &mut encoder, control)?;
    label_rows(&mut binned, &label, weight.as_deref())?;
    Ok((binned, encoder.take_unseen()))
}

fn label_rows(binned: &mut BinnedRows, label: &[f32], weight: Option<&[f32]>) -> Result<(), Error> {
    binned.set("label", label)?;
    weight.map_or(Ok(()), |weight| binned.set("weight", weight))
}

fn push_all(
    binned: &mut BinnedRows,
    dataset: &Dataset,
    chosen: &Chosen,
    encoder: &mut Encoder,
    control: &Control,
) -> Result<(), Error> {
    let names = chosen.names();
    let mut matrix = Vec::new();
    for_each_batch(dataset, &names, batch_rows(names.len()), control, |batch| {
        encoder.encode(&batch.arrays, batch.rows, &mut matrix);
        binned.push(&matrix, names.len(), batch.start as usize)
    })
}

/// The sampled rows, column by column, zeros left out as LightGBM leaves them out. Every page holds sampled rows, so all are decoded:
/// stripes of columns side by side.
fn sample(
    dataset: &Dataset,
    features: &[ModelFeature],
    rows: &[i32],
    control: &Control,
) -> Result<Vec<SampleColumn>, Error> {
    let stripe = features.len().div_ceil(SAMPLE_STRIPES);
    let stripes = features
        .par_chunks(stripe)
        .map(|features| sample_stripe(dataset, features, rows, control))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(stripes.into_iter().flatten().collect())
}

fn sample_stripe(
    dataset: &Dataset,
    features: &[ModelFeature],
    rows: &[i32],
    control: &Control,
) -> Result<Vec<SampleColumn>, Error> {
    let names: Vec<String> = features.iter().map(|one| one.name.clone()).collect();
    let mut encoder = Encoder::new(dataset, features, &names)?;
    let mut columns: Vec<SampleColumn> = names.iter().map(|_| SampleColumn::default()).collect();
    let mut next = 0;
    for batch in dataset.batches(&names, batch_rows(names.len()))? {
        control.check()?;
        let batch = batch?;
        let end = batch.start + batch.rows as u64;
        let first = next;
        while next < rows.len() && (rows[next] as u64) < end {
            next += 1;
        }
        if first == next {
            continue;
        }
        let wanted = rows[first..next]
            .iter()
            .map(|row| (*row as u64 - batch.start) as u32);
        let arrays = pick(
            batch.arrays,
            batch.rows,
            UInt32Array::from_iter_values(wanted),
        )?;
        for (column, values) in columns.iter_mut().zip(encoder.encode_columns(&arrays)) {
            for (row, value) in values.iter().enumerate() {
                if value.abs() > ZERO_MAX || value.is_nan() {
                    column.values.push(*value);
                    column.rows.push((first + row) as i32);
                }
            }
        }
    }
    Ok(columns)
}

fn pick(arrays: Vec<ArrayRef>, rows: usize, wanted: UInt32Array) -> Result<Vec<ArrayRef>, Error> {
    if wanted.values().len() == rows {
        return Ok(arrays);
    }
    let picked = arrays
        .iter()
        .map(|array| take(array, &wanted, None))
        .collect::<Result<_, _>>();
    picked.map_err(|cause| {
        Error::new(
            Code::BadColumn,
            "sampling rows",
            format!("{cause}"),
            "report this",
        )
        .because(cause)
    })
}

fn named(
    specs: &[FeatureSpec],
    data: &TrainingData,
    apart: &HashSet<&str>,
) -> Result<Vec<FeatureSpec>, Error> {
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for spec in specs {
        let name = spec.name.as_str();
        if data.exclude.iter().any(|excluded| excluded == name) {
            continue;
        }
        if apart.contains(name) {
            let todo = "name each column once, as a feature, the target, the weight or the fold";
            return Err(Error::column(
                Code::BadColumn,
                name,
                "the column is a feature and something else",
                todo,
            ));
        }
        if !seen.insert(name) {
            return Err(Error::column(
                Code::BadColumn,
                name,
                "the feature is named twice",
                "name it once",
            ));
        }
        wanted.push(spec.clone());
    }
    Ok(wanted)
}

fn all(dataset: &Dataset, apart: &HashSet<&str>, skipped: &mut Vec<Skipped>) -> Vec<FeatureSpec> {
    let mut specs = Vec::new();
    for column in dataset
        .columns()
        .iter()
        .filter(|column| !apart.contains(column.name.as_str()))
    {
        let kind = match &column.kind {
            Kind::Numeric => FeatureKind::Numeric,
            Kind::Boolean => FeatureKind::Boolean,
            Kind::Categorical => FeatureKind::Categorical,
            Kind::Unsupported(found) => {
                skipped.push(Skipped {
                    name: column.name.clone(),
                    reason: format!("the column is {found}"),
                });
                continue;
            }
        };
        specs.push(FeatureSpec {
            name: column.name.clone(),
            kind,
        });
    }
    specs
}

fn model_feature(
    dataset: &Dataset,
    spec: &FeatureSpec,
    control: &Control,
) -> Result<ModelFeature, Error> {
    let column = dataset.column(&spec.name)?;
    check_name(&spec.name)?;
    check_kind(column, spec.kind)?;
    let categories = match spec.kind {
        FeatureKind::Categorical => Some(categories_of(dataset, &spec.name, control)?),
        _ => None,
    };
    Ok(ModelFeature {
        name: spec.name.clone(),
        categories,
    })
}

/// LightGBM's text model has no way to write these; a space it turns into `_`, which prediction knows.
fn check_name(name: &str) -> Result<(), Error> {
    let refused = |c: char| {
        matches!(c, '"' | ',' | ':' | '[' | ']' | '{' | '}')
            || c.is_control()
            || (c.is_whitespace() && c != ' ')
    };
    if name.is_empty() || name.contains(refused) {
        let (what, todo) = (
            "a feature name that a model file cannot hold",
            "rename the column, without \" , : [ ] { } and control characters",
        );
        return Err(Error::column(Code::BadName, name, what, todo));
    }
    Ok(())
}

fn check_kind(column: &Column, kind: FeatureKind) -> Result<(), Error> {
    let fits = match (&column.kind, kind) {
        (Kind::Unsupported(_), _) => false,
        (Kind::Categorical, kind) => kind == FeatureKind::Categorical,
        (Kind::Numeric | Kind::Boolean, _) => true,
    };
    if fits {
        return Ok(());
    }
    let found = match &column.kind {
        Kind::Unsupported(found) => found.clone(),
        _ => "text".to_string(),
    };
    Err(Error::column(
        Code::BadColumn,
        &column.name,
        format!("the column is {found}"),
        "give text the kind 'categorical', and leave other types out",
    ))
}
