"""Families, adjusted p-values and what each test means, on results written by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breachstudy.estimation.multiplicity import benjamini_hochberg, holm
from breachstudy.estimation.results import results_frame
from breachstudy.plan.context import NOT_RUN
from breachstudy.plan.verdicts import INCONCLUSIVE, NOT_TESTABLE, adjust_families, hypothesis_table

from .builder import plan, whole

PLAN = plan(whole())  # alpha 0.1, smallest effect of a return 0.005


def row(spec, status="confirmatory", **given):
    """A focus row that differs clearly from zero; the p of the model does not decide."""
    return {"spec": spec, "kind": "focus", "status": status, "hypothesis": "H1", "sign": "+",
            "estimate": 0.02, "std_error": 0.004, "df": 200.0, "smallest_effect": 0.005,
            "p_value": 0.9, "p_bootstrap": 0.01, "p_permutation": 0.8, "p_equivalence": 0.9,
            "decided_by": "wild_bootstrap", **given}


def adjusted(*rows, among=PLAN):
    return adjust_families(results_frame(list(rows)), among).set_index("spec")


def test_confirmatory_tests_go_by_holm_and_exploratory_ones_by_benjamini_and_hochberg():
    p = [0.01, 0.04, 0.03]
    found = adjusted(*[row(f"c{i}", p_bootstrap=v) for i, v in enumerate(p)],
                     *[row(f"e{i}", "exploratory", p_bootstrap=v) for i, v in enumerate(p)],
                     row("d", "descriptive"), row("free", hypothesis=None),
                     row("part", kind="coefficient"))
    np.testing.assert_allclose(found["p_adjusted"].to_numpy(float, na_value=np.nan),
                               [*holm(p), *benjamini_hochberg(p), *[np.nan] * 3])
    assert found.loc[["d", "free", "part"], "verdict"].isna().all()
    assert found.loc[["c0", "e0"], "verdict"].tolist() == ["supported"] * 2


@pytest.mark.parametrize(("inference", "column"), [
    ("wild_bootstrap", "p_bootstrap"), ("permutation", "p_permutation"), ("model", "p_value")])
def test_the_p_that_decides_is_the_one_named_on_the_row(inference, column):
    found = adjusted(row("a", decided_by=inference, **{"p_bootstrap": 0.5, "p_permutation": 0.5,
                                                       "p_value": 0.5} | {column: 0.03}))
    assert found.loc["a", "p_adjusted"] == pytest.approx(0.03)
    assert found.loc["a", "verdict"] == "supported"


def test_a_test_that_was_not_run_or_lacks_its_p_counts_as_one():
    found = adjusted(row("run"), row("not", verdict=NOT_RUN, estimate=None, std_error=None,
                                     decided_by=None, p_bootstrap=0.001),
                     row("lost", p_bootstrap=None))
    assert found["p_adjusted"].tolist() == [pytest.approx(0.03), 1.0, 1.0]
    assert found["verdict"].tolist() == ["supported", NOT_RUN, "inconclusive"]


def test_a_row_that_nothing_decides_is_in_no_family():
    found = adjusted(row("a"), row("b", decided_by=None, std_error=None))
    assert found.loc["a", "p_adjusted"] == pytest.approx(0.01)
    assert pd.isna(found.loc["b", "p_adjusted"]) and pd.isna(found.loc["b", "verdict"])


def test_a_row_without_an_error_has_no_verdict():
    found = adjusted(row("a", std_error=None), row("b"))
    assert found.loc["a", "p_adjusted"] == pytest.approx(0.02)
    assert pd.isna(found.loc["a", "verdict"]) and found.loc["b", "verdict"] == "supported"


@pytest.mark.parametrize(("given_", "verdict"), [
    ({}, "supported"),
    ({"sign": "-"}, "contrary"),
    ({"sign": None}, "supported"),
    ({"estimate": -0.02, "sign": "-"}, "supported"),
    ({"p_bootstrap": 0.2}, "inconclusive"),
    ({"p_bootstrap": 0.08}, "supported"),  # alpha of the plan is 0.1
    ({"p_equivalence": 0.08}, "too_small_to_matter"),
    ({"p_equivalence": None}, "supported"),  # never shown to be small
    ({"estimate": 0.0, "p_equivalence": None, "p_bootstrap": 0.5}, "inconclusive"),
    ({"smallest_effect": None, "p_equivalence": None}, "supported"),
    ({"smallest_effect": None, "p_equivalence": None, "p_bootstrap": 0.4}, "inconclusive"),
])
def test_what_a_test_means(given_, verdict):
    assert adjusted(row("a", **given_)).loc["a", "verdict"] == verdict


def test_the_results_given_are_not_changed():
    given_ = results_frame([row("a")])
    before = given_.copy()
    adjust_families(given_, PLAN)
    pd.testing.assert_frame_equal(given_, before)


def test_without_tests_nothing_is_adjusted():
    empty = results_frame([row("a", "descriptive", hypothesis=None)])
    pd.testing.assert_frame_equal(adjust_families(empty, PLAN), empty)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6),
       st.lists(st.floats(0, 1), max_size=4))
def test_one_family_does_not_feel_the_other(own, others):
    rows = [row(f"c{i}", p_bootstrap=p) for i, p in enumerate(own)]
    more = [row(f"e{i}", "exploratory", p_bootstrap=p) for i, p in enumerate(others)]
    alone, both = adjusted(*rows), adjusted(*rows, *more)
    for name in ("p_adjusted", "verdict"):
        assert alone[name].tolist() == both.loc[alone.index, name].tolist()
    raw = np.array(own)
    assert (alone["p_adjusted"].to_numpy(float) >= raw - 1e-15).all()
    supported = alone["verdict"].eq("supported").to_numpy()
    assert (supported == (alone["p_adjusted"].to_numpy(float) <= PLAN.alpha)).all()


def table(*rows, asked=None):
    return hypothesis_table(adjust_families(results_frame(list(rows)), PLAN), PLAN, asked)


def test_the_table_has_a_row_a_test_and_a_row_for_what_cannot_be_tested():
    found = table(row("h1", n=50), row("h0", "exploratory", hypothesis="H0"),
                  row("h1", kind="coefficient", estimate=9.0))
    assert found["hypothesis"].tolist() == ["H1", "H0", "HX"]
    assert found["test"].fillna("none").tolist() == ["h1", "h0", "none"]
    first = found.iloc[0]
    assert (first["estimate"], first["n"], first["verdict"]) == (0.02, 50, "supported")
    assert (first["claim"], first["seed_sign"], first["family"]) == (
        "Candour protects", "+", "primary")
    last = found.iloc[-1]
    assert (last["verdict"], last["detail"]) == (NOT_TESTABLE, "Needs data.")
    assert pd.isna(last["estimate"]) and pd.isna(last["n"])
    assert str(found["n"].dtype) == "Int64" and str(found["estimate"].dtype) == "Float64"


def test_the_table_holds_those_asked_for_alone():
    rows = [row("h1"), row("h0", "exploratory", hypothesis="H0")]
    assert table(*rows, asked=["H0"])["hypothesis"].tolist() == ["H0"]
    assert table(*rows, asked=["HX"])["verdict"].tolist() == [NOT_TESTABLE]
    assert table(*rows, asked=[]).empty


def test_every_column_of_the_table_is_that_of_the_results():
    numbers = {name: 0.1 + i / 100 for i, name in enumerate((
        "estimate", "std_error", "ci_lo", "ci_hi", "p_value", "p_bootstrap", "p_permutation",
        "p_step_down", "p_equivalence", "smallest_effect", "mde"))}
    words = {name: name for name in ("question", "sample", "outcome", "outcome_label", "term",
                                     "label", "per", "unit", "detail")}
    found = table(row("h1", **numbers, **words, n=7, n_clusters=5)).iloc[0]
    for name, value in {**numbers, **words, "n": 7, "n_clusters": 5, "status": "confirmatory",
                        "sign": "+", "decided_by": "wild_bootstrap",
                        "p_adjusted": numbers["p_bootstrap"]}.items():
        assert found[name] == value, name
    assert {"test", "verdict"} <= set(found.index)


def test_the_words_of_verdicts_are_those_that_pages_look_for():
    assert (INCONCLUSIVE, NOT_TESTABLE) == ("inconclusive", "not testable")
    strict = plan({**whole(), "alpha": 0.001})
    assert adjusted(row("a"), among=strict).loc["a", "verdict"] == INCONCLUSIVE
