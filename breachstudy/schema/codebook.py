"""Every table and every column of the study, each defined once.

The definitions are TOML files beside this module: ``raw/`` for the fact tables under
``data/raw`` and ``processed/`` for the published dataset. Readers, Parquet types and
metadata, the codebook pages, the data package and the data tests are all derived from them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field

from breachstudy.errors import DefinitionError, UnknownNameError
from breachstudy.schema.coding_book import book as coding_book
from breachstudy.schema.strict import (
    AsTuple,
    Name,
    Strict,
    Text,
    close_to,
    load_toml,
    parse,
)

Kind = Literal["raw", "processed"]
Type = Literal["string", "integer", "number", "boolean", "date"]
DTYPES: dict[Type, str] = {"string": "str", "integer": "Int64", "number": "Float64",
                           "boolean": "boolean", "date": "object"}
"""pandas' type of a series of each type of column; dates are :class:`datetime.date`."""
Available = Literal["at_disclosure", "after"]
Names = Annotated[tuple[str, ...], AsTuple]
YesNo = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Day = Annotated[dt.date, Field(strict=True)]
ONLY_THESE = ConfigDict(extra="forbid")
"""Of the dataclasses below, which tables are read into: a strict one would take no table at all."""

COLLECTED_THROUGH = dt.date(2026, 11, 28)
"""Last day of collection. A later date in a fact table is a mistake."""
DATES_FROM = dt.date(2000, 1, 1)
"""First day that a fact may have, unless its column says another (``earliest``). Registers of
breaches begin in 2005; an earlier date is far more often a slip ("0018" or "1918" for 2018) than a
fact, and is unreadable either way."""
EXACT_WHOLE = 2**53
"""Largest whole number, either way, that every reader of the dataset holds exactly."""

__all__ = ["COLLECTED_THROUGH", "DATES_FROM", "EXACT_WHOLE", "PRECISION", "Column", "Conditional",
           "ForeignKey", "Table", "read_table", "table", "tables"]


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

    __pydantic_config__ = ONLY_THESE

    name: str
    type: Type
    label: str
    description: str = ""
    unit: str = ""
    required: YesNo = False
    levels: dict[str, str] = field(default_factory=dict)
    minimum: Number | None = None
    maximum: Number | None = None
    pattern: str | None = None
    max_words: Whole | None = None
    separator: str | None = None
    available: Available = "at_disclosure"
    meanings: dict[str, str] = field(default_factory=dict)
    exact: YesNo = False
    earliest: Day | None = None
    latest: Day | None = None

    def __post_init__(self) -> None:
        if self.type not in get_args(Type):
            raise ValueError(f"column {self.name}: type {self.type!r} is not one of "
                             f"{', '.join(get_args(Type))}")
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

    __pydantic_config__ = ONLY_THESE

    columns: Names
    references: str
    separator: str | None = None
    where: Annotated[tuple[str, str], AsTuple] | None = None


@dataclass(frozen=True)
class Conditional:
    """What ``column`` may hold depends on the code in ``by``: whole numbers for the codes in
    ``integer``, one of the given levels for the codes in ``levels``, any text otherwise."""

    __pydantic_config__ = ONLY_THESE

    column: str
    by: str
    integer: Names = ()
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
        faults = [f"table {self.name}: column {n!r} is defined twice"
                  for n in dict.fromkeys(names) if names.count(n) > 1]
        keys = (*self.primary_key, *self.sort, *(
            c for k in self.foreign_keys for c in (*k.columns, *(k.where or ())[:1])))
        if self.conditional is not None:
            keys += (self.conditional.column, self.conditional.by)
        faults += [f"table {self.name}: key column {used!r} is not defined{close_to(used, names)}"
                   for used in dict.fromkeys(keys) if used not in names]
        if faults:
            raise DefinitionError(faults)

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownNameError(f"table {self.name} has no column {name!r}")


class _Head(Strict):
    name: Name
    title: Text
    row: Text
    description: str = ""
    primary_key: Annotated[Names, Field(min_length=1)]
    sort: Names = ()
    may_be_empty: bool = False


class _File(Strict):
    table: _Head
    columns: Annotated[tuple[dict[str, Any], ...], AsTuple, Field(min_length=1)]
    foreign_keys: Annotated[tuple[ForeignKey, ...], AsTuple] = ()
    conditional: Conditional | None = None


class _Dated(Strict):
    """``date_interval`` and ``lag``, each of which stands for three columns."""

    name: Name
    type: Literal["date_interval", "lag"]
    label: Text
    description: str = ""
    available: Available = "at_disclosure"


class _Coded(Strict):
    type: Literal["coded_items"]


class _Used(Strict):
    """Columns of a raw table: all, or ``names``, or all but ``except``."""

    use: Name
    names: Names = ()
    but: Names = Field(default=(), alias="except")
    optional: bool = False


