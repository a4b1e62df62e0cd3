"""Drift by Evidently: Kolmogorov-Smirnov of numbers and chi-squared of categories, a p-value a column. No PSI: less than what we do."""

import pandas as pd
import pyarrow.parquet as pq
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from figures import main
from tables import as_numbers, features_of, is_counted


def drift(job: dict) -> dict:
    names = features_of(job["data"]["train"])
    numeric = [name for name in names if not is_counted(name)]
    counted = [name for name in names if is_counted(name)]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=counted)
    sides = [Dataset.from_pandas(frame(job["data"][side], names), definition) for side in ("test", "train")]
    report = Report([DataDriftPreset(num_method="ks", cat_method="chisquare")])
    found = {}
    for metric in report.run(*sides).dict()["metrics"]:
        column = metric["config"].get("column") if "config" in metric else None
        if column:
            found[column] = {"ks_p": float(metric["value"])} if column in numeric else {}
    return found


def frame(folder: str, names: list[str]) -> pd.DataFrame:
    """Dates as days: Evidently measures numbers and categories."""
    table = pq.read_table(folder, columns=names)
    for place, name in enumerate(table.column_names):
        table = table.set_column(place, name, as_numbers(table[name]))
    return table.to_pandas()


if __name__ == "__main__":
    main({"drift": drift})
