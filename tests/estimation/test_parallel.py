"""Work that splits gives the same numbers wherever it runs."""

import numpy as np
import pytest

from breachstudy.estimation.parallel import Backend, chunk_sizes, run_tasks, task_seeds


def _mean(seed, n):
    return float(np.random.default_rng(seed).normal(size=n).mean())


TASKS = [(s, n) for s, n in zip(task_seeds(7, 5), [10, 20, 30, 40, 50], strict=True)]


@pytest.mark.parametrize("backend", [Backend("threading", 2), Backend("threading", 3)])
def test_threads_give_the_sequential_numbers_in_order(backend):
    assert run_tasks(_mean, TASKS, backend) == run_tasks(_mean, TASKS, Backend())


def test_seeds_depend_on_seed_and_position_alone():
    few, many = task_seeds(3, 2), task_seeds(3, 9)
    assert [s.generate_state(2).tolist() for s in few] == [
        s.generate_state(2).tolist() for s in many[:2]]
    assert len({tuple(s.generate_state(2)) for s in many}) == 9


def test_environment_names_the_backend():
    assert Backend.from_environment({}) == Backend("sequential", 1)
    assert Backend.from_environment({"BREACHSTUDY_JOBS": "2"}) == Backend("loky", 2)
    assert Backend.from_environment(
        {"BREACHSTUDY_BACKEND": "dask", "BREACHSTUDY_SCHEDULER": "tcp://h:8786"}
    ) == Backend("dask", -1, "tcp://h:8786")
    for wrong in ("0", "many"):
        with pytest.raises(ValueError, match="BREACHSTUDY_JOBS"):
            Backend.from_environment({"BREACHSTUDY_JOBS": wrong})


def test_an_unknown_backend_is_an_error_with_a_remedy():
    with pytest.raises(ValueError, match=r"'abacus' is not at hand.*sequential"):
        run_tasks(_mean, TASKS, Backend("abacus", 2))


def test_chunks_by_hand():
    assert chunk_sizes(10, 4) == [4, 4, 2]
    assert chunk_sizes(8, 4) == [4, 4]
    with pytest.raises(ValueError, match="cannot split"):
        chunk_sizes(0, 4)
