"""Tables as Markdown, CSV, LaTeX and HTML from one object."""

from __future__ import annotations

import html
import io
from dataclasses import dataclass

import pandas as pd

from breachstudy.schema.inert import csv_frame, markdown_text, visible

__all__ = ["Exhibit", "number", "p_text", "percent"]


@dataclass(frozen=True)
class Exhibit:
    """A table ready to print: ``body`` holds text, ``notes`` says source, sample and n.

    Every form makes its text inert (:mod:`breachstudy.schema.inert`): names come from public pages.
    """

    name: str
    title: str
    body: pd.DataFrame
    notes: str

    def markdown(self) -> str:
        header = "| " + " | ".join(map(markdown_text, self.body.columns)) + " |"
        rule = "|" + "|".join(["---"] + ["---:"] * (self.body.shape[1] - 1)) + "|"
        rows = ["| " + " | ".join(map(markdown_text, row)) + " |"
                for row in self.body.itertuples(index=False)]
        return "\n".join([f"**{markdown_text(self.title)}**", "", header, rule, *rows, "",
                          markdown_text(self.notes), ""])

    def csv(self) -> str:
        buffer = io.StringIO()
        csv_frame(self.body).to_csv(buffer, index=False, lineterminator="\n")
        return buffer.getvalue()

    def latex(self) -> str:
        align = "l" + "r" * (self.body.shape[1] - 1)
        lines = [r"\begin{table}", rf"\caption{{{_tex(self.title)}}}",
                 rf"\begin{{tabular}}{{{align}}}", r"\toprule",
                 " & ".join(_tex(c) for c in self.body.columns) + r" \\", r"\midrule"]
        lines += [" & ".join(_tex(v) for v in row) + r" \\"
                  for row in self.body.itertuples(index=False)]
        lines += [r"\bottomrule", r"\end{tabular}",
                  rf"\begin{{minipage}}{{\linewidth}}\footnotesize {_tex(self.notes)}"
                  r"\end{minipage}", r"\end{table}", ""]
        return "\n".join(lines)

    def html(self) -> str:
        head = "".join(f'<th scope="col">{_html(c)}</th>' for c in self.body.columns)
        rows = []
        for row in self.body.itertuples(index=False):
            first, *rest = map(_html, row)
            rows.append(f'<tr><th scope="row">{first}</th>'
                        + "".join(f"<td>{v}</td>" for v in rest) + "</tr>")
        return (f"<table><caption>{_html(self.title)}</caption><thead><tr>{head}</tr>"
                f"</thead><tbody>{''.join(rows)}</tbody></table>"
                f"<p>{_html(self.notes)}</p>\n")


def number(value: float, digits: int = 3) -> str:
    """A number for print, with a true minus sign; a dash where missing."""
    if pd.isna(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def percent(value: float, digits: int = 2) -> str:
    """A share as signed percent for print, with a true minus sign; a dash where missing."""
    return "–" if pd.isna(value) else f"{100 * value:+.{digits}f}%".replace("-", "−")


def p_text(value: float) -> str:
    """A p-value for print."""
    if pd.isna(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


_TEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
        "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "−": "$-$", "–": "--", "≥": r"$\geq$", "≤": r"$\leq$"}


def _tex(value: object) -> str:
    return "".join(_TEX.get(c, c) for c in visible(str(value)))


def _html(value: object) -> str:
    return html.escape(visible(str(value)))
