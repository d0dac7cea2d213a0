"""The steps of the study, what each is made from, and which of them are stale.

A step is made from the bytes of its inputs, the code that it runs and the libraries under it. Their
hashes are stored within the sets that the steps make (``build.json``, ``reports/record.json``); a
step runs again when one of them, or a file that it made, is no longer what was stored. Nothing
depends on times of files, so that the record is the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from breachstudy.workflow.imports import code_hash

__all__ = ["RECORD", "STEPS", "Made", "Step", "combined", "libraries", "read_record",
           "record_bytes", "said"]

RECORD = "record.json"
"""Of reports/: what its files were made from."""
ORCHESTRATION = ("breachstudy.workflow.analyze", "breachstudy.workflow.drawing",
                 "breachstudy.workflow.renew")


@dataclass(frozen=True)
class Step:
    """``entries`` are the modules whose code a step runs, with all that they import; ``alone``
    those that count without their imports; ``libraries`` those whose version can change bytes."""

    name: str
    entries: tuple[str, ...]
    libraries: tuple[str, ...]
    alone: tuple[str, ...] = ORCHESTRATION

    @property
    def code(self) -> str:
        """Hash of its code."""
        return code_hash(self.entries, self.alone)


_NUMBERS = ("numpy", "pandas", "pyarrow", "scipy", "statsmodels")
STEPS = {step.name: step for step in (
    Step("build", ("breachstudy.workflow.build",), ("numpy", "pandas", "pyarrow", "scipy"), ()),
    Step("lags", ("breachstudy.plan.runner",), _NUMBERS),
    Step("study", ("breachstudy.plan.runner", "breachstudy.outcomes.investors",
                   "breachstudy.facts.returns"), _NUMBERS),
    Step("exhibits", ("breachstudy.exhibits.render_all",),
         (*_NUMBERS, "contourpy", "fonttools", "kiwisolver", "matplotlib", "pillow")),
    Step("report", ("breachstudy.report.render", "breachstudy.report.assemble"),
         (*_NUMBERS, "jinja2")),
)}
"""In the order in which they run."""


def libraries(step: Step) -> dict[str, str]:
    """Versions of the libraries under a step; the lock file pins them."""
    return {name: metadata.version(name) for name in step.libraries}


@dataclass(frozen=True)
class Made:
    """What a step was made from, and what it made: hashes by name. ``rows``: rows of the results
    that are its own, where it shares the file."""

    code: str
    libraries: Mapping[str, str]
    made_from: Mapping[str, str]
    outputs: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None

    @classmethod
    def of(cls, step: str, made_from: Mapping[str, str]) -> Made:
        """What the step would be made from now."""
        return cls(STEPS[step].code, libraries(STEPS[step]), dict(made_from))

    def changes(self, before: Made | None, files: Mapping[str, str]) -> list[str]:
        """Why the step is stale, in a word each; empty if it is not.

        ``before`` is what was stored, ``files`` the hashes of the files that stand there.
        """
        if before is None:
            return ["not run yet"]
        out = [] if self.code == before.code else ["code"]
        out += [f"{n} {v}" for n, v in self.libraries.items() if before.libraries.get(n) != v]
        names = {*self.made_from, *before.made_from}
        out += sorted(n for n in names if self.made_from.get(n) != before.made_from.get(n))
        out += sorted(f"reports/{n}" for n, h in before.outputs.items() if files.get(n) != h)
        return out


def read_record(data: bytes | None) -> dict[str, Made]:
    """The steps of a stored record, by name; empty if there is none or it cannot be read: then
    every step is stale."""
    if data is None:
        return {}
    try:
        record = json.loads(data)
        return {name: Made(record["code"][name], record["libraries"][name],
                           record["made_from"][name], record["outputs"][name],
                           record["rows"].get(name)) for name in record["code"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def record_bytes(made: Mapping[str, Made]) -> bytes:
    """The record as JSON, the same for the same steps."""
    record: dict[str, Any] = {
        part: {name: getattr(m, part) for name, m in made.items()}
        for part in ("code", "libraries", "made_from", "outputs")}
    record["rows"] = {name: m.rows for name, m in made.items() if m.rows is not None}
    return (json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def combined(hashes: Mapping[str, str]) -> str:
    """One hash of many."""
    text = "\n".join(f"{name} {value}" for name, value in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def said(changes: Mapping[str, list[str]]) -> str:
    """One line on what ran and why, and what did not. ``changes`` by step, in order."""
    ran = [f"{name} ({_shown(why)})" for name, why in changes.items() if why]
    kept = [name for name, why in changes.items() if not why]
    if not ran:
        return f"up to date: {', '.join(kept)}; nothing ran (--all runs all)"
    return f"ran {', '.join(ran)}" + (f"; up to date: {', '.join(kept)}" if kept else "")


def _shown(why: list[str]) -> str:
    if why == ["--all"] or why == ["not run yet"]:
        return why[0]
    return f"changed: {', '.join(why[:3])}" + (f" and {len(why) - 3} more" if len(why) > 3 else "")
