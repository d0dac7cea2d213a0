"""What an estimate is measured in: as the results say, or as the codebook says of its outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from breachstudy.schema.codebook import tables

__all__ = ["unit_of"]

_CODEBOOK = {"share of value": "return", "points of ACSI": "acsi",
             "points of reputation": "reputation", "days": "days",
             "log days": "log_days", "share": "share", "share of the loss": "share"}
"""Units in the words of the codebook, by their names in :data:`exhibits.numbers.UNITS`."""
_CALL = re.compile(r"(?P<transform>\w+)\((?P<column>\w+)\)")


def unit_of(row: Mapping[str, Any]) -> str:
    """The unit of a row's estimate, as :func:`breachstudy.exhibits.numbers.unit` takes it.

    A stored ``unit`` is taken; without one it follows from the outcome's column in the codebook
    and its transformation. How large the estimate or a margin is never matters.
    """
    stored = row.get("unit")
    if isinstance(stored, str):
        return _CODEBOOK.get(stored, stored)
    return _unit(str(row.get("outcome")))


@cache
def _unit(outcome: str) -> str:
    if outcome.startswith("share "):  # a share of a loss, or made known within so many days
        return "share"
    call = _CALL.fullmatch(outcome)
    column = call["column"] if call else outcome
    known = {c.name: c.unit for t in tables("processed").values() for c in t.columns}
    found = _CODEBOOK.get(known.get(column, ""), "")
    if call and call["transform"].startswith("log"):
        return "log_days" if found == "days" else ""
    return found
