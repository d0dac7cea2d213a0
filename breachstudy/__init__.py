"""breachstudy: how organisations respond to data breaches, and what it costs them.

>>> import breachstudy
>>> events = breachstudy.load("events")
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from breachstudy._version import __version__

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["__version__", "codebook", "load", "results"]


def load(name: str = "events") -> pd.DataFrame:
    """A table of the dataset as a DataFrame, one row as the codebook says.

    ``name`` is events, notices, milestones or sources. Integers and booleans may be missing
    (pandas nullable types); dates are :class:`datetime.date`. Works from an installed wheel as
    well as from a checkout.

    Raises KeyError for an unknown table and FileNotFoundError if the dataset is not built.
    """
    from breachstudy.dataset.load import load_table

    return load_table(name)


def codebook(name: str | None = None) -> pd.DataFrame:
    """The codebook as a DataFrame: one row a column of the dataset, or of one table.

    Columns: table, column, type, unit, label, description, levels, available. Raises KeyError
    for an unknown table.
    """
    from breachstudy.dataset.load import codebook_frame

    return codebook_frame(name)


def results(name: str = "results") -> pd.DataFrame:
    """Results of the analysis in one tidy schema (see docs/analysis.md), unrounded.

    ``name`` is results, or what has another shape: hypotheses, curves, lag_curves, deadlines,
    paths, balance, bands or surfaces. Works from an installed wheel as well as from a checkout.

    Raises KeyError for another name and FileNotFoundError if the analysis has not been run.
    """
    from breachstudy.dataset.load import load_results

    return load_results(name)


class _Moved(ModuleType):
    """A module under its name of 0.1.0's first form, which hands on what the present one holds."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(f"breachstudy.{MOVED[self.__name__.partition('.')[2]]}"), name)


MOVED = {"analyze": "workflow.analyze", "build": "workflow.build", "codebook": "schema.codebook",
         "eventstudy_files": "eventstudy.own.files", "facts.problems": "errors"}
"""Old names of modules that scripts import from. Listed before anything is imported under them,
they are never bound here, so that :func:`codebook` stays the function."""
for _old in MOVED:
    sys.modules.setdefault(f"breachstudy.{_old}", _Moved(f"breachstudy.{_old}"))
