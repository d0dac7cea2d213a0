"""The path of mean cumulative abnormal returns, drawn."""

from __future__ import annotations

import io

import pandas as pd

__all__ = ["FORMATS", "caar_figure"]

FORMATS = ("png", "svg", "pdf")
Z = 1.96


def caar_figure(path: pd.DataFrame, form: str, title: str = "") -> bytes:
    """Draw ``path`` (as :meth:`EventStudyResult.caar` gives it), a line with its 95 % band a group.

    ``form`` is one of :data:`FORMATS`; returns the bytes of the file.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "breachstudy", "font.size": 9}):
        figure = Figure(figsize=(6.5, 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for group, own in path.groupby("group", sort=True):
            x, y, half = own["offset"], 100 * own["caar"], 100 * Z * own["caar_se"]
            line = axes.plot(x, y, label=f"{group} (n = {int(own['n'].iloc[0]):,})", linewidth=1.6)
            axes.fill_between(x, y - half, y + half, color=line[0].get_color(), alpha=0.15,
                              linewidth=0)
        axes.axhline(0, color="0.4", linewidth=0.8)
        axes.axvline(0, color="0.4", linewidth=0.8, linestyle=":")
        axes.set_xlabel("Sessions from day 0")
        axes.set_ylabel("Mean cumulative abnormal return, %")
        axes.set_title(title, loc="left")
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        out = io.BytesIO()
        metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(out, format=form, dpi=160, metadata=metadata[form])
    return out.getvalue()
