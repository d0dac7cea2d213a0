"""The one raw table that is Parquet: daily returns, derived from prices that stay unpublished."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from breachstudy.errors import FactError, Problem
from breachstudy.schema.codebook import table as codebook_table

__all__ = ["MATCHED", "RETURNS_FILE", "check_securities", "read_returns", "returns_bytes"]

RETURNS_FILE = "data/raw/returns.parquet"
COLUMNS = {"security": pa.string(), "date": pa.date32(), "ret": pa.float32(),
           "log_volume": pa.float32()}
REMEDY = "Compile it again with 'breachstudy compile market'"
MATCHED = "matched:"
"""Before an event_id: the portfolio matched to that event."""
UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What pyarrow raises on damaged pages, headers and texts, by where the damage is found."""
TYPES: dict[str, tuple[str, Callable[[pa.DataType], bool]]] = {
    "security": ("text", lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or (
        pa.types.is_dictionary(t) and pa.types.is_string(t.value_type))),
    "date": ("days (date32)", pa.types.is_date32),
    "ret": ("floating-point numbers", lambda t: t in (pa.float32(), pa.float64())),
    "log_volume": ("floating-point numbers", lambda t: t in (pa.float32(), pa.float64())),
}
TYPICAL = (0.001, 0.05)
"""Where the median absolute daily return of all rows can lie. It is 0.008 here; of single stocks it
was some 0.01 to 0.02 in every decade, and of the calmest index about 0.002. Percent in place of
decimals (×100), basis points, or hundredths (÷100) fall outside."""
TYPICAL_OF_ONE = 0.15
"""The same, at most, for one security with :data:`ENOUGH` returns: the wildest here has 0.033."""
ENOUGH = 60
HALF, BEYOND_HALF = 0.5, 0.001
"""Returns beyond one half either way are 13 of 1.4 million here; a share of one in a thousand would
be a fault of the unit or of splits that were not adjusted for."""
SMALLEST = 20
"""Rows below which a distribution is not judged."""
VOLUME = 25.0
"""Log volume less its mean, at most: e²⁵ times the usual is more shares than are ever traded."""


def returns_bytes(frame: pd.DataFrame, provenance: dict[str, str]) -> bytes:
    """Parquet bytes of security, date, ret (decimal) and log_volume (less the security's mean).

    ``provenance`` (source, licence, method …) goes into the metadata. Same frame, same bytes.
    """
    ordered = frame.sort_values(["security", "date"], kind="stable")
    table = pa.table({
        "security": pa.array(ordered["security"].astype(str), COLUMNS["security"]).
        dictionary_encode(),
        "date": pa.array(pd.to_datetime(ordered["date"]).dt.date, COLUMNS["date"]),
        "ret": pa.array(ordered["ret"].to_numpy(dtype=np.float32), COLUMNS["ret"]),
        "log_volume": pa.array(ordered["log_volume"].to_numpy(dtype=np.float32),
                               COLUMNS["log_volume"], from_pandas=True),
    }).replace_schema_metadata(provenance)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=15, version="2.6")
    return sink.getvalue()


