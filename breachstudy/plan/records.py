"""What every plan is made of: settings, samples, terms, control sets, hypotheses.

What is estimated stands in :mod:`breachstudy.plan.kinds`, a file a kind of specification.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from breachstudy.schema.strict import AsTuple, Name, Strict, Text

if TYPE_CHECKING:
    from breachstudy.plan.kinds.linear import Regression

__all__ = ["Condition", "ControlSet", "HeldTerm", "Hypothesis", "Inference", "Plan", "Sample",
           "Settings", "Spec", "Status", "Term", "Texts"]

Texts = Annotated[tuple[Text, ...], AsTuple]
Status = Literal["confirmatory", "exploratory", "descriptive"]
Inference = Literal["wild_bootstrap", "permutation", "model"]
"""Whence the p-value that decides: the wild bootstrap clustered by firm, permutation of the term of
interest within strata, or the model's own standard error."""
SCALARS = (str, bool, int, float, dt.date)


class Condition(Strict):
    """Rows where ``column`` ``op`` ``value``; missing values never satisfy a comparison."""

    column: Text
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in", "present", "missing"]
    value: Any = None

    @field_validator("value")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        value = tuple(value) if isinstance(value, list) else value
        each = value if isinstance(value, tuple) else (value,)
        if not all(v is None or isinstance(v, SCALARS) for v in each):
            raise ValueError("give text, a number, true, false, a day, or a list of these")
        return value


class Sample(Strict):
    """Rows of a table that satisfy all conditions."""

    name: Name
    table: Text
    title: Text
    where: Annotated[tuple[Condition, ...], AsTuple] = ()


class _AnyTerm(Strict):
    column: Text
    baseline: Text | None = None
    missing_as: Text | None = None
    min_n: int = Field(default=0, ge=0)
    label: str = ""


class HeldTerm(_AnyTerm):
    """A control: a column, transformed; a factor enters as dummies against ``baseline``.

    ``missing_as`` names the level that a missing factor value forms; without it, rows with a
    missing value are dropped and counted. Levels with fewer than ``min_n`` rows form ``other``.
    """

    kind: Literal["continuous", "factor"] = "continuous"
    transform: Literal["none", "log1p", "log10p1", "year"] = "none"


class Term(_AnyTerm):
    """A regressor. ``kind`` continuous, factor, or product ``of`` other terms' columns (as they
    enter: transformed, standardised). ``standardise``: per standard deviation of the rows used;
    ``negate``: the sign turned; ``draws``: an interval-valued lag, drawn repeatedly."""

    kind: Literal["continuous", "factor", "product"] = "continuous"
    transform: Literal["none", "log1p", "log10p1", "year", "winsor_1_99"] = "none"
    standardise: bool = False
    negate: bool = False
    draws: bool = False
    of: Texts = ()


class ControlSet(Strict):
    """Named controls that enter together."""

    name: Name
    terms: Annotated[tuple[HeldTerm, ...], AsTuple]


class Hypothesis(Strict):
    """A claim with the sign that the commentators predict, rivals, and the tests that bear."""

    id: Name
    claim: Text
    seed_sign: Text
    family: Literal["primary", "secondary"]
    tests: Texts
    rivals: Texts = ()
    not_testable: str = ""
    partial: str = ""
    power_note: str = ""


class Spec(Strict):
    """What every specification has: a name that its results carry, and what it asks."""

    name: Name
    question: Text


class Settings(Strict):
    """The keys at the head of a plan."""

    title: str = ""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    draws: int = Field(default=50, ge=2)
    seed: int = Field(default=0, ge=0)
    min_n: int = Field(default=30, ge=2)
    primary_inference: Inference = "wild_bootstrap"
    bootstrap_cluster: Text = "firm_id"
    bootstrap_draws: int = Field(default=9999, ge=99)
    sesoi: dict[Name, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default_factory=dict)


class Plan(Settings):
    """The whole plan: ``specs`` by kind in the order of the registry; ``hash`` is the SHA-256 of
    its text, ``file`` its name, for messages."""

    file: str
    hash: str
    samples: dict[str, Sample]
    controls: dict[str, ControlSet]
    hypotheses: dict[str, Hypothesis]
    specs: dict[str, tuple[Any, ...]]

    def of(self, kind: str) -> tuple[Any, ...]:
        """Specifications of a kind, in the order of the plan."""
        return self.specs.get(kind, ())

    @property
    def regressions(self) -> Mapping[str, Regression]:
        return {r.name: r for r in self.of("linear")}

    @property
    def names(self) -> list[str]:
        """Names of everything that runs."""
        return [s.name for own in self.specs.values() for s in own]

    def owner(self, spec: Spec) -> Hypothesis | None:
        """The hypothesis that a specification names, or that names it among its tests."""
        named = self.hypotheses.get(getattr(spec, "hypothesis", ""))
        return named or next((h for h in self.hypotheses.values() if spec.name in h.tests), None)
