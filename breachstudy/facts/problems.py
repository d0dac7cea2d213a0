"""Located problems: what is wrong in which file, row and column, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FactError", "Problem"]


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
            where += f", column {self.column}"
        shown = "" if self.value is None else f", value {_shorten(self.value)!r}"
        return f"{where}{shown}: {self.what}. {self.remedy}"


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


class FactError(ValueError):
    """All problems found in one pass over the inputs; nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(
            problems, key=lambda p: (p.file, p.row or 0, p.column or "", p.what)
        )
        super().__init__(self.report())

    def report(self, limit: int | None = None) -> str:
        """One line a problem, after a line that counts them."""
        shown = self.problems if limit is None else self.problems[:limit]
        n = len(self.problems)
        lines = [f"{n} problem{'s' if n != 1 else ''} in the input; nothing was written."]
        lines += [f"  {p}" for p in shown]
        if len(shown) < n:
            lines.append(f"  … and {n - len(shown)} more")
        return "\n".join(lines)
