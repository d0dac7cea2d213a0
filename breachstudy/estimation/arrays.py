"""Checked arrays, and the least squares that several estimators share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.errors import (
    CollinearError,
    EstimationError,
    MissingError,
    NotEstimable,
)

__all__ = ["Floats", "Ints", "binary", "codes", "inverse_gram", "matrix", "resample",
           "summed", "unblank", "varies", "vector", "with_constant"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def vector(value: ArrayLike | pd.Series, name: str, n: int | None = None) -> Floats:
    """A float vector (n,). Raises ValueError if it is empty, not a vector, not finite, or of
    another length than ``n``."""
    found = np.asarray(value, dtype=np.float64)
    if found.ndim != 1 or found.size == 0:
        raise EstimationError(f"{name} must be a vector with at least one value, not {found.shape}")
    if n is not None and found.size != n:
        raise EstimationError(f"{name} has {found.size} values where {n} are needed")
    bad = int((~np.isfinite(found)).sum())
    if bad:
        raise MissingError(f"{name} holds {bad} missing or infinite values; drop such rows and "
                           "count them")
    return found


def binary(value: ArrayLike | pd.Series, name: str, n: int | None = None) -> NDArray[np.bool_]:
    """A boolean vector (n,) from zeros and ones. Raises ValueError on any other value, or if one
    of the two groups is empty."""
    found = vector(value, name, n)
    if not np.isin(found, (0.0, 1.0)).all():
        raise EstimationError(f"{name} must hold 0 and 1 only")
    if found.min() == found.max():
        raise NotEstimable(f"{name} is {found[0]:.0f} in every row; both groups are needed")
    return np.asarray(found == 1.0)


def matrix(value: pd.DataFrame, name: str, n: int | None = None) -> tuple[Floats, tuple[str, ...]]:
    """A float matrix (n, k) and its column names. Raises ValueError on missing or infinite values,
    naming the columns, on no columns, and on another length than ``n``."""
    names = tuple(map(str, value.columns))
    found = value.to_numpy(dtype=np.float64)
    if not names or not len(found):
        raise NotEstimable(f"{name} must have at least one row and one column")
    if n is not None and len(found) != n:
        raise EstimationError(f"{name} has {len(found)} rows where {n} are needed")
    bad = [c for c, ok in zip(names, np.isfinite(found).all(axis=0), strict=True) if not ok]
    if bad:
        raise MissingError(f"{name} holds missing or infinite values in {', '.join(bad)}; drop "
                           "such "
                           "rows and count them")
    return found, names


def with_constant(x: Floats) -> Floats:
    """The matrix (n, k + 1) with a leading column of ones. Raises ValueError if the columns of
    ``x`` already span a constant or each other."""
    full = np.column_stack([np.ones(len(x)), x])
    scale = np.linalg.norm(full, axis=0)
    rank = int(np.linalg.matrix_rank(full / np.where(scale > 0, scale, 1.0), tol=1e-9))
    if rank < full.shape[1]:
        raise NotEstimable(f"the covariates and a constant have rank {rank}, not "
                              f"{full.shape[1]}; "
                              "leave out a constant or redundant column")
    return full


def inverse_gram(x: Floats, names: Sequence[str]) -> Floats:
    """(X'X)⁻¹ (k, k) by QR. Raises ValueError if columns are collinear (named) or n < k."""
    if len(x) < x.shape[1]:
        raise NotEstimable(f"{len(x)} rows cannot estimate {x.shape[1]} terms")
    scale = np.linalg.norm(x, axis=0)
    r = np.linalg.qr(x / np.where(scale > 0, scale, 1.0), mode="r")
    redundant = [n for n, d in zip(names, np.abs(np.diag(r)), strict=True) if d < 1e-9]
    if redundant:
        raise CollinearError(f"terms are linear combinations of earlier ones: "
                             f"{', '.join(redundant)}")
    root = np.linalg.inv(r) / scale[:, None]
    return np.asarray(root @ root.T)


def codes(groups: ArrayLike | pd.Series | None, n: int, name: str = "clusters") -> Ints:
    """Group codes 0 … g − 1 (n,); each row its own group where ``groups`` is None. Raises
    ValueError on a missing or blank group, another length, or a single group."""
    if groups is None:
        return np.arange(n)
    found, levels = pd.factorize(unblank(pd.Series(np.asarray(groups))))
    if len(found) != n:
        raise EstimationError(f"{name} has {len(found)} values where {n} are needed")
    if (found < 0).any():
        raise MissingError(f"{name} holds {int((found < 0).sum()):,} missing values; drop such "
                           "rows and count them, or give each its own")
    if len(levels) < 2:
        raise NotEstimable(f"{name} needs at least two groups")
    return np.asarray(found, dtype=np.intp)


def unblank(groups: pd.Series) -> pd.Series:
    """Group labels with blank text as missing: an empty cell names no group."""
    if not (pd.api.types.is_object_dtype(groups) or pd.api.types.is_string_dtype(groups)):
        return groups
    return groups.mask(groups.astype("string").str.strip().eq("").fillna(False).astype(bool))


def varies(values: Floats) -> bool:
    """Whether values (n,) differ by more than the rounding of a constant."""
    return bool(np.ptp(values) > 1e-12 * max(float(np.abs(values).max()), 1e-300))


def summed(values: Floats, groups: Ints) -> Floats:
    """Sums of the rows of ``values`` (n,) or (n, k) within groups, (g,) or (g, k)."""
    total = np.zeros((int(groups.max()) + 1, *values.shape[1:]))
    np.add.at(total, groups, values)
    return total


def resample(groups: Ints, rng: np.random.Generator) -> Ints:
    """Row numbers of a bootstrap sample that draws whole groups with replacement."""
    count = int(groups.max()) + 1
    if count == groups.size:
        return np.asarray(rng.integers(0, count, count), dtype=np.intp)
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count + 1))
    drawn = rng.integers(0, count, count)
    return np.concatenate([order[starts[g]:starts[g + 1]] for g in drawn])
