"""Every exhibit: made from stored results, described, the same bytes twice, in four forms."""

import json
import re
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from breachstudy.exhibits.registry import FIGURES, TABLES, figure_entry, listed
from breachstudy.exhibits.style import PLACES, render, style
from breachstudy.exhibits.tables import FORMS, Exhibit
from breachstudy.schema.canonical import canonical
from breachstudy.study import Study
from breachstudy.workflow.drawing import draw_one, print_one, stored_source

STUDY = Study(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def source():
    return stored_source(STUDY)


@pytest.fixture(scope="module")
def made(source):
    with style():
        return {e.name: e.make(source) for e in FIGURES if e.wanted(source)}


def test_ids_are_unique_and_in_order():
    for entries, stem in ((FIGURES, "fig"), (TABLES, "tab")):
        assert [e.id for e in entries] == [f"{stem}{k}" for k in range(1, len(entries) + 1)]


def test_every_figure_is_described_and_draws_data(made):
    for name, figure in made.items():
        assert len(figure.caption) > 40 and len(figure.alt) > 20, name
        assert " Sources: " in figure.caption and figure.caption.endswith("."), name
        assert len(figure.data) > 0, name
        assert "nan" not in figure.caption and "nan" not in figure.alt, name
        axes = [a for a in figure.figure.axes if a.get_visible() and a.axison]
        assert any(a.get_xlabel() or a.get_ylabel() for a in axes), f"{name}: no axis has a name"


def test_the_data_beside_a_figure_are_what_it_draws(made):
    for name, figure in made.items():
        stored = pd.read_csv(STUDY.reports / "figures" / f"{name}.csv")
        assert len(stored) == len(figure.data), name
        kept = canonical(figure.data)
        for column in kept.select_dtypes("number"):
            drawn = kept[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            assert np.allclose(stored[column].to_numpy(dtype=float), drawn, rtol=1e-8,
                               equal_nan=True), (name, column)


def test_drawings_carry_no_digit_that_a_processor_could_change(made):
    """Ids are numbered, not hashes of coordinates; no coordinate has more than PLACES decimals."""
    figure = made["fig9_power"].figure
    with style():
        svg, pdf = render(figure, "svg").decode(), render(figure, "pdf")
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert ids == [f"e{i}" for i in range(1, len(ids) + 1)]
    referred = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert referred and referred <= set(ids)
    tags = re.findall(r"<[^>?!][^>]*>", svg)
    assert not [t for t in tags if re.search(rf"\d\.\d{{{PLACES + 1},}}", t)]
    drawings = [zlib.decompress(s) for s in
                re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)]
    page = next(d for d in drawings if b" Tf" in d)
    placed = re.findall(rb"(\S+) (\S+) Td|(\S+) (\S+) Tm", page)
    assert placed
    assert not [n for pair in placed for n in pair if len(n.partition(b".")[2]) > PLACES]


def test_labels_of_rows_do_not_overlap(made):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for name, figure in made.items():
        canvas = FigureCanvasAgg(figure.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        for axis in figure.figure.axes:
            boxes = [t.get_window_extent(renderer) for t in axis.get_xticklabels()
                     if t.get_text() and t.get_visible() and t.get_rotation() == 0]
            for a, b in pairwise(boxes):
                assert not a.overlaps(b) or a == b, f"{name}: tick labels overlap"


def test_a_figure_gives_the_same_bytes_twice(source):
    entry = figure_entry("fig4")
    with style():
        first, again = (render(entry.make(source).figure, "png") for _ in range(2))
    assert first == again == (STUDY.reports / "figures" / f"{entry.name}.png").read_bytes()


def test_one_exhibit_alone_is_the_stored_one():
    assert draw_one(STUDY, "fig4", "png") == (
        STUDY.reports / "figures" / "fig4_deadlines.png").read_bytes()
    for form in FORMS:
        stored = (STUDY.reports / "tables" / f"tab8_verdicts.{form}").read_text("utf-8")
        assert print_one(STUDY, "tab8", form) == stored


def test_unknown_exhibits_and_forms_are_named():
    with pytest.raises(KeyError, match="no exhibit 'fig99'; known: fig1"):
        draw_one(STUDY, "fig99", "png")
    with pytest.raises(ValueError, match="cannot write 'gif'"):
        draw_one(STUDY, "fig4", "gif")
    with pytest.raises(ValueError, match="cannot print 'doc'"):
        print_one(STUDY, "tab8", "doc")


def test_captions_are_stored_for_what_was_drawn(made):
    stored = json.loads((STUDY.reports / "figures" / "captions.json").read_text("utf-8"))
    assert list(stored) == list(made)
    assert {p.split("/")[1].split(".")[0] for _, _, p in listed(STUDY.reports)
            if p.startswith("figures")} == set(stored)


def test_the_verdict_table_holds_every_test_of_the_plan(source):
    from breachstudy.plan.read import read_plan

    plan = read_plan((STUDY.analysis / "study.toml").read_text("utf-8"))
    body = next(e for e in TABLES if e.id == "tab8").make(source).body
    assert len(body) == sum(max(len(h.tests), 1) for h in plan.hypotheses.values())
    assert set(body[""]) == {h.id for h in plan.hypotheses.values()}


def test_a_table_is_one_object_in_four_forms():
    body = pd.DataFrame({"Term": ["a|b & <c>", "50%_x"], "n": ["1", "−2"]})
    made = Exhibit("tab", "Title & more", body, "Notes 5%", ("Term",))
    assert "a\\|b & &lt;c&gt;" in made.markdown()
    assert made.align == "lr" and "\n|---|---:|\n" in made.markdown()
    assert '<th scope="col" class="words">Term</th><th scope="col">n</th>' in made.html()
    assert r"\begin{tabular}{lr}" in made.latex()
    with pytest.raises(ValueError, match="tab: no column 'Trem'; there are: Term, n"):
        Exhibit("tab", "Title", body, "Notes.", ("Trem",))
    assert "a&lt;" not in made.html() and "a|b &amp; &lt;c&gt;" in made.html()
    assert r"50\%\_x" in made.latex() and r"\toprule" in made.latex() and "$-$2" in made.latex()
    assert made.csv().splitlines()[2] == "50%_x,−2"


def test_no_cell_says_nan(source):
    for entry in TABLES:
        if entry.needs(source.given):
            made = entry.make(source)
            cells = made.body.astype(str).to_numpy().ravel().tolist()
            assert not {"nan", "None", "<NA>", "NaT"} & set(cells), entry.name
            assert made.name == entry.name and made.notes.endswith("."), entry.name
