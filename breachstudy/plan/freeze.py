"""The record of the freeze: is a plan the frozen one, or its newest amendment?"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import dataclass

from breachstudy.estimation.specs import PlanError

__all__ = ["Amendment", "Freeze", "check_frozen", "read_freeze"]


@dataclass(frozen=True)
class Amendment:
    """A change after the freeze: day, reason, what it touches, hashes before and after."""

    date: dt.date
    reason: str
    touches: tuple[str, ...]
    old_sha256: str
    new_sha256: str


@dataclass(frozen=True)
class Freeze:
    """Hash, commit and day of the frozen plan, and its amendments in order."""

    sha256: str
    commit: str
    date: dt.date
    amendments: tuple[Amendment, ...]

    @property
    def current(self) -> str:
        """The hash that the plan must have now."""
        return self.amendments[-1].new_sha256 if self.amendments else self.sha256


def read_freeze(text: str) -> Freeze:
    """Parse the record. Raises :class:`PlanError` if amendments do not follow on each other, lack
    a reason, or go back in time."""
    data = tomllib.loads(text)
    frozen = data["frozen"]
    amendments = tuple(Amendment(a["date"], a["reason"], tuple(a["touches"]), a["old_sha256"],
                                 a["new_sha256"]) for a in data.get("amendment", []))
    out = Freeze(frozen["sha256"], frozen["commit"], frozen["date"], amendments)
    faults, before, day = [], out.sha256, out.date
    for i, a in enumerate(amendments, start=1):
        if a.old_sha256 != before:
            faults.append(f"amendment {i}: old_sha256 is not the hash before it ({before[:12]}…)")
        if not a.reason.strip() or not a.touches:
            faults.append(f"amendment {i}: give a reason and what it touches")
        if a.date < day:
            faults.append(f"amendment {i}: its date {a.date} lies before {day}")
        before, day = a.new_sha256, a.date
    if faults:
        raise PlanError([f"freeze.toml, {f}" for f in faults])
    return out


def check_frozen(plan: str, freeze: Freeze) -> None:
    """Raise :class:`PlanError` if ``plan`` (text) is not what was frozen or last amended."""
    found = hashlib.sha256(plan.encode()).hexdigest()
    if found != freeze.current:
        raise PlanError([
            f"study.toml has the hash {found[:12]}…, but {freeze.current[:12]}… is frozen. Restore "
            "it, or record an amendment with its reason in freeze.toml; to try a plan of your own, "
            "give it with --plan"])
