"""What is wrong with our customer-months by those of each peer."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from figures import main
from tariff import COUNTS, KEYS, SUMS


def check_consumption(job: dict) -> dict[str, str | None]:
    """What is wrong with our customer-months by each peer's, null where nothing is."""
    ours = read_months(job["months"]["ours"])
    return {peer: differ(ours, read_months(job["months"][peer])) for peer in job["peers"]}


def read_months(path: str) -> pa.Table:
    table = pq.read_table(path)
    return table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])


def differ(ours: pa.Table, theirs: pa.Table) -> str | None:
    """Keys and counts must be equal, sums to 1e-9 relative; anything missing or not a number is a difference."""
    lost = [name for name in (*KEYS, *SUMS, *COUNTS) if name not in ours.column_names]
    if lost:
        return f"no column {', '.join(lost)}"
    if len(ours) != len(theirs):
        return f"{len(ours)} customer-months, not {len(theirs)}"
    for name in KEYS:
        if ours[name].to_pylist() != theirs[name].to_pylist():
            return f"other values of {name}"
    for name in (*SUMS, *COUNTS):
        a, b = (np.asarray(side[name].to_numpy(), dtype=float) for side in (ours, theirs))
        limit = 1e-9 * np.maximum(np.abs(a), np.abs(b)) if name in SUMS else 0
        wrong = ~(np.abs(a - b) <= limit)
        if wrong.any():
            row = int(np.argmax(wrong))
            where = " ".join(str(theirs[key][row]) for key in KEYS)
            return f"{name} of {where}: {a[row]}, not {b[row]} ({int(wrong.sum())} such rows)"
    return None


if __name__ == "__main__":
    main({"check_consumption": check_consumption})
