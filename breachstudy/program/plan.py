"""Read the plan of the study: every section of study.toml as frozen records.

Every fault of a plan is reported at once, with the place and the remedy.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from breachstudy.estimation.specs import Condition, PlanError, Sample

__all__ = ["Aft", "BunchingSpec", "CodingError", "ControlSet", "CurveSpec", "DecaySpec",
           "EffectSpec", "Hypothesis", "InfluenceSpec", "MeanReturn", "Regression", "Robustness",
           "SensitivitySpec", "StudyPlan", "StudyTerm", "TurnbullSpec", "read_study_plan"]

STATUSES = ("confirmatory", "exploratory", "descriptive", "negative_control", "robustness")
TRANSFORMS = ("none", "log1p", "log10p1", "winsor_1_99")
COVARIANCES = ("HC0", "HC1", "HC2", "HC3", "cluster")
ESTIMATORS = ("difference", "entropy_balance", "ipw", "overlap", "aipw", "matching")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "present", "missing")


@dataclass(frozen=True)
class StudyTerm:
    """A regressor. ``kind`` continuous, factor, or product ``of`` two other terms' columns (as
    they enter: transformed, standardised). ``standardise``: per standard deviation of the rows
    used; ``negate``: the sign turned; ``draws``: an interval-valued lag, drawn repeatedly."""

    column: str
    kind: str = "continuous"
    transform: str = "none"
    baseline: str | None = None
    missing_as: str | None = None
    min_n: int = 0
    label: str = ""
    standardise: bool = False
    negate: bool = False
    draws: bool = False
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class ControlSet:
    """Named controls that enter together."""

    name: str
    terms: tuple[StudyTerm, ...]


@dataclass(frozen=True)
class Hypothesis:
    """A claim with the sign that the commentators predict, rivals, and the tests that bear."""

    id: str
    claim: str
    seed_sign: str
    family: str
    tests: tuple[str, ...]
    rivals: tuple[str, ...] = ()
    not_testable: str = ""
    partial: str = ""
    power_note: str = ""


@dataclass(frozen=True)
class Regression:
    """Least squares (or median regression) of an outcome on terms and a control set."""

    name: str
    question: str
    status: str
    sample: str
    outcome: str
    terms: tuple[StudyTerm, ...]
    controls: str = "none"
    hypothesis: str = ""
    outcome_transform: str = "none"
    focus: str = ""
    sesoi: str = ""
    covariance: str = "HC3"
    cluster: tuple[str, ...] = ()
    inference: tuple[str, ...] = ()
    permute_within: tuple[str, ...] = ()
    estimator: str = "mean"
    predicted_sign: str = ""
    look_ahead_reason: str = ""


@dataclass(frozen=True)
class MeanReturn:
    """Mean abnormal returns of a sample: over windows and models, or of one column."""

    name: str
    question: str
    status: str
    sample: str
    hypothesis: str = ""
    windows: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    focus: Mapping[str, str] = field(default_factory=dict)
    column: str = ""


@dataclass(frozen=True)
class Robustness:
    """Variations of regressions: each entry of ``vary`` replaces fields of those in ``of``."""

    name: str
    question: str
    of: tuple[str, ...]
    vary: tuple[Mapping[str, Any], ...]
    status: str = "robustness"


@dataclass(frozen=True)
class EffectSpec:
    """Effect of a two-valued treatment by several estimators."""

    name: str
    question: str
    status: str
    sample: str
    outcome: str
    treatment: str
    controls: str
    estimators: tuple[str, ...]
    hypothesis: str = ""
    sesoi: str = ""


@dataclass(frozen=True)
class SensitivitySpec:
    """Sensitivity of regressions to an omitted variable."""

    name: str
    question: str
    of: tuple[str, ...]
    benchmarks: tuple[str, ...]
    r2_max_ratio: float = 1.3


@dataclass(frozen=True)
class InfluenceSpec:
    """Regressions with each group left out in turn."""

    name: str
    question: str
    of: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class CodingError:
    """Regressions on codes drawn between the two coders."""

    name: str
    question: str
    of: tuple[str, ...]
    draws: int


@dataclass(frozen=True)
class CurveSpec:
    """A specification curve: every combination of treatment, window, model, sample, controls."""

    name: str
    question: str
    hypothesis: str
    treatments: tuple[str, ...]
    windows: tuple[str, ...]
    models: tuple[str, ...]
    samples: tuple[str, ...]
    controls: tuple[str, ...]
    permutations: int
    status: str = "exploratory"


@dataclass(frozen=True)
class DecaySpec:
    """Share of the loss of ``horizon`` sessions that came in the ``first``."""

    name: str
    question: str
    status: str
    sample: str
    first: int
    horizon: int
    hypothesis: str = ""


@dataclass(frozen=True)
class TurnbullSpec:
    """Nonparametric distribution of an interval-valued lag, by group."""

    name: str
    question: str
    status: str
    sample: str
    lo: str
    hi: str
    by: str = ""


@dataclass(frozen=True)
class Aft:
    """Accelerated failure time model of an interval-valued lag."""

    name: str
    question: str
    status: str
    sample: str
    lo: str
    hi: str
    distribution: str
    terms: tuple[StudyTerm, ...]
    cluster: str = ""


@dataclass(frozen=True)
class BunchingSpec:
    """Excess mass of a lag at statutory deadlines."""

    name: str
    question: str
    status: str
    sample: str
    column: str
    deadlines: tuple[int, ...]


SECTIONS: dict[str, type] = {
    "control_set": ControlSet, "hypothesis": Hypothesis, "mean_return": MeanReturn,
    "linear": Regression, "robustness": Robustness, "treatment_effect": EffectSpec,
    "sensitivity": SensitivitySpec, "influence": InfluenceSpec, "coding_error": CodingError,
    "spec_curve": CurveSpec, "decay": DecaySpec, "turnbull": TurnbullSpec, "aft": Aft,
    "bunching": BunchingSpec,
}
TOP = ("title", "confidence", "alpha", "draws", "seed", "min_n", "primary_inference",
       "bootstrap_cluster", "bootstrap_draws", "sesoi", "sample", *SECTIONS)


@dataclass(frozen=True)
class StudyPlan:
    """The whole plan; ``hash`` is the SHA-256 of its text."""

    title: str
    confidence: float
    alpha: float
    draws: int
    seed: int
    min_n: int
    primary_inference: str
    bootstrap_cluster: str
    bootstrap_draws: int
    sesoi: Mapping[str, float]
    samples: Mapping[str, Sample]
    sections: Mapping[str, tuple[Any, ...]]
    hash: str

    def of(self, section: str) -> tuple[Any, ...]:
        """Records of a section, in the order of the plan."""
        return self.sections.get(section, ())

    @property
    def hypotheses(self) -> dict[str, Hypothesis]:
        return {h.id: h for h in self.of("hypothesis")}

    @property
    def controls(self) -> dict[str, ControlSet]:
        return {c.name: c for c in self.of("control_set")}

    @property
    def regressions(self) -> dict[str, Regression]:
        return {r.name: r for r in self.of("linear")}

    @property
    def names(self) -> list[str]:
        """Names of everything that runs."""
        return [r.name for s in SECTIONS if s not in ("control_set", "hypothesis")
                for r in self.of(s)]


def read_study_plan(text: str) -> StudyPlan:
    """Parse a plan of the study. Raises :class:`PlanError` that lists every fault."""
    faults: list[str] = []
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([f"not valid TOML: {error}"]) from None
    faults += [f"unknown section or key {k!r}; known: {', '.join(TOP)}"
               for k in data if k not in TOP]
    samples = {}
    for i, given in enumerate(data.get("sample", [])):
        where = f"sample {given.get('name', i + 1)}"
        conditions = tuple(_record(Condition, c, f"{where}, where {j}", faults)
                           for j, c in enumerate(given.get("where", []), start=1))
        faults += [f"{where}: operator {c.op!r}; use one of {', '.join(OPERATORS)}"
                   for c in conditions if c is not None and c.op not in OPERATORS]
        made = _record(Sample, {**given, "where": conditions}, where, faults)
        if made is not None:
            samples[made.name] = made
    sections = {name: tuple(r for r in (
        _section(cls, given, f"{name} {given.get('name', given.get('id', i + 1))}", faults)
        for i, given in enumerate(data.get(name, []))) if r is not None)
        for name, cls in SECTIONS.items()}
    if all(c.name != "none" for c in sections["control_set"]):
        sections["control_set"] += (ControlSet("none", ()),)
    plan = StudyPlan(
        title=data.get("title", ""), confidence=float(data.get("confidence", 0.95)),
        alpha=float(data.get("alpha", 0.05)), draws=int(data.get("draws", 50)),
        seed=int(data.get("seed", 0)), min_n=int(data.get("min_n", 30)),
        primary_inference=data.get("primary_inference", "covariance"),
        bootstrap_cluster=data.get("bootstrap_cluster", "firm_id"),
        bootstrap_draws=int(data.get("bootstrap_draws", 9999)),
        sesoi=data.get("sesoi", {}), samples=samples, sections=sections,
        hash=hashlib.sha256(text.encode()).hexdigest())
    faults += _check(plan)
    if faults:
        raise PlanError(faults)
    return plan


def _record(cls: type, given: Mapping[str, Any], where: str, faults: list[str]) -> Any:
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(given) - known)
    if unknown:
        faults.append(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v
                      for k, v in given.items() if k in known})
    except TypeError as error:
        faults.append(f"{where}: {error}".replace(f"{cls.__name__}.__init__() ", ""))
        return None


def _section(cls: type, given: Mapping[str, Any], where: str, faults: list[str]) -> Any:
    if "terms" in given:
        terms = [_record(StudyTerm, t, f"{where}, term {j}", faults)
                 for j, t in enumerate(given["terms"], start=1)]
        given = {**given, "terms": [t for t in terms if t is not None]}
    return _record(cls, given, where, faults)


def _check(plan: StudyPlan) -> list[str]:
    faults: list[str] = []
    seen: set[str] = set()
    for name in plan.names:
        if name in seen:
            faults.append(f"{name}: the name stands twice")
        seen.add(name)
    for h in plan.of("hypothesis"):
        faults += [f"hypothesis {h.id}: no test {t!r}" for t in h.tests if t not in seen]
        if not h.tests and not h.not_testable:
            faults.append(f"hypothesis {h.id}: has no test; say why in not_testable")
        if h.family not in ("primary", "secondary"):
            faults.append(f"hypothesis {h.id}: family {h.family!r}; use primary or secondary")
    for section in SECTIONS:
        for spec in plan.of(section):
            faults += [f"{getattr(spec, 'name', '')}: {f}" for f in _faults(spec, plan)]
    return faults


def _faults(spec: Any, plan: StudyPlan) -> list[str]:
    out = []
    sample = getattr(spec, "sample", None)
    if isinstance(sample, str) and sample not in plan.samples:
        out.append(f"no sample {sample!r}; known: {', '.join(plan.samples)}")
    if getattr(spec, "status", "exploratory") not in STATUSES:
        out.append(f"status {spec.status!r}; use one of {', '.join(STATUSES)}")
    hypothesis = getattr(spec, "hypothesis", "")
    if hypothesis and hypothesis not in plan.hypotheses:
        out.append(f"no hypothesis {hypothesis!r}")
    if getattr(spec, "sesoi", "") and spec.sesoi not in plan.sesoi:
        out.append(f"no smallest effect {spec.sesoi!r} in [sesoi]")
    controls = getattr(spec, "controls", None)
    for name in [controls] if isinstance(controls, str) else controls or ():
        if name not in plan.controls:
            out.append(f"no control set {name!r}; known: {', '.join(plan.controls)}")
    if isinstance(spec, Regression):
        out += _regression_faults(spec)
    if isinstance(spec, CurveSpec):
        out += [f"no sample {s!r}" for s in spec.samples if s not in plan.samples]
    if isinstance(spec, (Robustness, SensitivitySpec, InfluenceSpec, CodingError)):
        out += [f"no regression {n!r}" for n in spec.of if n not in plan.regressions]
    if isinstance(spec, Robustness):
        out += _variation_faults(spec, plan)
    if isinstance(spec, EffectSpec):
        out += [f"estimator {e!r}; use {', '.join(ESTIMATORS)}"
                for e in spec.estimators if e not in ESTIMATORS]
    return out


def _variation_faults(spec: Robustness, plan: StudyPlan) -> list[str]:
    """Variations that name what no regression has: they would otherwise change nothing."""
    known = {f.name for f in fields(Regression)} | {"of"}
    out = []
    for change in spec.vary:
        where = f"variation {change.get('name', '?')}"
        out += [f"{where}: unknown {k!r}" for k in change if k not in known]
        out += [] if "name" in change else [f"{where}: has no name"]
        out += [f"{where}: no regression {n!r}"
                for n in change.get("of", ()) if n not in plan.regressions]
        for key, held in (("sample", plan.samples), ("controls", plan.controls)):
            if key in change and change[key] not in held:
                out.append(f"{where}: no {key} {change[key]!r}; known: {', '.join(held)}")
    return out


def _regression_faults(spec: Regression) -> list[str]:
    columns = {t.column for t in spec.terms}
    out = []
    if spec.focus and spec.focus not in columns:
        out.append(f"focus {spec.focus!r} is not among its terms ({', '.join(columns)})")
    if spec.covariance not in COVARIANCES:
        out.append(f"covariance {spec.covariance!r}; use one of {', '.join(COVARIANCES)}")
    if spec.covariance == "cluster" and not 1 <= len(spec.cluster) <= 2:
        out.append("covariance cluster needs one or two columns in cluster")
    if spec.estimator not in ("mean", "median"):
        out.append(f"estimator {spec.estimator!r}; use mean or median")
    for term in spec.terms:
        if term.transform not in TRANSFORMS:
            out.append(f"term {term.column}: transform {term.transform!r}; use one of "
                       f"{', '.join(TRANSFORMS)}")
        if term.kind == "product":
            out += [f"term {term.column}: {c!r} is not among the terms"
                    for c in term.of if c not in columns]
        elif term.kind not in ("continuous", "factor"):
            out.append(f"term {term.column}: kind {term.kind!r}; use continuous, factor, product")
    return out
