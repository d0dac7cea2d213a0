"""Ways in which a folder of raw tables can be broken, made systematically from the codebook.

Each :class:`Mutation` changes the files of ``data/raw`` (bytes by file name) and says which file,
row and column the message must name. The same list is run on an invented study in the tests and on
the committed data by ``python -m tests.tools.sweep_raw``.
"""

import csv
import io
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from breachstudy.schema.codebook import tables

Files = dict[str, bytes]
RETURNS = "returns.parquet"


@dataclass(frozen=True)
class Mutation:
    """``change`` breaks the files in place, ``place`` puts something else into the folder.
    ``by_manifest``: sound in itself, so that only the manifest can tell."""

    kind: str
    file: str
    change: Callable[[Files], None] | None = None
    place: Callable[[Path], None] | None = None
    row: int | None = None
    column: str | None = None
    by_manifest: bool = False

    @property
    def name(self) -> str:
        return f"{self.file}: {self.kind}" + (f" ({self.column})" if self.column else "")


def records(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def written(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


BAD_CELLS = {
    "integer": {"whole number of 2^63": "9223372036854775808", "20,000 digits": "1" + "0" * 20_000,
                "Arabic-Indic digits": "١٢٣", "a fraction": "1.5"},
    "number": {"1e999": "1e999", "Devanagari digits": "१२", "nan": "nan", "inf": "inf"},
    "date": {"year 1": "0001-01-01", "year 1600": "1600-07-04", "year 9999": "9999-12-31",
             "Arabic-Indic digits": "٢٠١٧-٠١-٠١", "no day of the calendar": "2017-02-30",
             "a spreadsheet's date": "3/5/2017"},
    "boolean": {"TRUE": "TRUE"},
    "string": {"escape character": "a\x1b[31mb", "line break": "a\nb", "control sequence": "a\x9bb",
               "turned writing": "a\u202eb", "no-width space": "a\u200bb", "spaces": " a "},
    "levels": {"no level": "no_such_level"},
    "url": {"javascript": "javascript:alert(1)", "tag": "https://a.example/<script>",
            "no scheme": "a.example/b"},
    "required": {"emptied": ""},
    "reference": {"points nowhere": "no-such-key"},
}


def _kinds(spec, column):
    """Kinds of bad cells that apply to a column."""
    references = {k.columns[0] for k in spec.foreign_keys}
    if column.levels:
        yield "levels"
    elif column.pattern and column.pattern.startswith("http"):
        yield "url"
    elif column.type != "string" or not (column.pattern or column.name in references):
        yield column.type
    if column.name in references:
        yield "reference"
    if column.required:
        yield "required"


def cell_mutations(files: Files, most: int | None = None) -> list[Mutation]:
    """Each kind of bad cell in each table, in the last filled cell of a column that it applies to;
    ``most`` tables a kind, spread over all that have one."""
    found: dict[tuple[str, str], list[Mutation]] = {}
    for name, spec in tables("raw").items():
        file, seen = f"{name}.csv", set()
        rows = records(files[file]) if file in files else []
        for column in spec.columns:
            k = spec.names.index(column.name)
            at = next((i for i in range(len(rows) - 1, 0, -1) if rows[i][k]), None)
            if at is None:
                continue
            for kind in _kinds(spec, column):
                for what, bad in BAD_CELLS[kind].items():
                    if (kind, what) in seen:
                        continue
                    seen.add((kind, what))
                    found.setdefault((kind, what), []).append(Mutation(
                        what, file, _set_cell(file, at, k, bad), row=at + 1, column=column.name))
    return [m for made in found.values() for m in _spread(made, most)]


def _spread(made, most):
    if most is None or len(made) <= most:
        return made
    return [made[i * len(made) // most] for i in range(most)]


def _set_cell(file, row, k, bad):
    def change(files):
        rows = records(files[file])
        rows[row][k] = bad
        files[file] = written(rows)
    return change


def _lines(change_lines):
    def make(file):
        def change(files):
            lines = files[file].decode().splitlines(keepends=True)
            files[file] = "".join(change_lines(lines)).encode()
        return change
    return make


def _bytes(change_bytes):
    return lambda file: lambda files: files.__setitem__(file, change_bytes(files[file]))


def _without_last_column(lines):
    return [line.rstrip("\n").rsplit(",", 1)[0] + "\n" for line in lines]


WHOLE_FILE = {
    "emptied": _bytes(lambda b: b""),
    "byte-order mark alone": _bytes(lambda b: b"\xef\xbb\xbf"),
    "byte-order mark": _bytes(lambda b: b"\xef\xbb\xbf" + b),
    "UTF-16": _bytes(lambda b: b.decode().encode("utf-16")),
    "one bad byte": _bytes(lambda b: b[: len(b) // 2] + b"\xff" + b[len(b) // 2:]),
    "a NUL byte": _bytes(lambda b: b[: len(b) // 2] + b"\x00" + b[len(b) // 2:]),
    "carriage returns": _bytes(lambda b: b.replace(b"\n", b"\r\n")),
    "an open quotation mark": _bytes(lambda b: b + b'"'),
    "binary noise": _bytes(lambda b: bytes(range(256)) * 20),
    "no header": _lines(lambda ls: ls[1:]),
    "column unknown": _lines(lambda ls: [ls[0].replace("\n", "x\n"), *ls[1:]]),
    "a cell too many": _lines(lambda ls: [*ls[:-1], ls[-1].rstrip("\n") + ",x\n"]),
    "a blank line": _lines(lambda ls: [*ls[:1], "\n", *ls[1:]]),
    "last row twice": _lines(lambda ls: [*ls, ls[-1]]),
    "a cell of 200,000 characters": _lines(lambda ls: [*ls, "x" * 200_000 + "\n"]),
    "missing": lambda file: lambda files: files.pop(file),
}


def file_mutations(files: Files, most: int | None = None) -> list[Mutation]:
    """Each way to spoil a whole file, in the tables that have rows."""
    filled = [f for f in files if f.endswith(".csv") and files[f].count(b"\n") > 1]
    made = [[Mutation(kind, f, make(f)) for f in filled] for kind, make in WHOLE_FILE.items()]
    cut = [Mutation("last 30 % of the rows cut off", f, _lines(
        lambda ls: ls[: max(1, len(ls) * 7 // 10)])(f), by_manifest=True) for f in filled]
    unknown = Mutation("unknown table", "evnts.csv",
                       lambda fs: fs.__setitem__("evnts.csv", fs["events.csv"]))
    return [m for group in made for m in _spread(group, most)] + cut + [unknown]


def _frame(change):
    def make(files):
        frame = pq.read_table(io.BytesIO(files[RETURNS])).to_pandas()
        frame["security"] = frame["security"].astype(object)
        changed = change(frame)
        files[RETURNS] = _parquet(pa.Table.from_pandas(changed, preserve_index=False)
                                  if isinstance(changed, pd.DataFrame) else changed)
    return make


def _parquet(table):
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _put(column, value, at=7):
    def change(frame):
        values = frame[column].astype(object).tolist()
        values[at] = value
        return frame.assign(**{column: values})
    return change


def _retyped(column, kind):
    def change(frame):
        table = pa.Table.from_pandas(frame, preserve_index=False)
        k = table.column_names.index(column)
        values = frame[column].tolist()
        cast = {pa.string(): str, pa.int64(): lambda v: 0}.get(kind)
        array = pa.array([cast(v) for v in values] if cast else values,
                         kind if cast else None).cast(kind, safe=False)
        return table.set_column(k, column, array)
    return change


def _scaled(factor):
    # as a careless rescaling leaves them: losses of more than everything are cut off
    return lambda f: f.assign(ret=(f["ret"] * factor).clip(lower=-0.99).astype("float32"))


def _one_scaled(frame):
    first = frame["security"] == frame["security"].iloc[0]
    return frame.assign(ret=np.where(first, np.clip(frame["ret"] * 100, -0.99, None),
                                     frame["ret"]).astype("float32"))


def _damaged(data):
    middle = len(data) // 3
    return data[:middle] + b"\xff" * 400 + data[middle + 400:]


RETURN_FRAMES = {
    ("ret as text", "ret"): _retyped("ret", pa.string()),
    ("ret as decimal", "ret"): _retyped("ret", pa.decimal128(20, 10)),
    ("ret as whole numbers", "ret"): _retyped("ret", pa.int64()),
    ("log_volume as text", "log_volume"): _retyped("log_volume", pa.string()),
    ("security as whole numbers", "security"): _retyped("security", pa.int64()),
    ("date as text", "date"): _retyped("date", pa.string()),
    ("date as a moment", "date"): _retyped("date", pa.timestamp("ns")),
    ("security null", "security"): _put("security", None),
    ("security empty", "security"): _put("security", ""),
    ("security unknown", "security"): _put("security", "NOBODY"),
    ("date null", "date"): _put("date", None),
    ("year 1600", "date"): _put("date", pd.Timestamp("1700-01-04").date()),
    ("year 2150", "date"): _put("date", pd.Timestamp("2150-01-04").date()),
    ("ret infinite", "ret"): _put("ret", np.inf),
    ("ret missing", "ret"): _put("ret", None),
    ("ret of -1", "ret"): _put("ret", -1.0),
    ("log_volume infinite", "log_volume"): _put("log_volume", np.inf),
    ("no rows", None): lambda f: f.iloc[:0],
    ("column missing", "ret"): lambda f: f.drop(columns="ret"),
    ("column unknown", "price"): lambda f: f.assign(price=1.0),
    ("a row twice", "ret"): lambda f: pd.concat([f, f.tail(1)]),
    ("returns × 100", "ret"): _scaled(100),
    ("returns × 10", "ret"): _scaled(10),
    ("returns ÷ 100", "ret"): _scaled(0.01),
    ("one security × 100", "ret"): _one_scaled,
}


def return_mutations() -> list[Mutation]:
    made = [Mutation(kind, RETURNS, _frame(change), column=column)
            for (kind, column), change in RETURN_FRAMES.items()]
    for kind, change in {"emptied": lambda b: b"", "text": lambda b: b"security,date,ret\n",
                         "cut in half": lambda b: b[: len(b) // 2],
                         "first bytes gone": lambda b: b[100:],
                         "a damaged page": _damaged}.items():
        made.append(Mutation(kind, RETURNS, _bytes(change)(RETURNS)))
    made.append(Mutation("missing", RETURNS, lambda fs: fs.pop(RETURNS)))
    made.append(Mutation("last 30 % of the rows cut off", RETURNS, _frame(
        lambda f: f.head(len(f) * 7 // 10)), by_manifest=True))
    made.append(Mutation("returns of an event's security gone", "event_securities.csv", _frame(
        lambda f: f[~f["security"].eq(f.loc[~f["security"].str.startswith("matched:"),
                                            "security"].iloc[0])]), column="security"))
    made.append(Mutation("returns of a matched portfolio gone", "event_securities.csv", _frame(
        lambda f: f[~f["security"].eq(f.loc[f["security"].str.startswith("matched:"),
                                            "security"].iloc[0])]), column="n_matched"))
    return made


def manifest_mutations() -> list[Mutation]:
    name = "manifest.json"
    return [Mutation(kind, name, _bytes(change)(name)) for kind, change in {
        "emptied": lambda b: b"", "no JSON": lambda b: b"<<<<<<< ours\n" + b,
        "a list": lambda b: b"[]",
        "rows as text": lambda b: b.replace(b'"rows": ', b'"rows": "x", "r": ', 1),
        "deeply nested": lambda b: b"[" * 100_000, "not UTF-8": lambda b: b"\xff" + b,
    }.items()] + [Mutation("missing", name, lambda fs: fs.pop(name))]


def _special(file, make):
    def place(folder):
        path = folder / file
        path.unlink(missing_ok=True)
        make(path)
    return place


def _socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def special_mutations() -> list[Mutation]:
    """What is no regular file in the place of one."""
    kinds = {"a named pipe": os.mkfifo, "a folder": Path.mkdir,
             "a link to itself": lambda p: p.symlink_to(p.name),
             "a link to nowhere": lambda p: p.symlink_to("no-such-file"),
             "an endless device": lambda p: p.symlink_to("/dev/zero")}
    made = [Mutation(kind, file, place=_special(file, make)) for kind, make in kinds.items()
            for file in ("events.csv", "x.csv", RETURNS, "manifest.json")]
    return [*made, Mutation("a socket", "events.csv", place=_special("events.csv", _socket))]


def all_mutations(files: Files, most: int | None = None) -> list[Mutation]:
    return [*cell_mutations(files, most), *file_mutations(files, most), *return_mutations(),
            *manifest_mutations(), *special_mutations()]
