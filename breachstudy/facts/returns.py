"""The one raw table that is Parquet: daily returns, derived from prices that stay unpublished."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from breachstudy.errors import FactError, Problem

__all__ = ["RETURNS_FILE", "read_returns", "returns_bytes"]

RETURNS_FILE = "data/raw/returns.parquet"
COLUMNS = {"security": pa.string(), "date": pa.date32(), "ret": pa.float32(),
           "log_volume": pa.float32()}
REMEDY = "Compile it again with 'breachstudy compile market'"


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

    Raises :class:`FactError` with every problem: not Parquet, a column missing or unknown, a
    repeated security and day, a return that is not a number above −1.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except pa.ArrowInvalid as error:
        raise FactError([Problem(RETURNS_FILE, None, None, None,
                                 f"is not a Parquet file ({error})", REMEDY)]) from None
    problems = [Problem(RETURNS_FILE, None, name, None, "the column is missing", REMEDY)
                for name in COLUMNS if name not in table.column_names]
    problems += [Problem(RETURNS_FILE, None, name, None, "the column is unknown", REMEDY)
                 for name in table.column_names if name not in COLUMNS]
    if problems:
        raise FactError(problems)
    frame = table.to_pandas(date_as_object=False)
    frame["security"] = frame["security"].astype("category")  # a string a row would fill memory
    # security and day in one number: a search for repeated pairs would take 100 MB
    days = frame["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    repeated = pd.Series(frame["security"].cat.codes.to_numpy(dtype=np.int64) << 32 | days
                         ).duplicated()
    bad = ~(np.isfinite(frame["ret"]) & (frame["ret"] > -1))
    for rows, what in ((repeated, "a second return of the security on the day"),
                       (bad, "is not a return above -1")):
        if rows.any():
            first = frame[rows].iloc[0]
            problems.append(Problem(
                RETURNS_FILE, int(np.flatnonzero(rows)[0]), "ret", str(first["ret"]),
                f"{what} ({first['security']}, {first['date'].date()}; "
                f"{int(rows.sum())} such rows)", REMEDY))
    if problems:
        raise FactError(problems)
    return frame