def _expand(specs: tuple[dict[str, Any], ...], file: str, faults: list[str]) -> list[Column]:
    """Columns in order; an entry that stands for several becomes them."""
    out: list[Column] = []
    for i, spec in enumerate(specs, start=1):
        place = f"{file}, [[columns]] {i} {spec.get('name', spec.get('use', ''))}: "
        kind = spec.get("type")
        if "use" in spec:
            used = parse(_Used, spec, place, faults)
            out += [] if used is None else _used_columns(used, place, faults)
        elif kind == "coded_items":
            coded = parse(_Coded, spec, place, faults)
            out += [] if coded is None else _coded_columns()
        elif kind in ("date_interval", "lag"):
            dated = parse(_Dated, spec, place, faults)
            if dated is not None:
                out += _interval_columns(dated) if kind == "date_interval" else _lag_columns(dated)
        else:
            column = parse(Column, spec, place, faults)
            out += [] if column is None else [column]
    return out


PRECISION = {
    "day": "a single day",
    "week": "about a week or a third of a month",
    "month": "a calendar month",
    "quarter": "a quarter or season",
    "year": "a calendar year",
    "span": "an interval that the source gives itself, or several dates merged",
}


def _interval_columns(spec: _Dated) -> list[Column]:
    name, label, since = spec.name, spec.label, spec.available
    return [
        Column(f"{name}_lo", "date", f"{label}, earliest day", spec.description, available=since),
        Column(f"{name}_hi", "date", f"{label}, latest day", available=since),
        Column(f"{name}_precision", "string", f"{label}, precision", levels=PRECISION,
               available=since),
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


def _used_columns(spec: _Used, place: str, faults: list[str]) -> list[Column]:
    """Columns of a raw table taken over unchanged: defined there, used here."""
    if spec.use not in tables("raw"):
        faults.append(f"{place}use = {spec.use!r}: no raw table{close_to(spec.use, tables('raw'))}")
        return []
    source = table("raw", spec.use)
    for key, given in (("names", spec.names), ("except", spec.but)):
        faults += [f"{place}{key}: the raw table {spec.use!r} has no column {n!r}"
                   f"{close_to(n, source.names)}" for n in given if n not in source.names]
    names = spec.names or [n for n in source.names if n not in spec.but]
    used = [source[n] for n in names if n in source.names]
    return [replace(c, required=False) for c in used] if spec.optional else used


def _lag_columns(spec: _Dated) -> list[Column]:
    name, label, since = spec.name, spec.label, spec.available
    return [
        Column(f"{name}_lo_days", "integer", f"{label}, lower bound", spec.description, "days",
               available=since),
        Column(f"{name}_hi_days", "integer", f"{label}, upper bound", "", "days",
               available=since),
        Column(f"{name}_days", "number", f"{label}, point value",
               "Difference of the midpoints of the two date intervals; exact when the bounds "
               "are equal. Never clipped: a negative value carries a flag.", "days",
               available=since),
    ]


def read_table(text: str, file: str, faults: list[str]) -> Table | None:
    """The table that a file defines, or None with its faults added: unknown or missing keys,
    wrong types, keys that name no column, a file whose name is not its table's."""
    found = len(faults)
    try:
        data = load_toml(text, file)
    except DefinitionError as error:
        faults += error.faults
        return None
    made = parse(_File, data, f"{file}: ", faults)
    if made is None:
        return None
    head, columns = made.table, tuple(_expand(made.columns, file, faults))
    if file.rpartition("/")[2] != f"{head.name}.toml":
        faults.append(f"{file}, table: name = {head.name!r}: the file must be {head.name}.toml")
    if len(faults) > found:
        return None
    try:
        return Table(head.name, head.title, head.row, head.description.strip(), head.primary_key,
                     head.sort or head.primary_key, made.foreign_keys, columns,
                     head.may_be_empty, made.conditional)
    except DefinitionError as error:
        faults += [f"{file}: {f}" for f in error.faults]
        return None


@cache
def tables(kind: Kind) -> dict[str, Table]:
    """All tables of one kind, by name. Raises DefinitionError with every fault of every file."""
    folder = resources.files(__package__) / kind
    out: dict[str, Table] = {}
    faults: list[str] = []
    for entry in sorted(folder.iterdir(), key=lambda p: p.name):
        if entry.name.endswith(".toml"):
            found = read_table(entry.read_text(encoding="utf-8"), f"{kind}/{entry.name}", faults)
            if found is not None:
                out[found.name] = found
    if faults:
        raise DefinitionError(faults)
    return out


def table(kind: Kind, name: str) -> Table:
    """One table. Raises KeyError that lists the known ones."""
    known = tables(kind)
    if name not in known:
        raise UnknownNameError(f"no {kind} table {name!r}{close_to(name, known)}; known: "
                               f"{', '.join(sorted(known))}")
    return known[name]
