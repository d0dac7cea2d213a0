"""Specification curve: one coefficient under every defensible model, thousands at a time.

Simonsohn, Simmons & Nelson (2020, Nat. Hum. Behav. 4, 1208–1214). Every model has an intercept: all
columns are centred within the rows of the model, which partials it out. Models that share rows and
the number of controls are fitted in one stack from one Gram matrix; the coefficient of the
treatment and its variance follow by Frisch–Waugh. The joint test is in ``curve_test``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.covariances import FULL_LEVERAGE, HC_KINDS
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["CurveError", "LeverageError", "SpecCurve", "SpecError", "Specification",
           "control_subsets", "fit_curve", "specification_grid"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Directions of centred, scaled controls whose variance is below this share are redundant.
REDUNDANT = 1e-8
# Designs fitted in one stack: bounds memory, keeps the stack in cache.
STACK = 16


class SpecError(EstimationError):
    """All faults of the specifications, each with the place: a name that nothing has."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(dict.fromkeys(faults))
        shown = self.faults[:30] + ([f"… and {len(self.faults) - 30} more"]
                                    if len(self.faults) > 30 else [])
        super().__init__("the curve cannot be fitted:\n  " + "\n  ".join(shown))

    def __reduce__(self) -> tuple[type[SpecError], tuple[list[str]]]:
        return type(self), (self.faults,)


class CurveError(SpecError, NotEstimable):
    """Specifications that these rows cannot support."""


class LeverageError(CurveError):
    """Rows that a term fits alone, for which HC2 and HC3 have no value; HC1 has."""


@dataclass(frozen=True)
class Specification:
    """One model: ``outcome`` on an intercept, ``treatment`` and ``controls``, in ``sample``."""

    outcome: str
    treatment: str
    controls: tuple[str, ...] = ()
    sample: str = "all"

    @property
    def name(self) -> str:
        return (f"{self.outcome} ~ {' + '.join((self.treatment, *self.controls))} "
                f"[{self.sample}]")


@dataclass(frozen=True)
class SpecCurve:
    """Fits of S specifications; every vector is (S,), in their order.

    ``df`` are n − rank of the design; p-values and intervals are those of t with the covariance in
    ``covariance``.
    """

    specs: tuple[Specification, ...]
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    ci_lo: Floats
    ci_hi: Floats
    df: Floats
    n: NDArray[np.intp]
    covariance: str
    confidence: float

    def tidy(self) -> pd.DataFrame:
        """One row a specification, sorted by the estimate; controls joined by ``;``."""
        frame = pd.DataFrame({
            "outcome": [s.outcome for s in self.specs],
            "treatment": [s.treatment for s in self.specs],
            "controls": [";".join(s.controls) for s in self.specs],
            "sample": [s.sample for s in self.specs],
            "estimate": self.estimate, "std_error": self.std_error,
            "statistic": self.statistic, "p_value": self.p_value, "ci_lo": self.ci_lo,
            "ci_hi": self.ci_hi, "n": self.n, "df": self.df})
        return frame.sort_values("estimate", kind="stable", ignore_index=True)


def control_subsets(controls: Sequence[str], always: Sequence[str] = ()
                    ) -> tuple[tuple[str, ...], ...]:
    """All 2^c subsets of ``controls``, each with ``always`` in front."""
    subsets = chain.from_iterable(combinations(controls, r) for r in range(len(controls) + 1))
    return tuple((*always, *s) for s in subsets)


def specification_grid(outcomes: Sequence[str], treatments: Sequence[str],
                       control_sets: Sequence[Sequence[str]] = ((),),
                       samples: Sequence[str] = ("all",)) -> tuple[Specification, ...]:
    """Every combination, outcomes varying slowest."""
    return tuple(Specification(y, t, tuple(c), s)
                 for y, t, c, s in product(outcomes, treatments, control_sets, samples))


