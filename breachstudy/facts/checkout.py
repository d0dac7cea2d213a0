"""The manifest of a checkout: read, held against the raw tables, renewed.

The thin layer of files around :mod:`breachstudy.facts.manifest`.
"""

from __future__ import annotations

from collections.abc import Sequence

from breachstudy.errors import FactError, Problem
from breachstudy.facts.manifest import (
    Entry,
    changes,
    manifest_bytes,
    manifest_problems,
    read_manifest,
    renewed,
)
from breachstudy.study import Study, write_atomic

__all__ = ["held", "renew", "renew_entries"]


def held(study: Study) -> list[Problem]:
    """Problems of the raw tables against the manifest. Raises FactError if a file is unreadable."""
    return manifest_problems(study.raw_manifest(), study.raw_tables())


def renew(study: Study) -> list[str]:
    """Accept the raw tables as they are: write the manifest and say what changed, a line a table.

    A manifest that cannot be read (a merge left both versions in it) is made from nothing. Raises
    FactError where a table's rows cannot be counted; the old manifest then stays.
    """
    old = _entries(study)
    new = renewed({}, study.raw_tables())
    write_atomic(study.manifest, manifest_bytes(new))
    return changes(old, new)


def renew_entries(study: Study, names: Sequence[str]) -> None:
    """Renew the entries of the named files (``notices.csv``) alone: a command just made them."""
    files = {n: d for n, d in study.raw_tables().items() if n in names}
    write_atomic(study.manifest, manifest_bytes(renewed(_entries(study), files)))


def _entries(study: Study) -> dict[str, Entry]:
    data = study.raw_manifest()
    if data is None:
        return {}
    try:
        return read_manifest(data)
    except FactError:
        return {}
