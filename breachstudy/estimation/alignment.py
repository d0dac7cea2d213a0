"""Rows are paired by their labels, or not at all.

Inputs that carry an index (Series, frames) must carry the same one, in the same order; arrays and
lists have no labels and are paired by position. Nothing is reordered: an index that disagrees is
most often a mistake somewhere before, and the two answers differ without a word.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from breachstudy.estimation.errors import AlignmentError

__all__ = ["check_rows", "paired"]

P = ParamSpec("P")
R = TypeVar("R")


def check_rows(**given: Any) -> None:
    """Raises AlignmentError if two of the inputs are labelled differently, with the first place.

    A mapping of Series is checked one by one; what has no index is not checked.
    """
    first: tuple[str, pd.Index] | None = None
    for name, value in given.items():
        parts = value.items() if isinstance(value, Mapping) else [(None, value)]
        for key, part in parts:
            if not isinstance(part, (pd.Series, pd.DataFrame)):
                continue
            label = name if key is None else f"{name}[{key!r}]"
            if first is None:
                first = (label, part.index)
            elif part.index is not first[1] and not part.index.equals(first[1]):
                raise AlignmentError(_difference(*first, label, part.index))


def _difference(one: str, a: pd.Index, other: str, b: pd.Index) -> str:
    remedy = (f"Give both the same index in the same order, such as {other}.reindex({one}.index), "
              "or arrays to pair them by position")
    if len(a) != len(b):
        return f"{one} has {len(a):,} rows and {other} {len(b):,}. {remedy}"
    same = np.array([x == y for x, y in zip(a, b, strict=True)], dtype=bool)
    at = int(np.argmin(same))
    return (f"{one} and {other} are labelled differently: row {at + 1} is {a[at]!r} in {one} and "
            f"{b[at]!r} in {other} ({int((~same).sum()):,} rows differ). {remedy}")


def paired(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function whose arguments ``names`` hold the same rows: they are checked before it runs."""
    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        order = [n for n in signature.parameters if n in names]
        if set(order) != set(names):
            raise TypeError(f"{function.__name__} has no argument {set(names) - set(order)}")

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs).arguments
            check_rows(**{n: bound[n] for n in order if n in bound})
            return function(*args, **kwargs)

        checked.paired = tuple(order)  # type: ignore[attr-defined]
        return checked
    return decorate
