"""Tables in Markdown, for the generated parts of pages."""

from __future__ import annotations

from collections.abc import Sequence

from breachstudy.schema.inert import markdown_text, web_address

__all__ = ["Link", "markdown_table"]


class Link(tuple[str, str]):
    """A cell that is a link: text and address. An address that is none of the web is left out."""

    def __str__(self) -> str:
        text, address = self
        if web_address(address) is None:
            return markdown_text(text)
        return f"[{markdown_text(text)}]({_escaped(address)})"


def _escaped(address: str) -> str:
    """An address that cannot end its link or its cell early; brackets in pairs stay."""
    out = address.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return out if out.count("(") == out.count(")") else out.replace("(", "%28").replace(")", "%29")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A pipe table. Columns whose first cell is a whole number are set to the right, and whole
    numbers get separators of thousands; a :class:`Link` becomes a link; everything else is printed
    as given, made inert. A text wholly in backticks stays code."""
    first = rows[0] if rows else [""] * len(head)
    align = "|".join("---:" if isinstance(v, int) else "---" for v in first)
    shown = [" | ".join(map(_cell, row)) for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{align}|", *(f"| {row} |" for row in shown)])


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return str(value) if isinstance(value, Link) else markdown_text(value)
