//! Readings written here, added up there: many duplicates, many threads, and a work that is stopped.

use arrow::array::*;
use arrow::datatypes::Float64Type;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use pilotlight_meter::{Code, Columns, Error, Options, Report, Watch, aggregate};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("pilotlight-meter-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

const HOUR: i64 = 3_600_000_000;
/// 2024-01-01 00:00.
const START: i64 = 1_704_067_200_000_000;
const HOURS: i64 = 366 * 24;
/// 2024-10-27 02:00, which may come twice.
const AUTUMN_HOUR: i64 = 300 * 24 + 2;

/// Customer, hour since 2024-01-01, kWh.
type Row = (i64, i64, f64);

fn write(path: &Path, rows: &[Row]) {
    let customers = rows.iter().map(|row| Some(format!("C{:04}", row.0)));
    let times = rows.iter().map(|row| START + row.1 * HOUR);
    let elec: ArrayRef = Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.2)));
    let batch = RecordBatch::try_from_iter([
        (
            "customer",
            Arc::new(customers.collect::<StringArray>()) as ArrayRef,
        ),
        (
            "time",
            Arc::new(TimestampMicrosecondArray::from_iter_values(times)),
        ),
        ("elec", elec.clone()),
        ("gas", elec),
    ])
    .unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(30_000));
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn options(out: PathBuf, threads: usize) -> Options {
    Options {
        columns: Columns {
            customer_id: "customer".into(),
            timestamp: "time".into(),
            elec_kwh: "elec".into(),
            gas_m3: Some("gas".into()),
        },
        last_day: "2024-12-31".into(),
        holidays: vec!["12-25".into()],
        interval_minutes: 60,
        reading_max: 1e6,
        threads,
        out,
    }
}

fn run(paths: &[PathBuf], options: &Options) -> Result<Report, Error> {
    let watch = Watch {
        progress: &|_, _| {},
        cancelled: &AtomicBool::new(false),
    };
    aggregate(paths, options, &watch)
}

fn sums(path: &Path) -> Vec<f64> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap();
    reader
        .flat_map(|batch| {
            let batch = batch.unwrap();
            let column = batch.column_by_name("monthly_elec_kwh").unwrap();
            column.as_primitive::<Float64Type>().values().to_vec()
        })
        .collect()
}

/// 1.3 million readings in doubt are more than are held at once.
#[test]
fn everything_delivered_twice_is_the_second_delivery_alone() {
    let folder = Folder::new("twice");
    let year = |kwh: f64| -> Vec<Row> {
        let rows = (0..75 * HOURS).map(|i| (i / HOURS, i % HOURS, kwh + (i % 7) as f64));
        rows.filter(|row| row.1 != AUTUMN_HOUR).collect()
    };
    let paths = [folder.file("a.parquet"), folder.file("b.parquet")];
    let alone = folder.file("alone.parquet");
    let both = folder.file("both.parquet");
    let mut second = year(0.125);
    for by_time in [false, true] {
        let mut first = year(3.5);
        if by_time {
            first.sort_by_key(|row| row.1);
            second.sort_by_key(|row| row.1);
        }
        write(&paths[0], &first);
        write(&paths[1], &second);
        let expected = run(&paths[1..], &options(alone.clone(), 2)).unwrap();
        assert_eq!(expected.duplicates, 0);
        let found = run(&paths, &options(both.clone(), 2)).unwrap();
        assert_eq!(found.duplicates, 75 * (HOURS as u64 - 1));
        assert_eq!(
            Report {
                duplicates: 0,
                ..found
            },
            expected
        );
        assert_eq!(
            std::fs::read(&both).unwrap(),
            std::fs::read(&alone).unwrap()
        );
    }
}

#[test]
fn rows_in_any_order_on_any_threads_give_the_same_bytes() {
    let folder = Folder::new("order");
    let paths = [folder.file("rows.parquet")];
    let out = folder.file("months.parquet");
    let mut rows: Vec<Row> = (0..20 * HOURS)
        .map(|i| (i / HOURS, i % HOURS, (i % 1013) as f64 / 7.0))
        .collect();
    write(&paths[0], &rows);
    let report = run(&paths, &options(out.clone(), 1)).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(report.customer_months, 240);
    let expected: f64 = rows.iter().map(|row| row.2).sum();
    assert!((sums(&out).iter().sum::<f64>() - expected).abs() < 1e-3);
    // Steps of a number that shares no factor with the count visit every row once.
    let count = rows.len();
    rows = (0..count).map(|i| rows[i * 7919 % count]).collect();
    write(&paths[0], &rows);
    for threads in [1, 2, 7] {
        assert_eq!(run(&paths, &options(out.clone(), threads)).unwrap(), report);
        assert_eq!(std::fs::read(&out).unwrap(), bytes);
    }
}

#[test]
fn a_stopped_work_leaves_nothing_behind() {
    let folder = Folder::new("stopped");
    let paths = [folder.file("rows.parquet")];
    let rows: Vec<Row> = (0..20 * HOURS)
        .map(|i| (i / HOURS, i % HOURS, 1.0))
        .collect();
    write(&paths[0], &rows);
    let cancelled = AtomicBool::new(false);
    let heard = AtomicU64::new(0);
    let watch = Watch {
        progress: &|done, total| {
            assert_eq!(total, 20 * HOURS as u64);
            heard.store(done, Ordering::Relaxed);
            cancelled.store(true, Ordering::Relaxed);
        },
        cancelled: &cancelled,
    };
    let out = folder.file("months.parquet");
    let error = aggregate(&paths, &options(out.clone(), 2), &watch).unwrap_err();
    assert!(matches!(error, Error::Cancelled));
    assert!(heard.load(Ordering::Relaxed) < 20 * HOURS as u64 / 2);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[test]
fn refusals_say_what_where_and_what_to_do() {
    let folder = Folder::new("refused");
    let path = folder.file("rows.parquet");
    write(&path, &[(1, 0, 1.0)]);
    let refused = |change: fn(&mut Options)| {
        let mut options = options(folder.file("months.parquet"), 1);
        change(&mut options);
        run(std::slice::from_ref(&path), &options).unwrap_err()
    };
    let error = refused(|options| options.last_day = "2024-02-30".into());
    assert_eq!(error.code(), Code::BadOption.as_str());
    let error = refused(|options| options.last_day = "2023-12-31".into());
    let text = error.to_string();
    assert!(text.starts_with("every reading is later than 2023-12-31: "));
    assert!(text.contains("rows.parquet") && text.ends_with(": correct the last day"));
    let error = refused(|options| options.columns.elec_kwh = "elecs".into());
    assert_eq!(error.code(), "MISSING_COLUMN");
    assert!(error.to_string().contains("did you mean 'elec'?"));
}
