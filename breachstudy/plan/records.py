"""The plan of the study as frozen records: one class a section of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breachstudy.estimation.specs import Sample

__all__ = ["SECTIONS", "Aft", "BunchingSpec", "CodingError", "ControlSet", "CurveSpec",
           "DecaySpec", "EffectSpec", "Hypothesis", "InfluenceSpec", "MeanReturn", "Regression",
           "Robustness", "SensitivitySpec", "StudyPlan", "StudyTerm", "TurnbullSpec"]


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
