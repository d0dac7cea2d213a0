"""Read a plan: head, samples, control sets, hypotheses and every kind of specification.

Every fault of a plan is reported at once: file, table, key, value, and what may stand there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from breachstudy.errors import PlanError
from breachstudy.plan.kinds.common import term_keys, twice
from breachstudy.plan.records import (
    Condition,
    ControlSet,
    Hypothesis,
    Plan,
    Sample,
    Settings,
    Spec,
)
from breachstudy.plan.registry import KINDS
from breachstudy.schema.strict import Strict, close_to, load_toml, parse, records

__all__ = ["read_plan"]

HEAD = tuple(Settings.model_fields)
TABLES = ("sample", "control_set", "hypothesis", *KINDS)
NONE = ControlSet(name="none", terms=())
"""The empty control set, which every plan has."""
M = TypeVar("M", bound=Strict)
Placed = list[tuple[str, M]]
"""Records with the place of each in the file."""


def read_plan(text: str, file: str = "plan") -> Plan:
    """Parse a plan; ``file`` names it in messages. Raises :class:`PlanError` with every fault."""
    data = load_toml(text, file, PlanError)
    faults: list[str] = []
    place = f"{file}: "
    known = (*HEAD, *TABLES)
    faults += [f"{place}unknown key or table {k!r}{close_to(k, known)}; known: {', '.join(known)}"
               for k in data if k not in known]
    settings = parse(Settings, {k: v for k, v in data.items() if k in HEAD}, place, faults)
    place = f"{file}, "
    samples = _records(Sample, data, "sample", place, faults)
    controls = _records(ControlSet, data, "control_set", place, faults)
    hypotheses = _records(Hypothesis, data, "hypothesis", place, faults)
    specs = {name: _records(kind.record, data, name, place, faults)
             for name, kind in KINDS.items()}
    names = _Names(data)
    faults += names.faults(file)
    if not any(specs.values()) and not faults:
        faults.append(f"{file}: holds no specification; give at least one of "
                      f"{', '.join(f'[[{k}]]' for k in KINDS)}")
    plan = Plan(**(settings or Settings()).model_dump(), file=file,
                hash=hashlib.sha256(text.encode()).hexdigest(),
                samples={s.name: s for _, s in samples},
                controls={NONE.name: NONE} | {c.name: c for _, c in controls},
                hypotheses={h.id: h for _, h in hypotheses},
                specs={name: tuple(s for _, s in own) for name, own in specs.items()})
    for where, sample in samples:
        faults += [f"{where}{f}" for i, c in enumerate(sample.where, start=1)
                   for f in _condition_faults(c, f"where {i}: ")]
    faults += [f"{where}{f}" for where, c in controls for f in term_keys(c.terms)]
    faults += [f"{where}{f}" for where, h in hypotheses for f in _hypothesis_faults(h, plan, names)]
    for name, own in specs.items():
        for where, spec in own:
            faults += [f"{where}{f}" for f in _reference_faults(spec, names)]
            faults += [f"{where}{f}" for f in KINDS[name].check(spec, plan)]
    if faults:
        raise PlanError(list(dict.fromkeys(faults)))
    return plan


def _records(kind: type[M], data: Mapping[str, Any], key: str, place: str, faults: list[str]
             ) -> Placed[M]:
    found = [(where, parse(kind, given, where, faults))
             for where, given in records(data, key, place, faults)]
    return [(where, made) for where, made in found if made is not None]


class _Names:
    """Every name that a plan gives, also in tables with faults of their own."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.samples = _named(data, "sample")
        self.controls = [NONE.name, *_named(data, "control_set")]
        self.hypotheses = _named(data, "hypothesis", "id")
        self.regressions = _named(data, "linear")
        self.specs = [n for kind in KINDS for n in _named(data, kind)]
        given = data.get("sesoi", {})
        self.sesoi = list(given) if isinstance(given, dict) else []

    def faults(self, file: str) -> list[str]:
        """Names that stand twice."""
        own = [c for c in self.controls if c != NONE.name] + (
            [NONE.name] if self.controls.count(NONE.name) > 2 else [])
        out = [*twice("sample", self.samples), *twice("control_set", own),
               *twice("hypothesis", self.hypotheses), *twice("specification", self.specs)]
        out += [f"specification: {n!r} is the id of a hypothesis too" for n in self.specs
                if n in self.hypotheses]
        return [f"{file}: {f}" for f in out]


def _named(data: Mapping[str, Any], key: str, name: str = "name") -> list[str]:
    given = data.get(key, [])
    return [g[name] for g in given if isinstance(g, dict) and isinstance(g.get(name), str)
            ] if isinstance(given, list) else []


def _condition_faults(c: Condition, where: str) -> list[str]:
    if c.op in ("present", "missing"):
        return [f"{where}value does nothing with {c.op}; leave it out"] if (
            c.value is not None) else []
    if c.value is None:
        return [f"{where}op = {c.op!r} needs a value"]
    if (c.op == "in") != isinstance(c.value, tuple):
        return [f"{where}value = {c.value!r}: give {'a list' if c.op == 'in' else 'one value'} "
                f"with {c.op!r}"]
    if c.op == "in" and not c.value:
        return [f"{where}value: an empty list selects nothing"]
    if isinstance(c.value, bool) and c.op not in ("==", "!="):
        return [f"{where}op = {c.op!r}: true and false have no order; use == or !="]
    return []


def _hypothesis_faults(h: Hypothesis, plan: Plan, names: _Names) -> list[str]:
    out = [f"tests: no specification {t!r}{close_to(t, names.specs)}" for t in h.tests
           if t not in names.specs] + twice("tests", h.tests)
    if not h.tests and not h.not_testable:
        out.append("tests: there is none; say why in not_testable")
    if h.tests and h.not_testable:
        out.append("not_testable: but it has tests; leave one of the two out")
    for kind, specs in plan.specs.items():
        for spec in specs:
            if spec.name not in h.tests:
                continue
            named = getattr(spec, "hypothesis", None)
            if named not in (None, "", h.id):
                out.append(f"tests: {spec.name} names the hypothesis {named}")
            if named is None or (kind == "linear" and not (spec.focus and named)):
                out.append(f"tests: {spec.name} gives no test of it"
                           + ("; give it a focus and the hypothesis" if kind == "linear" else ""))
    return out


def _reference_faults(spec: Spec, names: _Names) -> list[str]:
    """Names that a specification refers to and that the plan does not give."""
    out = []
    for key, known, what in (("sample", names.samples, "sample"),
                             ("samples", names.samples, "sample"),
                             ("controls", names.controls, "control set"),
                             ("hypothesis", names.hypotheses, "hypothesis"),
                             ("sesoi", names.sesoi, "smallest effect in [sesoi]"),
                             ("of", names.regressions, "regression")):
        out += _unknown(getattr(spec, key, None), key, known, what)
    for i, change in enumerate(getattr(spec, "vary", ()), start=1):
        for key, known, what in (("sample", names.samples, "sample"),
                                 ("controls", names.controls, "control set"),
                                 ("sesoi", names.sesoi, "smallest effect in [sesoi]")):
            out += _unknown(getattr(change, key), f"vary {i} ({change.name}): {key}", known, what)
    return out


def _unknown(given: str | Iterable[str] | None, key: str, known: list[str], what: str
             ) -> list[str]:
    values = [given] if isinstance(given, str) else list(given or ())
    return [f"{key} = {v!r}: no {what} {v!r}{close_to(v, known)}; known: "
            f"{', '.join(known) or 'none'}" for v in values if v and v not in known]
