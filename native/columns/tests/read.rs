//! Values of every type as they were written, and every way in which a file can be wrong.

use arrow::array::*;
use arrow::datatypes::*;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use pilotlight_columns::{Code, Kind, NULL_CODE, Writer, open};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("pilotlight-columns-{name}-{}", std::process::id()));
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

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, rows_a_group: usize) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_a_group))
        .build();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(
        std::fs::File::create(path).unwrap(),
        batch.schema(),
        Some(properties),
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// NaN equals NaN here.
fn assert_numbers(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!(
            a == b || (a.is_nan() && b.is_nan()),
            "{found:?} is not {expected:?}"
        );
    }
}

fn check_numbers(name: &str, columns: Vec<(&str, ArrayRef, [f64; 3])>) {
    let folder = Folder::new(name);
    let path = folder.file("types.parquet");
    let arrays = columns
        .iter()
        .map(|(name, array, _)| (*name, array.clone()));
    write(&path, arrays.collect(), 2);
    let dataset = open(&[&path]).unwrap();
    assert_eq!(dataset.rows(), 3);
    for (name, _, expected) in &columns {
        assert_ne!(dataset.column(name).unwrap().kind, Kind::Categorical);
        assert_numbers(&dataset.read_numbers(name).unwrap(), expected);
        let present: Vec<f64> = expected.iter().copied().filter(|v| !v.is_nan()).collect();
        // What the memory held before goes.
        let mut found = vec![7.0];
        dataset.read_present_numbers(name, &mut found).unwrap();
        assert_numbers(&found, &present);
    }
}

#[test]
fn numbers_of_every_type() {
    let nan = f64::NAN;
    let ints = Int8Array::from(vec![Some(-128), None, Some(127)]);
    let large = UInt64Array::from(vec![Some(u64::MAX), None, Some(0)]);
    let exact = Int64Array::from(vec![1 << 53, -1, 0]);
    let floats = Float32Array::from(vec![Some(0.5), None, Some(f32::INFINITY)]);
    let doubles = Float64Array::from(vec![Some(0.1), Some(nan), Some(f64::NEG_INFINITY)]);
    check_numbers(
        "numbers",
        vec![
            ("i8", Arc::new(ints), [-128.0, nan, 127.0]),
            ("u64", Arc::new(large), [18446744073709551615.0, nan, 0.0]),
            ("i64", Arc::new(exact), [9007199254740992.0, -1.0, 0.0]),
            ("f32", Arc::new(floats), [0.5, nan, f64::INFINITY]),
            ("f64", Arc::new(doubles), [0.1, nan, f64::NEG_INFINITY]),
        ],
    );
}

#[test]
fn decimals_dates_times_and_booleans_are_numbers_too() {
    let nan = f64::NAN;
    let decimals = Decimal128Array::from(vec![Some(12345), None, Some(-1)]);
    let days = Date32Array::from(vec![Some(19_000), None, Some(-1)]);
    let times = TimestampMillisecondArray::from(vec![Some(1_500), None, Some(-500)]);
    let flags = BooleanArray::from(vec![Some(true), None, Some(false)]);
    check_numbers(
        "others",
        vec![
            (
                "decimal",
                Arc::new(decimals.with_precision_and_scale(20, 2).unwrap()),
                [123.45, nan, -0.01],
            ),
            ("day", Arc::new(days), [19_000.0, nan, -1.0]),
            ("time", Arc::new(times), [1.5, nan, -0.5]),
            ("flag", Arc::new(flags), [1.0, nan, 0.0]),
            ("none", Arc::new(NullArray::new(3)), [nan; 3]),
        ],
    );
}

#[test]
fn texts_have_one_code_across_groups_and_files() {
    let folder = Folder::new("texts");
    write(
        &folder.file("a.parquet"),
        vec![(
            "c",
            texts(&[Some("x"), None, Some("y"), Some("x"), Some("ñ")]),
        )],
        2,
    );
    write(
        &folder.file("b.parquet"),
        vec![("c", texts(&[Some("ñ"), Some(""), Some("x")]))],
        2,
    );
    let dataset = open(&[&folder.0]).unwrap();
    let found = dataset.read_categories("c").unwrap();
    assert_eq!(found.dictionary, ["x", "y", "ñ", ""]);
    assert_eq!(found.codes, [0, NULL_CODE, 1, 0, 2, 2, 3, 0]);
}

