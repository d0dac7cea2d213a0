"""Definitions in TOML as strict records: every key is known, of its type and within its range.

A record is a pydantic model (or a dataclass with its configuration) that forbids other keys and
converts nothing: 2.7 is no whole number, "no" is not false. Every fault is told in words: place,
key, value, what may stand there.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from breachstudy.errors import DefinitionError, InputError

__all__ = ["FORBID", "AsTuple", "Name", "Strict", "Text", "TextOrList", "close_to", "load_toml",
           "parse", "read_text", "records"]

FORBID = ConfigDict(extra="forbid", strict=True, frozen=True)


class Strict(BaseModel):
    """Base of the records: frozen, no other keys, no conversions."""

    model_config = FORBID


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


AsTuple = BeforeValidator(_tuple)
"""TOML has lists; records are hashable and hold tuples."""
TextOrList = BeforeValidator(lambda v: (v,) if isinstance(v, str) else _tuple(v))
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]+$")]
R = TypeVar("R")

GIVE = {
    "string_type": "give text in quotes", "string_too_short": "must not be empty",
    "int_type": "give a whole number", "int_from_float": "give a whole number",
    "float_type": "give a number", "finite_number": "give a finite number",
    "bool_type": "give true or false", "date_type": "give a day, such as 2026-01-31",
    "tuple_type": "give a list in [ ]", "list_type": "give a list in [ ]",
    "dict_type": "give a table in { }", "mapping_type": "give a table in { }",
    "model_type": "give a table in { }", "dataclass_type": "give a table in { }",
    "model_attributes_type": "give a table in { }",
}
LIMITS = {"greater_than": ("gt", "more than"), "greater_than_equal": ("ge", "at least"),
          "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most")}


def read_text(path: Path) -> str:
    """The text of a file. Raises InputError if it is not UTF-8, FileNotFoundError if it is not
    there."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text in UTF-8: {error}") from None


def load_toml(text: str, file: str, error: type[DefinitionError] = DefinitionError
              ) -> dict[str, Any]:
    """The tables of a file. Raises ``error`` if it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise error([f"{file}: not valid TOML: {cause}"]) from None


def close_to(value: object, known: Iterable[object]) -> str:
    """`` (did you mean 'x'?)`` where a known word is near, else nothing."""
    found = difflib.get_close_matches(str(value), [str(k) for k in known], n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""


def parse(kind: type[R], given: object, place: str, faults: list[str]) -> R | None:
    """The record of a table, or None with its faults added, each with ``place``."""
    try:
        found: R = _adapter(kind).validate_python(given)
        return found
    except ValidationError as error:
        faults += [f"{place}{_told(kind, e)}" for e in error.errors(include_url=False)]
        return None


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    """The validator of a record, made once."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def records(data: Mapping[str, Any], key: str, place: str, faults: list[str]
            ) -> list[tuple[str, dict[str, Any]]]:
    """The entries of ``[[key]]`` with the place of each: its number, and its name if it has one."""
    given = data.get(key, [])
    if not isinstance(given, list) or not all(isinstance(g, dict) for g in given):
        faults.append(f"{place}{key}: give tables headed [[{key}]]")
        return []
    out = []
    for i, one in enumerate(given, start=1):
        name = one.get("name", one.get("id"))
        called = f" {name}" if isinstance(name, str) and name else ""
        out.append((f"{place}[[{key}]] {i}{called}: ", one))
    return out


def _told(kind: type, error: Mapping[str, Any]) -> str:
    """One fault of pydantic's in words."""
    loc, what = tuple(error["loc"]), error["type"]
    *steps, key = _steps(loc) or [""]
    where = "".join(f"{s}: " for s in steps)
    value = error.get("input")
    if what == "missing":
        return f"{where}the key {key!r} is missing"
    if what in ("extra_forbidden", "unexpected_keyword_argument"):
        known = _known(kind, loc[:-1])
        return (f"{where}unknown key {key!r}{close_to(key, known)}; "
                f"known: {', '.join(sorted(known))}")
    if what == "value_error":
        said = str(error["ctx"]["error"])
        return f"{where}{key}: {said}" if key else f"{where}{said}"
    return f"{where}{key} = {_shown(value)}: {_remedy(what, error, value)}"


def _remedy(what: str, error: Mapping[str, Any], value: object) -> str:
    ctx = error.get("ctx", {})
    if what in ("literal_error", "enum"):
        levels = [part.strip("' ") for part in ctx["expected"].replace(" or ", ", ").split(", ")]
        return f"use one of {', '.join(levels)}{close_to(value, levels)}"
    if what in LIMITS:
        name, words = LIMITS[what]
        return f"must be {words} {ctx[name]}"
    if what == "too_short":
        return f"give at least {ctx['min_length']}"
    if what == "too_long":
        return f"give at most {ctx['max_length']}"
    if what == "string_pattern_mismatch":
        return ("must not be blank" if ctx["pattern"] == r"\S"
                else "use letters, digits, '_', '-' and '.', without spaces")
    return GIVE.get(what, str(error["msg"]))


def _steps(loc: Sequence[str | int]) -> list[str]:
    """("terms", 0, "label") → ["terms 1", "label"]."""
    out: list[str] = []
    for part in loc:
        if isinstance(part, int) and out:
            out[-1] = f"{out[-1]} {part + 1}"
        else:
            out.append(str(part))
    return out


def _shown(value: object) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _known(kind: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys of the record at ``loc`` within ``kind``."""
    for part in loc:
        if isinstance(part, str):
            kind = _record_in(_fields(kind).get(part))
    return list(_fields(kind))


def _fields(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {f.alias or n: f.annotation for n, f in kind.model_fields.items()}
    return get_type_hints(kind) if isinstance(kind, type) and is_dataclass(kind) else {}


def _record_in(annotation: Any) -> Any:
    """The record that an annotation such as tuple[Term, ...] holds."""
    if isinstance(annotation, type) and (is_dataclass(annotation)
                                         or issubclass(annotation, BaseModel)):
        return annotation
    return next((found for a in get_args(annotation) if (found := _record_in(a))), None)
