"""Specifications as data: what is estimated, on which rows, read from a plan in TOML."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from breachstudy.estimation.errors import EstimationError

__all__ = ["Condition", "IntervalSummary", "LinearSpec", "Plan", "PlanError", "Sample", "Term",
           "read_plan"]

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "present", "missing")
TRANSFORMS = ("none", "log1p", "log10p1", "year")
STATUSES = ("confirmatory", "exploratory", "descriptive")


class PlanError(EstimationError):
    """All faults of a plan, each with the place and the remedy."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("the plan cannot be used:\n  " + "\n  ".join(self.faults))


@dataclass(frozen=True)
class Condition:
    """Rows where ``column`` ``op`` ``value``; missing values never satisfy a comparison."""

    column: str
    op: str
    value: Any = None


@dataclass(frozen=True)
class Sample:
    """Rows of a table that satisfy all conditions."""

    name: str
    table: str
    title: str
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Term:
    """A regressor: a column, transformed; a factor enters as dummies against ``baseline``.

    ``missing_as`` names the level that a missing factor value forms; without it, rows with a
    missing value are dropped and counted. Levels with fewer than ``min_n`` rows form ``other``.
    """

    column: str
    kind: str = "continuous"
    transform: str = "none"
    baseline: str | None = None
    missing_as: str | None = None
    min_n: int = 0
    label: str = ""


@dataclass(frozen=True)
class LinearSpec:
    """Least squares of a transformed outcome on terms, with a robust covariance."""

    name: str
    question: str
    status: str
    sample: str
    outcome: str
    outcome_transform: str
    terms: tuple[Term, ...]
    covariance: str = "HC3"
    cluster: str | None = None


@dataclass(frozen=True)
class IntervalSummary:
    """Median of an interval-valued outcome within each level of a grouping variable."""

    name: str
    question: str
    status: str
    sample: str
    lo: str
    hi: str
    by: str | None = None
    by_label: str = ""
    by_transform: str = "none"
    bins: tuple[float, ...] = ()
    min_n: int = 10
    missing_as: str | None = None


@dataclass(frozen=True)
class Plan:
    """Samples and specifications; ``hash`` is the SHA-256 of the plan's text."""

    title: str
    confidence: float
    samples: dict[str, Sample]
    linear: tuple[LinearSpec, ...]
    summaries: tuple[IntervalSummary, ...]
    hash: str

    @property
    def names(self) -> list[str]:
        return [*(s.name for s in self.summaries), *(s.name for s in self.linear)]


def _record(cls: type, given: Mapping[str, Any], where: str, faults: list[str]) -> Any:
    known = set(cls.__dataclass_fields__)  # type: ignore[attr-defined]
    unknown = sorted(set(given) - known)
    if unknown:
        faults.append(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    try:
        return cls(**{k: v for k, v in given.items() if k in known})
    except TypeError as error:
        faults.append(f"{where}: {error}".replace(f"{cls.__name__}.__init__() ", ""))
        return None


def read_plan(text: str) -> Plan:
    """Parse a plan. Raises :class:`PlanError` that lists every fault."""
    faults: list[str] = []
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([f"not valid TOML: {error}"]) from None
    samples: dict[str, Sample] = {}
    for i, given in enumerate(data.get("sample", [])):
        where = f"sample {given.get('name', i + 1)}"
        conditions = tuple(
            _record(Condition, c, f"{where}, where {j + 1}", faults)
            for j, c in enumerate(given.get("where", [])))
        for c in conditions:
            if c is not None and c.op not in OPERATORS:
                faults.append(f"{where}: operator {c.op!r}; use one of {', '.join(OPERATORS)}")
        made = _record(Sample, {**given, "where": conditions}, where, faults)
        if made is not None:
            samples[made.name] = made
    linear, summaries = [], []
    for i, given in enumerate(data.get("linear", [])):
        where = f"linear {given.get('name', i + 1)}"
        terms = tuple(_record(Term, t, f"{where}, term {j + 1}", faults)
                      for j, t in enumerate(given.get("terms", [])))
        linear.append(_record(LinearSpec, {**given, "terms": terms}, where, faults))
    for i, given in enumerate(data.get("interval_summary", [])):
        where = f"interval_summary {given.get('name', i + 1)}"
        given = {**given, "bins": tuple(given.get("bins", ()))}
        summaries.append(_record(IntervalSummary, given, where, faults))
    specs = [s for s in (*linear, *summaries) if s is not None]
    faults += _check(specs, samples)
    if faults:
        raise PlanError(faults)
    return Plan(
        title=data.get("title", ""),
        confidence=float(data.get("confidence", 0.95)),
        samples=samples,
        linear=tuple(linear),
        summaries=tuple(summaries),
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def _check(specs: Sequence[Any], samples: Mapping[str, Sample]) -> list[str]:
    faults = []
    seen: set[str] = set()
    for spec in specs:
        if spec.name in seen:
            faults.append(f"{spec.name}: the name stands twice")
        seen.add(spec.name)
        if spec.sample not in samples:
            faults.append(f"{spec.name}: no sample {spec.sample!r}; "
                          f"known: {', '.join(samples) or 'none'}")
        if spec.status not in STATUSES:
            faults.append(f"{spec.name}: status {spec.status!r}; use {', '.join(STATUSES)}")
        transforms = [("outcome_transform", getattr(spec, "outcome_transform", "none")),
                      ("by_transform", getattr(spec, "by_transform", "none"))]
        transforms += [(t.column, t.transform) for t in getattr(spec, "terms", ()) if t]
        for what, transform in transforms:
            if transform not in TRANSFORMS:
                faults.append(f"{spec.name}: {what} has transform {transform!r}; "
                              f"use {', '.join(TRANSFORMS)}")
    return faults
