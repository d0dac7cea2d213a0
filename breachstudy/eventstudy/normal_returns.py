"""Models of normal returns, and their estimation for many events at once.

For event i with estimation sessions t and regressors X_i (n × k), ordinary least squares gives
b = (X'X)⁻¹X'y, residuals e and s² = e'e / (n − k). A new day with regressors x0 has a
forecast-error variance of s²(1 + x0'(X'X)⁻¹x0), and a window of L days with regressors summing to
x_s one of s²(L + x_s'(X'X)⁻¹x_s): the days share the estimated coefficients, so their forecast
errors are correlated (Salinger 1992, J. Finan. Quant. Anal. 27, 39–53; Campbell, Lo & MacKinlay
1997, ch. 4.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from breachstudy.eventstudy.blocks import Block
from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.panel import Bools, Floats, Ints

__all__ = ["MODELS", "Estimates", "NormalModel", "estimate", "model_of"]

# Returns that differ by less than this are one return, and residuals smaller than this share of the
# returns are the rounding of an exact fit: beyond the digits of any price.
ROUNDING = 1e-12
EXACT_FIT = 1e-10
BETAS = ("ols", "dimson", "scholes_williams")
SINGULAR = 1e-12


@dataclass(frozen=True)
class NormalModel:
    """A model of normal returns.

    ``factors``: the regressors besides the intercept. ``excess``: returns over the riskless rate
    are explained. ``fitted``: coefficients are estimated; otherwise the normal return is the
    market's (slope one, no intercept). ``beta``: ``"ols"``, ``"dimson"`` or
    ``"scholes_williams"`` (market model only), with ``leads`` leads and lags for the Dimson sum.
    ``trade_to_trade``: returns span the sessions since the last trade.
    """

    name: str
    factors: tuple[str, ...]
    excess: bool = False
    fitted: bool = True
    beta: str = "ols"
    leads: int = 1
    trade_to_trade: bool = False

    @property
    def n_coefficients(self) -> int:
        """Coefficients in the forecast: intercept and slopes, zero if nothing is estimated."""
        return 1 + len(self.factors) if self.fitted else 0

    @property
    def n_estimated(self) -> int:
        """Degrees of freedom used in estimation (the Dimson sum uses one a lead and lag)."""
        if self.beta == "dimson":
            return 2 + 2 * self.leads
        return self.n_coefficients

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """Names of the coefficients in order."""
        return ("alpha", *self.factors) if self.fitted else ()

    @property
    def label(self) -> str:
        """Name with its thin-trading variant, as printed in results."""
        parts = [self.name]
        if self.beta != "ols":
            parts.append(self.beta)
        if self.trade_to_trade:
            parts.append("trade_to_trade")
        return "+".join(parts)


MODELS: dict[str, NormalModel] = {
    # Brown & Warner 1985: R_it = mu_i + e_it
    "constant_mean": NormalModel("constant_mean", ()),
    # R_it = R_mt + e_it
    "market_adjusted": NormalModel("market_adjusted", ("mkt",), fitted=False),
    # Sharpe 1963; Fama, Fisher, Jensen & Roll 1969: R_it = a_i + b_i R_mt + e_it
    "market": NormalModel("market", ("mkt",)),
    # Fama & French 1993
    "ff3": NormalModel("ff3", ("mkt_rf", "smb", "hml"), excess=True),
    # Fama & French 2015
    "ff5": NormalModel("ff5", ("mkt_rf", "smb", "hml", "rmw", "cma"), excess=True),
    # Carhart 1997
    "carhart": NormalModel("carhart", ("mkt_rf", "smb", "hml", "mom"), excess=True),
}


def model_of(
    name: str | NormalModel, *, beta: str = "ols", leads: int = 1, thin_trading: str = "none"
) -> NormalModel:
    """The model of that name with its thin-trading options.

    Raises OptionError for an unknown name or option, or a Dimson or Scholes–Williams beta asked of
    a model other than the market model.
    """
    if isinstance(name, NormalModel):
        return name
    if name not in MODELS:
        raise OptionError(f"model must be one of {tuple(MODELS)}, not {name!r}")
    if beta not in BETAS:
        raise OptionError(f"beta must be one of {BETAS}, not {beta!r}")
    if thin_trading not in ("none", "trade_to_trade"):
        raise OptionError(
            f"thin_trading must be 'none' or 'trade_to_trade', not {thin_trading!r}"
        )
    base = MODELS[name]
    if beta != "ols":
        if name != "market":
            raise OptionError(f"a {beta} beta belongs to the market model, not to {name!r}")
        if thin_trading != "none":
            raise OptionError(f"a {beta} beta cannot be combined with trade-to-trade returns")
        if leads < 1:
            raise OptionError(f"leads must be at least 1, not {leads}")
    return NormalModel(
        base.name,
        base.factors,
        base.excess,
        base.fitted,
        beta,
        leads,
        thin_trading == "trade_to_trade",
    )


@dataclass(frozen=True)
class Estimates:
    """Estimates for C events.

    ``n_obs`` (C,), ``df`` (C,) residual degrees of freedom, ``params`` (C, k), ``xtx_inv``
    (C, k, k), ``s2`` (C,) residual variance a session, ``residuals`` (C, n) with NaN where the
    session is not used (divided by √span for trade-to-trade returns, so they have one variance),
    ``singular`` (C,): the regressors are collinear in the window. ``still`` (C,): there is no
    variance to judge a return by, see :func:`estimate`.
    """

    n_obs: Ints
    df: Ints
    params: Floats
    xtx_inv: Floats
    s2: Floats
    residuals: Floats
    singular: Bools
    still: Bools


def estimate(model: NormalModel, block: Block, shifted: Floats | None = None) -> Estimates:
    """Estimate the model for C events at once; see the module for the formulas.

    One rule for all models says that an event has no variance: the security's own returns do not
    vary over the sessions used (a suspended stock: whatever varies about it is the benchmark's), or
    the model fits them to the last digits (an s² of rounding errors would make its standardised
    return decide every test).

    ``shifted`` (C, 2·leads + 1, n) holds the market at offsets −leads…+leads for the Dimson and
    Scholes–Williams betas. Those replace alpha and beta: Dimson (1979, J. Finan. Econ. 7,
    197–226) sums the slopes of the multiple regression on leads and lags; Scholes & Williams
    (1977, J. Finan. Econ. 5, 309–327) take (b₋₁ + b₀ + b₊₁) / (1 + 2ρ_m); alpha is
    R̄ − beta·R̄_m for both, and ``xtx_inv`` stays that of the regression on the market itself, an
    approximation to the forecast error.
    """
    if shifted is not None:
        known = np.isfinite(shifted).all(axis=1)
        valid = block.valid & known
        block = Block(
            np.where(valid, block.y, 0.0), np.where(valid[:, None, :], block.x, 0.0),
            block.span, valid, block.raw,
        )
        shifted = np.where(valid[:, None, :], shifted, 0.0)
    n_obs = block.valid.sum(axis=1)
    df = n_obs - model.n_estimated
    y, x = block.y, block.x
    if model.trade_to_trade:
        weight = np.where(block.valid, 1.0 / np.sqrt(np.maximum(block.span, 1.0)), 0.0)
        y = y * weight
        x = x * weight[:, None, :]
    events, k = x.shape[0], x.shape[1]
    singular = np.zeros(events, dtype=bool)
    if k:
        xtx_inv, singular = _inverse(_gram(x))
        if shifted is None:
            params = np.matmul(xtx_inv, np.matmul(x, y[:, :, None]))[:, :, 0]
        else:
            params, extra = _thin_market(model, block, shifted)
            singular |= extra
        fitted = np.matmul(params[:, None, :], x)[:, 0, :]
    else:
        xtx_inv, params = np.empty((events, 0, 0)), np.empty((events, 0))
        fitted = np.zeros_like(y)
    residuals = np.subtract(y, fitted, out=fitted)
    if not block.valid.all():
        residuals[~block.valid] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        s2 = np.einsum("en,en->e", residuals, residuals) / np.where(df > 0, df, np.nan)
        size = np.einsum("en,en->e", y, y) / np.maximum(n_obs, 1)
        still = ~(s2 > EXACT_FIT**2 * size) | _constant(block)
    if not block.valid.all():
        residuals[~block.valid] = np.nan
    return Estimates(n_obs, df, params, xtx_inv, s2, residuals, singular, still)


def _constant(block: Block) -> Bools:
    """(C,) whether a security's own returns are the same on all sessions that are used."""
    raw = block.raw
    out = np.zeros(raw.shape[0], dtype=bool)
    first = raw[:, :3]
    # Two of the first three returns that differ settle it for nearly every event.
    rows = np.flatnonzero(~((np.abs(first[:, 1:] - first[:, :1]) > ROUNDING)
                            & block.valid[:, :1] & block.valid[:, 1:3]).any(axis=1))
    if rows.size:
        valid = block.valid[rows]
        low = np.where(valid, raw[rows], np.inf).min(axis=1)
        high = np.where(valid, raw[rows], -np.inf).max(axis=1)
        out[rows] = ~(high - low > ROUNDING * (1 + np.maximum(np.abs(low), np.abs(high))))
    return out


def _gram(x: Floats) -> Floats:
    """X'X (C, k, k) of C blocks (C, k, n). For few regressors sums of products, pair by pair, are
    faster than many small matrix products."""
    events, k = x.shape[:2]
    if k > 3:
        products: Floats = np.matmul(x, x.swapaxes(1, 2))
        return products
    gram = np.empty((events, k, k))
    for a in range(k):
        for b in range(a, k):
            gram[:, a, b] = gram[:, b, a] = np.einsum("en,en->e", x[:, a], x[:, b])
    return gram


def _inverse(gram: Floats) -> tuple[Floats, Bools]:
    """Inverse of C Gram matrices, scaled to unit diagonal first so the check has no units."""
    scale = np.sqrt(np.einsum("ekk->ek", gram))
    safe = np.where(scale > 0, scale, 1.0)
    unit = gram / (safe[:, :, None] * safe[:, None, :])
    singular = (scale <= 0).any(axis=1)
    if gram.shape[1] == 2:  # [[1, r], [r, 1]] has the eigenvalues 1 − |r| and 1 + |r|
        r = unit[:, 0, 1]
        singular |= 1.0 - np.abs(r) < SINGULAR
        r = np.where(singular, 0.0, r)
        unit = np.empty_like(gram)
        unit[:, 0, 0] = unit[:, 1, 1] = 1.0 / (1.0 - r * r)
        unit[:, 0, 1] = unit[:, 1, 0] = -r * unit[:, 0, 0]
    else:
        singular |= np.linalg.eigvalsh(unit)[:, 0] < SINGULAR
        unit = np.linalg.inv(np.where(singular[:, None, None], np.eye(gram.shape[1]), unit))
    inverse: Floats = unit / (safe[:, :, None] * safe[:, None, :])
    inverse[singular] = np.nan
    return inverse, singular


def _thin_market(
    model: NormalModel, block: Block, shifted: Floats
) -> tuple[Floats, Bools]:
    """Alpha and beta (C, 2) by Dimson or Scholes–Williams, and where they are not identified."""
    n = np.maximum(block.valid.sum(axis=1), 1).astype(np.float64)
    y_mean = block.y.sum(axis=1) / n
    mean = shifted.sum(axis=2) / n[:, None]
    centred = np.where(block.valid[:, None, :], shifted - mean[:, :, None], 0.0)
    y_centred = np.where(block.valid, block.y - y_mean[:, None], 0.0)
    cross = np.matmul(centred, y_centred[:, :, None])[:, :, 0]
    gram = np.matmul(centred, centred.swapaxes(1, 2))
    middle = model.leads
    if model.beta == "dimson":
        inverse, singular = _inverse(gram)
        beta = np.einsum("ekl,el->e", inverse, cross)
    else:
        variances = np.einsum("ekk->ek", gram)
        singular = (variances <= 0).any(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            slopes = cross / variances
            rho = gram[:, middle, middle - 1] / np.sqrt(
                variances[:, middle] * variances[:, middle - 1]
            )
            beta = slopes.sum(axis=1) / (1.0 + 2.0 * rho)
    alpha = y_mean - beta * mean[:, middle]
    return np.stack([alpha, beta], axis=1), singular
