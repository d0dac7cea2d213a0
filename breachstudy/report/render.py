"""Render the report from results, exhibits and the build record."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from breachstudy.errors import InputError
from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.numbers import count, days, number, points, share
from breachstudy.report.browser import browser_data, embedded
from breachstudy.report.words import answer, sentence
from breachstudy.response.reliability import DROP_BELOW
from breachstudy.schema.coding_book import book
from breachstudy.schema.inert import markdown_text

__all__ = ["ReportInputs", "render_html", "render_markdown"]

SVG_LIMIT = 300_000
"""Bytes above which a figure is embedded as PNG."""


@dataclass(frozen=True)
class ReportInputs:
    """``record``: build.json. ``results``, ``hypotheses``: as stored. ``frames``: built tables.
    ``figures``: name → (title, caption, alt, svg, png). ``tables``: name → (title, html, md), both
    as they stand in the set. ``levels``: what the plan fixes for all tests.
    ``plan_hash`` and ``frozen``: the plan and the commit in which it was frozen."""

    record: Mapping[str, Any]
    results: pd.DataFrame
    hypotheses: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    figures: Mapping[str, tuple[str, str, str, bytes, bytes]]
    tables: Mapping[str, tuple[str, str, str]]
    plan_hash: str
    frozen: str
    levels: Levels


def _environment(autoescape: bool, levels: Levels) -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(loader=PackageLoader("breachstudy.report"), autoescape=autoescape,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "points": points, "share": share, "days": days, "answer": answer, "number": count,
        "decimals": number, "sentence": partial(sentence, levels=levels), "loss": _loss,
        "text": markdown_text}
    return made


def _loss(value: float) -> str:
    """A return with its sign turned, in percent: what is lost."""
    return points(-value, sign=False)


def _value(results: pd.DataFrame, column: str, **where: str) -> Any:
    own = results
    for name, wanted in where.items():
        own = own[own[name] == wanted]
    if own.empty:
        raise InputError(f"the results hold no row with {where}; run 'breachstudy analyze'")
    return own.iloc[0][column]


def _context(given: ReportInputs) -> dict[str, Any]:
    r, h = given.results, given.hypotheses
    tests: dict[str, list[dict[str, Any]]] = {}
    for row in h.to_dict("records"):
        tests.setdefault(row["hypothesis"], []).append(row)

    def value(column: str, **where: str) -> Any:
        return _value(r, column, **where)

    events = given.frames["events"]
    agreement = given.frames["agreement"]
    own = agreement[(agreement["comparison"] == "A_B") & (agreement["stratum"] == "all")]
    items = own[own["variable"].str.fullmatch(r"[TAEC]\d")]
    coded = events["coding_set"].isin(["largest", "random", "landmark"])
    return {
        "record": given.record, "n": given.record["counts"], "tests": tests,
        "hypotheses": list(tests.items()), "value": value, "plan_hash": given.plan_hash,
        "frozen": given.frozen, "figures": given.figures, "tables": given.tables,
        "n_coded": int(coded.sum()), "level": given.levels.interval,
        "n_items": len(book().items), "agreement_needed": number(DROP_BELOW, 2),
        "agreement": own.set_index("variable").to_dict("index"),
        "items_usable": int(items["verdict"].isin(["reliable", "tentative"]).sum()),
        "items_total": len(items),
        "items_dropped": ", ".join(items.loc[items["verdict"] == "dropped", "variable"]),
        "primary": [row for row in h.to_dict("records") if row.get("status") == "confirmatory"],
        "has": lambda name: name in given.figures,
    }


def render_html(given: ReportInputs) -> str:
    """The report as one page that needs nothing else: figures, styles, script and data inside."""
    def embedded_image(name: str) -> str:
        _, _, _, svg, png = given.figures[name]
        kind, data = (("image/svg+xml", svg) if len(svg) <= SVG_LIMIT else ("image/png", png))
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    template = _environment(True, given.levels).get_template("report.html")
    return str(template.render(**_context(given), image=embedded_image,
                               data=embedded(browser_data(given.frames))))


def render_markdown(given: ReportInputs) -> str:
    """The report as Markdown, with the figures beside it."""
    template = _environment(False, given.levels).get_template("report.md")
    text = str(template.render(**_context(given)))
    return text.rstrip() + "\n"
