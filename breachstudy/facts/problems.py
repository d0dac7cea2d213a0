"""Located problems: what is wrong in which file, row and column, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from breachstudy.schema.inert import visible

__all__ = ["SHOWN", "FactError", "Problem", "refuse"]

SHOWN = 50
"""Problems that a message prints; the rest is counted by file."""


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in an input file. ``row`` is the line in the file (the header is line 1)."""

    file: str
    row: int | None
    column: str | None
    value: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {_shorten(self.column)}"
        shown = "" if self.value is None else f", value {_shorten(self.value)!r}"
        return visible(f"{where}{shown}: {_shorten(self.what, 600)}. {self.remedy}")


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FactError(ValueError):
    """All problems found in one pass over the inputs; nothing was written.

    ``problems`` holds every one, ordered by file and row; the message shows the first
    :data:`SHOWN`, those of whole files before those of cells, and counts the rest by file.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(
            problems, key=lambda p: (p.file, p.row or 0, p.column or "", p.what)
        )
        super().__init__(self.report())

    def report(self, limit: int | None = SHOWN) -> str:
        """One line a problem, after a line that counts them. ``limit`` None shows all."""
        n = len(self.problems)
        return (f"{n:,} problem{'s' if n != 1 else ''} in the input; nothing was written.\n"
                + self.listed(limit))

    def listed(self, limit: int | None = SHOWN) -> str:
        """One line a problem, those of whole files first, and a count of the rest by file."""
        ranked = sorted(self.problems, key=lambda p: p.row is not None)  # stable: files first
        shown, rest = ranked[:limit], [] if limit is None else ranked[limit:]
        lines = [f"  {p}" for p in shown]
        if rest:
            by_file = Counter(p.file for p in rest)
            lines.append(f"  … and {len(rest):,} more: " + visible(", ".join(
                f"{file} {count:,}" for file, count in sorted(by_file.items()))))
        return "\n".join(lines)


def refuse(problems: Sequence[Problem]) -> None:
    """Raise :class:`FactError` if there is a problem."""
    if problems:
        raise FactError(problems)
