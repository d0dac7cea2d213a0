"""The coding book as data: the items that a coder judges, their levels and their rules.

The book stands in ``book.toml``. Columns of coded items, checks of the raw codes and the printed
book are derived from it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["NOT_APPLICABLE", "NOT_FOUND", "Amendment", "Book", "Item", "Visibility", "book"]

NOT_FOUND, NOT_APPLICABLE = "9", "8"
SCALES = ("ordinal", "binary")
INDICES = ("candour", "accommodation", "evasion", "apart", "control")


@dataclass(frozen=True)
class Item:
    """One item. ``levels`` maps a code ("0", "0.5", "1" …) to its meaning; ``index`` is the index
    that it enters, ``apart`` for items analysed alone, ``control`` for controls; ``look_ahead``
    marks items that are settled only after disclosure. ``stands`` names the part of a document
    where the item stands, ``shown_by`` the documents that can show its absence (keys of
    :class:`Visibility`)."""

    id: str
    name: str
    title: str
    scale: str
    index: str
    stands: str
    shown_by: str
    levels: Mapping[str, str]
    rule: str
    example: str
    counter_example: str
    source_idea: str
    look_ahead: bool = False

    @property
    def column(self) -> str:
        """Name of its column in the events table."""
        return f"{self.id.lower()}_{self.name}"

    @property
    def maximum(self) -> float:
        """The highest level; indices rescale an item by it."""
        return max(float(code) for code in self.levels)


@dataclass(frozen=True)
class Amendment:
    """A change of a rule during training: version that it made, day, item and reason."""

    version: str
    date: str
    item: str
    change: str
    reason: str


@dataclass(frozen=True)
class Visibility:
    """When an absence could be seen.

    A document of ``cut_from`` listed characters or more breaks off. Kinds in ``own_kinds`` are the
    organisation's own text, and so are accounts at a coverage of ``own_opening_coverage`` (its
    opening) or ``own_whole_coverage`` (all of it). Documents dated more than ``days`` after the
    first public news do not count. ``stands`` and ``shown_by`` explain the words that items use.
    """

    cut_from: int
    cut_reason: str
    own_kinds: tuple[str, ...]
    own_whole_coverage: int
    own_opening_coverage: int
    days: int
    rule: str
    stands: Mapping[str, str]
    shown_by: Mapping[str, str]


@dataclass(frozen=True)
class Book:
    """The book: version, what is coded, coverage levels, what an absence needs, the share of its
    items that an index needs (``min_share``), items in order, amendments."""

    version: str
    unit: str
    document: str
    coverage: Mapping[str, str]
    code_rule: str
    visibility: Visibility
    min_share: float
    index_rule: str
    items: tuple[Item, ...]
    amendments: tuple[Amendment, ...]

    def __getitem__(self, item: str) -> Item:
        for found in self.items:
            if found.id == item:
                return found
        raise KeyError(f"the coding book has no item {item!r}; "
                       f"known: {', '.join(i.id for i in self.items)}")

    def of_index(self, index: str) -> tuple[Item, ...]:
        """Items that enter one index, in order."""
        return tuple(i for i in self.items if i.index == index)


@cache
def book() -> Book:
    """The coding book. Raises ValueError if an item is defined twice or has an unknown scale,
    index, level or place."""
    text = (resources.files(__package__) / "book.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    items = tuple(Item(**{**given, "levels": dict(given["levels"])}) for given in data["items"])
    visibility = Visibility(**{**data["visibility"],
                               "own_kinds": tuple(data["visibility"]["own_kinds"])})
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise ValueError(f"item {item.id} stands twice in the coding book")
        seen.add(item.id)
        if item.scale not in SCALES or item.index not in INDICES:
            raise ValueError(f"item {item.id}: scale {item.scale!r} or index {item.index!r}")
        if item.stands not in visibility.stands or item.shown_by not in visibility.shown_by:
            raise ValueError(f"item {item.id}: stands {item.stands!r}, shown by "
                             f"{item.shown_by!r}: not explained in [visibility]")
        if {NOT_FOUND, NOT_APPLICABLE} & set(item.levels):
            raise ValueError(f"item {item.id}: 8 and 9 are kept for missing codes")
        if "0" not in item.levels:
            raise ValueError(f"item {item.id}: has no level 0")
    amendments = tuple(Amendment(**a) for a in data.get("amendments", ()))
    return Book(data["version"], data["unit"], data["document"], dict(data["coverage"]),
                data["codes"]["rule"], visibility, data["indices"]["min_share"],
                data["indices"]["rule"], items, amendments)
