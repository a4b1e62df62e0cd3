"""LightGBM's own Python package on the same Parquet files: trains, loads, predicts.

stdin: {"task": "train" | "predict", ...}; stdout: JSON. Text columns become the codes that `categories` gives them.
"""

import json
import sys

import lightgbm as lgb
import numpy as np
import polars as pl


def matrix(path, features, categories):
    frame = pl.read_parquet(path)
    columns = []
    for name in features:
        column = frame[name]
        if name in categories:
            codes = {text: code for code, text in enumerate(categories[name])}
            column = pl.Series([codes.get(text) for text in column.to_list()], dtype=pl.Float64)
        columns.append(column.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    return np.column_stack(columns), frame


def train(task):
    categories = task.get("categories", {})
    x, frame = matrix(task["train"], task["features"], categories)
    params = dict(task["params"], verbosity=-1)
    codes = [task["features"].index(name) for name in categories]
    weight = frame[task["weight"]].to_numpy() if "weight" in task else None
    rows = lgb.Dataset(
        x, frame[task["target"]].to_numpy(), weight=weight, feature_name=task["features"],
        categorical_feature=codes or "auto", params=params, free_raw_data=False,
    )
    evaluations, valid_sets = {}, []
    callbacks = [lgb.record_evaluation(evaluations)]
    xv = x
    if "valid" in task:
        xv, valid = matrix(task["valid"], task["features"], categories)
        valid_sets = [lgb.Dataset(xv, valid[task["target"]].to_numpy(), reference=rows, params=params)]
    if "patience" in task:
        callbacks.append(lgb.early_stopping(task["patience"], first_metric_only=True, verbose=False))
    model = lgb.train(params, rows, task["rounds"], valid_sets=valid_sets, valid_names=["valid"][: len(valid_sets)], callbacks=callbacks if valid_sets else [])
    # What the package itself sets for a pandas frame, and writes at the end of the model.
    model.pandas_categorical = list(categories.values()) or None
    model.save_model(task["model"])
    return {
        "best_iteration": max(model.best_iteration, 0),
        "evaluations": evaluations.get("valid", {}),
        "predictions": model.predict(xv).tolist(),
        "contributions": model.predict(xv, pred_contrib=True).tolist(),
        "gain": model.feature_importance("gain").tolist(),
        "split": model.feature_importance("split").tolist(),
    }


def predict(task):
    model = lgb.Booster(model_file=task["model"])
    names = model.feature_name()
    places = [place for place, info in enumerate(model.dump_model()["feature_infos"].values()) if info["values"]]
    lists = model.pandas_categorical or []
    categories = {names[place]: values for place, values in zip(places, lists, strict=True)} if lists else {}
    x, _ = matrix(task["data"], names, categories)
    return {
        "features": names,
        "pandas_categorical": model.pandas_categorical,
        "predictions": model.predict(x).tolist(),
        "raw": model.predict(x, raw_score=True).tolist(),
        "contributions": model.predict(x, pred_contrib=True).tolist(),
        "gain": model.feature_importance("gain").tolist(),
        "split": model.feature_importance("split").tolist(),
    }


task = json.load(sys.stdin)
json.dump({"train": train, "predict": predict}[task["task"]](task), sys.stdout)
