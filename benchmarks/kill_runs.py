"""Kill the real `breachstudy build` and `analyze` at points spread over their run; what is left?

    python benchmarks/kill_runs.py --builds 25 --analyses 15

Works in a copy of the checkout. A whole run is timed first, and its hashes are the new set. Before
each kill the old set is put in place: the same files with other bytes, so that not one file of
the old set can pass for one of the new. Points are spread evenly over the time of the run; a
share of them (``--at-writing``) is spread over the writing instead, from the moment at which its
lock or folder appears. After each kill the set must be the old or the new one, whole, as a user
reads it, and again after the next command, which also must leave nothing beside it. Prints rows of
a Markdown table; exits with 1 if any set was broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from breachstudy.storage import read_folder, replace_folder, standing
from breachstudy.study import find_study, sha256

START = "from breachstudy.cli.app import main; main()"
RENAMES = "from breachstudy.storage import folders; folders._exchange = lambda a, b: False; "
HEAD = ("| command | exchange | kills | during writing | old set whole | new set whole | broken | "
        "left beside after the next command |\n|---|---|---:|---:|---:|---:|---:|---:|")
PAST_WRITING = 1.3
"""Kills during the writing are spread over this multiple of the time that it takes alone."""


@dataclass(frozen=True)
class Runner:
    """Commands in the copy ``root``, with the atomic exchange or with ``renames``."""

    root: Path
    package: Path
    renames: bool

    def start(self, command: str) -> subprocess.Popen[bytes]:
        code = (RENAMES if self.renames else "") + START
        return subprocess.Popen(
            [sys.executable, "-c", code, command, "--root", str(self.root)],
            cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True, env={**os.environ, "PYTHONPATH": str(self.package)})

    def whole(self, command: str) -> float:
        """Run to the end; seconds. Raises SystemExit with its message if it fails."""
        begun = time.monotonic()
        process = self.start(command)
        said = process.communicate()[1].decode()
        if process.returncode:
            sys.exit(f"{command} failed: {said}")
        return time.monotonic() - begun


def hashes(folder: Path) -> dict[str, str]:
    return {name: sha256(data) for name, data in read_folder(folder).items()}


def beside(target: Path) -> list[str]:
    """Names that a writer leaves beside the folder."""
    return sorted(p.name for p in target.parent.iterdir() if p.name.startswith(f".{target.name}-"))


def kill(process: subprocess.Popen[bytes], target: Path, after: float, at_writing: bool) -> bool:
    """Kill the run after so many seconds, from its start or from the moment at which it began to
    write; whether it still ran."""
    new = f".{target.name}-new-"
    while at_writing and process.poll() is None and not any(
            name.startswith(new) for name in beside(target)):
        time.sleep(0.001)
    time.sleep(after)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def measure(run: Runner, command: str, target: Path, kills: int, share: float,
            seed: int) -> tuple[str, int]:
    """A row of the table, and the number of broken sets."""
    seconds = run.whole(command)
    new_files = read_folder(target)
    begun = time.monotonic()
    replace_folder(target, new_files)
    writing = PAST_WRITING * (time.monotonic() - begun)
    old_files = {name: b"previous " + data for name, data in new_files.items()}
    new, old = ({n: sha256(d) for n, d in files.items()} for files in (new_files, old_files))
    n_writing = round(kills * share)
    points = [((i + 0.5) / (kills - n_writing) * seconds, False) for i in range(kills - n_writing)]
    points += [((i + 0.5) / n_writing * writing, True) for i in range(n_writing)]
    random.Random(seed).shuffle(points)
    found: Counter[str] = Counter()
    for i, (after, at_writing) in enumerate(points, start=1):
        replace_folder(target, old_files)
        process = run.start(command)
        found["killed"] += kill(process, target, after, at_writing)
        left = hashes(target)
        verdict = "old" if left == old else "new" if left == new else "broken"
        found["aside"] += standing(target) != target
        run.whole("exhibits")  # the next command, which only reads, puts back what is aside
        if standing(target) != target or hashes(target) != left:
            verdict = "broken"
        found[verdict] += 1
        replace_folder(target, old_files)  # the next writer sweeps
        found["beside"] += len(beside(target))
        print(f"{command} {i}/{kills}: killed {after:.2f} s after "
              f"{'its writing began' if at_writing else 'its start'}: {verdict}", file=sys.stderr)
    replace_folder(target, new_files)
    how = "two renames" if run.renames else "one call"
    return (f"| {command} | {how} | {found['killed']} of {kills} | {n_writing} | {found['old']} | "
            f"{found['new']} | {found['broken']} | {found['beside']} |", found["broken"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builds", type=int, default=25, help="kills of build")
    parser.add_argument("--analyses", type=int, default=15, help="kills of analyze")
    parser.add_argument("--at-writing", type=float, default=0.4,
                        help="share of the kills that fall while the set is written")
    parser.add_argument("--two-renames", action="store_true",
                        help="as on a system without an atomic exchange of folders")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the points")
    given = parser.parse_args()
    study = find_study()
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in (study.raw, study.processed, study.analysis, study.reports):
            shutil.copytree(part, root / part.relative_to(study.root))
        run = Runner(root, study.root, given.two_renames)
        rows = [HEAD]
        for command, target, kills in (("build", root / "data" / "processed", given.builds),
                                       ("analyze", root / "reports", given.analyses)):
            if kills:
                row, n = measure(run, command, target, kills, given.at_writing, given.seed)
                rows.append(row)
                broken += n
    print("\n".join(rows))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
