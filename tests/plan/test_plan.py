"""The plan as data: read, checked with every fault at once, frozen by its hash."""

import hashlib
from pathlib import Path

import pytest

from breachstudy.dataset.load import read_tables
from breachstudy.estimation.specs import PlanError
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.freeze import check_frozen, read_freeze
from breachstudy.plan.read import read_study_plan
from breachstudy.schema.codebook import tables

ANALYSIS = Path(__file__).parents[2] / "analysis"
SMALL = """
sesoi = { car = 0.005 }
[[sample]]
name = "all"
table = "events"
title = "All"
where = [{ column = "car_m1_p1", op = "present" }]
[[control_set]]
name = "none"
terms = []
[[hypothesis]]
id = "H1"
claim = "c"
seed_sign = "-"
family = "primary"
tests = ["h1"]
[[linear]]
name = "h1"
question = "q"
status = "confirmatory"
hypothesis = "H1"
sample = "all"
outcome = "car_m1_p1"
terms = [{ column = "lag", standardise = true }]
focus = "lag"
sesoi = "car"
covariance = "HC3"
"""


def test_a_small_plan_reads():
    plan = read_study_plan(SMALL)
    assert plan.names == ["h1"] and plan.regressions["h1"].terms[0].standardise
    assert plan.hash == hashlib.sha256(SMALL.encode()).hexdigest()


@pytest.mark.parametrize(("change", "told"), [
    (('sample = "all"', 'sample = "none"'), "h1: no sample 'none'; known: all"),
    (('focus = "lag"', 'focus = "speed"'), "focus 'speed' is not among its terms"),
    (('tests = ["h1"]', 'tests = ["h9"]'), "hypothesis H1: no test 'h9'"),
    (('tests = ["h1"]', "tests = []"), "has no test; say why in not_testable"),
    (('family = "primary"', 'family = "first"'), "family 'first'"),
    (('sesoi = "car"', 'sesoi = "brand"'), "no smallest effect 'brand'"),
    (('covariance = "HC3"', 'covariance = "HC9"'), "covariance 'HC9'"),
    (('covariance = "HC3"', 'covariance = "cluster"'), "needs one or two columns"),
    (('op = "present"', 'op = "is"'), "operator 'is'"),
    (('status = "confirmatory"', 'status = "sure"'), "status 'sure'"),
    (("standardise = true", "standardize = true"), "unknown standardize"),
    (('terms = [{ column', 'terms = [{ kind = "cube", column'), "kind 'cube'"),
    (("[[sample]]", "[[samples]]\n[[sample]]"), "unknown section or key 'samples'"),
    (('"lag", standardise', '"lag", transform = "cube", standardise'), "transform 'cube'"),
    (('outcome = "car_m1_p1"', 'outcome = "car_m1_p1"\noutcome_transform = "winsor"'),
     "outcome_transform 'winsor'"),
    (("terms = []", 'terms = [{ column = "era", transform = "winsor_1_99" }]'),
     "none: term era: transform 'winsor_1_99'"),
    (('terms = [{ column', 'terms = [{ kind = "product", column = "p" }, { column'),
     "a product needs its terms"),
])
def test_each_fault_is_told_with_its_place(change, told):
    with pytest.raises(PlanError) as error:
        read_study_plan(SMALL.replace(*change, 1))
    assert told in str(error.value)


@pytest.mark.parametrize(("vary", "told"), [
    ('{ name = "a", outcom = "x" }', "variation a: unknown 'outcom'"),
    ('{ name = "a", sample = "x" }', "variation a: no sample 'x'"),
    ('{ name = "a", controls = "x" }', "variation a: no controls 'x'"),
    ('{ name = "a", of = ["h9"] }', "variation a: no regression 'h9'"),
    ('{ estimator = "median" }', "variation ?: has no name"),
])
def test_a_variation_that_would_change_nothing_is_a_fault(vary, told):
    with pytest.raises(PlanError) as error:
        read_study_plan(SMALL + '[[robustness]]\nname = "r"\nquestion = "q"\nof = ["h1"]\n'
                        f"vary = [{vary}]\n")
    assert told in str(error.value)