@paired("frame", "samples")
def fit_curve(frame: pd.DataFrame, specs: Sequence[Specification], *,
              samples: Mapping[str, pd.Series] | None = None,
              blocks: Mapping[str, Sequence[str]] | None = None, covariance: str = "HC3",
              confidence: float = 0.95) -> SpecCurve:
    """Fit every specification by least squares with an intercept.

    ``samples`` names boolean series (n,); "all" is every row. A control that stands in ``blocks``
    means its columns (the dummies of a factor). A model uses the rows of its sample that miss none
    of its values. ``covariance`` is HC0 to HC3.

    Raises :class:`SpecError` with every fault: an unknown column or sample; :class:`CurveError`
    for too few rows, or a treatment or single-column control that is constant or collinear in its
    rows (dummies of a block may be: the level is absent); :class:`LeverageError` if leverage one
    under HC2 and HC3 is among these.
    """
    from scipy import stats

    problem = Problem.of(frame, specs, samples, blocks, covariance)
    count = len(problem.specs)
    estimate, variance = np.empty(count), np.empty(count)
    df, n = np.empty(count), np.empty(count, dtype=np.intp)
    faults: list[str] = []
    alone = False
    for stack in problem.stacks():
        parts = stack.partial()
        found, full = stack.faults(problem, parts)
        faults += found
        alone |= full
        if faults:
            continue
        b, v = stack.fit(parts, covariance)
        estimate[stack.spec], variance[stack.spec] = b[stack.cell], v[stack.cell]
        df[stack.spec], n[stack.spec] = stack.df[stack.cell[0]], stack.y.shape[0]
    if faults:
        raise (LeverageError if alone else CurveError)(faults)
    std_error = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    reach = stats.t.ppf((1 + confidence) / 2, df) * std_error
    return SpecCurve(problem.specs, estimate, std_error, statistic,
                     2 * stats.t.sf(np.abs(statistic), df), estimate - reach, estimate + reach,
                     df, n, covariance, confidence)


@dataclass(frozen=True)
class Partial:
    """A stack with controls partialled out: ``x`` (m, n), ``y`` (m, q, n), ``d`` (m, 1) the sum of
    squares of x, ``leverage`` (m, n) of intercept and controls."""

    x: Floats
    y: Floats
    d: Floats
    leverage: Floats


