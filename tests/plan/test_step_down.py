"""Romano–Wolf p-values of a plan, beside the same bootstraps put together by hand."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.multiplicity import romano_wolf
from breachstudy.estimation.results import results_frame
from breachstudy.plan.context import Context
from breachstudy.plan.faults import known_tables
from breachstudy.plan.step_down import step_down

from .builder import plan
from .conftest import make_events, make_frames

N = 60


@pytest.fixture(scope="module")
def events():
    made = make_events(n=N, seed=4)
    made["candour"] = made["candour"].where(np.arange(N) % 10 != 0)        # h2 misses six rows
    made["log_affected"] = made["log_affected"].where(np.arange(N) % 9 != 1)  # h1 misses seven
    return made


def written(draws=99, seed=11, **more):
    test = {"status": "confirmatory", "question": "q", "outcome": "car_m1_p1",
            "covariance": "HC3"}

    def one(name, column, sample="all"):
        return {"name": name, "hypothesis": "H", **test, "sample": sample, "focus": column,
                "terms": [{"column": column}]}
    return plan({
        "primary_inference": "model", "min_n": 10, "bootstrap_draws": draws, "draws": 2,
        "seed": seed, "sesoi": {"car": 0.005},
        "sample": [{"name": s, "table": "events", "title": s, "where": [
            {"column": "car_m1_p1", "op": "present"}]} for s in ("all", "again")],
        "hypothesis": [{"id": "H", "claim": "c", "seed_sign": "+", "family": "primary",
                        "tests": ["h1", "h2", "h3", "alone"]}],
        "linear": [one("h1", "log_affected"), one("h2", "candour"), one("h3", "e7_burying"),
                   one("alone", "candour", "again")], **more})


def results(*names, **given):
    return results_frame([
        {"spec": n, "kind": "focus", "status": "confirmatory", "p_bootstrap": 0.5, **given}
        for n in names] + [{"spec": n, "kind": "coefficient", "status": "confirmatory"}
                           for n in names])


def context(events, **options):
    return Context(written(**options), known_tables(make_frames(events)))


def by_hand(events, columns, draws=99, seed=11, exact=False):
    rows = events.dropna(subset=columns)
    boots = [wild_cluster_bootstrap(
        rows["car_m1_p1"].astype(float),
        pd.DataFrame({"const": 1.0, c: rows[c].astype(float)}), c, rows["firm_id"],
        draws=draws, seed=seed, confidence=None) for c in columns]
    assert boots[0].is_enumerated == exact
    return romano_wolf([b.statistic for b in boots],
                       np.column_stack([b.t_draws for b in boots]), is_exact=exact)


def test_tests_of_one_sample_are_refitted_on_the_rows_they_share(events):
    given = results("h1", "h2", "alone")
    before = given.copy()
    found = step_down(given, context(events))
    pd.testing.assert_frame_equal(given, before)
    own = found[found["kind"] == "focus"].set_index("spec")["p_step_down"]
    np.testing.assert_allclose(own[["h1", "h2"]].astype(float),
                               by_hand(events, ["log_affected", "candour"]), rtol=1e-12)
    assert pd.isna(own["alone"])  # nothing shares its sample
    assert found.loc[found["kind"] != "focus", "p_step_down"].isna().all()


def test_draws_and_seed_are_those_of_the_plan(events):
    found = step_down(results("h1", "h2"), context(events, draws=199, seed=5))
    np.testing.assert_allclose(found["p_step_down"].dropna().astype(float), by_hand(
        events, ["log_affected", "candour"], draws=199, seed=5), rtol=1e-12)


def test_all_sign_vectors_count_as_they_are(events):
    few = events.assign(firm_id=[f"f{i % 8}" for i in range(N)])
    found = step_down(results("h1", "h2"), context(few, draws=999))
    np.testing.assert_allclose(found["p_step_down"].dropna().astype(float), by_hand(
        few, ["log_affected", "candour"], draws=999, exact=True), rtol=1e-12)


@pytest.mark.parametrize("given", [
    {"status": "exploratory"}, {"p_bootstrap": None}, {"kind": "coefficient"}])
def test_only_confirmatory_tests_with_a_bootstrap_step_down(events, given):
    found = step_down(results("h1", "h2", **given), context(events))
    assert found["p_step_down"].isna().all()


def test_a_sample_whose_shared_rows_are_too_few_stays_empty_and_the_next_is_done(events):
    # The first forty events are of four firms, too few for sign vectors; the rest make up for it.
    firms = [f"f{i % 4}" if i < 40 else f"g{i}" for i in range(N)]
    present = {"column": "car_m1_p1", "op": "present"}
    data = written(linear=two_samples(), sample=[
        {"name": "all", "table": "events", "title": "Few firms", "where": [
            present, {"column": "event_id", "op": "<", "value": "e0040"}]},
        {"name": "again", "table": "events", "title": "All", "where": [present]}])
    found = step_down(results("h1", "h2", "alone", "alone_too"), Context(
        data, known_tables(make_frames(events.assign(firm_id=firms)))))
    own = found[found["kind"] == "focus"].set_index("spec")["p_step_down"]
    assert own[["h1", "h2"]].isna().all() and own[["alone", "alone_too"]].notna().all()


def two_samples():
    test = {"hypothesis": "H", "status": "confirmatory", "question": "q", "covariance": "HC3",
            "outcome": "car_m1_p1"}
    return [{"name": n, **test, "sample": s, "focus": c, "terms": [{"column": c}]}
            for n, s, c in (("h1", "all", "log_affected"), ("h2", "all", "candour"),
                            ("alone", "again", "candour"), ("alone_too", "again", "log_affected"),
                            ("h3", "all", "candour"))]
