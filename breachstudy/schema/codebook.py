"""Every table and every column of the study, each defined once.

The definitions are TOML files beside this module: ``raw/`` for the fact tables under
``data/raw`` and ``processed/`` for the published dataset. Readers, Parquet types and
metadata, the codebook pages, the data package and the data tests are all derived from them.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

from breachstudy.schema.coding_book import book as coding_book

Kind = Literal["raw", "processed"]
DTYPES = {"string": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean",
          "date": "object"}
"""pandas' type of a series of each type of column; dates are :class:`datetime.date`."""

COLLECTED_THROUGH = dt.date(2026, 11, 28)
"""Last day of collection. A later date in a fact table is a mistake."""
DATES_FROM = dt.date(2000, 1, 1)
"""First day that a fact may have, unless its column says another (``earliest``). Registers of
breaches begin in 2005; an earlier date is far more often a slip ("0018" or "1918" for 2018) than a
fact, and is unreadable either way."""
EXACT_WHOLE = 2**53
"""Largest whole number, either way, that every reader of the dataset holds exactly."""

__all__ = ["COLLECTED_THROUGH", "DATES_FROM", "EXACT_WHOLE", "PRECISION", "Column", "Conditional",
           "ForeignKey", "Table", "table", "tables"]


@dataclass(frozen=True)
class Column:
    """One column: its type, meaning and constraints.

    ``levels`` maps each permitted code to its meaning; ``separator`` says that the cell is a
    list of such codes; ``available`` says from when in the life of an event the column could
    be known (``"at_disclosure"`` or ``"after"``), so that analyses can refuse look-ahead.
    ``meanings`` explains the values of a coded number. ``exact`` numbers are those a source
    states, which are not rounded like derived ones. A date lies between ``earliest`` and
    ``latest``; unless said, between :data:`DATES_FROM` and :data:`COLLECTED_THROUGH`.
    """

    name: str
    type: str
    label: str
    description: str = ""
    unit: str = ""
    required: bool = False
    levels: dict[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    max_words: int | None = None
    separator: str | None = None
    available: str = "at_disclosure"
    meanings: dict[str, str] = field(default_factory=dict)
    exact: bool = False
    earliest: dt.date | None = None
    latest: dt.date | None = None

    def __post_init__(self) -> None:
        if self.type not in DTYPES:
            raise ValueError(f"column {self.name}: type {self.type!r} is not one of "
                             f"{tuple(DTYPES)}")
        if not self.label:
            raise ValueError(f"column {self.name}: label is empty")
        if self.type != "date" and (self.earliest or self.latest):
            raise ValueError(f"column {self.name}: only dates have an earliest and a latest day")

    @property
    def window(self) -> tuple[dt.date, dt.date]:
        """First and last day that a date of this column can be."""
        return self.earliest or DATES_FROM, self.latest or COLLECTED_THROUGH

    @property
    def dtype(self) -> str:
        """pandas' type of the column."""
        return DTYPES[self.type]

    @property
    def explained(self) -> dict[str, str]:
        """What its codes mean, whether they are a closed list of levels or coded numbers."""
        return self.levels or self.meanings


@dataclass(frozen=True)
class ForeignKey:
    """``columns`` of this table point at ``references`` (``"table.column"``).

    ``where`` (column, code) limits it to the rows with that code: what a reference points at may
    depend on its kind.
    """

    columns: tuple[str, ...]
    references: str
    separator: str | None = None
    where: tuple[str, str] | None = None


@dataclass(frozen=True)
class Conditional:
    """What ``column`` may hold depends on the code in ``by``: whole numbers for the codes in
    ``integer``, one of the given levels for the codes in ``levels``, any text otherwise."""

    column: str
    by: str
    integer: tuple[str, ...] = ()
    levels: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table: what a row is, its keys, and its columns in order."""

    name: str
    title: str
    row: str
    description: str
    primary_key: tuple[str, ...]
    sort: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    columns: tuple[Column, ...]
    may_be_empty: bool = False
    conditional: Conditional | None = None

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError(f"table {self.name}: a column is defined twice")
        for used in (*self.primary_key, *self.sort, *(
                c for k in self.foreign_keys for c in (*k.columns, *(k.where or ())[:1]))):
            if used not in names:
                raise ValueError(f"table {self.name}: key column {used!r} is not defined")

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name!r}")


def _column(spec: dict[str, Any]) -> Column:
    return Column(**{k: v for k, v in spec.items()})


def _expand(specs: list[dict[str, Any]]) -> list[Column]:
    """Columns in order; a ``date_interval`` entry becomes its lo, hi and precision columns."""
    out: list[Column] = []
    for spec in specs:
        if spec.get("type") == "date_interval":
            out.extend(_interval_columns(spec))
        elif spec.get("type") == "lag":
            out.extend(_lag_columns(spec))
        elif spec.get("type") == "coded_items":
            out.extend(_coded_columns())
        elif "use" in spec:
            out.extend(_used_columns(spec))
        else:
            out.append(_column(spec))
    return out


PRECISION = {
    "day": "a single day",
    "week": "about a week or a third of a month",
    "month": "a calendar month",
    "quarter": "a quarter or season",
    "year": "a calendar year",
    "span": "an interval that the source gives itself, or several dates merged",
}


def _interval_columns(spec: dict[str, Any]) -> list[Column]:
    name, label = spec["name"], spec["label"]
    common = {"available": spec.get("available", "at_disclosure")}
    text = spec.get("description", "")
    return [
        Column(f"{name}_lo", "date", f"{label}, earliest day", text, **common),
        Column(f"{name}_hi", "date", f"{label}, latest day", "", **common),
        Column(f"{name}_precision", "string", f"{label}, precision", "", levels=PRECISION,
               **common),
    ]


def _coded_columns() -> list[Column]:
    """One column an item of the coding book: what an item means stands there only."""
    return [
        Column(item.column, "number", f"{item.id} {item.title}", item.rule,
               available="after" if item.look_ahead else "at_disclosure",
               minimum=0, maximum=item.maximum,
               meanings={k: v for k, v in item.levels.items()})
        for item in coding_book().items
    ]


def _used_columns(spec: dict[str, Any]) -> list[Column]:
    """Columns of a raw table taken over unchanged: defined there, used here."""
    source = table("raw", spec["use"])
    names = spec.get("names") or [n for n in source.names if n not in spec.get("except", [])]
    used = [source[n] for n in names]
    return [replace(c, required=False) for c in used] if spec.get("optional") else used


def _lag_columns(spec: dict[str, Any]) -> list[Column]:
    name, label = spec["name"], spec["label"]
    common = {"available": spec.get("available", "at_disclosure"), "unit": "days"}
    text = spec.get("description", "")
    return [
        Column(f"{name}_lo_days", "integer", f"{label}, lower bound", text, **common),
        Column(f"{name}_hi_days", "integer", f"{label}, upper bound", "", **common),
        Column(f"{name}_days", "number", f"{label}, point value",
               "Difference of the midpoints of the two date intervals; exact when the bounds "
               "are equal. Never clipped: a negative value carries a flag.", **common),
    ]


def _table(spec: dict[str, Any]) -> Table:
    head = spec["table"]
    keys = tuple(
        ForeignKey(tuple(k["columns"]), k["references"], k.get("separator"),
                   (k["where"][0], k["where"][1]) if "where" in k else None)
        for k in spec.get("foreign_keys", [])
    )
    primary = tuple(head["primary_key"])
    return Table(
        name=head["name"],
        title=head["title"],
        row=head["row"],
        description=head.get("description", "").strip(),
        primary_key=primary,
        sort=tuple(head.get("sort", primary)),
        foreign_keys=keys,
        columns=tuple(_expand(spec["columns"])),
        may_be_empty=head.get("may_be_empty", False),
        conditional=_conditional(spec.get("conditional")),
    )


def _conditional(spec: dict[str, Any] | None) -> Conditional | None:
    if spec is None:
        return None
    return Conditional(spec["column"], spec["by"], tuple(spec.get("integer", ())),
                       spec.get("levels", {}))


@cache
def tables(kind: Kind) -> dict[str, Table]:
    """All tables of one kind, by name.

    Raises ValueError if a definition is inconsistent (two columns of one name, a key that
    names no column, a file whose name is not its table's).
    """
    folder = resources.files(__package__) / kind
    out: dict[str, Table] = {}
    for entry in sorted(folder.iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".toml"):
            found = _table(tomllib.loads(entry.read_text(encoding="utf-8")))
            if f"{found.name}.toml" != entry.name:
                raise ValueError(f"{kind}/{entry.name} defines the table {found.name!r}")
            out[found.name] = found
    return out


def table(kind: Kind, name: str) -> Table:
    """One table. Raises KeyError that lists the known ones."""
    known = tables(kind)
    if name not in known:
        raise KeyError(f"no {kind} table {name!r}; known: {', '.join(sorted(known))}")
    return known[name]
