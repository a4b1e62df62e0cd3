//! Arrow arrays to 64-bit floats.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::compute::filter;
use arrow::datatypes::*;

/// The values of a numeric or boolean array as `f64`, null as NaN, appended to `out`; false when the type is neither.
///
/// Integers beyond 2^53 round to the nearest float. Decimals are `unscaled / 10^scale`. Dates become days, timestamps seconds since
/// 1970-01-01 (in UTC), times seconds of the day; false is 0 and true is 1.
pub fn numbers_of(array: &ArrayRef, out: &mut Vec<f64>) -> bool {
    match array.data_type() {
        DataType::Float64 => floats(array.as_primitive(), out),
        DataType::Float32 => convert::<Float32Type>(array, out, f64::from),
        DataType::Float16 => convert::<Float16Type>(array, out, f64::from),
        DataType::Int8 => convert::<Int8Type>(array, out, f64::from),
        DataType::Int16 => convert::<Int16Type>(array, out, f64::from),
        DataType::Int32 => convert::<Int32Type>(array, out, f64::from),
        DataType::Int64 => convert::<Int64Type>(array, out, |v| v as f64),
        DataType::UInt8 => convert::<UInt8Type>(array, out, f64::from),
        DataType::UInt16 => convert::<UInt16Type>(array, out, f64::from),
        DataType::UInt32 => convert::<UInt32Type>(array, out, f64::from),
        DataType::UInt64 => convert::<UInt64Type>(array, out, |v| v as f64),
        DataType::Decimal32(_, scale) => {
            convert::<Decimal32Type>(array, out, scaled(*scale, f64::from))
        }
        DataType::Decimal64(_, scale) => {
            convert::<Decimal64Type>(array, out, scaled(*scale, |v| v as f64))
        }
        DataType::Decimal128(_, scale) => {
            convert::<Decimal128Type>(array, out, scaled(*scale, |v| v as f64))
        }
        DataType::Decimal256(_, scale) => {
            convert::<Decimal256Type>(array, out, scaled(*scale, wide))
        }
        DataType::Date32 => convert::<Date32Type>(array, out, f64::from),
        DataType::Date64 => convert::<Date64Type>(array, out, |v| v as f64 / 86_400_000.0),
        DataType::Timestamp(unit, _) => ticks(array, out, *unit),
        DataType::Time32(TimeUnit::Second) => convert::<Time32SecondType>(array, out, f64::from),
        DataType::Time32(_) => convert::<Time32MillisecondType>(array, out, |v| f64::from(v) / 1e3),
        DataType::Time64(TimeUnit::Microsecond) => {
            convert::<Time64MicrosecondType>(array, out, |v| v as f64 / 1e6)
        }
        DataType::Time64(_) => convert::<Time64NanosecondType>(array, out, |v| v as f64 / 1e9),
        DataType::Boolean => out.extend(
            array
                .as_boolean()
                .iter()
                .map(|v| v.map_or(f64::NAN, f64::from)),
        ),
        DataType::Null => out.resize(out.len() + array.len(), f64::NAN),
        _ => return false,
    }
    true
}

/// As [`numbers_of`], without nulls and NaN: nulls are taken out before anything is converted, in runs rather than one by one.
pub(crate) fn present_numbers_of(array: &ArrayRef, out: &mut Vec<f64>) {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    let kept =
        nulls.and_then(|nulls| filter(array, &BooleanArray::new(nulls.into_inner(), None)).ok());
    let start = out.len();
    numbers_of(kept.as_ref().unwrap_or(array), out);
    if out[start..].iter().any(|value| value.is_nan()) {
        let mut end = start;
        for place in start..out.len() {
            out[end] = out[place];
            end += usize::from(!out[place].is_nan());
        }
        out.truncate(end);
    }
}

fn floats(array: &PrimitiveArray<Float64Type>, out: &mut Vec<f64>) {
    if array.null_count() == 0 {
        out.extend_from_slice(array.values());
    } else {
        out.extend(array.iter().map(|v| v.unwrap_or(f64::NAN)));
    }
}

fn convert<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    out: &mut Vec<f64>,
    number: impl Fn(T::Native) -> f64,
) {
    let array = array.as_primitive::<T>();
    if array.null_count() == 0 {
        out.extend(array.values().iter().map(|v| number(*v)));
    } else {
        out.extend(array.iter().map(|v| v.map_or(f64::NAN, &number)));
    }
}

fn ticks(array: &ArrayRef, out: &mut Vec<f64>, unit: TimeUnit) {
    match unit {
        TimeUnit::Second => convert::<TimestampSecondType>(array, out, |v| v as f64),
        TimeUnit::Millisecond => {
            convert::<TimestampMillisecondType>(array, out, |v| v as f64 / 1e3)
        }
        TimeUnit::Microsecond => {
            convert::<TimestampMicrosecondType>(array, out, |v| v as f64 / 1e6)
        }
        TimeUnit::Nanosecond => convert::<TimestampNanosecondType>(array, out, |v| v as f64 / 1e9),
    }
}

/// Division by a power of ten that is exact as a float (up to 10^22) keeps 53-bit decimals correctly rounded.
fn scaled<N>(scale: i8, number: impl Fn(N) -> f64) -> impl Fn(N) -> f64 {
    let power = 10f64.powi(i32::from(scale).abs());
    move |v| {
        if scale < 0 {
            number(v) * power
        } else {
            number(v) / power
        }
    }
}

fn wide(value: i256) -> f64 {
    value.to_string().parse().unwrap_or(f64::NAN)
}
