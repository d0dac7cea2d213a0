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
from breachstudy.storage import standing
from breachstudy.study import packaged_data

__all__ = ["attrition_frame", "build_record", "codebook_frame", "load_results",
           "load_table", "read_tables"]

_NULLABLE = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}


def load_table(name: str) -> pd.DataFrame:
    """See :func:`breachstudy.load`."""
    specs = tables("processed")
    if name not in specs:
        raise UnknownNameError(f"no table {name!r}; there are: {', '.join(specs)}")
    return _read(packaged_data(), specs[name])


def read_tables(folder: Path, names: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """The tables of the dataset in ``folder``, all or those in ``names``, by name.

    Raises FileNotFoundError if the folder does not hold them.
    """
    return {name: _read(folder, spec) for name, spec in tables("processed").items()
            if names is None or name in names}


def _read(folder: Path, spec: Table) -> pd.DataFrame:
    path = folder / f"{spec.name}.parquet"
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} has not been built yet; run 'breachstudy build'")
    try:
        read = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise InputError(f"{path.name} cannot be read as Parquet: {error}. Run 'breachstudy "
                         "build'") from None
    return pd.DataFrame({
        column.name: pd.Series(
            read[column.name].to_pylist(),
            dtype=_NULLABLE.get(column.type, "object" if column.type == "date" else "str"))
        for column in spec.columns
    })


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


def load_results() -> pd.DataFrame:
    """See :func:`breachstudy.results`."""
    from breachstudy.estimation.results import COLUMNS

    path = packaged_data() / "results.parquet"
    if not path.exists():
        path = standing(packaged_data().parent.parent / "reports") / "results.parquet"
    if not path.exists():
        raise FileNotFoundError("there are no results yet; run 'breachstudy analyze'")
    return pq.read_table(path).to_pandas().astype(COLUMNS)


def build_record() -> dict[str, Any]:
    """The build record: version, counts, hashes of inputs and outputs."""
    found: dict[str, Any] = json.loads((packaged_data() / "build.json").read_text("utf-8"))
    return found


def attrition_frame() -> pd.DataFrame:
    """What fell out where, as the build counted it."""
    return pd.read_csv(packaged_data() / "attrition.csv")
