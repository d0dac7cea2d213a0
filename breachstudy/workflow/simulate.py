"""The simulation behind docs/coverage.md: run it and write the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from breachstudy.errors import InputError

if TYPE_CHECKING:
    from breachstudy.study import Study

__all__ = ["write_coverage"]


def write_coverage(study: Study, replications: int = 2000, seed: int = 1,
                   jobs: int | None = None) -> str:
    """Simulate every design ``replications`` times, write docs/coverage.md; returns its name.

    ``jobs`` processes at a time (None: as the environment says); the numbers do not depend on it.
    Raises ValueError if ``replications`` is below 100, too few for a table worth printing.
    """
    from breachstudy.estimation.coverage import coverage_page, coverage_table
    from breachstudy.estimation.parallel import Backend
    from breachstudy.storage import write_atomic

    if replications < 100:
        raise InputError(f"{replications} replications leave a Monte Carlo error above two points; "
                         "use at least 100")
    backend = None if jobs is None else Backend("sequential" if jobs == 1 else "loky", jobs)
    table = coverage_table(replications, seed=seed, backend=backend)
    path = study.root / "docs" / "coverage.md"
    write_atomic(path, coverage_page(table, seed).encode())
    return str(path.relative_to(study.root))
