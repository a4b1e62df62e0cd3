"""The segmentation pipeline a second time, from docs/segmentation.md alone: the oracle of the golden test.

It favours being obviously right over being fast: every raw cell is parsed by a plain Python function, every
statistic is one numpy line over a contracts x invoices matrix with NaN for "no value".

    python golden.py run --data DIR --config config.json --as-of 2026-01-06 --out DIR [--model Domestic=model.txt]
    python golden.py drift --reference A.parquet --current B.parquet --out drift.json
    python golden.py --self-test
"""

import argparse
import csv
import hashlib
import json
import math
import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import golden_drift

Config = dict[str, Any]
Counts = dict[str, int]
Statistic = Callable[[np.ndarray], np.ndarray]

DTYPES: dict[str, Any] = {
    "string": pl.String, "category": pl.String, "integer": pl.Int64, "number": pl.Float64,
    "boolean": pl.Boolean, "date": pl.Date,
}
TEXT_TYPES = ("string", "category")


# --- 1. The door -----------------------------------------------------------------------------------------------------


def normalise(text: str) -> str | None:
    """A category as the specification spells it; empty is missing."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(bare.upper().split()) or None


def parse_boolean(text: str) -> bool:
    return {"true": True, "t": True, "yes": True, "y": True, "1": True,
            "false": False, "f": False, "no": False, "n": False, "0": False}[text.lower()]


def parse_integer(text: str) -> int:
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def parse_date(text: str) -> date:
    """Only YYYY-MM-DD: Python takes other ISO spellings too."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": parse_integer, "number": float, "boolean": parse_boolean, "date": parse_date,
}


def check_value(text: str | None, column: Config) -> tuple[Any, str | None]:
    """The typed value (or None) and the check that it broke (or None)."""
    if text is None:
        return None, None
    kind = column["type"]
    if kind in TEXT_TYPES:
        value: Any = normalise(text) if kind == "category" else text.strip() or None
        allowed = column.get("values")
        if value is not None and allowed and value not in {normalise(v) for v in allowed}:
            return None, "values"
        return value, None
    try:
        value = PARSERS[kind](text.strip())
    except (ValueError, KeyError, OverflowError):
        return None, "type"
    if kind in ("integer", "number"):
        if math.isnan(value):
            return None, None
        low, high = column.get("min"), column.get("max")
        bounded = low is not None or high is not None
        if (low is not None and value < low) or (high is not None and value > high) or (bounded and math.isinf(value)):
            return None, "range"
    return value, None


def read_source(folder: Path, source: Config, nulls: list[str], counts: Counts) -> tuple[pl.DataFrame, int]:
    """Typed rows with the column checks and the dropped nulls counted; and the number of raw rows."""
    (file_name,) = source["files"].values()
    with (folder / file_name).open(encoding="utf-8", newline="") as file:
        raw = list(csv.DictReader(file))
    columns = []
    for name, column in source["columns"].items():
        cells = [None if row[column.get("from", name)] in nulls else row[column.get("from", name)] for row in raw]
        checked = [check_value(cell, column) for cell in cells]
        for _, breach in checked:
            add(counts, f"{name}/{breach}", breach is not None)
        columns.append(pl.Series(name, [value for value, _ in checked], dtype=DTYPES[column["type"]]))
    frame = pl.DataFrame(columns)
    required = [name for name, column in source["columns"].items() if column.get("nullable") is False]
    for name in required:
        add(counts, f"{name}/null", frame[name].null_count())
    return frame.drop_nulls(required) if required else frame, len(raw)


def add(counts: Counts, check: str, breaches: int) -> None:
    if breaches:
        counts[check] = counts.get(check, 0) + int(breaches)


def drop(frame: pl.DataFrame, bad: pl.Expr, counts: Counts, check: str) -> pl.DataFrame:
    kept = frame.filter(~bad.fill_null(False))
    add(counts, check, frame.height - kept.height)
    return kept


