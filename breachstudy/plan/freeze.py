"""The record of the freeze: is a plan the frozen one, or its newest amendment?"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Annotated

from pydantic import Field, StringConstraints

from breachstudy.errors import PlanError
from breachstudy.plan.records import Texts
from breachstudy.schema.strict import AsTuple, Strict, Text, load_toml, parse

__all__ = ["Amendment", "Freeze", "check_frozen", "read_freeze"]

FILE = "freeze.toml"
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{7,40}$")]


class Amendment(Strict):
    """A change after the freeze: day, reason, what it touches, hashes before and after."""

    date: dt.date
    reason: Text
    touches: Annotated[Texts, Field(min_length=1)]
    old_sha256: Hash
    new_sha256: Hash


class Frozen(Strict):
    """File, hash, commit and day of the plan that was frozen; ``note`` says what had been seen."""

    file: Text
    sha256: Hash
    commit: Commit
    date: dt.date
    note: str = ""


class _Record(Strict):
    frozen: Frozen
    amendment: Annotated[tuple[Amendment, ...], AsTuple] = ()


class Freeze(Frozen):
    """What was frozen, and its amendments in order."""

    amendments: tuple[Amendment, ...] = ()

    @property
    def current(self) -> str:
        """The hash that the plan must have now."""
        return self.amendments[-1].new_sha256 if self.amendments else self.sha256


def read_freeze(text: str) -> Freeze:
    """Parse the record. Raises :class:`PlanError` with every fault: unknown or missing keys, wrong
    values, amendments that do not follow on each other or go back in time."""
    faults: list[str] = []
    record = parse(_Record, load_toml(text, FILE, PlanError), f"{FILE}, ", faults)
    if record is None:
        raise PlanError(faults)
    before, day = record.frozen.sha256, record.frozen.date
    for i, a in enumerate(record.amendment, start=1):
        place = f"{FILE}, [[amendment]] {i}: "
        if a.old_sha256 != before:
            faults.append(f"{place}old_sha256 is not the hash before it ({before[:12]}…)")
        if a.new_sha256 == a.old_sha256:
            faults.append(f"{place}new_sha256 is the old one: nothing was amended")
        if a.date < day:
            faults.append(f"{place}date = {a.date}: lies before {day}")
        before, day = a.new_sha256, a.date
    if faults:
        raise PlanError(faults)
    return Freeze(**record.frozen.model_dump(), amendments=record.amendment)


def check_frozen(plan: str, freeze: Freeze, file: str = "study.toml") -> None:
    """Raise :class:`PlanError` if ``plan`` (the text of ``file``) is not what was frozen or last
    amended, or if another file was frozen."""
    if freeze.file != file:
        raise PlanError([f"{FILE}, frozen: file = {freeze.file!r}: the plan of the study is "
                         f"{file}"])
    found = hashlib.sha256(plan.encode()).hexdigest()
    if found != freeze.current:
        raise PlanError([
            f"{file} has the hash {found[:12]}…, but {freeze.current[:12]}… is frozen. Restore "
            "it, or record an amendment with its reason in freeze.toml; to try a plan of your own, "
            "give it with --plan"])
