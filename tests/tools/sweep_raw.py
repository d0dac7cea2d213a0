"""Break the committed raw tables in every way of :mod:`tests.tools.mutations` and count what
happens: ``python -m tests.tools.sweep_raw [DATA_RAW]``.

Each mutation is read as ``breachstudy build`` reads it. It is counted as ``located`` (refused by
the readers, the file named), ``manifest`` (sound in itself, the file named by the manifest),
``elsewhere`` (another file named), ``accepted``, or by the name of an exception not of ours.
"""

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from breachstudy.errors import FactError
from breachstudy.facts.checkout import held
from breachstudy.study import Study
from breachstudy.workflow.build import load_facts
from tests.tools.mutations import Mutation, all_mutations


def outcome(mutation: Mutation, raw: Path) -> tuple[str, str]:
    """What reading says of the mutated copy of ``raw``, and the first line of its message."""
    with tempfile.TemporaryDirectory() as folder:
        study = Study(Path(folder))
        shutil.copytree(raw, study.raw)
        apply(mutation, study.raw)
        said: list[str] = []
        try:
            try:
                known = held(study)
                said = [p.file for p in known]
                load_facts(study.raw_files(), study.raw_returns())
            except FactError as error:
                text = str(error)
                named = any(p.file == f"data/raw/{mutation.file}" for p in error.problems)
                held_back = f"data/raw/{mutation.file}" in said
                return ("located" if named else "manifest" if held_back else "elsewhere"), text
        except Exception as error:  # what must not happen, and is told by its name
            return type(error).__name__, str(error)
    return ("manifest", "") if f"data/raw/{mutation.file}" in said else ("accepted", "")


def apply(mutation: Mutation, folder: Path) -> None:
    """Break the files in ``folder``."""
    if mutation.place is not None:
        mutation.place(folder)
        return
    assert mutation.change is not None
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    files = dict(before)
    mutation.change(files)
    for name in before.keys() - files.keys():
        (folder / name).unlink()
    for name, data in files.items():
        if before.get(name) != data:
            (folder / name).write_bytes(data)


def main() -> None:
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else "data/raw")
    files = {p.name: p.read_bytes() for p in raw.iterdir()}
    counted: Counter[str] = Counter()
    longest = 0
    for mutation in all_mutations(files, most=4):
        what, text = outcome(mutation, raw)
        counted[what] += 1
        longest = max(longest, len(text))
        if what not in ("located", "manifest"):
            print(f"{what:12} {mutation.name}: {text.splitlines()[1:2] or text[:200]}", flush=True)
    print(f"{counted.total()} mutations: "
          + ", ".join(f"{n} {what}" for what, n in counted.most_common())
          + f"; longest message {longest:,} characters")


if __name__ == "__main__":
    main()
