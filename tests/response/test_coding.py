"""From the coders' codes to final codes, indices and the decision which items enter them."""

import numpy as np
import pandas as pd
import pytest

from breachstudy.response.coding import coverage_columns, final_codes, numeric
from breachstudy.response.columns import build_response
from breachstudy.response.indices import coded_index, first_component, index_versions
from breachstudy.response.irt import fit_graded_response
from breachstudy.response.reliability import mean_shift
from breachstudy.schema.coding_book import book

BOOK = book()
ITEMS = [i.id for i in BOOK.items]


def documents_of(events):
    """One whole text of the organisation and one whole account an event: all absences are seen."""
    return pd.DataFrame([{"event_id": e, "kind": kind, "published": None, "chars_visible": 1200}
                         for e in sorted(set(events)) for kind in ("firm_statement", "press")])


def response_of(rows, seen, frame):
    coding = coding_of(*rows)
    return build_response(coding, seen, frame, documents_of(coding["event_id"]), None, BOOK)


def code_rows(event, coder, **values):
    """All items of one event by one coder: 0 unless said."""
    return [{"event_id": event, "coder": coder, "item": i, "value": str(values.get(i, "0")),
             "evidence": None, "source_id": None, "reason": None} for i in ITEMS]


def coding_of(*rows):
    return pd.DataFrame([r for group in rows for r in group])


def test_agreed_codes_stand_and_differences_take_the_third_reading():
    coding = coding_of(
        code_rows("a", "A", T2=2, T3=1), code_rows("a", "B", T2=2, T3=2),
        [{"event_id": "a", "coder": "adjudicated", "item": "T3", "value": "2", "evidence": "x y",
          "source_id": "s", "reason": "bounded count"}])
    final = final_codes(coding).set_index("item")
    assert final.loc["T2", ["value", "basis"]].tolist() == [2, "agreed"]
    assert final.loc["T3", ["value", "basis", "evidence"]].tolist() == [2, "adjudicated", "x y"]


def test_a_difference_without_third_reading_is_named():
    coding = coding_of(code_rows("a", "A", T2=2), code_rows("a", "B", T2=1))
    with pytest.raises(ValueError, match=r"1 codes .* a/T2"):
        final_codes(coding)


def test_not_found_and_not_applicable_are_missing_but_told_apart():
    coding = coding_of(code_rows("a", "A", T2=9, T8=8), code_rows("a", "B", T2=9, T8=8))
    final = final_codes(coding).set_index("item")
    assert final.loc["T2", "status"] == "not_found" and pd.isna(final.loc["T2", "value"])
    assert final.loc["T8", "status"] == "not_applicable" and pd.isna(final.loc["T8", "value"])
    assert final.loc["T3", "status"] == "coded" and final.loc["T3", "value"] == 0
    assert numeric(pd.Series(["0.5", "9", "8", None])).tolist() == [0.5, pd.NA, pd.NA, pd.NA]


def test_coverage_is_the_lower_of_the_two():
    seen = pd.DataFrame({"event_id": ["a", "a"], "coder": ["A", "B"], "coverage": [3, 1],
                         "compensation_months": pd.array([None, 12], dtype="Int64")})
    found = coverage_columns(seen).loc["a"]
    assert (found["coverage"], found["compensation_months"]) == (1, 12)


def values_frame(rows):
    return pd.DataFrame(rows, index=pd.Index([f"e{i}" for i in range(len(rows))],
                                             name="event_id"), columns=ITEMS).astype("Float64")


def test_candour_worked_by_hand():
    row = dict.fromkeys(ITEMS, 0) | {"T2": 2, "T3": 1, "T4": 2, "T5": 3, "T6": 0, "T7": np.nan}
    found = coded_index(values_frame([row]), BOOK.of_index("candour")).iloc[0]
    assert found["value"] == pytest.approx((1 + 0.5 + 1 + 1 + 0) / 5, abs=1e-12)
    assert found["n_items"] == 5


def test_an_index_of_too_few_items_is_missing():
    row = dict.fromkeys(ITEMS, np.nan) | {"T2": 2, "T3": 1}
    found = coded_index(values_frame([row]), BOOK.of_index("candour")).iloc[0]
    assert pd.isna(found["value"]) and found["n_items"] == 2


