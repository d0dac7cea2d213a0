"""Comparing what is committed with what the code makes: tampering is found and located."""

import pandas as pd
import pytest

from breachstudy.workflow.reproduce import compare_files, compare_folders


def png(path, shade):
    import matplotlib.image
    import numpy as np

    matplotlib.image.imsave(path, np.full((20, 20, 3), shade), format="png")


@pytest.fixture
def two(tmp_path):
    for side in ("committed", "made"):
        (tmp_path / side).mkdir()
    return tmp_path / "committed", tmp_path / "made"


FRAME = pd.DataFrame({"spec": ["h1", "h2"], "estimate": [0.01, -0.02], "n": [10, 20]})


def write(folder, name, frame):
    if name.endswith("csv"):
        frame.to_csv(folder / name, index=False)
    else:
        frame.to_parquet(folder / name)


@pytest.mark.parametrize("name", ["results.csv", "results.parquet"])
def test_a_changed_number_is_named(two, name):
    write(two[0], name, FRAME)
    write(two[1], name, FRAME)
    assert compare_files(two[0] / name, two[1] / name, name).verdict == "identical"
    write(two[1], name, FRAME.assign(estimate=[0.01, -0.021]))
    found = compare_files(two[0] / name, two[1] / name, name)
    assert found.verdict == "differs" and not found.ok
    assert "row 1, column estimate: -0.02 committed, -0.021 made" in found.detail
    write(two[1], name, FRAME.assign(estimate=[0.01, -0.02 * (1 + 1e-12)]))
    assert compare_files(two[0] / name, two[1] / name, name).ok
    write(two[1], name, FRAME.assign(spec=["h1", "h3"]))
    assert "'h2' committed, 'h3' made" in compare_files(two[0] / name, two[1] / name, name).detail
    write(two[1], name, FRAME.head(1))
    assert "2 rows" in compare_files(two[0] / name, two[1] / name, name).detail


def test_an_emptied_cell_is_no_small_difference(two):
    write(two[0], "a.csv", FRAME)
    write(two[1], "a.csv", FRAME.assign(estimate=[0.01, None]))
    assert "other cells are empty" in compare_files(two[0] / "a.csv", two[1] / "a.csv",
                                                    "a.csv").detail


def test_images_compare_within_a_tolerance(two):
    png(two[0] / "f.png", 0.5)
    png(two[1] / "f.png", 0.504)
    assert compare_files(two[0] / "f.png", two[1] / "f.png", "f.png").verdict == "within tolerance"
    png(two[1] / "f.png", 0.7)
    found = compare_files(two[0] / "f.png", two[1] / "f.png", "f.png")
    assert found.verdict == "differs" and "pixels" in found.detail


def test_missing_and_extra_files_are_told(two):
    (two[0] / "old.md").write_text("x")
    (two[1] / "new.md").write_text("x")
    found = {c.name: c.verdict for c in compare_folders(*two, "reports")}
    assert found == {"reports/old.md": "missing", "reports/new.md": "extra"}


def test_a_changed_text_and_record_differ(two):
    for folder, value in zip(two, (1, 2), strict=True):
        (folder / "t.md").write_text(str(value))
        (folder / "r.json").write_text(f'{{"n": {value}, "m": 0}}')
    assert compare_files(two[0] / "t.md", two[1] / "t.md", "t.md").verdict == "differs"
    assert compare_files(two[0] / "r.json", two[1] / "r.json", "r.json").detail == "under n"
