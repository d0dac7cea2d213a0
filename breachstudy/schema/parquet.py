"""Frames to Parquet bytes and back, typed and described by the codebook."""

from __future__ import annotations

import io
import json

import pandas as pd
import pyarrow as pa
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
        values = [None if pd.isna(v) else v for v in frame[column.name].tolist()]
        try:
            arrays.append(pa.array(values, type=ARROW[column.type]))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            faults.append(f"{spec.name}.{column.name}: {error}")
            continue
        faults.extend(f"{spec.name}.{column.name}: {fault}" for fault in _faults(values, column))
    if faults:
        raise InputError("the built table departs from the codebook:\n  " + "\n  ".join(faults))
    return pa.Table.from_arrays(arrays, schema=pa.schema([_field(c) for c in spec.columns]))


def _faults(values: list[object], column: Column) -> list[str]:
    present = [v for v in values if v is not None]
    out = []
    if column.required and len(present) < len(values):
        out.append(f"{len(values) - len(present)} empty cells in a required column")
    if column.levels:
        codes = {p for v in present
                 for p in (str(v).split(column.separator) if column.separator else [str(v)])}
        unknown = sorted(codes - set(column.levels))
        if unknown:
            out.append(f"codes without a meaning: {', '.join(unknown)}")
    if column.minimum is not None and any(v < column.minimum for v in present):  # type: ignore
        out.append(f"values below {column.minimum:g}")
    if column.maximum is not None and any(v > column.maximum for v in present):  # type: ignore
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
