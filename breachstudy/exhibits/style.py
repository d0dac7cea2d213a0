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

__all__ = ["COLOURS", "GREY", "PLACES", "plain_svg", "render", "style"]

COLOURS = {"blue": "#0072B2", "orange": "#D55E00", "green": "#009E73", "purple": "#8F4E8B",
           "yellow": "#E69F00", "sky": "#56B4E9"}
"""Okabe and Ito's palette, which differs in lightness as well as in hue."""
GREY = "#6B6B6B"
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
    """The figure as ``png``, ``svg`` or ``pdf``: same figure, same bytes (no dates inside).

    Coordinates are written to :data:`PLACES` decimals of a point, far below what a printer
    resolves: matplotlib's ten carry the rounding of the processor's matrix products.
    """
    buffer = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": "breachstudy"},
                "pdf": {"CreationDate": None, "Producer": None, "Creator": "breachstudy"}}[kind]
    with _short_coordinates() if kind == "pdf" else nullcontext():
        figure.savefig(buffer, format=kind, metadata=metadata)
    return plain_svg(buffer.getvalue()) if kind == "svg" else buffer.getvalue()


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


@contextmanager
def _short_coordinates() -> Iterator[None]:
    """Matplotlib's PDF writer with :data:`PLACES` decimals instead of ten."""
    from matplotlib.backends import backend_pdf

    usual: Callable[[Any], bytes] = backend_pdf.pdfRepr

    def short(obj: Any) -> bytes:
        if isinstance(obj, (float, np.floating)) and np.isfinite(obj):
            return _number(float(obj)).encode()
        return usual(obj)

    backend_pdf.pdfRepr = short
    try:
        yield
    finally:
        backend_pdf.pdfRepr = usual