def test_who_was_first_and_timing_are_in_no_index():
    used = {i.id for index in ("candour", "accommodation", "evasion")
            for i in BOOK.of_index(index)}
    assert used.isdisjoint({"T1", "T8", "A6", "E5", "E6", "E7", "C1"})
    assert len(used) == 6 + 8 + 4


def simulated(n=150, seed=2):
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n)
    rows = []
    for t in trait:
        rows.append({i.id: float(sorted(map(float, i.levels))[
            int(np.clip(np.floor(len(i.levels) / (1 + np.exp(-1.5 * t - rng.normal()))), 0,
                        len(i.levels) - 1))]) for i in BOOK.items})
    return trait, values_frame(rows)


def test_every_version_of_an_index_orders_events_like_the_trait():
    trait, values = simulated()
    versions = index_versions(values, BOOK, set(ITEMS))
    candour = versions[versions["index"] == "candour"]
    assert set(candour["version"]) == {"baseline", "all_items", "complete", "irt", "component",
                                       "centred", *(f"without_T{k}" for k in range(2, 8))}
    for version, own in candour.groupby("version"):
        score = own.set_index("event_id")["value"].reindex(values.index).astype(float)
        assert np.corrcoef(score, trait)[0, 1] > 0.75, version


def test_the_component_does_not_move_with_missing_codes_of_other_events():
    _, values = simulated()
    values.iloc[:10, values.columns.get_loc("T2")] = pd.NA
    score = first_component(values, BOOK.of_index("candour"))
    assert score.notna().all() and score.std() == pytest.approx(1, abs=0.02)


def test_graded_response_recovers_known_parameters():
    rng = np.random.default_rng(11)
    n, slopes, cuts = 6000, [1.0, 2.0, 0.7], [[-1.0, 1.0], [0.3], [-0.5, 0.2, 1.1]]
    theta = rng.normal(size=n)
    codes = np.zeros((n, 3))
    for j, (a, own) in enumerate(zip(slopes, cuts, strict=True)):
        u = rng.uniform(size=n)
        for b in own:
            codes[:, j] += u < 1 / (1 + np.exp(-(a * theta - b)))
    codes[rng.uniform(size=codes.shape) < 0.1] = np.nan
    found = fit_graded_response(codes)
    # Six thousand draws leave standard errors near 0.1 for slopes, 0.05 for thresholds.
    assert found.converged
    assert found.discrimination == pytest.approx(slopes, abs=0.3)
    for own, expected in zip(found.thresholds, cuts, strict=True):
        assert own == pytest.approx(expected, abs=0.2)


def test_graded_response_is_the_logit_of_the_share_for_one_binary_item():
    # With one item the slope is not identified by data; at slope a, E[P] must equal the share.
    codes = np.array([[1.0]] * 30 + [[0.0]] * 70)
    found = fit_graded_response(codes)
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    p = 1 / (1 + np.exp(-(found.discrimination[0] * nodes - found.thresholds[0][0])))
    assert (p * weights / weights.sum()).sum() == pytest.approx(0.3, abs=1e-4)


def test_items_on_which_coders_disagree_leave_the_index():
    rng = np.random.default_rng(4)
    rows, cover = [], []
    for k in range(60):
        shared = {i.id: rng.choice(list(i.levels)) for i in BOOK.items}
        other = dict(shared) | {"T4": rng.choice(list(BOOK["T4"].levels))}
        rows += [code_rows(f"e{k:02}", "A", **shared), code_rows(f"e{k:02}", "B", **other)]
        if shared["T4"] != other["T4"]:
            rows.append([{"event_id": f"e{k:02}", "coder": "adjudicated", "item": "T4",
                          "value": shared["T4"], "evidence": None, "source_id": None,
                          "reason": "as A"}])
        cover += [{"event_id": f"e{k:02}", "coder": c, "coverage": 2,
                   "compensation_months": pd.NA} for c in "AB"]
    frame = pd.DataFrame({"event_id": [f"e{k:02}" for k in range(60)], "coding_set": "random"})
    found = response_of(rows, pd.DataFrame(cover).astype({"compensation_months": "Int64"}), frame)
    own = found.agreement.query("comparison == 'A_B' and stratum == 'all'").set_index("variable")
    assert own.loc["T4", "verdict"] == "dropped" and own.loc["T2", "verdict"] == "reliable"
    assert own.loc["T2", "alpha"] == 1.0 and own.loc["candour", "alpha"] == 1.0
    assert (found.columns["n_candour_items"] == 5).all()
    candour = found.versions[found.versions["index"] == "candour"]
    assert "without_T4" not in set(candour["version"])
    wanted = candour[candour["version"] == "all_items"].set_index("event_id")["n_items"]
    assert (wanted == 6).all()


