"""Reading the built dataset: frames for users, from a wheel or from a checkout."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from breachstudy.errors import InputError, UnknownNameError
from breachstudy.schema.codebook import Table, tables
from breachstudy.study import packaged_data, packaged_reports

__all__ = ["RESULT_TABLES", "attrition_frame", "build_record", "codebook_frame",
           "load_results", "load_table", "read_table", "read_tables"]

_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype(),
             pa.bool_(): pd.BooleanDtype()}
RESULT_TABLES = ("results", "hypotheses", "curves", "lag_curves", "deadlines", "paths", "balance",
                 "bands", "surfaces")
"""Frames of the study's results under reports/, one Parquet file each; a wheel holds them too."""


def load_table(name: str) -> pd.DataFrame:
    """See :func:`breachstudy.load`."""
    specs = tables("processed")
    if name not in specs:
        raise UnknownNameError(f"no table {name!r}; there are: {', '.join(specs)}")
    return read_table(packaged_data(), specs[name])


def read_tables(folder: Path, names: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of the dataset in ``folder``, all or those in ``names``, by name.

    Raises FileNotFoundError if the folder does not hold them.
    """
    return {name: read_table(folder, spec) for name, spec in tables("processed").items()
            if names is None or name in names}


def read_table(folder: Path, spec: Table) -> pd.DataFrame:
    """One table of the dataset in ``folder``, typed as the codebook says.

    Raises FileNotFoundError if it is not there, InputError if it cannot be read.
    """
    path = folder / f"{spec.name}.parquet"
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} has not been built yet; run 'breachstudy build'")
    try:
        read = pq.read_table(path, columns=spec.names).replace_schema_metadata(None)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}. Run 'breachstudy "
                         "build'") from None
    return read.to_pandas(types_mapper=_NULLABLE.get, date_as_object=True)


def codebook_frame(name: str | None = None) -> pd.DataFrame:
    """See :func:`breachstudy.codebook`."""
    specs = tables("processed")
    if name is not None and name not in specs:
        raise UnknownNameError(f"no table {name!r}; there are: {', '.join(specs)}")
    rows = [
        {"table": t.name, "column": c.name, "type": c.type, "unit": c.unit, "label": c.label,
         "description": c.description, "levels": "; ".join(f"{k} = {v}"
                                                           for k, v in c.explained.items()),
         "available": c.available}
        for t in specs.values() if name in (None, t.name) for c in t.columns
    ]
    return pd.DataFrame(rows)


def load_results(name: str = "results") -> pd.DataFrame:
    """See :func:`breachstudy.results`."""
    if name not in RESULT_TABLES:
        raise UnknownNameError(f"no results {name!r}; there are: {', '.join(RESULT_TABLES)}")
    path = packaged_reports() / f"{name}.parquet"
    if not path.is_file():
        raise FileNotFoundError("there are no results yet; run 'breachstudy analyze'")
    return pq.read_table(path).to_pandas(types_mapper=_NULLABLE.get)


def build_record() -> dict[str, Any]:
    """The build record: version, counts, hashes of inputs and outputs."""
    found: dict[str, Any] = json.loads((packaged_data() / "build.json").read_text("utf-8"))
    return found


def attrition_frame() -> pd.DataFrame:
    """What fell out where, as the build counted it."""
    return pd.read_csv(packaged_data() / "attrition.csv")
