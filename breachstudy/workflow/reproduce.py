"""Rebuild everything elsewhere and say, exhibit by exhibit, what is identical and what differs."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from breachstudy.study import Study, write_atomic
from breachstudy.workflow.analyze import analyze_study, report_files
from breachstudy.workflow.build import build

__all__ = ["Comparison", "compare_files", "compare_folders", "rebuild"]

TOLERANCE = 1e-9
"""Relative difference of numbers that other processors and libraries may leave."""
IMAGE_TOLERANCE = 2.0
"""Mean difference of pixels, of 255, that other fonts may leave."""


@dataclass(frozen=True)
class Comparison:
    """One file: ``verdict`` identical, within tolerance, differs, missing or extra; ``detail``."""

    name: str
    verdict: str
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.verdict in ("identical", "within tolerance")


def rebuild(study: Study, into: Path, progress: Callable[[str], None] = lambda _: None) -> Study:
    """Build, analyse and render in ``into`` from copies of data/raw and analysis alone."""
    for part in ("data/raw", "analysis"):
        shutil.copytree(study.root / part, into / part)
    fresh = Study(into)
    progress("building …")
    fresh.replace_processed(build(fresh.raw_files(), fresh.raw_returns()).files)
    analyze_study(fresh, None, None, None, progress)
    progress("rendering …")
    for name, data in report_files(fresh).items():
        write_atomic(fresh.reports / name, data)
    return fresh


def compare_folders(committed: Path, fresh: Path, prefix: str) -> list[Comparison]:
    """Every file of two folders, in the order of their names."""
    names = sorted({str(p.relative_to(root)) for root in (committed, fresh)
                    for p in root.rglob("*") if p.is_file()})
    return [compare_files(committed / n, fresh / n, f"{prefix}/{n}") for n in names]


def compare_files(committed: Path, fresh: Path, name: str) -> Comparison:
    """Two versions of a file: by bytes, else by the numbers or pixels in it."""
    if not committed.is_file():
        return Comparison(name, "extra", "the code makes it, but it is not committed")
    if not fresh.is_file():
        return Comparison(name, "missing", "it is committed, but the code does not make it")
    old, new = committed.read_bytes(), fresh.read_bytes()
    if old == new:
        return Comparison(name, "identical")
    if name.endswith((".parquet", ".csv")):
        return _tables(name, old, new)
    if name.endswith(".png"):
        return _images(name, old, new)
    if name.endswith(".json"):
        return _json(name, old, new)
    return Comparison(name, "differs", "the bytes differ")


def _frame(name: str, data: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(data)) if name.endswith(".parquet") else pd.read_csv(
        io.BytesIO(data), dtype=None)


def _tables(name: str, old: bytes, new: bytes) -> Comparison:
    a, b = _frame(name, old), _frame(name, new)
    if list(a.columns) != list(b.columns) or len(a) != len(b):
        return Comparison(name, "differs", f"{len(a)} rows × {a.shape[1]} columns committed, "
                          f"{len(b)} × {b.shape[1]} made")
    worst, where = 0.0, ""
    for column in a.columns:
        x, y = a[column], b[column]
        if pd.api.types.is_numeric_dtype(x) and not pd.api.types.is_bool_dtype(x):
            u = pd.to_numeric(x).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            v = pd.to_numeric(y).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            if (np.isnan(u) != np.isnan(v)).any():
                return Comparison(name, "differs", f"column {column}: other cells are empty")
            with np.errstate(invalid="ignore"):
                gap = np.abs(u - v) / np.maximum(np.abs(u), 1e-12)
            gap = np.where(u == v, 0.0, gap)
            at = int(np.nanargmax(gap)) if np.isfinite(gap).any() else 0
            if gap.size and np.isfinite(gap[at]) and gap[at] > worst:
                worst, where = float(gap[at]), (f"row {at}, column {column}: {u[at]:.10g} "
                                                f"committed, {v[at]:.10g} made")
        else:
            same = (x.astype(str) == y.astype(str)) | (x.isna() & y.isna())
            if not same.all():
                at = int(np.flatnonzero(~same.to_numpy())[0])
                return Comparison(name, "differs", f"row {at}, column {column}: {x.iloc[at]!r} "
                                  f"committed, {y.iloc[at]!r} made")
    verdict = "within tolerance" if worst <= TOLERANCE else "differs"
    return Comparison(name, verdict, f"largest relative difference {worst:.2g}; {where}"
                      if where else "the same values in other bytes")


def _images(name: str, old: bytes, new: bytes) -> Comparison:
    from matplotlib.image import imread

    a, b = (imread(io.BytesIO(d), format="png") for d in (old, new))
    if a.shape != b.shape:
        return Comparison(name, "differs", f"{a.shape} pixels committed, {b.shape} made")
    gap = float(np.abs(a - b).mean() * 255)
    return Comparison(name, "within tolerance" if gap <= IMAGE_TOLERANCE else "differs",
                      f"mean difference of pixels {gap:.2f} of 255")


def _json(name: str, old: bytes, new: bytes) -> Comparison:
    a, b = json.loads(old), json.loads(new)
    if a == b:
        return Comparison(name, "identical", "the same values in other bytes")
    keys = [k for k in {*a, *b} if a.get(k) != b.get(k)] if isinstance(a, dict) else []
    return Comparison(name, "differs", f"under {', '.join(sorted(keys)[:5])}")
