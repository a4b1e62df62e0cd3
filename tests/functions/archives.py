"""Writes archives into a folder, good and bad, with Python's own libraries; prints what is in each as JSON."""

import csv
import gzip
import hashlib
import io
import json
import random
import sys
import tarfile
import zipfile
from pathlib import Path

import polars

folder = Path(sys.argv[1])
facts = {}


def table(rows, seed=1, delimiter=",", newline="\n"):
    """Delimited text with quoted newlines, doubled quotes and letters beyond ASCII."""
    numbers = random.Random(seed)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow(["customer_id", "name", "note"])
    for row in range(rows):
        note = numbers.choice(["", "dos\nlíneas", 'dice "sí"', "a,b;c\td|e", "línea\r\notra", "llano"])
        writer.writerow([row, f"Peña {numbers.random()}", note])
    return text.getvalue().encode()


def rows_of(data, delimiter=","):
    return sum(1 for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter) if row) - 1


def keep(name, data, rows=None, files=None):
    (folder / name).write_bytes(data)
    fact = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "rows_count": rows, "files": files}
    facts[name] = fact


def zipped(members, compression=zipfile.ZIP_DEFLATED, zip64=False, change=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2026, 11, 21, 0, 0, 0))
            info.compress_type = compression
            if change:
                change(info)
            with archive.open(info, "w", force_zip64=zip64) as member:
                member.write(data)
    return out.getvalue()


def tarred(members, change=None):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if change:
                change(info)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def parquet(rows):
    out = io.BytesIO()
    frame = polars.DataFrame({f"c{column}": [row + column for row in range(rows)] for column in range(40)})
    frame.write_parquet(out, row_group_size=1000)
    return out.getvalue()


clie, pola, hfac = table(300), table(70, 2, ";"), table(900, 3, "\t", "\r\n")
counts = {"clie": 300, "pola": 70, "hfac": 900}
assert rows_of(clie) == 300 and rows_of(pola, ";") == 70 and rows_of(hfac, "\t") == 900
three = [("clie.csv", clie), ("sub/pola.csv", pola), ("LEEME.pdf", b"%PDF"), ("hfac.tsv", hfac)]
three_rows = {"clie.csv": 300, "sub/pola.csv": 70, "hfac.tsv": 900}
columns = parquet(2500)

keep("clie.csv", clie, 300)
keep("CLIE_20261121.csv.gz", gzip.compress(clie, mtime=0), 300)
keep("clie_marked.csv", b"\xef\xbb\xbf" + b'"id";"x"\r\n"1";"a\r\nb"\r\n', 1)
keep("clie_two_parts.csv.gz", gzip.compress(clie[:1000], mtime=0) + gzip.compress(clie[1000:], mtime=0), 300)
keep("entrega.zip", zipped(three), 1270, three_rows)
keep("stored_hfac.zip", zipped([("data.tsv", hfac)], zipfile.ZIP_STORED), 900)
keep("zip64_clie.zip", zipped([("a.csv", clie), ("b.csv", clie)], zip64=True), 600, {"a.csv": 300, "b.csv": 300})
keep("entrega.tar", tarred(three), 1270, three_rows)
keep("entrega.tar.gz", gzip.compress(tarred(three), mtime=0), 1270, three_rows)
keep("pola.tgz", gzip.compress(tarred([("x" * 150 + "/año.csv", pola)]), mtime=0), 70)
keep("hfac.parquet", columns, 2500)
keep("hfac_columns.zip", zipped([("part-0.parquet", columns), ("part-1.parquet", columns)]), 5000)

