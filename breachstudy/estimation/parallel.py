"""Work that splits: the same numbers on one core, on several, and on a cluster.

A task gets its own seed before any work starts, so results do not depend on who runs it or in
what order. Where it runs is configuration: a :class:`Backend`, or the variables
``BREACHSTUDY_BACKEND``, ``BREACHSTUDY_JOBS`` and ``BREACHSTUDY_SCHEDULER`` of the environment.
Any backend registered with joblib, such as Dask's or Ray's, takes the work over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from breachstudy.estimation.errors import EstimationError

__all__ = ["Backend", "chunk_sizes", "run_tasks", "task_seeds"]

T = TypeVar("T")
SEQUENTIAL = "sequential"


@dataclass(frozen=True)
class Backend:
    """Where tasks run.

    ``name`` is sequential, loky (processes), threading, dask, ray, or any other that joblib
    knows; ``jobs`` the number at a time (−1: all cores); ``scheduler`` the address of a Dask
    scheduler (empty: the client that is current in this process).
    """

    name: str = SEQUENTIAL
    jobs: int = 1
    scheduler: str = ""

    @property
    def workers(self) -> int:
        """Tasks at a time: those asked for, or the cores of this machine."""
        if self.name == SEQUENTIAL:
            return 1
        return self.jobs if self.jobs > 0 else max(os.cpu_count() or 1, 1)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Backend:
        """The backend that the environment names; sequential where it names none.

        Raises ValueError if ``BREACHSTUDY_JOBS`` is not a whole number other than zero.
        """
        given = os.environ if environment is None else environment
        jobs = given.get("BREACHSTUDY_JOBS", "")
        name = given.get("BREACHSTUDY_BACKEND", "") or ("loky" if jobs not in ("", "1")
                                                        else SEQUENTIAL)
        count = 1 if name == SEQUENTIAL else -1
        if jobs:
            count = int(jobs) if re.fullmatch(r"-?\d+", jobs.strip()) else 0
        if count == 0:
            raise EstimationError(f"BREACHSTUDY_JOBS is {jobs!r}; give a number of jobs, or -1 for "
                             "all cores")
        return cls(name, count, given.get("BREACHSTUDY_SCHEDULER", ""))


def run_tasks(function: Callable[..., T], tasks: Iterable[tuple[Any, ...]],
              backend: Backend | None = None) -> list[T]:
    """``function(*task)`` for each task, in the order of the tasks.

    ``backend`` None reads the environment. The function must depend on its task alone. Raises
    ValueError, with what to install or name, if the backend is unknown to joblib.
    """
    chosen = Backend.from_environment() if backend is None else backend
    work = list(tasks)
    if chosen.name == SEQUENTIAL:
        return [function(*task) for task in work]
    import joblib

    with _client(chosen):
        try:
            configured = joblib.parallel_config(backend=chosen.name, n_jobs=chosen.jobs)
        except (ValueError, ImportError) as error:  # joblib's own
            raise EstimationError(f"backend {chosen.name!r} is not at hand: {error}. Use "
                                  "sequential, loky or threading, or install and register it"
                                  ) from None
        with configured:
            found: list[T] = joblib.Parallel()(joblib.delayed(function)(*t) for t in work)
    return found


def _client(backend: Backend) -> Any:
    if backend.name != "dask" or not backend.scheduler:
        return nullcontext()
    from distributed import Client

    return Client(backend.scheduler)  # type: ignore[no-untyped-call]


def task_seeds(seed: int, n: int) -> list[np.random.SeedSequence]:
    """``n`` independent seeds that depend on ``seed`` and their position alone."""
    return np.random.SeedSequence(seed).spawn(n)


def chunk_sizes(total: int, size: int) -> list[int]:
    """Sizes of the chunks that ``total`` draws fall into; none depends on the number of jobs."""
    if total < 1 or size < 1:
        raise EstimationError(f"cannot split {total} draws into chunks of {size}")
    return [size] * (total // size) + ([total % size] if total % size else [])
