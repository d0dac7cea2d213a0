"""Figures drawn together: the same bytes in processes, and only where something has changed."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.estimation.parallel import Backend
from breachstudy.exhibits import render_all
from breachstudy.exhibits.registry import FIGURES, INPUTS, figure_entry
from breachstudy.exhibits.render_all import CODE, code_hash, drawing_backend, figure_files
from breachstudy.storage import read_folder
from breachstudy.study import Study
from breachstudy.workflow.drawing import input_hashes, stored_source

STUDY = Study(Path(__file__).parents[2])
PACKAGE = STUDY.root / "breachstudy"
CHOSEN = tuple(figure_entry(f) for f in ("fig11", "fig16", "fig18", "fig19"))
NAMES = [e.name for e in CHOSEN]


@pytest.fixture(scope="module")
def source():
    return stored_source(STUDY)


@pytest.fixture(scope="module")
def hashes():
    return input_hashes(STUDY, read_folder(STUDY.reports))


@pytest.fixture(scope="module")
def few():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render_all, "FIGURES", CHOSEN)
        yield


@pytest.fixture(scope="module")
def made(source, hashes, few):
    return figure_files(source, hashes, backend=Backend())


@pytest.fixture
def drawn(monkeypatch):
    """Names of the figures that are drawn, in order."""
    names = []

    def draw(name, source):
        names.append(name)
        return usual(name, source)

    usual = render_all.draw_figure
    monkeypatch.setattr(render_all, "draw_figure", draw)
    return names


def test_processes_give_the_same_bytes_in_the_same_order(source, hashes, made):
    again = figure_files(source, hashes, backend=Backend("loky", 2))
    assert list(again) == list(made) and again == made
    assert [n for n in made if n.endswith(".png")] == [f"figures/{n}.png" for n in NAMES]
    assert list(json.loads(made["figures/captions.json"])) == NAMES


def test_what_has_not_changed_is_taken_over(source, hashes, made, drawn):
    assert figure_files(source, hashes, made, backend=Backend()) == made
    assert drawn == []
    assert figure_files(source, hashes, made, every=True, backend=Backend()) == made
    assert drawn == NAMES


@pytest.mark.parametrize(("changed", "wanted"), [
    ("surfaces", ["fig11_sensitivity_lag"]), ("events", ["fig16_indices"]),
    ("bands", ["fig18_mean_car", "fig19_decay"]), ("balance", [])])
def test_a_changed_input_draws_the_figures_that_read_it(source, hashes, made, drawn, changed,
                                                        wanted):
    found = figure_files(source, {**hashes, changed: "other"}, made, backend=Backend())
    assert drawn == wanted
    assert json.loads(found["figures/inputs.json"])["inputs"][changed] == "other"


def test_other_levels_code_or_libraries_draw_all(source, hashes, made, drawn, monkeypatch):
    given = replace(source.given, levels=replace(source.given.levels, confidence=0.9))
    found = figure_files(replace(source, given=given), hashes, made, backend=Backend())
    assert drawn == NAMES
    assert "90% interval" in json.loads(found["figures/captions.json"])["fig19_decay"]["caption"]
    drawn.clear()
    monkeypatch.setattr(render_all, "code_hash", lambda: "other")
    figure_files(source, hashes, made, backend=Backend())
    assert drawn == NAMES
    monkeypatch.undo()
    record = json.loads(made["figures/inputs.json"])
    record["libraries"]["matplotlib"] = "0.1"
    stale = {**made, "figures/inputs.json": json.dumps(record).encode()}
    assert render_all._unchanged(CHOSEN[0], record["inputs"], json.loads(
        made["figures/inputs.json"])["libraries"], stale) is None


@pytest.mark.parametrize("name", ["figures/fig19_decay.png", "figures/fig19_decay.csv"])
def test_a_file_that_is_not_as_it_was_drawn_is_drawn_again(source, hashes, made, drawn, name):
    assert figure_files(source, hashes, {**made, name: b"edited"}, backend=Backend()) == made
    assert drawn == ["fig19_decay"]
    drawn.clear()
    without = {n: d for n, d in made.items() if n != name}
    assert figure_files(source, hashes, without, backend=Backend()) == made
    assert drawn == ["fig19_decay"]


@pytest.mark.parametrize("name", ["figures/inputs.json", "figures/captions.json"])
@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"fig19_decay": 1}'])
def test_a_broken_record_draws_all(source, hashes, made, drawn, name, data):
    assert figure_files(source, hashes, {**made, name: data}, backend=Backend()) == made
    assert drawn == NAMES


def test_an_error_names_its_figure_also_from_a_process(source, hashes, few):
    broken = source.given.with_frame("surfaces", pd.DataFrame({"spec": []}))
    for backend in (Backend(), Backend("loky", 2)):
        with pytest.raises(KeyError) as told:
            figure_files(replace(source, given=broken), hashes, backend=backend)
        assert "while drawing fig11_sensitivity_lag" in told.value.__notes__[0]


def test_a_figure_sees_what_it_reads_and_nothing_else(source):
    for entry in FIGURES:
        assert set(entry.reads) <= set(INPUTS), entry.name
        seen = source.only(entry.reads)
        assert set(seen.given.stored) | set(seen.given.frames) == set(entry.reads) - {
            "attrition", "published_findings", "lag_plan"}, entry.name
    blind = replace(figure_entry("fig18"), reads=("results",))
    with pytest.raises(KeyError, match="'bands' is not among the inputs of this exhibit"):
        blind.make(source)


def test_every_input_has_a_hash(hashes):
    assert set(hashes) == set(INPUTS)
    assert all(len(h) == 64 for h in hashes.values())


def test_all_code_that_draws_is_hashed():
    """Modules that exhibits import, other than those that only run or store."""
    covered = {p.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
               for pattern in CODE for p in PACKAGE.glob(pattern)}
    runs = {"estimation.parallel"}
    for path in sorted((PACKAGE / "exhibits").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("breachstudy."):
                module = node.module.removeprefix("breachstudy.")
                names = ([f"{module}.{a.name}" for a in node.names] if (PACKAGE / module).is_dir()
                         else [module])
                assert set(names) <= covered | runs, (path.name, names)


def test_the_hash_of_the_code_knows_no_place_and_no_line_ends(tmp_path):
    hashes = []
    for name, end in (("a", b"\n"), ("b", b"\r\n")):
        for part in ("exhibits/x.py", "schema/book.toml"):
            path = tmp_path / name / part
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"one" + end + b"two" + end)
        hashes.append(code_hash(tmp_path / name))
    assert hashes[0] == hashes[1]
    (tmp_path / "b" / "exhibits" / "y.py").write_bytes(b"")
    code_hash.cache_clear()
    assert code_hash(tmp_path / "b") != hashes[0]


@pytest.mark.parametrize(("n", "environment", "wanted"), [
    (22, {}, Backend("loky", -1)), (2, {}, Backend()), (22, {"BREACHSTUDY_JOBS": "1"}, Backend()),
    (22, {"BREACHSTUDY_JOBS": "4"}, Backend("loky", 4)),
    (22, {"BREACHSTUDY_BACKEND": "threading", "BREACHSTUDY_JOBS": "2"}, Backend("loky", 2)),
    (22, {"BREACHSTUDY_BACKEND": "sequential"}, Backend())])
def test_where_figures_are_drawn(n, environment, wanted):
    assert drawing_backend(n, environment) == wanted


def test_the_stored_record_is_that_of_the_stored_figures(source, hashes):
    """What stands in reports/ would be taken over whole."""
    stored = read_folder(STUDY.reports)
    record = json.loads(stored["figures/inputs.json"])
    assert record["inputs"] == {"code": code_hash(), "levels": render_all._levels(source),
                                **hashes}, "run 'breachstudy analyze'"
    assert list(record["outputs"]) == list(json.loads(stored["figures/captions.json"]))
