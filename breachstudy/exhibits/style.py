"""The study's figure style: quiet, readable at column width, safe for colour-blind readers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "FORMATS", "GREY", "PLACES", "plain_svg", "render", "render_all", "style"]

COLOURS = {"blue": "#0072B2", "orange": "#D55E00", "green": "#009E73", "purple": "#8F4E8B",
           "yellow": "#E69F00", "sky": "#56B4E9"}
"""Okabe and Ito's palette, which differs in lightness as well as in hue."""
GREY = "#6B6B6B"
FORMATS = ("png", "svg", "pdf")
"""The kinds of file that a figure is rendered to."""
PLACES = 4
"""Decimals of a coordinate, in points of a 72nd of an inch."""

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": "#222222",
    "xtick.labelcolor": "#222222",
    "ytick.labelsize": 8,
    "xtick.labelsize": 8,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.hashsalt": "breachstudy",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib with the study's settings and without a screen."""
    import matplotlib

    with matplotlib.rc_context(_RC):  # type: ignore[arg-type]
        matplotlib.use("agg", force=False)
        yield


def render(figure: Figure, kind: str) -> bytes:
    """The figure as one of :data:`FORMATS`: same figure, same bytes (no dates inside).

    Its parts are placed once, for all kinds. Coordinates are written to :data:`PLACES` decimals of
    a point, far below what a printer resolves: matplotlib's ten carry the rounding of the
    processor's matrix products.
    """
    _settle(figure)
    buffer = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": "breachstudy"},
                "pdf": {"CreationDate": None, "Producer": None, "Creator": "breachstudy"}}[kind]
    with _plain_pdf() if kind == "pdf" else nullcontext():
        figure.savefig(buffer, format=kind, metadata=metadata)
    return plain_svg(buffer.getvalue()) if kind == "svg" else buffer.getvalue()


def render_all(figure: Figure) -> dict[str, bytes]:
    """The figure in every one of :data:`FORMATS`."""
    return {kind: render(figure, kind) for kind in FORMATS}


def _settle(figure: Figure) -> None:
    """Place the parts of the figure, at the resolution of a PNG, and keep them there: matplotlib
    would place them anew for every kind of file."""
    from matplotlib import rcParams

    engine = figure.get_layout_engine()
    if engine is None:
        return
    usual = figure.dpi
    figure.set_dpi(rcParams["savefig.dpi"])
    engine.execute(figure)
    figure.set_dpi(usual)
    figure.set_layout_engine(None)


def plain_svg(data: bytes) -> bytes:
    """An SVG whose ids are numbered in order of appearance (matplotlib's are hashes of unrounded
    coordinates), and whose coordinates are rounded."""
    text = data.decode("utf-8")
    names = {old: f"e{i}" for i, old in enumerate(dict.fromkeys(_ID.findall(text)), start=1)}
    text = _REFERENCE.sub(lambda m: f"{m[1]}{names.get(m[2], m[2])}{m[3]}", text)
    return _TAG.sub(lambda m: _COORDINATE.sub(_place, m[0]), text).encode()


_ID = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(\bid="|href="#|url\(#)([^")]+)("|\))')
_TAG = re.compile(r"<[^>?!][^>]*>")  # not the XML declaration, whose version is 1.0
_COORDINATE = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\w.])")


def _place(found: re.Match[str]) -> str:
    return _number(float(found[0]))


def _number(value: float) -> str:
    text = f"{value:.{PLACES}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


LAYOUT_TABLES = ("GDEF", "GPOS", "GSUB")
"""Tables of a font that say how words are set. A PDF places every glyph itself, and cutting these
tables down to the glyphs at hand takes longer than drawing the figure."""


@contextmanager
def _plain_pdf() -> Iterator[None]:
    """Matplotlib's PDF writer with :data:`PLACES` decimals instead of ten, and fonts without
    :data:`LAYOUT_TABLES`."""
    from fontTools import subset
    from matplotlib.backends import backend_pdf

    dropped: list[str] = subset.Options._drop_tables_default
    usual: Callable[[Any], bytes] = backend_pdf.pdfRepr

    def short(obj: Any) -> bytes:
        if isinstance(obj, (float, np.floating)) and np.isfinite(obj):
            return _number(float(obj)).encode()
        return usual(obj)

    backend_pdf.pdfRepr = short
    subset.Options._drop_tables_default = [*dropped, *LAYOUT_TABLES]
    try:
        yield
    finally:
        backend_pdf.pdfRepr = usual
        subset.Options._drop_tables_default = dropped
