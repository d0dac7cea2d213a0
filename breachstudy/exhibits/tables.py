"""Tables as Markdown, CSV, LaTeX and HTML from one object; the one writer of tables."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from breachstudy.exhibits.numbers import count
from breachstudy.schema.inert import csv_frame, markdown_text, visible, web_address

__all__ = ["FORMS", "Exhibit", "Link", "Markup", "pipe_table"]


@dataclass(frozen=True)
class Exhibit:
    """A table ready to print: ``body`` holds text, ``notes`` says source, sample and n. ``words``
    names the columns that hold words and are set to the left; the others hold numbers.

    Every form makes its text inert (:mod:`breachstudy.schema.inert`): names come from public pages.
    Raises ValueError if ``words`` names no column of the body.
    """

    name: str
    title: str
    body: pd.DataFrame
    notes: str
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [w for w in self.words if w not in self.body.columns]
        if unknown and self.body.shape[1]:
            raise ValueError(f"{self.name}: no column {unknown[0]!r}; there are: "
                             f"{', '.join(map(str, self.body.columns))}")

    @property
    def align(self) -> str:
        """A letter a column: l for words, r for numbers."""
        return "".join("l" if c in self.words else "r" for c in self.body.columns)

    def markdown(self) -> str:
        table = pipe_table(list(self.body.columns), self.body.to_numpy().tolist(), self.align)
        return "\n".join([f"**{markdown_text(self.title)}**", "", table, "",
                          markdown_text(self.notes), ""])

    def csv(self) -> str:
        buffer = io.StringIO()
        csv_frame(self.body).to_csv(buffer, index=False, lineterminator="\n")
        return buffer.getvalue()

    def latex(self) -> str:
        lines = [r"\begin{table}", rf"\caption{{{_tex(self.title)}}}",
                 rf"\begin{{tabular}}{{{self.align}}}", r"\toprule",
                 " & ".join(_tex(c) for c in self.body.columns) + r" \\", r"\midrule"]
        lines += [" & ".join(_tex(v) for v in row) + r" \\"
                  for row in self.body.itertuples(index=False)]
        lines += [r"\bottomrule", r"\end{tabular}",
                  rf"\begin{{minipage}}{{\linewidth}}\footnotesize {_tex(self.notes)}"
                  r"\end{minipage}", r"\end{table}", ""]
        return "\n".join(lines)

    def html(self) -> str:
        words = [' class="words"' if a == "l" else "" for a in self.align]
        head = "".join(f'<th scope="col"{mark}>{_html(c)}</th>'
                       for c, mark in zip(self.body.columns, words, strict=True))
        rows = []
        for row in self.body.itertuples(index=False):
            first, *rest = map(_html, row)
            rows.append(f'<tr><th scope="row"{words[0]}>{first}</th>' + "".join(
                f"<td{mark}>{v}</td>" for v, mark in zip(rest, words[1:], strict=True)) + "</tr>")
        return (f"<table><caption>{_html(self.title)}</caption><thead><tr>{head}</tr>"
                f"</thead><tbody>{''.join(rows)}</tbody></table>"
                f"<p>{_html(self.notes)}</p>\n")


class Link(tuple[str, str]):
    """A cell that is a link: text and address. An address that is none of the web is left out."""

    def __str__(self) -> str:
        text, address = self
        if web_address(address) is None:
            return markdown_text(text)
        return f"[{markdown_text(text)}]({_escaped(address)})"


class Markup(str):
    """A cell that is Markdown of ours, such as a link within the repository."""

    __slots__ = ()


def _escaped(address: str) -> str:
    """An address that cannot end its link or its cell early; brackets in pairs stay."""
    out = address.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return out if out.count("(") == out.count(")") else out.replace("(", "%28").replace(")", "%29")


FORMS: dict[str, Callable[[Exhibit], str]] = {
    "md": Exhibit.markdown, "csv": Exhibit.csv, "tex": Exhibit.latex, "html": Exhibit.html}
"""How each form of a table is written, by the ending of its file."""


def pipe_table(head: Sequence[str], rows: Sequence[Sequence[object]], align: str) -> str:
    """A table in Markdown; ``align`` has a letter a column, l for words and r for numbers. Whole
    numbers get separators of thousands, a :class:`Link` becomes a link, :class:`Markup` stays,
    and everything else is printed as given, made inert.

    Raises ValueError if the letters are not as many as the columns.
    """
    if len(align) != len(head) or set(align) - {"l", "r"}:
        raise ValueError(f"{align!r} does not align the {len(head)} columns {', '.join(head)}")
    rule = "|".join("---:" if a == "r" else "---" for a in align)
    lines = [f"| {' | '.join(map(_md, head))} |", f"|{rule}|"]
    return "\n".join(lines + [f"| {' | '.join(map(_md, row))} |" for row in rows])


def _md(value: object) -> str:
    if isinstance(value, (Link, Markup)):
        return str(value)
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else (
        markdown_text(value))


_TEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
        "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "−": "$-$", "–": "--", "≥": r"$\geq$", "≤": r"$\leq$"}


def _tex(value: object) -> str:
    return "".join(_TEX.get(c, c) for c in visible(str(value)))


def _html(value: object) -> str:
    return html.escape(visible(str(value)))
