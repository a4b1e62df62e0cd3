//! What moves a model's predictions, on average.

use crate::encoder::Encoder;
use crate::ffi::{self, PredictKind};
use crate::stream::for_each_batch;
use crate::{Control, Error, Model, labels};
use arrow::array::UInt32Array;
use arrow::compute::take;
use pilotlight_columns::open;
use std::path::{Path, PathBuf};

const BATCH_ROWS: usize = 4_096;

/// How a feature moves the raw score.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanContribution {
    /// Feature.
    pub feature: String,
    /// Mean of the absolute SHAP values over rows (and classes).
    pub mean_abs: f64,
    /// Mean of the SHAP values over rows (and classes).
    pub mean: f64,
}

/// Mean SHAP values over at most `rows_max` rows, a fixed-seed sample of the data when it has more, in the order of the model.
///
/// # Errors
/// Those of [`crate::predict`]; [`crate::Code::NoRows`].
pub fn mean_contributions(
    model: &Path,
    data: &[PathBuf],
    rows_max: u32,
    control: &Control,
) -> Result<Vec<MeanContribution>, Error> {
    let model = Model::load(model)?;
    let dataset = open(data)?;
    let features = model.columns(&dataset)?;
    let mut encoder = Encoder::new(&dataset, &model.features, &features)?;
    let sampled = ffi::sample_rows(
        labels::check_rows(&dataset)?,
        &format!("bin_construct_sample_cnt={}", rows_max.max(1)),
    )?;
    let mut sums = vec![(0.0, 0.0); encoder.width()];
    let (mut matrix, mut next) = (Vec::new(), 0);
    for_each_batch(&dataset, &features, BATCH_ROWS, control, |batch| {
        let end = batch.start + batch.rows as u64;
        let first = next;
        while next < sampled.len() && (sampled[next] as u64) < end {
            next += 1;
        }
        let wanted = UInt32Array::from_iter_values(
            sampled[first..next]
                .iter()
                .map(|row| (*row as u64 - batch.start) as u32),
        );
        let arrays = batch
            .arrays
            .iter()
            .map(|array| take(array, &wanted, None))
            .collect::<Result<Vec<_>, _>>();
        let arrays = arrays.map_err(|cause| {
            Error::new(
                crate::Code::BadColumn,
                "sampling rows",
                format!("{cause}"),
                "report this",
            )
        })?;
        encoder.encode(&arrays, next - first, &mut matrix);
        add(
            &mut sums,
            &model.predict(&matrix, next - first, PredictKind::Contributions)?,
        );
        control.rows(next as u64, sampled.len() as u64);
        Ok(())
    })?;
    let count = (sampled.len() * model.classes) as f64;
    let rows = model.feature_names().zip(sums);
    Ok(rows
        .map(|(feature, (abs, sum))| MeanContribution {
            feature: feature.into(),
            mean_abs: abs / count,
            mean: sum / count,
        })
        .collect())
}

/// Each row has, class by class, one value a feature and the bias.
fn add(sums: &mut [(f64, f64)], values: &[f64]) {
    for row in values.chunks_exact(sums.len() + 1) {
        for (sum, value) in sums.iter_mut().zip(row) {
            sum.0 += value.abs();
            sum.1 += value;
        }
    }
}