def read_returns(data: bytes) -> pd.DataFrame:
    """Returns as a frame: security, date (datetime64), ret, log_volume.

    Raises :class:`FactError` with every problem: not Parquet or damaged, no rows, a column missing,
    unknown or of another type, a security or day that is not given, a day outside the time of the
    price source, a repeated security and day, a return that is not a number above −1, or returns
    so large or small that they cannot be daily returns in decimals.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except UNREADABLE as error:
        what = f"is not a Parquet file, or a damaged one ({error})"
        raise FactError([_problem(None, what)]) from None
    problems = _check_columns(table)
    if problems:
        raise FactError(problems)
    try:
        frame = table.to_pandas(date_as_object=False)
        frame["security"] = frame["security"].astype("category")  # strings would fill memory
    except UNREADABLE as error:
        what = f"holds texts or days that cannot be read ({error})"
        raise FactError([_problem(None, what)]) from None
    problems = _check_rows(frame)
    if not problems:
        problems = _check_distribution(frame)
    if problems:
        raise FactError(problems)
    return frame


def _problem(column: str | None, what: str, row: int | None = None, value: str | None = None
             ) -> Problem:
    return Problem(RETURNS_FILE, row, column, value, what, REMEDY)


def _check_columns(table: pa.Table) -> list[Problem]:
    names = table.column_names
    out = [_problem(n, "the column is missing") for n in COLUMNS if n not in names]
    out += [_problem(n, "the column is unknown") for n in names if n not in COLUMNS]
    out += [_problem(n, "the column stands twice") for n in COLUMNS if names.count(n) > 1]
    for name, (wanted, fits) in TYPES.items():
        if names.count(name) == 1 and not fits(table.schema.field(name).type):
            out.append(_problem(name, f"holds {table.schema.field(name).type}, not {wanted}"))
    if not out and table.num_rows == 0:
        out.append(_problem(None, "the table has no rows"))
    return out


def _check_rows(frame: pd.DataFrame) -> list[Problem]:
    """Problems of single rows, each kind once with its first row and its number of rows."""
    first, last = codebook_table("raw", "return_checks")["date"].window
    day = frame["date"].to_numpy().astype("datetime64[D]")
    known = ~np.isnat(day)
    # security and day in one number: a search for repeated pairs would take 100 MB
    repeated = pd.Series(frame["security"].cat.codes.to_numpy(dtype=np.int64) << 32
                         | day.astype(np.int64) & 0xFFFFFFFF).duplicated()
    empty = frame["security"].isna() | frame["security"].eq("")
    volume = frame["log_volume"]
    out = []
    for column, rows, what in (
        ("security", empty, "is empty"),
        ("date", ~known, "is empty"),
        ("date", known & ((day < np.datetime64(first)) | (day > np.datetime64(last))),
         f"lies outside the time of the price source ({first} to {last})"),
        ("ret", repeated, "a second return of the security on the day"),
        ("ret", ~(np.isfinite(frame["ret"]) & (frame["ret"] > -1)), "is not a return above -1"),
        ("log_volume", volume.notna() & ~(volume.abs() <= VOLUME),
         f"is no log volume between -{VOLUME:g} and {VOLUME:g}"),
    ):
        at = np.flatnonzero(rows)
        if at.size:
            where = frame.iloc[at[0]]
            when = "no day" if pd.isna(where["date"]) else where["date"].date()
            out.append(_problem(column, f"{what} (row {at[0] + 1:,} of the table: "
                                f"{where['security']}, {when}; {at.size:,} such rows)",
                                int(at[0]) + 1, str(where[column])))
    return out


def _check_distribution(frame: pd.DataFrame) -> list[Problem]:
    """Whether the returns can be daily returns in decimals, all together and of each security."""
    size = frame["ret"].abs()
    if len(size) < SMALLEST:
        return []
    out = []
    median, (low, high) = float(size.median()), TYPICAL
    if not low <= median <= high:
        out.append(_problem("ret", f"the median absolute return is {median:.3g}, but that of daily "
                            f"returns in decimals lies between {low:g} and {high:g}: another unit "
                            "(percent?) or another interval"))
    share = float((size > HALF).mean())
    if share > max(BEYOND_HALF, 1 / len(size)):
        out.append(_problem("ret", f"{share:.2%} of the returns lie beyond {HALF:g} either way, "
                            f"but of daily returns at most {BEYOND_HALF:.1%} do"))
    if out:
        return out
    own = size.groupby(frame["security"], observed=True).agg(["median", "size"])
    wild = own[(own["median"] > TYPICAL_OF_ONE) & (own["size"] >= ENOUGH)]
    return [_problem("ret", f"the median absolute return of {name} is {value:.3g}, above "
                     f"{TYPICAL_OF_ONE:g}: another unit than the rest?")
            for name, value in wild["median"].items()]


def check_securities(returns: pd.DataFrame, securities: pd.DataFrame) -> list[Problem]:
    """Problems of returns and event_securities against each other.

    ``securities`` is the raw table (with ``_row``). Each security without a reason, and the matched
    portfolio of each event with matched firms, has returns; each series of returns belongs to an
    event.
    """
    file = "data/raw/event_securities.csv"
    known = set(returns["security"].cat.categories[np.unique(returns["security"].cat.codes)])
    out = []
    for row in securities.to_dict("records"):
        line, series = int(row["_row"]), row["security"]
        portfolio = f"{MATCHED}{row['event_id']}"
        if pd.isna(row["reason"]) and series not in known:
            out.append(Problem(file, line, "security", str(series),
                               f"has no returns in {RETURNS_FILE}", REMEDY))
        if not pd.isna(row["n_matched"]) and row["n_matched"] > 0 and portfolio not in known:
            out.append(Problem(file, line, "n_matched", str(row["n_matched"]),
                               f"{portfolio} has no returns in {RETURNS_FILE}", REMEDY))
    named = set(securities["security"]) | {MATCHED + str(e) for e in securities["event_id"]}
    out += [_problem("security", f"no event of {file} has this security", value=str(s))
            for s in sorted(known - named)]
    return out
