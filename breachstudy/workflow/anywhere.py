"""The study under other processors, locales and places: are its outputs the same?

A processor reaches the numbers in three ways, each of which a variable of the environment can turn:
the kernel of linear algebra (OPENBLAS_CORETYPE), numpy's choice of instructions for exponentials,
logarithms and sorts (NPY_DISABLE_CPU_FEATURES), and the C library's choice for sines and tails
(GLIBC_TUNABLES). A setting runs the whole study in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from breachstudy.errors import BreachstudyError, UnknownNameError
from breachstudy.exhibits.tables import pipe_table
from breachstudy.study import Study
from breachstudy.workflow.compare import DIFFERENT, IDENTICAL, WITHIN

__all__ = ["SETTINGS", "Outcome", "Setting", "outcome_table", "run_setting", "settings_named"]

NO_FMA = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX512F"


@dataclass(frozen=True)
class Setting:
    """Variables under which the study runs; ``imitates`` says what for. ``without`` names numpy's
    features to disable by what their names hold (they differ between versions of numpy); ``needs``
    is one that the processor must have. ``folder`` is where the outputs are made, ``umask`` with
    which rights."""

    name: str
    imitates: str
    variables: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    needs: str = ""
    folder: str = ""
    umask: int = -1


AVX512, AVX2 = ("AVX512", "X86_V4"), ("AVX512", "X86_V4", "AVX2", "FMA", "X86_V3")
SETTINGS = (
    Setting("own", "the processor at hand"),
    Setting("haswell", "Intel since 2013, AMD's Zen: linear algebra with AVX2",
            {"OPENBLAS_CORETYPE": "Haswell"}, needs="AVX2"),
    Setting("skylakex", "Intel servers since 2017: linear algebra with AVX-512",
            {"OPENBLAS_CORETYPE": "SkylakeX"}, needs="AVX512F"),
    Setting("prescott", "linear algebra with SSE3 only", {"OPENBLAS_CORETYPE": "Prescott"}),
    Setting("no-avx512", "laptops without AVX-512: numpy and linear algebra",
            {"OPENBLAS_CORETYPE": "Haswell"}, AVX512, needs="AVX2"),
    Setting("no-avx2", "numpy with SSE4 only", {"OPENBLAS_CORETYPE": "Prescott"}, AVX2),
    Setting("no-fma", "the C library without fused products", {"GLIBC_TUNABLES": NO_FMA}),
    Setting("oldest", "all three at once: a processor of 2008",
            {"OPENBLAS_CORETYPE": "Prescott", "GLIBC_TUNABLES": NO_FMA}, AVX2),
    Setting("hash-seed", "another order of Python's sets", {"PYTHONHASHSEED": "4711"}),
    Setting("auckland", "another time zone", {"TZ": "Pacific/Auckland"}),
    Setting("c-locale", "no locale", {"LC_ALL": "C"}),
    Setting("turkish", "a locale whose i has no dot", {"LC_ALL": "tr_TR.UTF-8"}),
    Setting("odd-path", "a folder with spaces and letters beyond ASCII",
            folder="Ünïcode folder – with spaces"),
    Setting("umask", "files that nobody else may read", umask=0o077),
)


@dataclass(frozen=True)
class Outcome:
    """Verdicts of a setting by kind, and the outputs that differ; ``skipped`` says why it did not
    run here."""

    setting: Setting
    counts: Mapping[str, int]
    different: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ran and every output is identical."""
        return not self.skipped and not self.counts[WITHIN] and not self.counts[DIFFERENT]


def settings_named(names: Sequence[str] | None) -> tuple[Setting, ...]:
    """The settings of these names, or all. Raises LookupError that lists the known ones."""
    known = {s.name: s for s in SETTINGS}
    unknown = [n for n in names or () if n not in known]
    if unknown:
        raise UnknownNameError(f"no setting {', '.join(unknown)}; known: {', '.join(known)}")
    return SETTINGS if names is None else tuple(known[n] for n in names)


def run_setting(setting: Setting, study: Study,
                progress: Callable[[str], None] = lambda _: None) -> Outcome:
    """Rebuild the study under a setting and compare its outputs with those of ``study``.

    Raises RuntimeError with what the process said if it did not come to an end of its own.
    """
    features = _features()
    if setting.needs and not features.get(setting.needs, False):
        return Outcome(setting, {}, skipped=f"the processor has no {setting.needs}")
    progress(f"{setting.name}: {setting.imitates} …")
    environment = {**os.environ, **setting.variables}
    if setting.without:
        environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(
            n for n in _dispatched() if any(part in n for part in setting.without))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / setting.folder if setting.folder else Path(folder)
        made.mkdir(exist_ok=True)
        environment["TMPDIR"] = str(made)
        done = subprocess.run(
            [sys.executable, "-m", "breachstudy", "reproduce", "--check", "--json", "--root",
             str(study.root)], env=environment, capture_output=True, check=False,
            umask=setting.umask)
    if done.returncode not in (0, 1) or not done.stdout.startswith(b"["):
        raise BreachstudyError(f"{setting.name}: the run ended with status {done.returncode}: "
                           f"{done.stderr.decode('utf-8', 'replace')[-2000:]}")
    found = json.loads(done.stdout)
    counts = {v: sum(c["verdict"] == v for c in found) for v in (IDENTICAL, WITHIN, DIFFERENT)}
    return Outcome(setting, counts, tuple(f"{c['file']}: {c['verdict']} ({c['detail']})"
                                          for c in found if c["verdict"] != IDENTICAL))


def outcome_table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a Markdown table, a row a setting."""
    rows = [(f"`{o.setting.name}`", o.setting.imitates,
             *([f"not run: {o.skipped}", "", ""] if o.skipped
               else [o.counts[v] for v in (IDENTICAL, WITHIN, DIFFERENT)])) for o in outcomes]
    return pipe_table(("setting", "imitates", IDENTICAL, WITHIN, DIFFERENT), rows, "llrrr") + "\n"


def _features() -> Mapping[str, bool]:
    """Instructions that the processor has, by numpy's names."""
    return dict(_umath().__cpu_features__)


def _dispatched() -> Sequence[str]:
    """Features for which numpy holds code of their own, in this version and on this processor."""
    return [n for n in _umath().__cpu_dispatch__ if _umath().__cpu_features__.get(n, False)]


def _umath() -> Any:
    return import_module("numpy._core._multiarray_umath")
