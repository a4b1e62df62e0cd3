//! Safe handles over LightGBM's C interface.
//!
//! LightGBM keeps its last error and its log callback per thread: every call goes through [`call`], which sets the one and reads the
//! other on the calling thread. Handles may move between threads and are used by one at a time (`Send`, not `Sync`).
#![allow(unsafe_code)]

use crate::{Code, Error};
use lightgbm3_sys as sys;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;

const FLOAT32: c_int = sys::C_API_DTYPE_FLOAT32 as c_int;
const FLOAT64: c_int = sys::C_API_DTYPE_FLOAT64 as c_int;

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

/// LightGBM's log of this thread becomes text here instead of lines on standard output.
unsafe extern "C" fn collect(message: *const c_char) {
    if message.is_null() {
        return;
    }
    // SAFETY: LightGBM passes a NUL-terminated buffer that outlives the call.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    LOG.with_borrow_mut(|log| log.push_str(&text));
}

/// LightGBM's warnings on this thread since the last call, each once, in order.
pub(crate) fn take_warnings() -> Vec<String> {
    let log = LOG.take();
    let mut warnings: Vec<String> = Vec::new();
    for line in log.lines() {
        let Some(text) = line.strip_prefix("[LightGBM] [Warning] ") else {
            continue;
        };
        if !warnings.iter().any(|known| known == text) {
            warnings.push(text.to_string());
        }
    }
    warnings
}

fn call(what: &str, function: impl FnOnce() -> c_int) -> Result<(), Error> {
    // SAFETY: `collect` has the type asked for and lives as long as the program.
    unsafe { sys::LGBM_RegisterLogCallback(Some(collect)) };
    if function() == 0 {
        return Ok(());
    }
    // SAFETY: the message is a NUL-terminated buffer of this thread, copied before anything can change it.
    let message = unsafe { CStr::from_ptr(sys::LGBM_GetLastError()) }.to_string_lossy();
    // A failed check ends in the source file and line, as they were where the library was built.
    let message = message
        .split_once(" at /")
        .map_or(&*message, |(text, _)| text)
        .trim();
    Err(Error::new(
        Code::LightGbm,
        what,
        format!("LightGBM refused ({message})"),
        "check the parameters and the data against its message",
    ))
}

fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|cause| {
        Error::new(
            Code::BadParameter,
            "text for LightGBM",
            "a NUL character",
            "remove it",
        )
        .because(cause)
    })
}

fn size(value: usize) -> Result<i32, Error> {
    i32::try_from(value).map_err(|cause| {
        let todo = "give at most 2147483647 rows, columns or indices";
        Error::new(
            Code::TooManyRows,
            format!("{value}"),
            "more than LightGBM can count",
            todo,
        )
        .because(cause)
    })
}

/// Calls a function that fills a text buffer and says how long the text is, with a larger buffer when the first is too small.
fn text_of(
    what: &str,
    function: impl Fn(i64, *mut i64, *mut c_char) -> c_int,
) -> Result<String, Error> {
    let mut buffer: Vec<u8> = vec![0; 1 << 16];
    loop {
        let mut needed = 0i64;
        call(what, || {
            function(buffer.len() as i64, &mut needed, buffer.as_mut_ptr().cast())
        })?;
        let needed = usize::try_from(needed).unwrap_or(0);
        if needed <= buffer.len() {
            buffer.truncate(needed.saturating_sub(1));
            return Ok(String::from_utf8_lossy(&buffer).into_owned());
        }
        buffer.resize(needed, 0);
    }
}

/// All parameters and their aliases, as JSON: `{"name": ["alias", ...], ...}`.
pub(crate) fn parameter_aliases() -> Result<String, Error> {
    // SAFETY: `text_of` passes a buffer of the length that it names.
    text_of("parameter names", |length, needed, buffer| unsafe {
        sys::LGBM_DumpParamAliases(length, needed, buffer)
    })
}

