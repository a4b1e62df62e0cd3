"""Delimited texts at random with the rows that Python's csv module finds in them, and Parquet footers of pyarrow's and polars' making."""

import base64
import csv
import io
import json
import random
import sys

import polars

numbers = random.Random(20261121)
PIECES = ["a", "ñ", "", " ", '"', '""', "\n", "\r\n", ",", ";", "\t", "|", "1.5", "x" * 40]
texts = []
for case in range(400):
    delimiter = numbers.choice(",;\t|")
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=delimiter,
        lineterminator=numbers.choice(["\n", "\r\n"]),
        quoting=numbers.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    )
    width = numbers.randint(2, 5)
    writer.writerow([f"column{number}" for number in range(width)])
    for _ in range(numbers.randint(0, 12)):
        writer.writerow(["".join(numbers.choices(PIECES, k=numbers.randint(0, 4))) for _ in range(width)])
    text = out.getvalue()
    if numbers.random() < 0.3:
        text = text.rstrip("\r\n")
    rows = sum(1 for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row) - 1
    texts.append({"text": text, "rows_count": rows})

tables = []
for rows in (0, 1, 999, 100_000):
    for columns in (1, 300 if rows < 1000 else 3):
        frame = polars.DataFrame({f"c{column}": range(rows) for column in range(columns)}, schema_overrides=None)
        out = io.BytesIO()
        frame.write_parquet(out, row_group_size=300, compression=numbers.choice(["zstd", "uncompressed", "snappy"]))
        tables.append({"bytes": base64.b64encode(out.getvalue()).decode(), "rows_count": rows})

json.dump({"texts": texts, "tables": tables}, sys.stdout)
