"""The study's figure style: quiet, readable at column width, safe for colour-blind readers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "GREY", "render", "style"]

COLOURS = {"blue": "#0072B2", "orange": "#D55E00", "green": "#009E73", "purple": "#8F4E8B",
           "yellow": "#E69F00", "sky": "#56B4E9"}
"""Okabe and Ito's palette, which differs in lightness as well as in hue."""
GREY = "#6B6B6B"

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
    """The figure as ``png``, ``svg`` or ``pdf``: same figure, same bytes (no dates inside)."""
    buffer = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": "breachstudy"},
                "pdf": {"CreationDate": None, "Producer": None, "Creator": "breachstudy"}}[kind]
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
