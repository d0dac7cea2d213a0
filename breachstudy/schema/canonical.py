"""Numbers as they are stored: rounded to what the processor cannot change.

Linear algebra, exponentials and tails of distributions differ between processors in the last of
their sixteen digits, and estimation amplifies that to the tenth or ninth. A stored number keeps
the digits that no processor changes (docs/reproducibility.md shows how this was measured), and
everything drawn, printed or rendered comes from the stored ones.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["DECIMALS", "DIGITS", "canonical", "rounded"]

Floats = NDArray[np.float64]

DIGITS = 7
"""Significant digits of a stored number."""
DECIMALS = 10
"""Decimals at the most: below a ten-thousandth of a basis point a return, share or day is noise."""
BALANCE_DECIMALS = 7
"""Decimals of standardised differences, whose zeros are the noise of the weights."""
SCALED = ("estimate", "ci_lo", "ci_hi", "bound_lo", "bound_hi", "caar")
"""An estimate and the ends of its interval are known no finer than their standard error: where one
of them is near zero by cancellation, its own digits would be noise."""

# Powers of ten that floats hold exactly; a product or quotient with one is correctly rounded, so
# that the result is the float nearest to the decimal number on every machine.
_EXACT = 22
_POWERS = np.array([float(f"1e{e}") for e in range(-330, 309)])
_LOWEST = -330


def rounded(values: Floats, *, digits: int = DIGITS, decimals: int | None = DECIMALS,
            scale: Floats | None = None) -> Floats:
    """``values`` (n,) rounded to ``digits`` significant digits and at most ``decimals`` decimals.

    ``scale`` (n,), where given and not missing, is a size below which digits do not count: 1e-9
    with scale 0.01 and seven digits is stored as 0.000000001, not as 1.000000e-09 with six more.
    Whole numbers below 2⁵³ stay as they are; NaN and infinite values too. No step depends on how
    a processor computes logarithms or powers.
    """
    given = np.asarray(values, dtype=np.float64)
    out = given.copy()
    size = np.abs(given)
    if scale is not None:
        size = np.fmax(size, np.abs(np.asarray(scale, dtype=np.float64)))
    work = np.isfinite(given) & (given != 0) & (given != np.rint(given)) & np.isfinite(size)
    exponent = np.searchsorted(_POWERS, size[work], side="right") - 1 + _LOWEST
    places = digits - 1 - exponent
    if decimals is not None:
        places = np.minimum(places, decimals)
    own = given[work]
    near = (places >= 0) & (places <= _EXACT)
    kept = np.empty_like(own)
    power = _POWERS[places[near] - _LOWEST]
    kept[near] = np.rint(own[near] * power) / power
    kept[~near] = [float(f"{v:.{max(digits - 1, 0)}e}") for v in own[~near]]
    out[work] = kept + 0.0  # a rounded −0.0 is 0
    return out


def canonical(frame: pd.DataFrame, exact: frozenset[str] = frozenset()) -> pd.DataFrame:
    """A frame whose floating-point columns are rounded as they are stored.

    Columns of p-values keep their significant digits however small; standardised differences
    (``smd_…``) and ``overlap`` have seven decimals; estimates and the ends of their intervals are
    rounded no finer than their ``std_error`` (or ``se``); columns in ``exact`` are left alone.
    Types stay. Columns of whole numbers, words and dates are not touched.
    """
    out: dict[str, pd.Series] = {}
    error = _floats(frame, "std_error", "se")
    for name in frame.columns:
        column = frame[name]
        if name in exact or not pd.api.types.is_float_dtype(column.dtype):
            out[name] = column
            continue
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        decimals, scale = _rule(str(name), error)
        out[name] = pd.Series(rounded(values, decimals=decimals, scale=scale), index=frame.index)
        if str(column.dtype) == "Float64":
            out[name] = out[name].astype("Float64").mask(column.isna())
        else:
            out[name] = out[name].astype(column.dtype)
    return pd.DataFrame(out, index=frame.index, columns=frame.columns)


def _floats(frame: pd.DataFrame, *names: str) -> Floats | None:
    for name in names:
        if name in frame.columns and pd.api.types.is_numeric_dtype(frame[name].dtype):
            return np.asarray(frame[name].to_numpy(dtype=np.float64, na_value=np.nan))
    return None


def _rule(name: str, error: Floats | None) -> tuple[int | None, Floats | None]:
    """Decimals at the most, and the scale below which digits do not count."""
    if name == "p_value" or name.startswith("p_"):
        return None, None
    if name.startswith("smd_") or name == "overlap":
        return BALANCE_DECIMALS, None
    return DECIMALS, error if name in SCALED else None
