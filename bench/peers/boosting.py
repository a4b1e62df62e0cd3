"""Training and prediction by lightgbm's Python package, fed in different ways; checks of both sides' models."""

import json
import pathlib

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
from figures import main
from scipy import stats
from tables import as_numbers, categories_of, features_of, is_category, parts_of

# Rows on which AUC is taken: enough for four digits.
CHECKED_ROWS = 1_000_000


def encoded(path: str, names: list[str], known: dict[str, list[str]]) -> pa.Table:
    """Numbers only: categories as their place in the sorted list, booleans as 0 and 1."""
    categories = [name for name in names if is_category(name)]
    table = pq.read_table(path, columns=names, read_dictionary=categories)
    return pa.table({name: as_codes(table[name], known[name]) if name in known else plain(table[name]) for name in names})


def as_codes(column: pa.ChunkedArray, labels: list[str]) -> pa.ChunkedArray:
    """Text is looked up once a distinct value, not once a row."""
    chunks = []
    for chunk in column.chunks:
        places = pc.index_in(chunk.dictionary, pa.array(labels))
        chunks.append(pc.take(places, chunk.indices))
    return pa.chunked_array(chunks, pa.int32())


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else as_numbers(column)


def matrix(table: pa.Table) -> np.ndarray:
    values = np.empty((table.num_rows, table.num_columns), order="F")
    for place, column in enumerate(table.columns):
        values[:, place] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def known_of(folder: str) -> tuple[list[str], dict[str, list[str]]]:
    names = features_of(folder)
    return names, categories_of(folder, [name for name in names if is_category(name)])


def train(job: dict) -> None:
    folder = job["data"]["train"]
    names, known = known_of(folder)
    data, params = None, {**job["params"], **job["layout"], "verbose": -1}
    if job["way"] == "csv":
        data, params = from_csv(job, names, known, params)
    else:
        table = encoded(folder, names, known)
        label = pq.read_table(folder, columns=["y"])["y"].to_numpy()
        values = table if job["way"] == "arrow" else matrix(table)
        if job["way"] == "numpy":
            del table
        data = lgb.Dataset(values, label, feature_name=names, categorical_feature=list(known), params=params)
    lgb.train(params, data, job["rounds"]).save_model(job["peer"]["model"])
    pathlib.Path(job["peer"]["model"] + ".categories").write_text(json.dumps(known))


def from_csv(job: dict, names: list[str], known: dict, params: dict) -> tuple[lgb.Dataset, dict]:
    """LightGBM reads text files by itself; the file is made of the Parquet first, since that is what there is."""
    file = job["peer"]["model"] + ".csv"
    writer = None
    for part in parts_of(job["data"]["train"]):
        table = encoded(part, names, known).add_column(0, "y", pq.read_table(part, columns=["y"])["y"])
        writer = writer or csv.CSVWriter(file, table.schema, write_options=csv.WriteOptions(include_header=False))
        writer.write_table(table)
    writer.close()
    places = ",".join(str(names.index(name)) for name in known)
    params = {**params, "label_column": "0", "categorical_feature": places}
    return lgb.Dataset(file, params=params), params


def predict(job: dict) -> None:
    """Part by part, Parquet to Parquet, from the model that pilotlight saved."""
    booster, names, known = our_model(job)
    writer = None
    for part in parts_of(job["data"]["test"]):
        table = encoded(part, names, known)
        scores = booster.predict(table if job["way"] == "arrow" else matrix(table))
        out = pa.table({"y": pq.read_table(part, columns=["y"])["y"], "probability": scores})
        writer = writer or pq.ParquetWriter(job["peer"]["predictions"], out.schema, compression="zstd")
        writer.write_table(out)
    writer.close()


def our_model(job: dict) -> tuple[lgb.Booster, list[str], dict[str, list[str]]]:
    lines = pathlib.Path(job["ours"]["model"]).read_text().split("pandas_categorical:")[1]
    names = features_of(job["data"]["test"])
    known = dict(zip([name for name in names if is_category(name)], json.loads(lines)))
    return lgb.Booster(model_file=job["ours"]["model"]), names, known


def check_train(job: dict) -> list[float]:
    """AUC of our model and of the peer's on rows of the second table, both predicted by the peer."""
    ours = our_model(job)
    theirs = json.loads(pathlib.Path(job["peer"]["model"] + ".categories").read_text())
    models = [ours, (lgb.Booster(model_file=job["peer"]["model"]), ours[1], theirs)]
    labels, scores = [], [[], []]
    for part in parts_of(job["data"]["test"]):
        labels.append(pq.read_table(part, columns=["y"])["y"].to_numpy())
        for place, (booster, names, known) in enumerate(models):
            scores[place].append(booster.predict(matrix(encoded(part, names, known))))
        if sum(map(len, labels)) >= CHECKED_ROWS:
            break
    return [auc(np.concatenate(labels), np.concatenate(side)) for side in scores]


def check_predict(job: dict) -> float:
    """Largest difference of a probability between both sides, which predict from one model."""
    ours, theirs = (pq.read_table(job[side]["predictions"])["probability"].to_numpy() for side in ("ours", "peer"))
    return float(np.max(np.abs(ours - theirs)))


def auc(label: np.ndarray, score: np.ndarray) -> float:
    positives = int(label.sum())
    ranks = stats.rankdata(score)[label == 1].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * (len(label) - positives)))


if __name__ == "__main__":
    main({"train": train, "predict": predict, "check_train": check_train, "check_predict": check_predict})