def blank(frame: pl.DataFrame, name: str, bad: pl.Expr, counts: Counts, check: str) -> pl.DataFrame:
    add(counts, f"{name}/{check}", frame.filter(bad.fill_null(False)).height)
    return frame.with_columns(pl.when(bad.fill_null(False)).then(None).otherwise(pl.col(name)).alias(name))


def check_rows(frame: pl.DataFrame, key: list[str], as_of: date, counts: Counts) -> pl.DataFrame:
    """The checks that need more than one cell, in the order of the specification's table."""
    unique = frame.unique(subset=key, keep="first", maintain_order=True)
    add(counts, "+".join(key) + "/duplicate", frame.height - unique.height)
    frame = unique
    if "invoice_date" in frame.columns:
        frame = drop(frame, pl.col("invoice_date") > as_of, counts, "invoice_date/future")
    for name in ("start_date", "signup_date"):
        if name in frame.columns:
            frame = blank(frame, name, pl.col(name) > as_of, counts, "future")
    if {"start_date", "end_date"} <= set(frame.columns):
        frame = blank(frame, "end_date", pl.col("end_date") < pl.col("start_date"), counts, "reversed")
    return frame


def read_all(folder: Path, config: Config, as_of: date) -> tuple[dict[str, pl.DataFrame], dict[str, Counts]]:
    settings = config["columns"]
    quality: dict[str, Counts] = {name: {} for name in settings["sources"]}
    frames, rows = {}, {}
    for name, source in settings["sources"].items():
        frame, rows[name] = read_source(folder, source, settings["null_values"], quality[name])
        frames[name] = check_rows(frame, source["key"], as_of, quality[name])
    orphan = ~pl.col("customer_id").is_in(frames["clie"]["customer_id"].to_list())
    add(quality["pola"], "customer_id/orphan", frames["pola"].filter(orphan.fill_null(False)).height)
    frames["hfac"] = drop(frames["hfac"], ~pl.col("policy_id").is_in(frames["pola"]["policy_id"].to_list()),
                          quality["hfac"], "policy_id/orphan")
    types = {normalise(t): name for name, m in config["modeling"]["model_types"].items() for t in m["tarifas"]}
    model_type = pl.Series("model_type", [types.get(t) for t in frames["pola"]["tarifa"]], dtype=pl.String)
    frames["pola"] = drop(frames["pola"].with_columns(model_type), pl.col("model_type").is_null(),
                          quality["pola"], "tarifa/model_type")
    for name, counts in quality.items():
        for check, breaches in counts.items():
            if breaches > settings["breach_share_max"] * rows[name]:
                sys.exit(f"{name}: {check}: {breaches} of {rows[name]} rows break it")
    return frames, quality


# --- 1. The split ----------------------------------------------------------------------------------------------------


def split_hash(seed: int, policy_id: str) -> int:
    """DuckDB's md5_number_lower: the last 8 bytes of the digest, the least significant first."""
    return int.from_bytes(hashlib.md5(f"{seed}:{policy_id}".encode()).digest()[8:], "little")


def assign_splits(contracts: pl.DataFrame, modeling: Config) -> pl.DataFrame:
    """Columns `split` and `fold`, by position in hash order within (model type, target)."""
    strata: dict[tuple[str, Any], list[tuple[int, str]]] = {}
    target = contracts["target"] if "target" in contracts.columns else [None] * contracts.height
    for policy_id, model_type, label in zip(contracts["policy_id"], contracts["model_type"], target, strict=True):
        if label is not None:
            strata.setdefault((model_type, label), []).append((split_hash(modeling["seed"], policy_id), policy_id))
    train, test = modeling["split"]["train"], modeling["split"]["test"]
    folds = modeling["cross_validation_folds"]
    places: dict[str, tuple[str, int | None]] = {}
    for members in strata.values():
        train_end = math.floor(len(members) * train + 0.5)
        test_end = math.floor(len(members) * (train + test) + 0.5)
        for position, (_, policy_id) in enumerate(sorted(members)):
            split = "train" if position < train_end else "test" if position < test_end else "inference"
            places[policy_id] = (split, position % folds if folds else None)
    found = [places.get(policy_id, ("inference", None)) for policy_id in contracts["policy_id"]]
    return contracts.with_columns(pl.Series("split", [split for split, _ in found], dtype=pl.String),
                                  pl.Series("fold", [fold for _, fold in found], dtype=pl.Int64))


