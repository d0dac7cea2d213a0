"""Do the public files give the committed tables, byte for byte? Run by hand.

    PYTHONPATH=. python benchmarks/compare_sources.py FOLDER

FOLDER holds the files as published, in folders ``notices`` and ``firms`` (docs/sources.md says
where each comes from). Notices, reports, members of events and the wording of letters are compiled
into a temporary copy; a line a table says whether it is as committed. Exit status 1 if one is not.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from breachstudy.compile import commands
from breachstudy.compile.letters import LETTERS_FILE, compile_letters, read_letters, read_register
from breachstudy.facts.write import csv_bytes
from breachstudy.schema.codebook import table
from breachstudy.study import Study

RAW = Path(__file__).parents[1] / "data" / "raw"


def compiled(sources: Path) -> dict[str, bytes]:
    """The tables that the sources give, by name."""
    with tempfile.TemporaryDirectory() as folder:
        study = Study(Path(folder))
        shutil.copytree(RAW, study.raw)
        commands.notices(sources, study)
        commands.registers(sources, study)
        made = {n: (study.raw / f"{n}.csv").read_bytes()
                for n in ("notices", "register_reports", "event_members")}
    notices = sources / "notices"
    letters = compile_letters(read_letters((notices / LETTERS_FILE).read_text("utf-8")),
                              read_register(notices)).letters
    made["letter_wording"] = csv_bytes(letters[table("raw", "letter_wording").names])
    return made


def main() -> int:
    differ = 0
    for name, data in compiled(Path(sys.argv[1])).items():
        same = data == (RAW / f"{name}.csv").read_bytes()
        differ += not same
        print(f"{name}.csv: {'as committed' if same else 'differs'}")
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())
