"""``robustness``: regressions again under other samples, controls, outcomes, errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from breachstudy.estimation.parallel import run_tasks
from breachstudy.plan.context import Context, Kind, Output, Tables
from breachstudy.plan.kinds.common import twice
from breachstudy.plan.kinds.linear import (
    Regression,
    linear_check,
    linear_faults,
    point_lag,
    run_regression,
)
from breachstudy.plan.records import Plan, Spec, Term, Texts
from breachstudy.plan.samples import located
from breachstudy.schema.strict import AsTuple, Name, Strict, Text, TextOrList, close_to

__all__ = ["KIND", "Robustness", "Variation", "variations"]


class Variation(Strict):
    """One entry of ``vary``: the keys of a regression that it replaces, in all of ``of`` or in
    those that it names itself."""

    name: Name
    of: Texts = ()
    sample: Text | None = None
    outcome: Text | None = None
    outcome_transform: Literal["none", "log1p", "log10p1", "year", "winsor_1_99"] | None = None
    terms: Annotated[tuple[Term, ...], AsTuple] | None = None
    focus: Text | None = None
    controls: Text | None = None
    sesoi: Text | None = None
    covariance: Literal["HC0", "HC1", "HC2", "HC3", "cluster"] | None = None
    cluster: Annotated[tuple[Text, ...], TextOrList] | None = None
    estimator: Literal["mean", "median"] | None = None
    look_ahead_reason: Text | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The keys of a regression that it gives."""
        return {k: getattr(self, k) for k in self.model_fields_set - {"name", "of"}}


class Robustness(Spec):
    """Variations of the regressions in ``of``, one result a regression and variation."""

    of: Annotated[tuple[Text, ...], AsTuple, Field(min_length=1)]
    vary: Annotated[tuple[Variation, ...], AsTuple, Field(min_length=1)]
    status: Literal["robustness", "negative_control"] = "robustness"


def variations(spec: Robustness, plan: Plan) -> list[Regression]:
    """The regressions that a set of variations stands for, named ``regression/variation``.

    They make no inference beyond the model's own; a negative control has no smallest effect.
    """
    out = []
    for change in spec.vary:
        for name in change.of or spec.of:
            if name in plan.regressions:
                out.append(_varied(plan.regressions[name], change, spec))
    return out


def _varied(base: Regression, change: Variation, spec: Robustness) -> Regression:
    own = change.changes
    given = {k: getattr(base, k) for k in base.model_fields_set} | own
    if own.get("covariance", "cluster") != "cluster":
        given["cluster"] = ()
    if given.get("estimator") == "median":  # its error is its own, and it takes the point lag
        for key in ("covariance", "cluster"):
            given.pop(key, None)
        given["terms"] = point_lag(given["terms"])
    for key in ("inference", "permute_within", *(["sesoi"] if spec.status == "negative_control"
                                                 else [])):
        given.pop(key, None)
    return Regression.model_construct(**{
        **given, "name": f"{base.name}/{change.name}", "question": spec.question,
        "status": "exploratory"})


def _check(spec: Robustness, plan: Plan) -> list[str]:
    """Variations that change nothing, that stand twice, or whose regression cannot be."""
    out = twice("of", spec.of) + twice("vary", [v.name for v in spec.vary])
    out += [f"of: {n!r} is in none of the variations" for n in spec.of
            if all(v.of and n not in v.of for v in spec.vary)]
    for i, change in enumerate(spec.vary, start=1):
        where = f"vary {i} ({change.name}): "
        out += [f"{where}of: {n!r} is not in the of of {spec.name}{close_to(n, spec.of)}"
                for n in change.of if n not in spec.of]
        if not change.changes:
            out.append(f"{where}changes nothing; give a key of a regression")
        if spec.status == "negative_control" and change.sesoi:
            out.append(f"{where}sesoi does nothing in a negative control")
        for name in change.of or spec.of:
            base = plan.regressions.get(name)
            if base is None:
                continue
            out += [f"{where}{k} = {v!r}: the same as in {name}; it would change nothing"
                    for k, v in change.changes.items() if getattr(base, k) == v]
            if not base.focus and not change.focus:
                out.append(f"{where}the regression {name!r} has no focus to report")
            made = _varied(base, change, spec)
            out += [f"{where}{name}: {f}" for f in linear_check(made, plan)]
            if change.estimator == "median":
                out += [f"{where}{k} does nothing in a median regression" for k in
                        ("covariance", "cluster") if k in change.changes]
    return out


def _faults(spec: Robustness, plan: Plan, tables: Tables) -> list[str]:
    return [f for v in variations(spec, plan)
            for f in located(f"{v.name}: ", linear_faults(v, plan, tables), plan)]


def _run(spec: Robustness, context: Context) -> Output:
    """The focus row of every variation of every regression."""
    varied = variations(spec, context.plan)
    found = run_tasks(run_regression, [(v, context) for v in varied])
    return Output([{**row, "group": v.name.partition("/")[2], "status": spec.status}
                   for v, made in zip(varied, found, strict=True) for row in made.rows
                   if row["kind"] == "focus"])


KIND = Kind("robustness", Robustness,
            "the same regressions under other controls, samples, outcomes, errors; negative "
            "controls", _check, _faults, _run)
