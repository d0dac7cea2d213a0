"""Comparing what is committed with what the code makes: what matters is found and located."""

import io
import json
import zlib

import numpy as np
import pandas as pd
import pytest

from breachstudy.workflow.compare import (
    DIFFERENT,
    IDENTICAL,
    WITHIN,
    compare_bytes,
    compare_folders,
    summary,
)

FRAME = pd.DataFrame({"spec": ["h1", "h2"], "estimate": [0.01, -0.02], "std_error": [0.005, 0.5],
                      "n": [10, 20]})


def written(frame, kind):
    if kind == "csv":
        return frame.to_csv(index=False).encode()
    sink = io.BytesIO()
    frame.to_parquet(sink)
    return sink.getvalue()


def compared(old, new, kind):
    return compare_bytes(f"a.{kind}", written(old, kind), written(new, kind))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_changed_number_is_named(kind):
    assert compared(FRAME, FRAME, kind).verdict == IDENTICAL
    found = compared(FRAME, FRAME.assign(estimate=[0.01, -0.02001]), kind)
    assert found.verdict == DIFFERENT and not found.ok
    found = compared(FRAME, FRAME.assign(estimate=[0.0101, -0.02]), kind)
    assert "column estimate, row 0: 0.01 committed, 0.0101 made" in found.detail
    assert "'h3'" in compared(FRAME, FRAME.assign(spec=["h1", "'h3'"]), kind).detail
    assert compared(FRAME, FRAME.assign(n=[10, 21]), kind).verdict == DIFFERENT
    assert "2 rows" in compared(FRAME, FRAME.head(1), kind).detail
    assert compared(FRAME, FRAME.assign(estimate=[0.01, None]), kind).verdict == DIFFERENT


def test_one_unit_in_the_last_stored_digit_is_within_tolerance_and_two_are_not():
    base = pd.DataFrame({"car": [0.01234567, 5.0]})
    one = base.assign(car=[0.01234568, 5.0])
    assert compared(base, one, "parquet").verdict == WITHIN
    assert "car (1 cells)" in compared(base, one, "parquet").detail
    assert compared(base, base.assign(car=[0.01234570, 5.0]), "parquet").verdict == DIFFERENT


def test_an_end_near_zero_is_judged_at_the_scale_of_its_error_and_a_tail_at_its_own():
    base = pd.DataFrame({"ci_lo": [1e-9], "std_error": [0.005], "p_value": [1e-12]})
    assert compared(base, base.assign(ci_lo=[2e-9]), "parquet").verdict == WITHIN
    assert compared(base, base.assign(ci_lo=[4e-9]), "parquet").verdict == DIFFERENT
    assert compared(base, base.assign(p_value=[1.1e-12]), "parquet").verdict == DIFFERENT


@pytest.mark.parametrize("kind", ["md", "svg", "html", "tex"])
def test_a_document_may_move_one_printed_unit_but_no_word_and_no_count(kind):
    old = b"<p>H1: n = 132, effect 0.32 [0.11, 0.70]</p>"
    assert compare_bytes(f"a.{kind}", old, old.replace(b"0.32", b"0.33")).verdict == WITHIN
    assert compare_bytes(f"a.{kind}", old, old.replace(b" 0.32", b"  0.32")).verdict == WITHIN
    for other in (b"0.34", b"0.31x"):
        assert compare_bytes(f"a.{kind}", old, old.replace(b"0.32", other)).verdict == DIFFERENT
    found = compare_bytes(f"a.{kind}", old, old.replace(b"132", b"133"))
    assert found.verdict == DIFFERENT and "132 committed, 133 made" in found.detail


def pdf(drawing):
    packed = zlib.compress(drawing)
    return (b"%PDF-1.4\n1 0 obj\n<< /Length 2 0 R >>\nstream\n" + packed + b"\nendstream\nendobj\n"
            b"2 0 obj\n" + str(len(packed)).encode() + b"\nendobj\nxref\n")


def test_a_pdf_is_compared_by_its_drawing():
    old = pdf(b"10.1234 20 m 30.5 40 l S " * 20)
    assert compare_bytes("a.pdf", old, pdf(b"10.1235 20 m 30.5 40 l S " * 20)).verdict == WITHIN
    assert compare_bytes("a.pdf", old, pdf(b"10.9234 20 m 30.5 40 l S " * 20)).verdict == DIFFERENT
    assert compare_bytes("a.pdf", old, pdf(b"10.1234 20 m 30.5 40 l f " * 20)).verdict == DIFFERENT


def png(shade):
    import matplotlib.image

    sink = io.BytesIO()
    matplotlib.image.imsave(sink, np.full((20, 20, 3), shade), format="png")
    return sink.getvalue()


def test_images_compare_within_a_tolerance_of_pixels():
    assert compare_bytes("f.png", png(0.5), png(0.504)).verdict == WITHIN
    found = compare_bytes("f.png", png(0.5), png(0.7))
    assert found.verdict == DIFFERENT and "pixels" in found.detail


def test_a_figure_inside_a_page_is_compared_as_a_figure():
    import base64

    def page(svg):
        return b'<img src="data:image/svg+xml;base64,' + base64.b64encode(svg) + b'">'
    old = page(b"<svg><path d='M 1.25 2'/></svg>")
    assert compare_bytes("r.html", old, page(b"<svg><path d='M 1.26 2'/></svg>")).verdict == WITHIN
    found = compare_bytes("r.html", old, page(b"<svg><path d='M 9.25 2'/></svg>"))
    assert found.verdict == DIFFERENT and found.detail.startswith("figure 1")


def test_a_build_record_may_name_other_versions_but_no_other_counts():
    old = {"counts": {"events": 3}, "libraries": {"numpy": "1"}, "outputs": {"a": "x"}}
    new = old | {"libraries": {"numpy": "2"}}
    data = json.dumps(old).encode()
    assert compare_bytes("build.json", data, json.dumps(new).encode()).verdict == WITHIN
    new = old | {"counts": {"events": 4}}
    assert compare_bytes("build.json", data, json.dumps(new).encode()).verdict == DIFFERENT


def test_missing_and_extra_files_are_different_and_the_last_line_counts(tmp_path):
    for side, name in (("committed", "old.md"), ("made", "new.md")):
        (tmp_path / side).mkdir()
        (tmp_path / side / name).write_text("x")
        (tmp_path / side / "same.md").write_text("x")
    found = compare_folders(tmp_path / "committed", tmp_path / "made", "reports")
    assert {c.name: c.verdict for c in found} == {
        "reports/old.md": DIFFERENT, "reports/new.md": DIFFERENT, "reports/same.md": IDENTICAL}
    assert summary(found) == "3 outputs: 1 identical, 0 within tolerance, 2 different"


def test_a_file_of_an_unknown_kind_is_compared_by_bytes():
    assert compare_bytes("a.bin", b"1", b"2").verdict == DIFFERENT


def test_the_place_where_a_text_differs_is_shown():
    found = compare_bytes("a.md", b"1 the same words and then one thing 2", b"1 the same words and "
                          b"then another thing 2")
    assert "then one thing" in found.detail and "then another thing" in found.detail