/// Lets LightGBM read parameters and refuse values of the wrong type or range.
pub(crate) fn check_parameters(parameters: &str) -> Result<(), Error> {
    let parameters = c_text(parameters)?;
    let mut count = 0;
    // SAFETY: all pointers are valid for the call.
    call("parameters", || unsafe {
        sys::LGBM_GetSampleCount(1, parameters.as_ptr(), &mut count)
    })
}

/// The rows, ascending, that LightGBM itself would sample to find bins.
pub(crate) fn sample_rows(rows: usize, parameters: &str) -> Result<Vec<i32>, Error> {
    let (rows, parameters) = (size(rows)?, c_text(parameters)?);
    let mut count = 0;
    // SAFETY: all pointers are valid for the call.
    call("sampling rows", || unsafe {
        sys::LGBM_GetSampleCount(rows, parameters.as_ptr(), &mut count)
    })?;
    let mut indices = vec![0i32; usize::try_from(count).unwrap_or(0)];
    let mut length = 0;
    // SAFETY: `indices` has the room that LightGBM asked for in the call before.
    call("sampling rows", || unsafe {
        sys::LGBM_SampleIndices(
            rows,
            parameters.as_ptr(),
            indices.as_mut_ptr().cast(),
            &mut length,
        )
    })?;
    indices.truncate(usize::try_from(length).unwrap_or(0));
    Ok(indices)
}

/// A column's sampled values that are not zero, and which of the sampled rows they are from.
#[derive(Debug, Default)]
pub(crate) struct SampleColumn {
    pub values: Vec<f64>,
    pub rows: Vec<c_int>,
}

/// Binned rows.
#[derive(Debug)]
pub(crate) struct BinnedRows {
    handle: sys::DatasetHandle,
}

// SAFETY: a dataset has no tie to the thread that made it; it is not `Sync`, so one thread uses it at a time.
unsafe impl Send for BinnedRows {}

