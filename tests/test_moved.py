"""Scripts that import from old names of modules go on working; the codebook stays callable."""

import subprocess
import sys

CODE = """
import sys
from breachstudy.codebook import tables
from breachstudy.eventstudy_files import own_tables
from breachstudy.build import build
from breachstudy.facts.problems import FactError
import breachstudy
from breachstudy.schema.codebook import tables as present
assert tables is present
assert len(breachstudy.codebook("events")) == len(tables("processed")["events"].columns)
try:
    from breachstudy.codebook import nonsense
except ImportError:
    print("refused")
"""


def test_old_names_hand_on_what_the_present_modules_hold():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "refused\n"


def test_old_names_cost_no_import():
    code = ("import breachstudy, sys; "
            "print(sorted(m for m in sys.modules if m in ('pandas', 'numpy', 'pydantic')))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
