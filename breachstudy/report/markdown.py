"""Tables in Markdown, for the generated parts of pages."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["markdown_table"]


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A pipe table. Columns whose first cell is a whole number are set to the right, and whole
    numbers get separators of thousands; everything else is printed as given."""
    first = rows[0] if rows else [""] * len(head)
    align = "|".join("---:" if isinstance(v, int) else "---" for v in first)
    shown = [" | ".join(f"{v:,}" if isinstance(v, int) else str(v) for v in row) for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{align}|", *(f"| {row} |" for row in shown)])