impl BinnedRows {
    /// Finds bins from a sample and makes room for all rows; `rows_of_all` counts those of the other machines, too.
    pub(crate) fn from_sample(
        columns: &mut [SampleColumn],
        sampled: usize,
        rows: usize,
        rows_of_all: u64,
        parameters: &str,
    ) -> Result<BinnedRows, Error> {
        let (width, sampled, rows, parameters) = (
            size(columns.len())?,
            size(sampled)?,
            size(rows)?,
            c_text(parameters)?,
        );
        let counts = columns
            .iter()
            .map(|column| size(column.values.len()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut values: Vec<*mut f64> = Vec::with_capacity(columns.len());
        let mut places: Vec<*mut c_int> = Vec::with_capacity(columns.len());
        for column in columns.iter_mut() {
            values.push(column.values.as_mut_ptr());
            places.push(column.rows.as_mut_ptr());
        }
        let mut handle: sys::DatasetHandle = null_mut();
        call("making bins", || {
            // SAFETY: `values` and `places` hold `width` pointers, each to `counts[i]` elements of `columns`, which outlive the call;
            // LightGBM copies what it keeps.
            unsafe {
                sys::LGBM_DatasetCreateFromSampledColumn(
                    values.as_mut_ptr(),
                    places.as_mut_ptr(),
                    width,
                    counts.as_ptr(),
                    sampled,
                    rows,
                    i64::try_from(rows_of_all).unwrap_or(i64::MAX),
                    parameters.as_ptr(),
                    &mut handle,
                )
            }
        })?;
        Ok(BinnedRows { handle })
    }

    /// Room for other rows in the same bins.
    pub(crate) fn alike(&self, rows: usize) -> Result<BinnedRows, Error> {
        let rows = i64::from(size(rows)?);
        let mut handle: sys::DatasetHandle = null_mut();
        // SAFETY: `self.handle` is alive; the new dataset copies the bins.
        call("validation rows", || unsafe {
            sys::LGBM_DatasetCreateByReference(self.handle, rows, &mut handle)
        })?;
        Ok(BinnedRows { handle })
    }

    /// Bins a row-major matrix; the last row of the dataset completes it. Rows beyond the room made are refused.
    pub(crate) fn push(&mut self, matrix: &[f64], width: usize, start: usize) -> Result<(), Error> {
        let rows = matrix.len() / width.max(1);
        let room = self.rows()?;
        if start + rows > room || rows * width != matrix.len() || width != self.width()? {
            let todo = "leave inputs in place while they are read";
            return Err(Error::new(
                Code::BadColumn,
                "binning rows",
                "more rows or columns than announced",
                todo,
            ));
        }
        let (count, columns, start) = (size(rows)?, size(width)?, size(start)?);
        let data: *const c_void = matrix.as_ptr().cast();
        // SAFETY: `matrix` holds `count * columns` doubles (checked above), and the rows fit the dataset (checked above).
        call("binning rows", || unsafe {
            sys::LGBM_DatasetPushRows(self.handle, data, FLOAT64, count, columns, start)
        })
    }

    /// Some of the rows (ascending), labels and weights included.
    pub(crate) fn subset(&self, rows: &[i32], parameters: &str) -> Result<BinnedRows, Error> {
        let (count, parameters) = (size(rows.len())?, c_text(parameters)?);
        let mut handle: sys::DatasetHandle = null_mut();
        call("a subset of rows", || {
            // SAFETY: `rows` holds `count` indices, which LightGBM checks against its own row count.
            unsafe {
                sys::LGBM_DatasetGetSubset(
                    self.handle,
                    rows.as_ptr(),
                    count,
                    parameters.as_ptr(),
                    &mut handle,
                )
            }
        })?;
        Ok(BinnedRows { handle })
    }

    /// Sets `label` or `weight`, one value a row.
    pub(crate) fn set(&mut self, field: &str, values: &[f32]) -> Result<(), Error> {
        let (field, count) = (c_text(field)?, size(values.len())?);
        let data: *const c_void = values.as_ptr().cast();
        // SAFETY: `values` holds `count` floats; LightGBM refuses a count that differs from its rows, and copies them.
        call("labels and weights", || unsafe {
            sys::LGBM_DatasetSetField(self.handle, field.as_ptr(), data, count, FLOAT32)
        })
    }

    /// Names the columns.
    pub(crate) fn name(&mut self, names: &[String]) -> Result<(), Error> {
        let names = names
            .iter()
            .map(|name| c_text(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
        let count = size(names.len())?;
        // SAFETY: `pointers` holds `count` NUL-terminated texts that outlive the call.
        call("feature names", || unsafe {
            sys::LGBM_DatasetSetFeatureNames(self.handle, pointers.as_mut_ptr(), count)
        })
    }

    fn rows(&self) -> Result<usize, Error> {
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("rows", || unsafe {
            sys::LGBM_DatasetGetNumData(self.handle, &mut count)
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    fn width(&self) -> Result<usize, Error> {
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("columns", || unsafe {
            sys::LGBM_DatasetGetNumFeature(self.handle, &mut count)
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

impl Drop for BinnedRows {
    fn drop(&mut self) {
        // SAFETY: the handle came from LightGBM, and is freed once.
        unsafe { sys::LGBM_DatasetFree(self.handle) };
    }
}

/// How long a machine may say nothing: the slowest reads its rows while the others wait. LightGBM's own default.
const SILENCE_MINUTES: c_int = 120;

/// The link to the other machines of a training. LightGBM keeps it per thread: all that trains happens on the thread that joined.
#[derive(Debug)]
pub(crate) struct Network;

impl Network {
    /// Links machines that are known to be there. `machines` are `ip:port`, this one's at `place`.
    pub(crate) fn join(machines: &[String], place: usize, port: u16) -> Result<Network, Error> {
        // The place is said and not guessed from the addresses that this machine has.
        let list = c_text(&format!("rank={place},{}", machines.join(",")))?;
        let count = size(machines.len())?;
        // SAFETY: `list` is NUL-terminated and outlives the call; LightGBM copies it.
        call("joining the other machines", || unsafe {
            sys::LGBM_NetworkInit(list.as_ptr(), c_int::from(port), SILENCE_MINUTES, count)
        })?;
        Ok(Network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // SAFETY: no arguments; without a network it does nothing.
        unsafe { sys::LGBM_NetworkFree() };
    }
}

/// What a booster is asked to predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PredictKind {
    Normal,
    Raw,
    Contributions,
}

/// A model, in training or loaded. Owns the rows that it learns from: LightGBM keeps pointers to them.
#[derive(Debug)]
pub(crate) struct Booster {
    handle: sys::BoosterHandle,
    rows: Vec<BinnedRows>,
}

// SAFETY: a booster has no tie to the thread that made it; it is not `Sync`, so one thread uses it at a time.
unsafe impl Send for Booster {}

impl Booster {
    /// A booster to train.
    pub(crate) fn create(rows: BinnedRows, parameters: &str) -> Result<Booster, Error> {
        let parameters = c_text(parameters)?;
        let mut handle: sys::BoosterHandle = null_mut();
        // SAFETY: the dataset is alive, and stays so: the booster owns it and is freed first.
        call("training", || unsafe {
            sys::LGBM_BoosterCreate(rows.handle, parameters.as_ptr(), &mut handle)
        })?;
        Ok(Booster {
            handle,
            rows: vec![rows],
        })
    }

    /// A booster from model text that [`crate::model_check`] has looked through.
    pub(crate) fn load(text: &str) -> Result<Booster, Error> {
        let text = c_text(text)?;
        let mut handle: sys::BoosterHandle = null_mut();
        let mut iterations = 0;
        // SAFETY: the text is NUL-terminated, and its offsets, sizes and indices were checked before.
        call("model text", || unsafe {
            sys::LGBM_BoosterLoadModelFromString(text.as_ptr(), &mut iterations, &mut handle)
        })?;
        Ok(Booster {
            handle,
            rows: Vec::new(),
        })
    }

    /// Adds rows to evaluate on.
    pub(crate) fn add_valid(&mut self, rows: BinnedRows) -> Result<(), Error> {
        // SAFETY: both handles are alive; the booster owns the rows from here on.
        call("validation rows", || unsafe {
            sys::LGBM_BoosterAddValidData(self.handle, rows.handle)
        })?;
        self.rows.push(rows);
        Ok(())
    }

    /// One boosting iteration; true when nothing is left to split.
    pub(crate) fn update(&mut self) -> Result<bool, Error> {
        let mut finished = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("training", || unsafe {
            sys::LGBM_BoosterUpdateOneIter(self.handle, &mut finished)
        })?;
        Ok(finished != 0)
    }

    /// Names of the metrics.
    pub(crate) fn metric_names(&self) -> Result<Vec<String>, Error> {
        const ROOM: usize = 256;
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("metrics", || unsafe {
            sys::LGBM_BoosterGetEvalCounts(self.handle, &mut count)
        })?;
        let mut buffers = vec![[0u8; ROOM]; usize::try_from(count).unwrap_or(0)];
        let mut pointers: Vec<*mut c_char> = buffers
            .iter_mut()
            .map(|buffer| buffer.as_mut_ptr().cast())
            .collect();
        let (mut found, mut needed) = (0, 0);
        call("metrics", || {
            // SAFETY: `pointers` holds `count` buffers of `ROOM` bytes; LightGBM cuts longer names.
            unsafe {
                sys::LGBM_BoosterGetEvalNames(
                    self.handle,
                    count,
                    &mut found,
                    ROOM,
                    &mut needed,
                    pointers.as_mut_ptr(),
                )
            }
        })?;
        Ok(buffers
            .iter()
            .map(|buffer| {
                CStr::from_bytes_until_nul(buffer)
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect())
    }

    /// Metrics on the training rows (0) or on the n-th validation rows (1, 2, ...).
    pub(crate) fn evaluate(&self, index: i32) -> Result<Vec<f64>, Error> {
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("metrics", || unsafe {
            sys::LGBM_BoosterGetEvalCounts(self.handle, &mut count)
        })?;
        let mut values = vec![0.0; usize::try_from(count).unwrap_or(0)];
        // SAFETY: `values` has one place a metric.
        call("metrics", || unsafe {
            sys::LGBM_BoosterGetEval(self.handle, index, &mut count, values.as_mut_ptr())
        })?;
        Ok(values)
    }

    /// The model's text up to an iteration (0 = all).
    pub(crate) fn text(&self, iterations: i32) -> Result<String, Error> {
        text_of("model text", |length, needed, buffer| {
            // SAFETY: `text_of` passes a buffer of the length that it names.
            unsafe {
                sys::LGBM_BoosterSaveModelToString(
                    self.handle,
                    0,
                    iterations,
                    0,
                    length,
                    needed,
                    buffer,
                )
            }
        })
    }

    /// One value a feature: total gain, or number of splits.
    pub(crate) fn importance(&self, gain: bool) -> Result<Vec<f64>, Error> {
        let mut values = vec![0.0; self.width()?];
        let kind = c_int::from(gain);
        // SAFETY: `values` has one place a feature.
        call("importance", || unsafe {
            sys::LGBM_BoosterFeatureImportance(self.handle, 0, kind, values.as_mut_ptr())
        })?;
        Ok(values)
    }

    /// Predictions for a row-major matrix, row by row; as many a row as the kind and the classes ask for.
    pub(crate) fn predict(
        &self,
        matrix: &[f64],
        rows: usize,
        kind: PredictKind,
    ) -> Result<Vec<f64>, Error> {
        let width = self.width()?;
        if rows * width != matrix.len() {
            let what = format!(
                "{} values for {rows} rows of {width} features",
                matrix.len()
            );
            return Err(Error::new(
                Code::BadColumn,
                "prediction",
                what,
                "give every feature of the model",
            ));
        }
        if rows == 0 {
            return Ok(Vec::new());
        }
        let (count, columns) = (size(rows)?, size(width)?);
        let kind = match kind {
            PredictKind::Normal => sys::C_API_PREDICT_NORMAL,
            PredictKind::Raw => sys::C_API_PREDICT_RAW_SCORE,
            PredictKind::Contributions => sys::C_API_PREDICT_CONTRIB,
        } as c_int;
        let mut length = 0i64;
        // SAFETY: the handle is alive and the pointer valid.
        call("prediction", || unsafe {
            sys::LGBM_BoosterCalcNumPredict(self.handle, count, kind, 0, 0, &mut length)
        })?;
        let mut values = vec![0.0; usize::try_from(length).unwrap_or(0)];
        let data: *const c_void = matrix.as_ptr().cast();
        call("prediction", || {
            // SAFETY: `matrix` holds `count * columns` doubles, `columns` is the model's own width (both checked above), and `values`
            // has the room that LightGBM asked for.
            unsafe {
                sys::LGBM_BoosterPredictForMat(
                    self.handle,
                    data,
                    FLOAT64,
                    count,
                    columns,
                    1,
                    kind,
                    0,
                    0,
                    c"".as_ptr(),
                    &mut length,
                    values.as_mut_ptr(),
                )
            }
        })?;
        Ok(values)
    }

    /// Features.
    pub(crate) fn width(&self) -> Result<usize, Error> {
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("features", || unsafe {
            sys::LGBM_BoosterGetNumFeature(self.handle, &mut count)
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Classes; 1 for regression and for two classes.
    pub(crate) fn classes(&self) -> Result<usize, Error> {
        let mut count = 0;
        // SAFETY: the handle is alive and the pointer valid.
        call("classes", || unsafe {
            sys::LGBM_BoosterGetNumClasses(self.handle, &mut count)
        })?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

impl Drop for Booster {
    fn drop(&mut self) {
        // SAFETY: the handle came from LightGBM and is freed once, before the rows that it points to.
        unsafe { sys::LGBM_BoosterFree(self.handle) };
    }
}
