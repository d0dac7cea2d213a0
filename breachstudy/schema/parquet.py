"""Frames to Parquet bytes and back, typed and described by the codebook."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from breachstudy.errors import InputError
from breachstudy.schema.canonical import canonical
from breachstudy.schema.codebook import Column, Table

__all__ = ["conform", "to_parquet"]

ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
TYPED = frozenset({("str", "string"), ("Int64", "integer"), ("boolean", "boolean"),
                   ("bool", "boolean")})
"""Types of series and column that Arrow takes over without a look at each cell."""


def _field(column: Column) -> pa.Field:
    meta = {"label": column.label, "available": column.available}
    if column.description:
        meta["description"] = column.description
    if column.unit:
        meta["unit"] = column.unit
    if column.explained:
        meta["levels"] = json.dumps(column.explained, ensure_ascii=False, sort_keys=True)
    return pa.field(column.name, ARROW[column.type], nullable=not column.required, metadata=meta)


def conform(frame: pd.DataFrame, spec: Table) -> pa.Table:
    """The frame as an Arrow table with exactly the columns, types and order of the codebook.

    Raises ValueError that lists columns which are missing, unknown, of a wrong type, null where
    required, or hold codes that the codebook does not have.
    """
    faults = [f"{spec.name}.{n}: missing" for n in spec.names if n not in frame.columns]
    faults += [f"{spec.name}.{n}: not in the codebook" for n in frame.columns
               if n not in spec.names]
    arrays = []
    for column in spec.columns:
        if column.name not in frame.columns:
            continue
        try:
            values = _array(frame[column.name], column)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            faults.append(f"{spec.name}.{column.name}: {error}")
            continue
        arrays.append(values)
        faults.extend(f"{spec.name}.{column.name}: {fault}" for fault in _faults(values, column))
    if faults:
        raise InputError("the built table departs from the codebook:\n  " + "\n  ".join(faults))
    return pa.Table.from_arrays(arrays, schema=pa.schema([_field(c) for c in spec.columns]))


def _array(series: pd.Series, column: Column) -> pa.Array:
    """The cells as an Arrow array, null where missing or not a number. Raises Arrow's errors for a
    cell of another type."""
    kind, target = str(series.dtype), ARROW[column.type]
    if (kind, column.type) in TYPED:
        return pa.array(series.array, type=target, from_pandas=True)
    if column.type == "number" and kind in ("float64", "Float64"):
        return pa.array(series.to_numpy(dtype=np.float64, na_value=np.nan), from_pandas=True)
    return pa.array([None if pd.isna(v) else v for v in series.tolist()], type=target)


def _faults(values: pa.Array, column: Column) -> list[str]:
    out = []
    if column.required and values.null_count:
        out.append(f"{values.null_count} empty cells in a required column")
    if column.levels:
        present = [v for v in values.unique().to_pylist() if v is not None]
        codes = {p for v in present
                 for p in (str(v).split(column.separator) if column.separator else [str(v)])}
        unknown = sorted(codes - set(column.levels))
        if unknown:
            out.append(f"codes without a meaning: {', '.join(unknown)}")
    if column.minimum is not None or column.maximum is not None:
        ends = pc.min_max(values).as_py()
        if column.minimum is not None and ends["min"] is not None and ends["min"] < column.minimum:
            out.append(f"values below {column.minimum:g}")
        if column.maximum is not None and ends["max"] is not None and ends["max"] > column.maximum:
            out.append(f"values above {column.maximum:g}")
    return out


def to_parquet(frame: pd.DataFrame, spec: Table, version: str) -> bytes:
    """Parquet bytes of the frame: same frame, same bytes, with labels and units inside.

    Derived numbers are rounded as :func:`breachstudy.schema.canonical.canonical` says; columns
    that the codebook marks ``exact`` hold what a source states and stay.
    """
    whole = frozenset(c.name for c in spec.columns if c.exact)
    table = conform(canonical(frame, whole), spec).replace_schema_metadata({
        "title": spec.title,
        "description": spec.description,
        "row": spec.row,
        "primary_key": ",".join(spec.primary_key),
        "dataset": "breachstudy",
        "dataset_version": version,
    })
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=9, version="2.6",
                   use_dictionary=True, write_statistics=True, store_schema=True)
    return sink.getvalue()