link = 0o120777 << 16
symlink = lambda info: setattr(info, "external_attr", link)
tar_link = lambda kind: lambda info: (setattr(info, "type", kind), setattr(info, "linkname", "/etc/passwd"), setattr(info, "size", 0))
keep("up_clie.zip", zipped([("../clie.csv", clie)]), 300)
keep("deep_clie.zip", zipped([("a/../../clie.csv", clie)]), 300)
keep("root_clie.zip", zipped([("/etc/clie.csv", clie)]), 300)
keep("back_clie.zip", zipped([("a\\clie.csv", clie)]), 300)
keep("drive_clie.zip", zipped([("C:/clie.csv", clie)]), 300)
keep("link_clie.zip", zipped([("clie.csv", b"/etc/passwd")], change=symlink), 0)
keep("twice_clie.zip", zipped([("clie.csv", clie), ("clie.csv", clie)]), 600)
keep("nested_clie.zip", zipped([("clie.csv.gz", gzip.compress(clie))]), 300)
keep("hidden_nested_clie.zip", zipped([("clie.csv", zipped([("clie.csv", clie)]))]), 300)
keep("up_clie.tar", tarred([("../clie.csv", clie)]), 300)
keep("root_clie.tar.gz", gzip.compress(tarred([("/etc/clie.csv", clie)])), 300)
keep("link_clie.tar", tarred([("clie.csv", b"")], tar_link(tarfile.SYMTYPE)), 0)
keep("hard_clie.tar", tarred([("clie.csv", b"")], tar_link(tarfile.LNKTYPE)), 0)
keep("device_clie.tar", tarred([("clie.csv", b"")], tar_link(tarfile.CHRTYPE)), 0)
keep("twice_clie.tar", tarred([("clie.csv", clie), ("clie.csv", clie)]), 600)
keep("many_clie.zip", zipped([(f"{n}.csv", b"id\n1\n") for n in range(1001)]), 1001)
keep("nothing_clie.zip", zipped([("LEEME.pdf", b"%PDF"), ("__MACOSX/._clie.csv", b"x"), (".hidden.csv", b"x")]), 0)
keep("no_member_clie.zip", zipped([]), 0)
keep("empty_member_clie.zip", zipped([("clie.csv", b"")]), 0)

locked = bytearray(zipped([("clie.csv", clie)]))
for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
    locked[locked.index(signature) + flags] |= 1
keep("locked_clie.zip", bytes(locked), 300)
damaged = bytearray(zipped([("clie.csv", clie)], zipfile.ZIP_STORED))
damaged[200] ^= 1
keep("damaged_clie.zip", bytes(damaged), 300)
lying = bytearray(zipped([("clie.csv", clie)]))
lying[lying.index(b"PK\x01\x02") + 24] ^= 1
keep("lying_clie.zip", bytes(lying), 300)
keep("cut_clie.zip", zipped(three)[:-40], 300)
keep("cut_clie.csv.gz", gzip.compress(clie)[:-40], 300)
keep("cut_clie.tar", tarred(three)[:5000], 300)
keep("cut_clie.tar.gz", gzip.compress(tarred(three))[:-40], 300)
keep("cut_hfac.parquet", columns[:-100], 2500)
keep("not_hfac.parquet", clie, 300)
keep("not_clie.zip", clie, 300)
keep("not_clie.csv.gz", clie, 300)
keep("not_clie.csv", gzip.compress(clie), 300)
keep("wide_clie.csv", "id;x\n1;a\n".encode("utf-16"), 1)
keep("open_clie.csv", b'id,x\n1,"never closed\n2,b\n', 2)
keep("clientes.csv", clie, 300)
keep("clie_pola.csv", clie, 300)
keep("clie.rar", b"Rar!", 300)
keep("empty_clie.csv", b"", 0)

zeros = b"0,0,0,0,0,0,0,0\n" * (1 << 16)
with gzip.open(folder / "bomb_clie.csv.gz", "wb", 9) as bomb:
    for _ in range(100):
        bomb.write(zeros)
with zipfile.ZipFile(folder / "bomb_clie.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("clie.csv", "w") as member:
        for _ in range(100):
            member.write(zeros)
# What is passed over has to be unpacked all the same.
whole = tarfile.TarInfo("relleno.bin")
whole.size = 100 * len(zeros)
with gzip.open(folder / "bomb_clie.tar.gz", "wb", 9) as bomb:
    bomb.write(whole.tobuf())
    for _ in range(100):
        bomb.write(zeros)
for name in ("bomb_clie.csv.gz", "bomb_clie.zip", "bomb_clie.tar.gz"):
    keep(name, (folder / name).read_bytes(), 100 << 16)

json.dump(facts, sys.stdout)