# --- 2. Features -----------------------------------------------------------------------------------------------------


def present(m: np.ndarray) -> np.ndarray:
    return (~np.isnan(m)).sum(axis=1)


def unless(missing: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(missing, np.nan, values)


def mean(m: np.ndarray) -> np.ndarray:
    n = present(m)
    return unless(n == 0, np.nansum(m, axis=1) / np.maximum(n, 1))


def std(m: np.ndarray) -> np.ndarray:
    n = present(m)
    squares = np.nansum((m - mean(m)[:, None]) ** 2, axis=1)
    return unless(n < 2, np.sqrt(squares / np.maximum(n - 1, 1)))


def trend(m: np.ndarray) -> np.ndarray:
    """Least-squares slope against time: column 0 (the newest invoice) is time 0, column 1 is -1, ..."""
    time = np.where(np.isnan(m), np.nan, -np.arange(m.shape[1], dtype=float))
    dt, dm = time - mean(time)[:, None], m - mean(m)[:, None]
    few = present(m) < 2
    return unless(few, np.nansum(dt * dm, axis=1) / np.where(few, 1.0, np.nansum(dt * dt, axis=1)))


STATISTICS: dict[str, Statistic] = {
    "mean": mean, "std": std, "trend": trend,
    "min": lambda m: np.fmin.reduce(m, axis=1), "max": lambda m: np.fmax.reduce(m, axis=1),
}


def rank_invoices(invoices: pl.DataFrame) -> pl.DataFrame:
    """Column `k`: 0 for the newest invoice of a contract, 1 for the one before, ..."""
    newest_first = invoices.sort(["policy_id", "invoice_date"], descending=[False, True])
    return newest_first.with_columns(k=pl.int_range(pl.len()).over("policy_id"))


def matrix(values: pl.Series, row: np.ndarray, k: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    filled = np.full(shape, np.nan)
    inside = k < shape[1]
    filled[row[inside], k[inside]] = values.cast(pl.Float64).fill_null(math.nan).to_numpy()[inside]
    return filled


def invoice_columns(contracts: pl.DataFrame, invoices: pl.DataFrame, modeling: Config) -> list[pl.Series]:
    settings = modeling["invoices"]
    rows = {policy_id: i for i, policy_id in enumerate(contracts["policy_id"])}
    row = np.array([rows[p] for p in invoices["policy_id"]], dtype=int)
    k = invoices["k"].to_numpy()
    columns: dict[str, np.ndarray] = {}
    for measure, short in settings["measures"].items():
        m = matrix(invoices[measure], row, k, (contracts.height, settings["last"]))
        columns |= {f"{short}_m{i + 1:02d}": m[:, i] for i in range(settings["last"])}
        for window in settings["windows"]:
            columns |= {f"{short}_{s}_last{window}": STATISTICS[s](m[:, :window]) for s in settings["statistics"]}
    return [pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in columns.items()]


def lateness(invoices: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Columns `late` (days, null without a due date) and `open`, both as known on `as_of`."""
    def days(a: pl.Expr, b: pl.Expr) -> pl.Expr:
        return pl.max_horizontal((a - b).dt.total_days(), 0)

    def known(name: str) -> pl.Expr:
        return pl.col(name) if name in invoices.columns else pl.lit(None, dtype=pl.Date)

    today, due = pl.lit(as_of), known("due_date")
    paid = pl.when(known("paid_date") <= today).then(known("paid_date"))
    late = pl.when(due.is_not_null()).then(days(paid.fill_null(today), due))
    if "days_late" in invoices.columns:
        late = pl.col("days_late")
    invoices = invoices.with_columns(late=late.cast(pl.Float64))
    if "is_open" in invoices.columns:
        is_open = pl.col("is_open")
    elif "paid_date" in invoices.columns:
        is_open = paid.is_null() & (due < today)
    else:
        is_open = pl.col("late") > 0
    return invoices.with_columns(open=is_open.fill_null(False))


def debt_columns(contracts: pl.DataFrame, invoices: pl.DataFrame, config: Config, as_of: date) -> pl.DataFrame:
    """Adds invoice_count, last_invoice_days, overdue_days, open_invoices and incorriente_reason."""
    rules = config["clustering"]["incorrientes"]
    recent = lateness(invoices, as_of).filter(pl.col("k") < rules["last_invoices"])
    debts = recent.group_by("policy_id").agg(
        overdue_days=pl.col("late").filter(pl.col("open")).max(), open_invoices=pl.col("open").sum().cast(pl.Int64))
    last = config["modeling"]["invoices"]["last"]
    known = invoices.group_by("policy_id").agg(
        newest=pl.col("invoice_date").max(), invoice_count=(pl.col("k") < last).sum().cast(pl.Int64))
    joined = contracts.join(known, on="policy_id", how="left").join(debts, on="policy_id", how="left").with_columns(
        pl.col("invoice_count", "open_invoices", "overdue_days").fill_null(0),
        last_invoice_days=(pl.lit(as_of) - pl.col("newest")).dt.total_days())
    stale = pl.col("last_invoice_days").is_null() | (pl.col("last_invoice_days") > rules["window_days"])
    reason = (pl.when(pl.col("overdue_days") > rules["overdue_days_max"]).then(pl.lit("overdue"))
              .when(pl.col("open_invoices") >= rules["open_invoices_min"]).then(pl.lit("open_invoices"))
              .when(stale).then(pl.lit("no_invoice")))
    return joined.with_columns(incorriente_reason=reason)


def build_features(frames: dict[str, pl.DataFrame], config: Config, as_of: date) -> tuple[pl.DataFrame, list[str]]:
    """One row a contract, sorted by policy_id; and the names of the feature columns."""
    modeling, sources = config["modeling"], config["columns"]["sources"]
    contracts = frames["pola"].join(frames["clie"], on="customer_id", how="left").sort("policy_id")
    invoices = rank_invoices(frames["hfac"].filter(pl.col("policy_id").is_in(contracts["policy_id"].to_list())))
    contracts = debt_columns(assign_splits(contracts, modeling), invoices, config, as_of)
    declared = sources["pola"]["columns"] | sources["clie"]["columns"]
    reference = pl.coalesce("newest", pl.lit(as_of))
    dates = [name for name, column in declared.items() if column["type"] == "date"]
    contracts = contracts.with_columns(
        [(pl.col(name) - reference).dt.total_days().alias(f"{name}_days") for name in dates])
    aside = {"policy_id", "customer_id", "target", "tarifa", *dates} - set(modeling["features_include"])
    series = invoice_columns(contracts, invoices, modeling)
    names = [name for name in declared if name not in aside] + [f"{name}_days" for name in dates]
    names += ["invoice_count", "last_invoice_days", "overdue_days", "open_invoices"] + [s.name for s in series]
    names = [name for name in names if name not in modeling["features_exclude"]]
    contracts = contracts.with_columns(series)
    fills = [pl.col(name).fill_null(value) for name, value in modeling["fills"].items() if name in names]
    if "target" not in contracts.columns:
        contracts = contracts.with_columns(target=pl.lit(None, dtype=pl.Int64))
    return contracts.with_columns(fills), names


def dropped_columns(train: pl.DataFrame, names: list[str]) -> dict[str, str]:
    dropped = {}
    for name in names if train.height else []:
        if train[name].null_count() == train.height:
            dropped[name] = "all_null"
        elif train[name].null_count() == 0 and train[name].n_unique() == 1:
            dropped[name] = "constant"
    return dropped


# --- 3. Predictions --------------------------------------------------------------------------------------------------


def predict(contracts: pl.DataFrame, model_path: str) -> np.ndarray:
    """Probabilities of the LightGBM text model; a category that it never saw is missing."""
    import lightgbm

    booster = lightgbm.Booster(model_file=model_path)
    names = booster.feature_name()
    text = [name for name in names if contracts[name].dtype == pl.String]
    trailer = re.findall(r"^pandas_categorical:(.*)$", Path(model_path).read_text(), re.MULTILINE)
    categories = dict(zip(text, json.loads(trailer[-1]) or [], strict=True)) if trailer else {}
    columns = []
    for name in names:
        column = contracts[name]
        if name in categories:
            codes = {category: float(i) for i, category in enumerate(categories[name])}
            column = pl.Series(name, [codes.get(value) for value in column], dtype=pl.Float64)
        columns.append(column.cast(pl.Float64).fill_null(math.nan).to_numpy())
    return np.asarray(booster.predict(np.column_stack(columns)))


# --- 4. Clusters -----------------------------------------------------------------------------------------------------


def risk_ranks(probability: np.ndarray, up_to_date: np.ndarray, ranks: int) -> list[int | None]:
    if not up_to_date.any():
        return [None] * len(probability)
    thresholds = np.quantile(probability[up_to_date], [i / ranks for i in range(1, ranks)])
    return [1 + int((thresholds < p).sum()) if ok else None for p, ok in zip(probability, up_to_date, strict=True)]


def estrato_class(estrato: int | None) -> str:
    return {1: "BAJO", 2: "BAJO", 3: "MEDIO", 4: "MEDIO", 5: "ALTO", 6: "ALTO"}.get(estrato or 0, "DESCONOCIDO")


def tenure_band(months: float | None, bands: list[Config]) -> tuple[int, str]:
    """Index of the band (1 = the new customers, 0 = unknown) and its name."""
    if months is None:
        return 0, "Desconocido"
    if months <= 12:
        return 1, "Cliente Nuevo"
    for index, band in enumerate(bands, start=2):
        if months <= band.get("months_max", math.inf):
            return index, band["name"]
    return len(bands) + 1, bands[-1]["name"]


def build_clusters(scored: pl.DataFrame, clustering: Config, as_of: date) -> pl.DataFrame:
    """Cluster columns of the contracts of one model type."""
    names = clustering["risk_names"]
    up_to_date = scored["incorriente_reason"].is_null().to_numpy()
    rows = []
    ranks = risk_ranks(scored["probability"].to_numpy(), up_to_date, len(names))
    for contract, rank in zip(scored.iter_rows(named=True), ranks, strict=True):
        start = contract["start_date"]
        months = None if start is None else (as_of - start).days / 30.4375
        band, cat_and = tenure_band(months, clustering["tenure_bands"])
        estrato = estrato_class(contract["estrato"])
        risk = "X" if rank is None else f"R{rank}"
        rows.append((contract["policy_id"], rank, "INCORRIENTE" if rank is None else names[rank - 1], estrato,
                     cat_and, months, f"{contract['model_type'][0]}-{risk}-E{estrato[0]}-T{band}"))
    return pl.DataFrame(rows, orient="row", schema={
        "policy_id": pl.String, "risk_rank": pl.Int64, "risk_category": pl.String, "estrato_class": pl.String,
        "cat_and": pl.String, "tenure_months": pl.Float64, "cluster_code": pl.String})


def build_benchmark(scored: pl.DataFrame, windows: list[int]) -> pl.DataFrame:
    return scored.group_by("model_type", "cluster_code").agg(
        customers=pl.len().cast(pl.Int64),
        share=pl.len() / scored.height,
        probability_mean=pl.col("probability").mean(),
        probability_median=pl.col("probability").median(),
        observed_rate=pl.col("target").cast(pl.Float64).mean(),
        amount_mean=pl.col(f"amount_mean_last{max(windows)}").mean(),
        consumption_mean=pl.col(f"consumption_mean_last{max(windows)}").mean(),
    ).sort("model_type", "cluster_code")


# --- Commands --------------------------------------------------------------------------------------------------------


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n")


def run(args: argparse.Namespace) -> None:
    config = json.loads(Path(args.config).read_text())
    as_of, out = date.fromisoformat(args.as_of), Path(args.out)
    frames, quality = read_all(Path(args.data), config, as_of)
    contracts, names = build_features(frames, config, as_of)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "quality.json", quality)
    about = ["policy_id", "customer_id", "model_type", "split", "fold", "target", "incorriente_reason"]
    contracts.select(about + names).write_parquet(out / "features.parquet")
    columns = {}
    for model_type in config["modeling"]["model_types"]:
        train = contracts.filter((pl.col("model_type") == model_type) & (pl.col("split") == "train"))
        dropped = dropped_columns(train, names)
        columns[model_type] = {"features": [name for name in names if name not in dropped], "dropped": dropped}
    write_json(out / "features.json", columns)
    scored, clusters = [], []
    for model_type, model_path in (pair.split("=", 1) for pair in args.model):
        part = contracts.filter(pl.col("model_type") == model_type)
        part = part.with_columns(probability=pl.Series(predict(part, model_path)))
        clusters.append(build_clusters(part, config["clustering"], as_of))
        scored.append(part)
    if scored:
        everyone, codes = pl.concat(scored), pl.concat(clusters)
        everyone.select("policy_id", "probability").write_parquet(out / "predictions.parquet")
        codes.write_parquet(out / "clusters.parquet")
        everyone = everyone.join(codes.select("policy_id", "cluster_code"), on="policy_id")
        benchmark = build_benchmark(everyone, config["modeling"]["invoices"]["windows"])
        benchmark.write_parquet(out / "benchmark.parquet")


def self_test() -> None:
    """Values worked out by hand (or, for the hash, by DuckDB 1.5.6: md5_number_lower('42:P000001'))."""
    nan = math.nan
    m = np.array([[3.0, nan, 1.0, 2.0], [5.0, nan, nan, nan], [nan, nan, nan, nan]])
    expected = {"mean": [2, 5, nan], "min": [1, 5, nan], "max": [3, 5, nan], "std": [1, nan, nan],
                # times 0, -2, -3 (mean -5/3), values 3, 1, 2: slope (5/3 + 1/3 + 0) / (42/9)
                "trend": [3 / 7, nan, nan]}
    for name, values in expected.items():
        np.testing.assert_allclose(STATISTICS[name](m), values, rtol=1e-14, err_msg=name)
    assert split_hash(42, "P000001") == 8929320068910354767
    assert normalise("  Peñón \t del  río ") == "PENON DEL RIO" and normalise(" ") is None
    everyone = np.ones(5, dtype=bool)
    # linear quantiles of 0, .1, .2, .3, .4 at 1/4, 2/4, 3/4 are .1, .2, .3: on a threshold counts as below it
    assert risk_ranks(np.array([0.0, 0.1, 0.2, 0.3, 0.4]), everyone, 4) == [1, 1, 2, 3, 4]
    bands: list[Config] = [{"name": "Consolidado", "months_max": 60}, {"name": "Fiel"}]
    days = (date(2026, 1, 6) - date(2025, 1, 6)).days
    assert days / 30.4375 < 12 and tenure_band(days / 30.4375, bands) == (1, "Cliente Nuevo")
    assert [tenure_band(t, bands)[0] for t in (None, 12.0, 12.01, 60.0, 60.01)] == [0, 1, 2, 2, 3]
    assert check_value("7", {"type": "integer", "max": 6}) == (None, "range")
    assert check_value("x", {"type": "number"}) == (None, "type")
    assert check_value("NaN", {"type": "number", "min": 0}) == (None, None)
    golden_drift.self_test()
    print("golden: self test passed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    commands = parser.add_subparsers(dest="command")
    command = commands.add_parser("run")
    for name in ("--data", "--config", "--as-of", "--out"):
        command.add_argument(name, required=True)
    command.add_argument("--model", action="append", default=[], metavar="TYPE=PATH")
    command = commands.add_parser("drift")
    for name in ("--reference", "--current", "--out"):
        command.add_argument(name, required=True)
    args = parser.parse_args()
    if args.self_test:
        self_test()
    elif args.command == "run":
        run(args)
    elif args.command == "drift":
        write_json(Path(args.out), golden_drift.compare(Path(args.reference), Path(args.current)))
    else:
        parser.error("run, drift or --self-test")


if __name__ == "__main__":
    main()