@pytest.mark.parametrize(("keys", "told"), [
    ('windows = ["m1_p1"]\nmodels = ["market"]', "give a column, or windows"),
    ('windows = ["m1_p1"]\nmodels = ["market"]\nfocus = { window = "0_p1", model = "market" }',
     "focus: window '0_p1' is not among its windows"),
])
def test_a_mean_without_a_focus_is_a_fault(keys, told):
    with pytest.raises(PlanError) as error:
        read_study_plan(SMALL + '[[mean_return]]\nname = "m"\nquestion = "q"\n'
                        f'status = "exploratory"\nsample = "all"\n{keys}\n')
    assert told in str(error.value)


def test_all_faults_come_at_once():
    text = SMALL.replace('sample = "all"', 'sample = "x"').replace('"car_m1_p1", op = "present"',
                                                                 '"car_m1_p1", op = "is"')
    with pytest.raises(PlanError) as error:
        read_study_plan(text)
    assert len(error.value.faults) == 2


def test_the_committed_plan_is_the_frozen_one_and_names_known_columns():
    text = (ANALYSIS / "study.toml").read_text("utf-8")
    check_frozen(text, read_freeze((ANALYSIS / "freeze.toml").read_text("utf-8")))
    plan = read_study_plan(text)
    known = {name: set(spec.names) for name, spec in tables("processed").items()}
    for sample in plan.samples.values():
        assert {c.column for c in sample.where} <= known[sample.table], sample.name
    for spec in plan.of("linear"):
        used = {t.column for t in spec.terms if t.kind != "product"} | {spec.outcome, *spec.cluster}
        assert used <= known["events"], spec.name
    confirmatory = [s for s in plan.of("linear") if s.status == "confirmatory"]
    assert len(confirmatory) == 10
    assert {h.id for h in plan.of("hypothesis") if h.family == "primary"} == {
        "H1", "H2", "H3", "H4", "H6"}


def test_the_committed_plan_can_run_on_the_committed_dataset():
    text = (ANALYSIS / "study.toml").read_text("utf-8")
    freeze = read_freeze((ANALYSIS / "freeze.toml").read_text("utf-8"))
    made = plan_summary(read_study_plan(text), read_tables(ANALYSIS.parent / "data" / "processed"),
                        freeze)
    assert made["faults"] == [] and made["frozen"] is True
    assert all(s["n"] is not None for s in made["samples"])


FREEZE = """
[frozen]
file = "study.toml"
sha256 = "{sha}"
commit = "c"
date = 2026-01-01
"""
AMENDED = FREEZE + """
[[amendment]]
date = 2026-01-02
reason = "a sample was missing"
touches = ["h1"]
old_sha256 = "{old}"
new_sha256 = "{new}"
"""


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_changed_plan_is_refused_until_it_is_amended():
    other = SMALL + "# changed\n"
    freeze = read_freeze(FREEZE.format(sha=sha(SMALL)))
    check_frozen(SMALL, freeze)
    with pytest.raises(PlanError, match="record an amendment"):
        check_frozen(other, freeze)
    check_frozen(other, read_freeze(AMENDED.format(sha=sha(SMALL), old=sha(SMALL),
                                                   new=sha(other))))


@pytest.mark.parametrize(("change", "told"), [
    (("2026-01-02", "2025-01-02"), "lies before"),
    (('"a sample was missing"', '" "'), "give a reason"),
    (('old_sha256 = "', 'old_sha256 = "0'), "is not the hash before it"),
])
def test_a_broken_record_is_refused(change, told):
    text = AMENDED.format(sha=sha(SMALL), old=sha(SMALL), new="n").replace(*change, 1)
    with pytest.raises(PlanError, match=told):
        read_freeze(text)
