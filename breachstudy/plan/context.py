"""What specifications run on, and what every kind of them gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pandas as pd

from breachstudy.errors import PlanError
from breachstudy.eventstudy import EventStudyResult
from breachstudy.plan.records import Plan, Spec
from breachstudy.plan.samples import Frames, Tables, sample_faults, select

__all__ = ["NOT_RUN", "Context", "Kind", "Output", "Row", "Studies", "Tables"]

Row = dict[str, Any]
Studies = Callable[[], Mapping[str, EventStudyResult]]
NOT_RUN = "not run"


@dataclass(frozen=True)
class Context:
    """What specifications run on: the plan, the tables, lags drawn by event, and the event studies
    by model, which are made when first asked for."""

    plan: Plan
    tables: Tables
    drawn: pd.DataFrame | None = None
    studies: Studies | None = None

    @property
    def frames(self) -> Frames:
        return self.tables.frames

    def sample(self, name: str) -> pd.DataFrame:
        """Rows of a sample. Raises :class:`PlanError` for a missing table or column."""
        faults = sample_faults(name, self.plan, self.frames, self.tables.codebook)
        if faults:
            raise PlanError(faults)
        return select(self.frames[self.plan.samples[name].table], self.plan.samples[name])

    def table_of(self, sample: str) -> str:
        """The table that a sample is drawn from."""
        return self.plan.samples[sample].table

    def head(self, spec: Spec) -> Row:
        """What every row of a specification begins with."""
        return {"spec": spec.name, "question": spec.question,
                "status": getattr(spec, "status", "robustness"),
                "sample": getattr(spec, "sample", None),
                "hypothesis": getattr(spec, "hypothesis", "") or None}

    def checked(self, spec: Spec, of: str) -> Row:
        """The beginning of the rows of a check ``of`` a regression."""
        base = self.plan.regressions[of]
        return {"spec": f"{spec.name}/{of}", "question": spec.question, "status": "robustness",
                "sample": base.sample, "outcome": base.outcome,
                "hypothesis": base.hypothesis or None}


@dataclass(frozen=True)
class Output:
    """Rows of results, and frames of another shape by name."""

    rows: list[Row]
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)


S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A kind of specification: ``name`` of its tables in a plan, its ``record``, and functions.

    ``check`` gives the faults that can be told from the plan alone, ``faults`` those against the
    tables; each fault begins with its key, the place is put before it. ``run`` gives the rows.
    ``about`` says in a line what it does. ``needs`` names tables that it reads besides its sample.
    ``in_parallel``: specifications go through
    :func:`breachstudy.estimation.parallel.run_tasks`. ``is_test``: its focus rows are tests that
    share a family.
    """

    name: str
    record: type[S]
    about: str
    check: Callable[[S, Plan], list[str]]
    faults: Callable[[S, Plan, Tables], list[str]]
    run: Callable[[S, Context], Output]
    needs: tuple[str, ...] = ()
    in_parallel: bool = False
    is_test: bool = False
