"""The tutorial runs from top to bottom and shows what it says."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_tutorial_runs():
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    book = nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)
    assert all(not c.get("outputs") for c in book.cells if c.cell_type == "code"), \
        "outputs are not committed: they would age"
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3",
                            resources={"metadata": {"path": str(ROOT)}}).execute()
    code = [c for c in book.cells if c.cell_type == "code"]
    assert all(c.outputs for c in code)
    shown = [c.outputs[-1]["data"]["text/plain"] for c in code]
    assert "lag_analysis_days" in shown[1] and "equifax" not in shown[0]
    assert "log_lag" in shown[5] and "Verdict(" in shown[7] and "m1_p1" in shown[8]