@dataclass(frozen=True)
class Stack:
    """Designs that share their rows, their treatment and their number of columns.

    ``rows`` (n,) are row numbers of the frame; ``basis`` (m, k, n) orthonormal directions of each
    design's centred controls (zero where redundant), ``x`` (n,) the centred treatment, ``y``
    (n, q) the centred outcomes; ``df`` (m,). Specification ``spec[j]`` is design ``cell[0][j]``
    with outcome ``cell[1][j]``.
    """

    rows: NDArray[np.intp]
    treatment: int
    basis: Floats
    x: Floats
    y: Floats
    df: Floats
    rank: NDArray[np.intp]
    columns: NDArray[np.intp]
    spec: NDArray[np.intp]
    cell: tuple[NDArray[np.intp], NDArray[np.intp]]

    def partial(self) -> Partial:
        """Treatment and outcomes with each design's controls partialled out."""
        both = np.vstack([self.x, self.y.T])
        left = both - (both @ self.basis.transpose(0, 2, 1)) @ self.basis
        x = left[:, 0]
        leverage = 1 / len(self.rows) + np.einsum("mkn,mkn->mn", self.basis, self.basis)
        return Partial(x, left[:, 1:], np.einsum("mn,mn->m", x, x)[:, None], leverage)

    def fit(self, parts: Partial, covariance: str) -> tuple[Floats, Floats]:
        """Coefficients and variances (m, q) of the treatment."""
        x, y, d = parts.x, parts.y, parts.d
        estimate = (y @ x[:, :, None])[:, :, 0] / d
        errors = y - estimate[:, :, None] * x[:, None, :]
        weight = hc_weight(x, d, parts.leverage, covariance)
        variance = (np.square(errors, out=errors) @ weight[:, :, None])[:, :, 0] / d**2
        if covariance == "HC1":
            variance *= (len(self.rows) / self.df)[:, None]
        return estimate, variance

    def faults(self, problem: Problem, parts: Partial) -> tuple[list[str], bool]:
        """What makes these designs impossible to fit, by specification; whether a row that a term
        fits alone is among it."""
        whole = max(float(self.x @ self.x), 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            full = (parts.leverage + parts.x**2 / parts.d > FULL_LEVERAGE).sum(1)
        d = parts.d[:, 0]
        suspect = ((self.df < 1) | (d <= REDUNDANT * whole) | (full > 0)
                   | (self.rank < self.columns.shape[1]))
        found: list[str] = []
        alone = False
        if not suspect.any():
            return found, alone
        for j, m in zip(self.spec, self.cell[0], strict=True):
            spec = problem.specs[j]
            if self.df[m] < 1:
                found.append(f"{spec.name}: {len(self.rows)} rows are too few")
            elif d[m] <= REDUNDANT * whole:
                found.append(f"{spec.name}: {spec.treatment} is constant or collinear with the "
                             "controls in these rows")
            elif self.rank[m] < self.columns.shape[1] and (lost := problem.lost(self, m, spec)):
                found.append(f"{spec.name}: {', '.join(lost)} constant or collinear with other "
                             "controls in these rows; leave out of this specification")
            elif full[m] and problem.covariance in ("HC2", "HC3"):
                alone = True
                found.append(f"{spec.name}: {full[m]} rows have leverage one; pool rare levels "
                             "or use HC1")
        return found, alone


def hc_weight(x: Floats, d: Floats, leverage: Floats, covariance: str) -> Floats:
    """Weights of squared errors: x̃² over 1, 1 − h or (1 − h)²; shapes (m, n), d (m, 1)."""
    squares: Floats = x**2
    if covariance in ("HC0", "HC1"):
        return squares
    room = 1 - leverage - squares / d
    power = 1 if covariance == "HC2" else 2
    # A row that fits itself has no error to weigh.
    return np.asarray(np.where(room > 1 - FULL_LEVERAGE, squares / np.maximum(room, 1e-12)**power,
                               0.0))


@dataclass(frozen=True)
class Problem:
    """Specifications as arrays: ``values`` (n, p) of the columns in ``names``, and for each mask
    of rows the specifications that use it."""

    specs: tuple[Specification, ...]
    names: dict[str, int]
    values: Floats
    blocks: Mapping[str, tuple[str, ...]]
    groups: tuple[tuple[Mask, int, tuple[int, ...]], ...]
    covariance: str
    treatments: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, frame: pd.DataFrame, specs: Sequence[Specification],
           samples: Mapping[str, pd.Series] | None, blocks: Mapping[str, Sequence[str]] | None,
           covariance: str) -> Problem:
        given = {k: tuple(v) for k, v in (blocks or {}).items()}
        masks = {"all": np.ones(len(frame), dtype=bool)}
        masks |= {k: v.to_numpy(dtype=bool, na_value=False) for k, v in (samples or {}).items()}
        controls = {c: _expanded(c, given) for c in {s.controls for s in specs}}
        used_by = [(s.outcome, s.treatment, *controls[s.controls]) for s in specs]
        used = dict.fromkeys(chain.from_iterable(used_by))
        _check(frame, specs, masks, used_by, used, covariance)
        names = {c: i for i, c in enumerate(used)}
        values = np.column_stack([
            frame[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for c in used])
        known = ~np.isnan(values)
        gaps = frozenset(c for c, i in names.items() if not known[:, i].all())
        # The rows of a model depend on its sample and on those of its columns that have gaps.
        usable: dict[tuple[str, frozenset[str]], tuple[bytes, Mask]] = {}
        groups: dict[tuple[bytes, int], tuple[Mask, list[int]]] = {}
        for j, (spec, columns) in enumerate(zip(specs, used_by, strict=True)):
            key = (spec.sample, gaps.intersection(columns) if gaps else gaps)
            if key not in usable:
                held = known[:, [names[c] for c in key[1]]].all(axis=1)
                mask = masks[spec.sample] & held
                usable[key] = (mask.tobytes(), mask)
            code, mask = usable[key]
            groups.setdefault((code, names[spec.treatment]), (mask, []))[1].append(j)
        empty = [f"{specs[j].name}: no row has all its values"
                 for mask, js in groups.values() if not mask.any() for j in js]
        if empty:
            raise CurveError(empty)
        return cls(tuple(specs), names, values, given,
                   tuple((mask, t, tuple(js)) for (_, t), (mask, js) in groups.items()),
                   covariance, tuple(dict.fromkeys(names[s.treatment] for s in specs)))

    def stacks(self) -> Iterator[Stack]:
        """The designs of all specifications, stack by stack, always in the same order."""
        for mask, treatment, js in self.groups:
            rows = np.flatnonzero(mask)
            centred = self.values[rows] - self.values[rows].mean(axis=0)
            scale = np.sqrt((centred**2).sum(axis=0))
            largest = np.abs(self.values[rows]).max(axis=0) * len(rows) ** 0.5
            flat = ~(scale > 1e-12 * largest)  # constant in these rows (or not used in them)
            scaled = np.where(flat, 0.0, centred / np.where(flat, 1.0, scale)).T.copy()
            outcomes = list(dict.fromkeys(self.names[self.specs[j].outcome] for j in js))
            designs: dict[tuple[str, ...], list[int]] = {}
            for j in js:
                designs.setdefault(self.specs[j].controls, []).append(j)
            sized: dict[int, list[tuple[list[int], list[int]]]] = {}
            for controls, members in designs.items():
                at = [self.names[c] for c in _expanded(controls, self.blocks)]
                sized.setdefault(len(at), []).append((at, members))
            gram = scaled @ scaled.T
            for _, sets in sorted(sized.items()):
                for start in range(0, len(sets), STACK):
                    yield self._stack(rows, treatment, outcomes, centred, scaled, gram,
                                      sets[start:start + STACK])

    def _stack(self, rows: NDArray[np.intp], treatment: int, outcomes: list[int],
               centred: Floats, scaled: Floats, gram: Floats,
               sets: list[tuple[list[int], list[int]]]) -> Stack:
        columns = np.array([at for at, _ in sets], dtype=np.intp).reshape(len(sets), -1)
        own = gram[columns[:, :, None], columns[:, None, :]]
        basis: Floats = np.zeros((*columns.shape, len(rows)))
        rank = np.zeros(len(sets), dtype=np.intp)
        if columns.shape[1]:
            values, vectors = np.linalg.eigh(own)
            kept = values > REDUNDANT
            rank = kept.sum(axis=1)
            root = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
            basis = np.asarray((vectors * root[:, None, :]).transpose(0, 2, 1)
                               @ scaled[columns], dtype=np.float64)
        place = {y: q for q, y in enumerate(outcomes)}
        spec = np.array([j for _, members in sets for j in members], dtype=np.intp)
        design = np.array([m for m, (_, members) in enumerate(sets) for _ in members],
                          dtype=np.intp)
        outcome = np.array([place[self.names[self.specs[j].outcome]] for j in spec],
                           dtype=np.intp)
        return Stack(rows, treatment, basis, centred[:, treatment], centred[:, outcomes],
                     np.asarray(len(rows) - 2.0 - rank, dtype=np.float64), rank, columns, spec,
                     (design, outcome))

    def lost(self, stack: Stack, design: int, spec: Specification) -> list[str]:
        """Single-column controls that are redundant in the rows of a design."""
        at = {c: self.blocks.get(c, (c,)) for c in spec.controls}
        columns = {c: self.values[stack.rows][:, [self.names[x] for x in at[c]]]
                   for c in spec.controls}
        found = []
        for control in spec.controls:
            if control in self.blocks:
                continue
            own = columns[control][:, 0]
            others = np.column_stack([np.ones(len(own)),
                                      *(v for c, v in columns.items() if c != control)])
            left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
            spread = float(((own - own.mean()) ** 2).sum())
            # A small eigenvalue bounds the smallest share left only up to the number of columns.
            limit = 10 * stack.columns.shape[1] * REDUNDANT * spread
            if spread <= 1e-24 * float(own @ own) or float(left @ left) <= limit:
                found.append(control)
        return found


def _expanded(controls: Sequence[str], blocks: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [c for control in controls for c in blocks.get(control, (control,))]


def _check(frame: pd.DataFrame, specs: Sequence[Specification], masks: Mapping[str, Mask],
           used_by: Sequence[tuple[str, ...]], used: Mapping[str, None], covariance: str
           ) -> None:
    faults = []
    if covariance not in HC_KINDS:
        faults.append(f"covariance {covariance!r} is not one of {', '.join(HC_KINDS)}")
    if not specs:
        faults.append("there are no specifications")
    known = set(frame.columns)
    faults += [f"the frame has no column {c!r}" for c in used if c not in known]
    faults += [f"no sample {s!r}; known: {', '.join(masks)}"
               for s in dict.fromkeys(s.sample for s in specs) if s not in masks]
    faults += [f"sample {k!r} has {len(m)} values where {len(frame)} are needed"
               for k, m in masks.items() if len(m) != len(frame)]
    for spec, columns in zip(specs, used_by, strict=True):
        if len(set(columns)) < len(columns):
            faults.append(f"{spec.name}: a column stands twice")
    if faults:
        raise SpecError(faults)