def test_training_events_do_not_count_for_agreement():
    rows = [code_rows("t", "A", T2=2), code_rows("t", "B", T2=2),
            code_rows("s", "A"), code_rows("s", "B")]
    cover = pd.DataFrame([{"event_id": e, "coder": c, "coverage": 2, "compensation_months": pd.NA}
                          for e in "st" for c in "AB"]).astype({"compensation_months": "Int64"})
    frame = pd.DataFrame({"event_id": ["s", "t"], "coding_set": ["random", "training"]})
    table = response_of(rows, cover, frame).agreement
    own = table.query("variable == 'T2' and stratum == 'all'").iloc[0]
    assert own["n_events"] == 1 and own["prevalence"] == 0.0


def test_a_later_coding_that_sees_more_shifts_upwards():
    lower, upper = np.array([0, 1, 1, np.nan, 2]), np.array([1, 1, 2, 1, np.nan])
    mean, low, high = mean_shift(lower, upper)
    assert mean == pytest.approx(2 / 3)
    assert 0 <= low <= mean <= high <= 1
    assert mean_shift(upper, lower)[0] == -mean
    assert np.isnan(mean_shift(lower * np.nan, upper)).all()


def test_a_second_look_is_held_against_the_final_code_in_items_and_indices():
    rows = []
    for n in range(8):
        rows += [code_rows(f"e{n}", c, T2=n % 3, T3=1, T4=1, T5=1, A2=1) for c in ("A", "B")]
        rows.append(code_rows(f"e{n}", "second_look", T2=min(n % 3 + 1, 2), T3=1, T4=1, T5=1, A2=1))
    seen = pd.DataFrame([{"event_id": f"e{n}", "coder": c, "coverage": 3,
                          "compensation_months": pd.NA}
                         for n in range(8) for c in ("A", "B", "second_look")])
    frame = pd.DataFrame({"event_id": [f"e{n}" for n in range(8)], "coding_set": "largest"})
    found = response_of(rows, seen, frame).agreement.set_index(
        ["comparison", "variable", "stratum"])
    again = found.loc[("second_look", "T2", "all")]
    assert again["mean_shift"] == pytest.approx(6 / 8)
    assert again["shift_lo"] > 0
    assert found.loc[("A_B", "T2", "all"), "mean_shift"] == 0
    assert found.loc[("second_look", "candour", "all"), "mean_shift"] > 0
    assert found.loc[("second_look", "candour", "all"), "n_events"] == 8


def test_indices_are_compared_by_coverage_too():
    rows, seen = [], []
    for n in range(12):
        # One code of the poorly seen half differs, by one level of T2.
        rows += [code_rows(f"e{n:02}", c, T2=1 if (n, c) == (6, "B") else n % 3, T3=1, T4=1, T5=1)
                 for c in ("A", "B")]
        seen += [{"event_id": f"e{n:02}", "coder": c, "coverage": 4 if n < 6 else 2,
                  "compensation_months": pd.NA} for c in ("A", "B")]
    rows.append([r | {"reason": "x"} for r in code_rows("e06", "adjudicated") if r["item"] == "T2"])
    frame = pd.DataFrame({"event_id": [f"e{n:02}" for n in range(12)], "coding_set": "largest"})
    table = response_of(rows, pd.DataFrame(seen), frame).agreement
    own = table.query("variable == 'candour' and comparison == 'A_B'").set_index("stratum")
    strata = ["all", "coverage_2", "coverage_3_4"]
    assert own.loc[strata, "n_events"].tolist() == [12, 6, 6]
    # Half of T2's range on one of six items of the index.
    assert own.loc[strata, "mean_shift"].tolist() == pytest.approx(
        [0.5 / 6 / 12, 0.5 / 6 / 6, 0.0])
    assert own.loc["coverage_3_4", "alpha"] == 1 > own.loc["coverage_2", "alpha"]
