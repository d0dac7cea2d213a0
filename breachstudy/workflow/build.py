"""Raw facts to the published dataset: pure composition, bytes out.

:func:`build` takes the bytes of the raw files and returns the bytes of every file of the
dataset; it reads and writes nothing itself.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from breachstudy._version import __version__
from breachstudy.dataset.attrition import attrition
from breachstudy.dataset.counts import counts
from breachstudy.dataset.frames import build_frames
from breachstudy.errors import FactError, Problem
from breachstudy.facts.returns import RETURNS_FILE, check_securities, read_returns
from breachstudy.facts.validate import load_raw
from breachstudy.schema.codebook import COLLECTED_THROUGH, tables
from breachstudy.schema.inert import csv_frame
from breachstudy.schema.parquet import to_parquet
from breachstudy.schema.render import codebook_json, codebook_markdown, data_package
from breachstudy.study import sha256
from breachstudy.workflow.steps import STEPS, libraries

__all__ = ["Dataset", "build", "load_facts"]

@dataclass(frozen=True)
class Dataset:
    """A built dataset: ``frames`` by table name and ``files`` (bytes) by file name."""

    frames: dict[str, pd.DataFrame]
    files: dict[str, bytes]
    record: dict[str, Any]


def load_facts(files: Mapping[str, bytes], returns: bytes | None, known: Sequence[Problem] = ()
               ) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Raw tables and daily returns, read, checked and held against each other.

    ``known`` are problems already found in these files. Raises
    :class:`breachstudy.errors.FactError` with every problem, those included.
    """
    problems = list(known)
    raw: dict[str, pd.DataFrame] = {}
    try:
        raw = load_raw(files, tables("raw"))
    except FactError as error:
        problems += error.problems
    try:
        found = _returns(returns, raw)
        if raw and len(raw["event_securities"]):
            problems += check_securities(found, raw["event_securities"])
    except FactError as error:
        problems += error.problems
    if problems:
        raise FactError(problems)
    return raw, found


def build(files: Mapping[str, bytes], returns: bytes | None = None,
          known: Sequence[Problem] = ()) -> Dataset:
    """Build the dataset from the bytes of the raw CSV files, by table name, and of the returns.

    ``known`` are problems already found in these files, such as those of the manifest
    (:func:`breachstudy.facts.checkout.held`), told with the rest. Without ``returns`` no event
    has a security: outcomes of investors are missing, with reason.

    Raises :class:`breachstudy.errors.FactError` with every problem of every file, and
    ValueError if a built table departs from the codebook.
    """
    raw, daily = load_facts(files, returns, known)
    specs = tables("processed")
    frames = build_frames(raw, daily, specs)
    out = {f"{n}.parquet": to_parquet(f, specs[n], __version__) for n, f in frames.items()}
    fallen = attrition(raw, frames)
    out["attrition.csv"] = _csv(fallen)
    out["codebook.md"] = codebook_markdown(specs, __version__).encode()
    out["codebook.json"] = codebook_json(specs, __version__).encode()
    out["datapackage.json"] = data_package(specs, out, __version__).encode()
    record: dict[str, Any] = {
        "dataset": "breachstudy",
        "version": __version__,
        "collected_through": COLLECTED_THROUGH.isoformat(),
        "code": STEPS["build"].code,
        "libraries": libraries(STEPS["build"]),
        "counts": counts(raw, frames),
        "inputs": {f"data/raw/{n}.csv": sha256(d) for n, d in sorted(files.items())}
        | ({RETURNS_FILE: sha256(returns)} if returns is not None else {}),
        "outputs": {n: sha256(d) for n, d in sorted(out.items())},
    }
    out["build.json"] = _json(record)
    return Dataset(frames, out, record)


def _returns(data: bytes | None, raw: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if data is not None:
        return read_returns(data)
    if raw and len(raw["event_securities"]):
        raise FactError([Problem(RETURNS_FILE, None, None, None, "the file is missing",
                                 "Restore it from version control or compile it again")])
    return pd.DataFrame({"security": pd.Series(dtype="str"),
                         "date": pd.Series(dtype="datetime64[s]"),
                         "ret": pd.Series(dtype="float64"),
                         "log_volume": pd.Series(dtype="float64")})


def _csv(frame: pd.DataFrame) -> bytes:
    buffer = io.StringIO()
    csv_frame(frame).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
