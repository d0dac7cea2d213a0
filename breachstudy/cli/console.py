"""Output on consoles that cannot show every character.

A Windows console in code page 1252 has no minus sign and no arrows: without this a command would
end in an error at such a character, and its result would be lost.
"""

from __future__ import annotations

import codecs
import io
import sys

__all__ = ["steady_console"]

PLAIN = {"−": "-", "–": "-", "—": "-", "…": "...", "≥": ">=", "≤": "<=", "≈": "~", "×": "x",
         "→": "->", "←": "<-", "·": ".", "±": "+/-", "∞": "inf", "√": "sqrt", "Σ": "sum",
         "α": "alpha", "β": "beta", "γ": "gamma", "Δ": "Delta", "θ": "theta", "σ": "sigma",
         "²": "2", "₀": "0", "₁": "1", "“": '"', "”": '"', "‘": "'", "’": "'", "„": '"',
         "\u00a0": " ", "\u202f": " ", "│": "|", "─": "-"}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start:error.end]
    return "".join(PLAIN.get(c, "?") for c in part), error.end


def steady_console() -> None:
    """Let standard output and error write what their encoding lacks in plain characters."""
    codecs.register_error("breachstudy_plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="breachstudy_plain")