#[test]
fn plain_text_without_dictionary_pages_reads_the_same() {
    let folder = Folder::new("plain");
    let path = folder.file("plain.parquet");
    let values: Vec<String> = (0..5_000).map(|i| format!("value {}", i % 2_500)).collect();
    let batch =
        RecordBatch::try_from_iter([("c", Arc::new(StringArray::from(values)) as ArrayRef)])
            .unwrap();
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .build();
    let mut writer = ArrowWriter::try_new(
        std::fs::File::create(&path).unwrap(),
        batch.schema(),
        Some(properties),
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let found = open(&[&path]).unwrap().read_categories("c").unwrap();
    assert_eq!(found.dictionary.len(), 2_500);
    assert_eq!(found.codes[2_499..2_502], [2_499, 0, 1]);
}

#[test]
fn booleans_and_all_null_columns_as_categories() {
    let folder = Folder::new("booleans");
    let path = folder.file("b.parquet");
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    write(
        &path,
        vec![("flag", flags), ("none", Arc::new(NullArray::new(3)))],
        10,
    );
    let dataset = open(&[&path]).unwrap();
    let flags = dataset.read_categories("flag").unwrap();
    assert_eq!(
        (flags.dictionary, flags.codes),
        (
            vec!["true".to_string(), "false".to_string()],
            vec![0, NULL_CODE, 1]
        )
    );
    let none = dataset.read_categories("none").unwrap();
    assert_eq!((none.dictionary.len(), none.codes), (0, vec![NULL_CODE; 3]));
}

#[test]
fn folders_are_read_to_the_bottom_in_order_and_hidden_names_passed_over() {
    let folder = Folder::new("folders");
    let one = |value: i64| vec![("x", Arc::new(Int64Array::from(vec![value])) as ArrayRef)];
    for (name, value) in [
        ("b/1.parquet", 2),
        ("a.parquet", 1),
        ("c.parquet", 3),
        (".h.parquet", 8),
        ("_t/x.parquet", 9),
    ] {
        write(&folder.file(name), one(value), 10);
    }
    std::fs::write(folder.file("note.txt"), "no").unwrap();
    let dataset = open(&[&folder.0]).unwrap();
    assert_eq!(dataset.read_numbers("x").unwrap(), [1.0, 2.0, 3.0]);
    assert_eq!(dataset.files().count(), 3);
}

#[test]
fn batches_keep_the_asked_order_and_never_span_files() {
    let folder = Folder::new("batches");
    let ints: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5));
    let floats: ArrayRef = Arc::new(Float64Array::from_iter_values((0..3).map(f64::from)));
    let letters = |n: usize| texts(&vec![Some("k"); n]);
    write(
        &folder.file("a.parquet"),
        vec![("x", ints), ("c", letters(5)), ("other", letters(5))],
        10,
    );
    write(
        &folder.file("b.parquet"),
        vec![("other", letters(3)), ("c", letters(3)), ("x", floats)],
        10,
    );
    let dataset = open(&[&folder.0]).unwrap();
    let batches: Vec<_> = dataset
        .batches(&["c", "x"], 2)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let shape: Vec<_> = batches
        .iter()
        .map(|batch| (batch.file, batch.start, batch.rows))
        .collect();
    assert_eq!(
        shape,
        [(0, 0, 2), (0, 2, 2), (0, 4, 1), (1, 5, 2), (1, 7, 1)]
    );
    for batch in &batches {
        assert_eq!(batch.arrays[1].data_type(), &DataType::Int64);
        assert_eq!(batch.arrays[0].len(), batch.rows);
    }
}

#[test]
fn a_column_that_is_all_null_in_one_file_takes_the_type_of_the_others() {
    let folder = Folder::new("nulls");
    write(
        &folder.file("a.parquet"),
        vec![("c", Arc::new(NullArray::new(2)))],
        10,
    );
    write(
        &folder.file("b.parquet"),
        vec![("c", texts(&[Some("x")]))],
        10,
    );
    let dataset = open(&[&folder.0]).unwrap();
    assert_eq!(dataset.column("c").unwrap().kind, Kind::Categorical);
    assert_eq!(
        dataset.read_categories("c").unwrap().codes,
        [NULL_CODE, NULL_CODE, 0]
    );
}

