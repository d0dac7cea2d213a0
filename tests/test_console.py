"""A console that cannot show every character still gets the result."""

import os
import subprocess
import sys

from breachstudy.cli.console import PLAIN, steady_console

CODE = ("from breachstudy.cli.console import steady_console; steady_console(); "
        "print('CAR −1.2 % … ≥ 3 × 2 → p ± 日本'); print('the result')")


def run(encoding):
    return subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True,
                          env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
                          ).stdout.decode(encoding).split("\n")


def test_what_a_console_lacks_is_written_plainly():
    assert run("cp1252")[:2] == ["CAR -1.2 % … >= 3 × 2 -> p ± ??", "the result"]
    assert run("ascii")[0] == "CAR -1.2 % ... >= 3 x 2 -> p +/- ??"
    assert run("utf-8")[0] == "CAR −1.2 % … ≥ 3 × 2 → p ± 日本"


def test_plain_forms_are_plain():
    assert all(v.isascii() and v for v in PLAIN.values())


def test_a_stream_that_is_no_console_stays(monkeypatch):
    stream = object()
    monkeypatch.setattr(sys, "stdout", stream)
    steady_console()
    assert sys.stdout is stream
