//! Training, prediction and cancelling, on data small enough to reason about.

use arrow::array::{
    ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use pilotlight_boosting::*;
use pilotlight_columns::{Writer, open};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("pilotlight-boosting-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// y = 1 where the colour is "red" or x is above 0.8; x runs through [0, 1), colours in turn.
fn write(path: &Path, rows: usize, colours: &[&str]) {
    let x: Vec<f64> = (0..rows)
        .map(|row| (row * 37 % rows) as f64 / rows as f64)
        .collect();
    let keys = Int32Array::from_iter_values((0..rows).map(|row| (row % colours.len()) as i32));
    let y = Int64Array::from_iter_values(
        (0..rows).map(|row| i64::from(colours[row % colours.len()] == "red" || x[row] > 0.8)),
    );
    let colour = DictionaryArray::new(keys, Arc::new(StringArray::from(colours.to_vec())));
    let columns: [(&str, ArrayRef); 3] = [
        ("x", Arc::new(Float64Array::from(x))),
        ("colour", Arc::new(colour)),
        ("y", Arc::new(y)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = Writer::create(path, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

fn training(folder: &Folder, rounds: u32) -> Training {
    let parameters = [
        ("objective", "binary"),
        ("learning_rate", "0.5"),
        ("min_data_per_group", "1"),
        ("cat_smooth", "0"),
    ];
    Training {
        data: TrainingData {
            paths: vec![folder.0.join("train.parquet")],
            target: "y".into(),
            weight: None,
            features: None,
            exclude: Vec::new(),
        },
        valid_paths: Vec::new(),
        parameters: Parameters::new(parameters).unwrap(),
        rounds: Some(rounds),
        early_stopping_rounds: None,
        model_path: folder.0.join("model.txt"),
        machines: None,
    }
}

fn run<T>(work: impl FnOnce(&Control) -> Result<T, Error>) -> Result<T, Error> {
    work(&Control {
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    })
}

#[test]
fn learns_a_rule_and_predicts_it_from_text() {
    let folder = Folder::new("rule");
    write(
        &folder.0.join("train.parquet"),
        3_000,
        &["red", "green", "blue"],
    );
    let trained = run(|control| train(training(&folder, 30), control)).unwrap();
    assert_eq!(trained.features, ["x", "colour"]);
    let colours = ["blue", "green", "red"].map(|text| Category::Text(text.into()));
    assert_eq!(
        trained.categories,
        [("colour".to_string(), colours.to_vec())]
    );
    assert_eq!(
        (trained.best_iteration, trained.rounds, trained.classes),
        (30, 30, 2)
    );

    write(
        &folder.0.join("new.parquet"),
        400,
        &["blue", "red", "mauve", "green"],
    );
    let prediction = Prediction {
        model_path: folder.0.join("model.txt"),
        data_paths: vec![folder.0.join("new.parquet")],
        out_path: folder.0.join("out.parquet"),
        keep: vec!["y".into(), "colour".into()],
        output: Output::Probability,
    };
    let found = run(|control| predict(&prediction, control)).unwrap();
    assert_eq!(
        found.unseen,
        [Unseen {
            feature: "colour".into(),
            rows: 100,
            examples: vec!["mauve".into()]
        }]
    );
    let out = open(&[&prediction.out_path]).unwrap();
    let (y, p) = (
        out.read_numbers("y").unwrap(),
        out.read_numbers("probability").unwrap(),
    );
    for row in (0..400).filter(|row| row % 4 != 2) {
        assert!(
            (y[row] - p[row]).abs() < 0.2,
            "row {row}: {} for {}",
            p[row],
            y[row]
        );
    }
}

#[test]
fn a_set_flag_ends_training_without_a_file() {
    let folder = Folder::new("cancel");
    write(&folder.0.join("train.parquet"), 500, &["red", "green"]);
    let cancel = AtomicBool::new(false);
    let progress = |progress: Progress| {
        if progress.done == 3 {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let error = train(
        training(&folder, 1_000_000),
        &Control {
            cancel: &cancel,
            progress: &progress,
        },
    )
    .unwrap_err();
    assert_eq!(error.code(), "CANCELLED");
    assert!(!folder.0.join("model.txt").exists());
}

#[test]
fn constant_features_give_a_model_of_the_mean() {
    let folder = Folder::new("constant");
    let columns: [(&str, ArrayRef); 2] = [
        ("x", Arc::new(Float64Array::from(vec![5.0; 100]))),
        (
            "y",
            Arc::new(Int64Array::from_iter_values(
                (0..100).map(|row| i64::from(row < 25)),
            )),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = Writer::create(&folder.0.join("train.parquet"), batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let trained = run(|control| train(training(&folder, 10), control)).unwrap();
    assert_eq!(trained.best_iteration, 1);
    assert!(!trained.warnings.is_empty());
    let prediction = Prediction {
        model_path: folder.0.join("model.txt"),
        data_paths: vec![folder.0.join("train.parquet")],
        out_path: folder.0.join("out.parquet"),
        keep: Vec::new(),
        output: Output::Probability,
    };
    run(|control| predict(&prediction, control)).unwrap();
    let p = open(&[&prediction.out_path])
        .unwrap()
        .read_numbers("probability")
        .unwrap();
    assert!(
        p.iter().all(|value| (value - 0.25).abs() < 1e-6),
        "{}",
        p[0]
    );
}

#[test]
fn parameters_are_known_by_every_name_and_never_given_twice() {
    let parameters = Parameters::new([
        ("eta", "0.1"),
        ("metric", "auc, binary_logloss"),
        ("objective", "binary"),
    ])
    .unwrap();
    assert_eq!(parameters.get("learning_rate"), Some("0.1"));
    assert_eq!(parameters.get("metric"), Some("auc,binary_logloss"));
    assert_eq!(parameters.get("deterministic"), Some("true"));
    let code = |name: &str, value: &str| Parameters::new([(name, value)]).unwrap_err().code();
    assert_eq!(code("learning_rat", "1"), "UNKNOWN_PARAMETER");
    assert_eq!(code("seed", "1\nseed=2"), "BAD_PARAMETER");
    assert_eq!(code("output_model", "x"), "BAD_PARAMETER");
}

/// Cuts and bit flips: whatever a model's text has become, reading and predicting with it ends in a model or in an error.
#[test]
fn mutated_models_never_crash() {
    let folder = Folder::new("mutated");
    write(
        &folder.0.join("train.parquet"),
        400,
        &["red", "green", "blue"],
    );
    run(|control| train(training(&folder, 3), control)).unwrap();
    let text = std::fs::read_to_string(folder.0.join("model.txt")).unwrap();
    let mut refused = 0;
    for at in 0..text.len() {
        refused += usize::from(Model::parse(&text[..at], "cut").is_err());
        let mut bytes = text.clone().into_bytes();
        bytes[at] = b"9-. =\nx"[at % 7];
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        let path = folder.0.join("changed.txt");
        let Ok(_) = Model::parse(&changed, "changed") else {
            continue;
        };
        std::fs::write(&path, changed).unwrap();
        if at % 20 == 0 {
            // Any answer will do; a walk out of a tree would end the process.
            let _ = run(|control| {
                mean_contributions(&path, &[folder.0.join("train.parquet")], 20, control)
            });
        }
    }
    assert!(refused > text.len() / 2);
}