#[test]
fn faults_name_the_file_and_the_column() {
    let folder = Folder::new("faults");
    let path = folder.file("a.parquet");
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(
        vec![Some(1)],
    )]));
    write(
        &path,
        vec![
            ("amount", Arc::new(Int64Array::from(vec![1]))),
            ("c", texts(&[Some("x")])),
            ("l", lists),
        ],
        10,
    );
    let dataset = open(&[&path]).unwrap();

    let missing = dataset.read_numbers("amuont").unwrap_err();
    assert_eq!(
        (
            missing.code,
            missing.column.as_deref(),
            missing.file.as_deref()
        ),
        (Code::MissingColumn, Some("amuont"), Some(path.as_path()))
    );
    assert!(
        missing.to_string().contains("did you mean 'amount'?"),
        "{missing}"
    );
    assert_eq!(dataset.read_numbers("c").unwrap_err().code, Code::WrongType);
    assert_eq!(
        dataset.read_categories("amount").unwrap_err().code,
        Code::WrongType
    );
    assert_eq!(
        dataset.column("l").unwrap().kind,
        Kind::Unsupported("a list".into())
    );

    let code = |path: &Path| open(&[path]).unwrap_err().code;
    assert_eq!(code(&folder.file("absent.parquet")), Code::NotFound);
    assert_eq!(open::<&Path>(&[]).unwrap_err().code, Code::NoPaths);
    std::fs::create_dir(folder.file("empty")).unwrap();
    assert_eq!(code(&folder.file("empty")), Code::EmptyFolder);
    let bytes = std::fs::read(&path).unwrap();
    for (name, content) in [
        ("cut", &bytes[..bytes.len() - 20]),
        ("text", b"a,b\n1,2\n".as_slice()),
        ("nothing", b""),
    ] {
        std::fs::write(folder.file(name), content).unwrap();
        assert_eq!(code(&folder.file(name)), Code::NotParquet, "{name}");
    }
    let other = folder.file("other.parquet");
    write(
        &other,
        vec![("amount", texts(&[Some("1")])), ("c", texts(&[Some("x")]))],
        10,
    );
    let mismatch = open(&[&path, &other]).unwrap_err();
    assert_eq!(
        (mismatch.code, mismatch.column.as_deref()),
        (Code::SchemaMismatch, Some("amount"))
    );
}

#[test]
fn damaged_pages_are_errors_not_panics() {
    let folder = Folder::new("damaged");
    let path = folder.file("a.parquet");
    let values: ArrayRef = Arc::new(Float64Array::from_iter_values((0..2_000).map(f64::from)));
    let letters = texts(
        &(0..2_000)
            .map(|i| Some(["a", "b", "c"][i % 3]))
            .collect::<Vec<_>>(),
    );
    write(&path, vec![("x", values), ("c", letters)], 500);
    let bytes = std::fs::read(&path).unwrap();
    let mut failed = 0;
    for at in (4..bytes.len() * 9 / 10).step_by(37) {
        let mut damaged = bytes.clone();
        for byte in &mut damaged[at..at + 8] {
            *byte ^= 0xA5;
        }
        let broken = folder.file("broken.parquet");
        std::fs::write(&broken, damaged).unwrap();
        let Ok(dataset) = open(&[&broken]) else {
            continue;
        };
        failed += usize::from(dataset.read_numbers("x").is_err())
            + usize::from(dataset.read_categories("c").is_err());
    }
    assert!(failed > 0);
}

#[test]
fn what_is_written_reads_back_and_appears_only_when_finished() {
    let folder = Folder::new("writer");
    let target = folder.file("out.parquet");
    let source = folder.file("in.parquet");
    write(
        &source,
        vec![
            ("c", texts(&[Some("x"), None])),
            ("x", Arc::new(Float64Array::from(vec![0.1, 0.2]))),
        ],
        10,
    );
    let dataset = open(&[&source]).unwrap();
    let fields: Vec<Field> = dataset
        .columns()
        .iter()
        .map(|column| Field::new(&column.name, column.data_type.clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = || {
        let batch = dataset
            .batches(&["c", "x"], 10)
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        RecordBatch::try_new(schema.clone(), batch.arrays).unwrap()
    };
    let mut writer = Writer::create(&target, schema.clone()).unwrap();
    writer.write(&batch()).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1);

    let mut bytes = Vec::new();
    for _ in 0..2 {
        let mut writer = Writer::create(&target, schema.clone()).unwrap();
        writer.write(&batch()).unwrap();
        writer.write(&batch()).unwrap();
        assert!(!target.exists() || !bytes.is_empty());
        writer.finish().unwrap();
        bytes.push(std::fs::read(&target).unwrap());
    }
    assert_eq!(bytes[0], bytes[1]);
    let written = open(&[&target]).unwrap();
    assert_eq!(
        written.read_categories("c").unwrap().codes,
        [0, NULL_CODE, 0, NULL_CODE]
    );
    assert_eq!(written.read_numbers("x").unwrap(), [0.1, 0.2, 0.1, 0.2]);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
    assert_eq!(
        Writer::create(&folder.file("no/out.parquet"), schema.clone())
            .unwrap_err()
            .code,
        Code::Write
    );
}
