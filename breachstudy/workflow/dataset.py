"""The dataset of a checkout: is it what its raw facts give, and building it where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from breachstudy.storage import read_folder
from breachstudy.study import Study, sha256
from breachstudy.workflow.steps import STEPS, libraries, said

__all__ = ["BUILD_RECORD", "changed_inputs", "changed_outputs", "dataset_changes", "read_build",
           "renew_dataset"]

BUILD_RECORD = "build.json"


def read_build(study: Study) -> dict[str, Any] | None:
    """The build record; None if there is none that can be read."""
    data = read_folder(study.processed).get(BUILD_RECORD)
    try:
        found = json.loads(data or b"")
    except ValueError:
        return None
    parts = ("inputs", "outputs", "counts", "libraries")
    sound = isinstance(found, dict) and all(isinstance(found.get(p), dict) for p in parts)
    return found if sound else None


def changed_inputs(study: Study, record: dict[str, Any]) -> list[str]:
    """Raw files that are not those of the record: changed, added or gone."""
    files = {f"data/raw/{n}.csv": d for n, d in study.raw_files().items()}
    returns = study.raw_returns()
    if returns is not None:
        files["data/raw/returns.parquet"] = returns
    return _differing(record["inputs"], {n: sha256(d) for n, d in files.items()})


def changed_outputs(study: Study, record: dict[str, Any]) -> list[str]:
    """Files of the dataset that are not those of the record: changed, added or gone."""
    files = {n: d for n, d in read_folder(study.processed).items() if n != BUILD_RECORD}
    return [f"data/processed/{n}" for n in _differing(
        record["outputs"], {n: sha256(d) for n, d in files.items()})]


def _differing(recorded: dict[str, str], found: dict[str, str]) -> list[str]:
    return sorted(n for n in {*recorded, *found} if recorded.get(n) != found.get(n))


def dataset_changes(study: Study) -> list[str]:
    """Why the dataset is not what the raw facts and the code give; empty if it is."""
    record = read_build(study)
    if record is None:
        return ["not run yet"]
    step = STEPS["build"]
    out = [] if record.get("code") == step.code else ["code"]
    out += [f"{n} {v}" for n, v in libraries(step).items() if record["libraries"].get(n) != v]
    return [*out, *changed_inputs(study, record), *changed_outputs(study, record)]


def renew_dataset(study: Study, everything: bool = False,
                  progress: Callable[[str], None] = lambda _: None) -> tuple[dict[str, int], str]:
    """Build the dataset if it is stale, or if ``everything`` is asked for; gives its counts and a
    line on what ran.

    Raises what :func:`breachstudy.workflow.build.build` raises, and StorageError if data/processed
    cannot be written.
    """
    why = ["--all"] if everything else dataset_changes(study)
    if why:
        from breachstudy.facts.checkout import held
        from breachstudy.workflow.build import build

        progress("reading and checking data/raw …")
        made = build(study.raw_files(), study.raw_returns(), held(study))
        progress("writing data/processed …")
        study.replace_processed(made.files)
        record = made.record
    else:
        found = read_build(study)
        assert found is not None
        record = found
    return record["counts"], said({"build": why})
