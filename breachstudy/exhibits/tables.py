"""Tables as Markdown, CSV, LaTeX and HTML from one object; the one writer of tables."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from breachstudy.exhibits.numbers import count

__all__ = ["FORMS", "Exhibit", "pipe_table"]


@dataclass(frozen=True)
class Exhibit:
    """A table ready to print: ``body`` holds text, ``notes`` says source, sample and n. ``words``
    names the columns that hold words and are set to the left; the others hold numbers.

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
        return "\n".join([f"**{self.title}**", "", table, "", self.notes, ""])

    def csv(self) -> str:
        buffer = io.StringIO()
        self.body.to_csv(buffer, index=False, lineterminator="\n")
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
        number = [' class="number"' if a == "r" else "" for a in self.align]
        head = "".join(f'<th scope="col"{mark}>{html.escape(str(c))}</th>'
                       for c, mark in zip(self.body.columns, number, strict=True))
        rows = []
        for row in self.body.itertuples(index=False):
            cells = [html.escape(str(v)) for v in row]
            rows.append(f'<tr><th scope="row"{number[0]}>{cells[0]}</th>' + "".join(
                f"<td{mark}>{v}</td>" for v, mark in zip(cells[1:], number[1:], strict=True))
                + "</tr>")
        return (f"<table><caption>{html.escape(self.title)}</caption><thead><tr>{head}</tr>"
                f"</thead><tbody>{''.join(rows)}</tbody></table>"
                f"<p>{html.escape(self.notes)}</p>\n")


FORMS: dict[str, Callable[[Exhibit], str]] = {
    "md": Exhibit.markdown, "csv": Exhibit.csv, "tex": Exhibit.latex, "html": Exhibit.html}
"""How each form of a table is written, by the ending of its file."""


def pipe_table(head: Sequence[str], rows: Sequence[Sequence[object]], align: str) -> str:
    """A table in Markdown; ``align`` has a letter a column, l for words and r for numbers. Whole
    numbers get separators of thousands, and everything else is printed as given.

    Raises ValueError if the letters are not as many as the columns.
    """
    if len(align) != len(head) or set(align) - {"l", "r"}:
        raise ValueError(f"{align!r} does not align the {len(head)} columns {', '.join(head)}")
    rule = "|".join("---:" if a == "r" else "---" for a in align)
    lines = [f"| {' | '.join(map(_md, head))} |", f"|{rule}|"]
    return "\n".join(lines + [f"| {' | '.join(map(_md, row))} |" for row in rows])


def _md(value: object) -> str:
    text = count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.replace("|", "\\|")


_TEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
        "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "−": "$-$", "–": "--", "≥": r"$\geq$", "≤": r"$\leq$"}


def _tex(value: object) -> str:
    return "".join(_TEX.get(c, c) for c in str(value))
