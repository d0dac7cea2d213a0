"""The wheel: installed on its own, it holds the dataset and needs no checkout."""

import json
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from breachstudy import results
from breachstudy.dataset.load import RESULT_TABLES
from breachstudy.estimation.results import COLUMNS

ROOT = Path(__file__).parents[1]
LOOK = """
import json, pathlib, breachstudy
from breachstudy.dataset.load import RESULT_TABLES, build_record
print(json.dumps({
    "file": breachstudy.__file__, "version": breachstudy.__version__,
    "rows": {n: len(breachstudy.load(n)) for n in ("events", "notices", "milestones", "sources")},
    "counts": build_record()["counts"], "columns": len(breachstudy.codebook("events")),
    "results": {n: len(breachstudy.results(n)) for n in RESULT_TABLES},
    "types": dict(breachstudy.results().dtypes.astype(str)),
}))
"""


LARGEST = 8_000_000
"""Bytes of a wheel: the tables of dataset and results, no exhibits, no daily returns."""


def test_the_wheel_is_told_to_hold_every_table_of_results():
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"]["wheel"]["force-include"]
    assert {k: v for k, v in included.items() if k.startswith("reports/")} == {
        f"reports/{n}.parquet": f"breachstudy/_results/{n}.parquet" for n in RESULT_TABLES}
    assert all((ROOT / name).exists() for name in included)


@pytest.mark.slow
def test_an_installed_wheel_loads_the_dataset_without_a_checkout(tmp_path):
    pytest.importorskip("build")
    built = subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation",
                            "--outdir", str(tmp_path / "dist"), str(ROOT)],
                           capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    wheel = next((tmp_path / "dist").glob("*.whl"))
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
                    "--disable-pip-version-check", "--no-deps", "--no-index", str(wheel)],
                   check=True)
    # the libraries come from this environment; an editable install in it is not followed
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    found = subprocess.run([str(python), "-c", LOOK], cwd=tmp_path, env={"PATH": "/usr/bin"},
                           capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    said = json.loads(found.stdout)
    assert Path(said["file"]).is_relative_to(tmp_path / "env")
    assert all(said["rows"][n] == said["counts"][n] for n in said["rows"])
    assert said["columns"] > 100
    assert said["results"] == {n: len(results(n)) for n in RESULT_TABLES}
    assert said["types"] == COLUMNS
    assert wheel.stat().st_size < LARGEST
    shown = subprocess.run([str(tmp_path / "env" / "bin" / "breachstudy"), "show", "Reddit 2018"],
                           cwd=tmp_path, env={"PATH": "/usr/bin"}, capture_output=True, text=True,
                           check=False)
    assert shown.returncode == 0 and "2018-08-01" in shown.stdout, shown.stderr
