"""What a plan says, for a reader: hypotheses with their tests, samples with their sizes, freeze."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.plan.faults import known_tables, plan_faults
from breachstudy.plan.freeze import Freeze
from breachstudy.plan.records import Plan, Sample
from breachstudy.plan.samples import select

__all__ = ["plan_summary", "plan_text"]


def plan_summary(plan: Plan, frames: Mapping[str, pd.DataFrame], freeze: Freeze | None
                 ) -> dict[str, Any]:
    """The plan as plain data. ``faults`` lists what keeps it from running on ``frames``;
    ``frozen`` says whether it is what ``freeze`` records, and is None without a record."""
    faults = plan_faults(plan, known_tables(frames), set(plan.names))
    specs = {s.name: s for own in plan.specs.values() for s in own}
    return {
        "title": plan.title, "hash": plan.hash, "faults": faults,
        "frozen": None if freeze is None else plan.hash == freeze.current,
        "commit": None if freeze is None else freeze.commit,
        "date": None if freeze is None else freeze.date.isoformat(),
        "amendments": [] if freeze is None else [
            {"date": a.date.isoformat(), "reason": a.reason, "touches": list(a.touches)}
            for a in freeze.amendments],
        "note": "" if freeze is None else freeze.note,
        "primary_inference": plan.primary_inference, "min_n": plan.min_n,
        "smallest_effects": dict(plan.sesoi),
        "hypotheses": [
            {"id": h.id, "claim": h.claim, "predicted": h.seed_sign, "rivals": list(h.rivals),
             "family": h.family, "not_testable": h.not_testable, "partial": h.partial,
             "power_note": h.power_note,
             "tests": [{"name": t, "status": specs[t].status,
                        "sample": getattr(specs[t], "sample", None),
                        "question": specs[t].question} for t in h.tests]}
            for h in plan.hypotheses.values()],
        "controls": [{"name": c.name, "terms": [t.label or t.column for t in c.terms]}
                     for c in plan.controls.values()],
        "specifications": [{"kind": kind, "name": s.name, "question": s.question}
                           for kind, own in plan.specs.items() for s in own],
        "looks_ahead": [{"name": s.name, "reason": s.look_ahead_reason}
                        for s in plan.regressions.values() if s.look_ahead_reason],
        "samples": [
            {"name": s.name, "title": s.title, "table": s.table,
             "n": len(select(frames[s.table], s)) if _can_select(s, frames) else None}
            for s in plan.samples.values()]}


def _can_select(sample: Sample, frames: Mapping[str, pd.DataFrame]) -> bool:
    return sample.table in frames and all(
        c.column in frames[sample.table].columns for c in sample.where)


def plan_text(summary: Mapping[str, Any]) -> str:
    """The summary as lines for a terminal."""
    lines = [summary["title"], f"SHA-256 {summary['hash']}"]
    if summary["frozen"] is not None:
        state = "this is the frozen plan" if summary["frozen"] else "NOT the frozen plan"
        lines.append(f"frozen {summary['date']} in commit {summary['commit'][:10]}; {state}")
    lines += [summary["note"]] if summary["note"] else []
    lines += [f"amended {a['date']} ({', '.join(a['touches'])}): {a['reason']}"
              for a in summary["amendments"]]
    for h in summary["hypotheses"]:
        lines += ["", f"{h['id']}  {h['claim']} (predicted: {h['predicted']})"]
        lines += [f"    rival: {r}" for r in h["rivals"]]
        lines += [f"    {t['name']:18} {t['status']:13} {t['question']}" for t in h["tests"]]
        lines += [f"    not testable: {h['not_testable']}"] if h["not_testable"] else []
        lines += [f"    in part: {h['partial']}"] if h["partial"] else []
        lines += [f"    power: {h['power_note']}"] if h["power_note"] else []
    if summary["looks_ahead"]:
        lines += ["", "terms known only after disclosure"]
        lines += [f"    {s['name']:18} {s['reason']}" for s in summary["looks_ahead"]]
    lines += ["", "samples"]
    lines += [f"    {s['name']:26} {'–' if s['n'] is None else format(s['n'], ',d'):>6}  "
              f"{s['title']}" for s in summary["samples"]]
    if summary["faults"]:
        lines += ["", "it cannot run on this dataset:"]
        lines += [f"    {f}" for f in summary["faults"]]
    return "\n".join(lines)
