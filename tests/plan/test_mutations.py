"""Faulty plans: each is refused by one error that names file, table and key, and none ends in a
traceback or is taken."""

import datetime as dt

import pytest

from breachstudy.errors import PlanError
from breachstudy.plan.freeze import read_freeze
from breachstudy.plan.read import read_plan
from breachstudy.plan.registry import KINDS

from .builder import of, plan, small, toml, whole
from .test_keys_act import WAYS, names_of

ANY = {("sample", "where", "value")}


def at(data, way):
    """What stands at a place, and the key."""
    for step in way[:-1]:
        data = data[step]
    return data, way[-1]


def wrong_for(value):
    """Values of other types than this one."""
    if isinstance(value, bool):
        return ["no", 1]
    if isinstance(value, int):
        return ["thirty", value + 0.5, True]
    if isinstance(value, float):
        return ["thirty", True]
    if isinstance(value, str):
        return [7, [7]]
    return [7, "text"] if isinstance(value, dict) else [7, [[1]]]


TYPES = [(way, bad) for way in WAYS if names_of(way) not in ANY
         for bad in wrong_for(at(whole(), way)[0][way[-1]])]


@pytest.mark.parametrize(("way", "bad"), TYPES,
                         ids=lambda v: ".".join(map(str, v)) if isinstance(v, tuple) else repr(v))
def test_a_value_of_another_type_is_named(way, bad):
    data = whole()
    holder, key = at(data, way)
    holder[key] = bad
    with pytest.raises(PlanError) as error:
        plan(data)
    first = next(f for f in error.value.faults if key in f)
    assert first.startswith("test.toml") and (way[0] in first or len(way) == 1)


TABLES = sorted({way[:-1] for way in WAYS} | {()}, key=str)


@pytest.mark.parametrize("way", TABLES, ids=lambda w: ".".join(map(str, w)) or "head")
def test_an_unknown_key_is_named_in_every_table(way):
    data = whole()
    holder, last = data, None
    for step in way:
        holder, last = holder[step], step
    holder["minimum_n"] = 3
    if last == "sesoi":
        assert plan(data).sesoi["minimum_n"] == 3.0  # names of margins are free
        return
    with pytest.raises(PlanError, match=r"unknown key (or table )?'minimum_n'.*; known: "):
        plan(data)


NEEDED = {"linear": ("name", "question", "status", "sample", "outcome", "terms"),
          "sample": ("name", "table", "title"), "control_set": ("name", "terms"),
          "hypothesis": ("id", "claim", "seed_sign", "family", "tests"),
          "mean_return": ("name", "sample", "status"), "decay": ("first", "horizon", "sample"),
          "robustness": ("of", "vary"), "sensitivity": ("of", "benchmarks"),
          "influence": ("of", "by"), "coding_error": ("of", "draws"),
          "treatment_effect": ("outcome", "treatment", "controls", "estimators"),
          "spec_curve": ("hypothesis", "treatments", "windows", "models", "samples", "controls",
                         "permutations"),
          "interval_summary": ("lo", "hi"), "turnbull": ("lo", "hi"),
          "aft": ("lo", "hi", "distribution", "terms"), "bunching": ("column", "deadlines")}


@pytest.mark.parametrize("way", [(k, 0, key) for k, keys in NEEDED.items() for key in keys],
                         ids=lambda w: ".".join(map(str, w)))
def test_a_key_that_must_stand_there_is_named(way):
    data = whole()
    holder, key = at(data, way)
    del holder[key]
    with pytest.raises(PlanError, match=f"the key {key!r} is missing"):
        plan(data)


def edit(**changes):
    """A change of the small plan's regression."""
    def change(data):
        of(data, "h1").update(changes)
    return change


def term(**changes):
    def change(data):
        of(data, "h1")["terms"][0].update(changes)
    return change


def where(*conditions):
    def change(data):
        data["sample"][0]["where"] = list(conditions)
    return change


def put(**keys):
    return lambda data: data.update(keys)


def more(kind, **keys):
    """One more specification of a kind, the keys changed."""
    def change(data):
        full = whole()
        data.update({k: full[k] for k in ("sesoi", "sample", "control_set", "hypothesis",
                                          *KINDS) if k in full})
        data[kind] = [{**full[kind][0], **keys}, *full[kind][1:]]
    return change


FAULTS = [
    (put(confidence=2), "confidence = 2: must be less than 1"),
    (put(confidence=0), "confidence = 0: must be at least 0.5"),
    (put(confidence=float("nan")), "confidence = nan"),
    (put(alpha=0.7), "alpha = 0.7: must be less than 0.5"),
    (put(min_n=-5), "min_n = -5: must be at least 2"),
    (put(draws=2.7), "draws = 2.7: give a whole number"),
    (put(draws=1.5), "draws = 1.5: give a whole number"),
    (put(draws=0), "draws = 0: must be at least 2"),
    (put(seed=-1), "seed = -1: must be at least 0"),
    (put(bootstrap_draws=10), "bootstrap_draws = 10: must be at least 99"),
    (put(bootstrap_cluster=" "), "bootstrap_cluster = ' ': must not be blank"),
    (put(primary_inference="tea leaves"), "primary_inference = 'tea leaves': use one of "
     "wild_bootstrap, permutation, model"),
    (put(primary_inference="wild bootstrap"), "(did you mean 'wild_bootstrap'?)"),
    (put(sesoi={"car": 0}), "sesoi: car = 0: must be more than 0"),
    (put(sesoi={"car": float("inf")}), "sesoi: car = inf"),
    (put(sesoi={}), "sesoi = 'car': no smallest effect"),
    (put(samples=[{"name": "x"}]), "unknown key or table 'samples' (did you mean 'sample'?)"),
    (put(linaer=[]), "unknown key or table 'linaer' (did you mean 'linear'?)"),
    (put(sample={"name": "all"}), "sample: give tables headed [[sample]]"),
    (put(sample=[]), "sample = 'all': no sample 'all'; known: none"),
    (put(linear=[], hypothesis=[]), "holds no specification"),
    (lambda d: d["sample"].append(d["sample"][0]), "sample: 'all' stands twice"),
    (lambda d: d["linear"].append(d["linear"][0]), "specification: 'h1' stands twice"),
    (lambda d: d["hypothesis"].append(d["hypothesis"][0]), "hypothesis: 'H1' stands twice"),
    (put(control_set=[{"name": "a", "terms": []}] * 2), "control_set: 'a' stands twice"),
    (edit(name="H1"), "'H1' is the id of a hypothesis too"),
    (edit(name="h/1"), "name = 'h/1': use letters, digits"),
    (edit(name=""), "name = ''"),
    (edit(sample="none"), "sample = 'none': no sample 'none'; known: all"),
    (edit(status="sure"), "status = 'sure': use one of confirmatory, exploratory, descriptive"),
    (edit(status="robustness"), "status = 'robustness'"),
    (edit(hypothesis="H2"), "hypothesis = 'H2': no hypothesis 'H2'; known: H1"),
    (edit(focus="speed"), "focus = 'speed': not among its terms (candour)"),
    (edit(controls="base"), "no control set 'base'; known: none"),
    (edit(covariance="HC9"), "covariance = 'HC9': use one of HC0"),
    (edit(covariance="cluster"), "covariance cluster needs one or two columns"),
    (edit(covariance="cluster", cluster=["a", "b", "c"]), "needs one or two columns"),
    (edit(cluster=["firm_id"]), "cluster does nothing with covariance HC3"),
    (edit(inference=["zzz"]), "inference 1 = 'zzz': use one of wild_bootstrap, permutation"),
    (edit(inference=["permutation"] * 2), "inference: 'permutation' stands twice"),
    (edit(permute_within=["era"]), "permute_within does nothing without permutation"),
    (edit(estimator="mode"), "estimator = 'mode': use one of mean, median"),
    (edit(estimator="median"), "covariance does nothing in a median regression"),
    (edit(outcome_transform="winsor"), "outcome_transform = 'winsor': use one of"),
    (edit(predicted_sign="positive"), "predicted_sign = 'positive'"),
    (edit(terms=[]), "focus = 'candour': not among its terms"),
    (edit(terms=["candour"]), "terms 1 = 'candour': give a table in { }"),
    (edit(focus=""), "sesoi does nothing without a focus"),
    (term(standardise="no"), "terms 1: standardise = 'no': give true or false"),
    (term(standardize=True), "unknown key 'standardize' (did you mean 'standardise'?)"),
    (term(min_n="thirty"), "terms 1: min_n = 'thirty': give a whole number"),
    (term(min_n=-1), "terms 1: min_n = -1: must be at least 0"),
    (term(kind="cube"), "terms 1: kind = 'cube': use one of continuous, factor, product"),
    (term(transform="cube"), "terms 1: transform = 'cube': use one of"),
    (term(baseline="x"), "baseline does nothing in a continuous term"),
    (term(missing_as="x"), "missing_as does nothing in a continuous term"),
    (term(min_n=3), "min_n does nothing in a continuous term"),
    (term(of=["x"]), "of does nothing in a continuous term"),
    (term(draws=True), "candour has no interval to draw from"),
    (term(kind="factor", transform="log1p"), "transform does nothing in a factor term"),
    (term(kind="product"), "standardise does nothing in a product term"),
    (lambda d: of(d, "h1")["terms"].append({"column": "p", "kind": "product"}),
     "a product needs its terms"),
    (lambda d: of(d, "h1")["terms"].append({"column": "p", "kind": "product", "of": ["x"]}),
     "'x' is not among the terms"),
    (lambda d: of(d, "h1")["terms"].append({"column": "candour"}), "'candour' stands twice"),
    (where({"column": "a", "op": "is"}), "where 1: op = 'is': use one of =="),
    (where({"column": "a", "op": "=="}), "op = '==' needs a value"),
    (where({"column": "a", "op": "in", "value": "x"}), "give a list with 'in'"),
    (where({"column": "a", "op": "in", "value": []}), "an empty list selects nothing"),
    (where({"column": "a", "op": "==", "value": ["x"]}), "give one value with '=='"),
    (where({"column": "a", "op": "present", "value": 1}), "value does nothing with present"),
    (where({"column": "a", "op": "<", "value": True}), "true and false have no order"),
    (where({"column": "a", "op": "==", "value": {"b": 1}}), "give text, a number"),
    (lambda d: d["hypothesis"][0].update(tests=["h9"]), "no specification 'h9'"),
    (lambda d: d["hypothesis"][0].update(tests=[]), "say why in not_testable"),
    (lambda d: d["hypothesis"][0].update(not_testable="x"), "leave one of the two out"),
    (lambda d: d["hypothesis"][0].update(family="first"), "family = 'first'"),
    (lambda d: d["hypothesis"][0].update(tests=["h1", "h1"]), "'h1' stands twice"),
    (edit(hypothesis=""), "gives no test of it; give it a focus and the hypothesis"),
    (put(control_set=[{"name": "c", "terms": [{"column": "a", "transform": "winsor_1_99"}]}]),
     "[[control_set]] 1 c: terms 1: transform = 'winsor_1_99'"),
    (put(control_set=[{"name": "c", "terms": [{"column": "a", "standardise": True}]}]),
     "unknown key 'standardise'"),
    (more("mean_return", focus={"window": "0_p9", "model": "market"}),
     "focus: window = '0_p9': not among its windows"),
    (more("mean_return", focus={"window": "m1_p1"}), "focus: the key 'model' is missing"),
    (more("mean_return", windows=[]), "give a column, or windows"),
    (more("mean_return", column="x"), "windows does nothing beside column"),
    (more("mean_return", models=["market", "market"]), "models: 'market' stands twice"),
    (more("robustness", of=["h7"]), "of = 'h7': no regression 'h7'"),
    (more("robustness", of=["late"]), "the regression 'late' has no focus to report"),
    (more("robustness", vary=[]), "vary = "),
    (more("robustness", vary=[{"name": "a", "outcom": "x"}]), "unknown key 'outcom'"),
    (more("robustness", vary=[{"name": "a", "inference": []}]), "unknown key 'inference'"),
    (more("robustness", vary=[{"name": "a"}]), "changes nothing"),
    (more("robustness", vary=[{"estimator": "median"}]), "the key 'name' is missing"),
    (more("robustness", vary=[{"name": "a", "sample": "x"}]), "vary 1 (a): sample = 'x'"),
    (more("robustness", vary=[{"name": "a", "controls": "x"}]), "vary 1 (a): controls = 'x'"),
    (more("robustness", vary=[{"name": "a", "sample": "all"}]), "it would change nothing"),
    (more("robustness", vary=[{"name": "a", "sample": "known", "of": ["late"]}]),
     "'late' is not in the of of vary"),
    (more("robustness", status="exploratory"), "status = 'exploratory'"),
    (more("treatment_effect", estimators=["magic"]), "estimators 1 = 'magic': use one of"),
    (more("treatment_effect", estimators=[]), "estimators"),
    (more("treatment_effect", controls="none"), "there is nothing to balance on"),
    (more("sensitivity", benchmarks=["people"]), "h1 has no term 'people'"),
    (more("sensitivity", r2_max_ratio=0.9), "r2_max_ratio = 0.9: must be more than 1"),
    (more("sensitivity", of=["late"]), "the regression 'late' has no focus"),
    (more("influence", of=[]), "of"),
    (more("coding_error", draws=1), "draws = 1: must be at least 2"),
    (more("coding_error", of=["late"]), "'late' has no coded term"),
    (more("spec_curve", treatments=["candour:best"]), "no treatment 'candour:best'"),
    (more("spec_curve", treatments=["lag:square"]), "lag:square: a lag is"),
    (more("spec_curve", treatments=["candour"]), "no treatment 'candour'"),
    (more("spec_curve", permutations=9), "permutations = 9: must be at least 99"),
    (more("spec_curve", hypothesis=""), "hypothesis = ''"),
    (more("spec_curve", samples=["nobody"]), "no sample 'nobody'"),
    (more("decay", first=30), "first = 30: must not exceed the horizon"),
    (more("decay", horizon=1), "horizon = 1: must be at least 2"),
    (more("interval_summary", bins=[3, 2]), "bins = [3.0, 2.0]: must rise"),
    (more("interval_summary", by="x", bins=[1, 2], missing_as="y"), "missing_as does nothing"),
    (more("interval_summary", by_transform="month"), "by_transform = 'month'"),
    (more("interval_summary", min_n=0), "min_n = 0: must be at least 1"),
    (more("aft", distribution="normal"), "distribution = 'normal': use one of"),
    (more("aft", cluster="firm_id"), "unknown key 'cluster'"),
    (more("bunching", deadlines=[]), "deadlines"),
    (more("bunching", deadlines=[2]), "deadlines 1 = 2: must be at least 4"),
    (more("bunching", deadlines=[30, 30]), "deadlines: '30' stands twice"),
    (more("turnbull", by=["registers"]), "by = ['registers']: give text in quotes"),
]


@pytest.mark.parametrize(("change", "told"), FAULTS, ids=[t for _, t in FAULTS])
def test_a_plan_that_cannot_be_meant_is_refused(change, told):
    data = small()
    change(data)
    with pytest.raises(PlanError) as error:
        plan(data)
    assert told in str(error.value) and all(
        f.startswith("test.toml") for f in error.value.faults)


def test_there_are_at_least_as_many_mutations_as_were_found():
    assert len(TYPES) + len(TABLES) + len(FAULTS) >= 135


@pytest.mark.parametrize(("text", "told"), [
    ("", "holds no specification"), ("# nothing\n", "holds no specification"),
    ("title = ", "not valid TOML"), ("[linear]\nname = 'x'\n", "give tables headed [[linear]]"),
    ("linear = 3", "give tables headed [[linear]]"), ("[[linear]]\n", "'name' is missing"),
    ("title = 'a'\ntitle = 'b'", "not valid TOML"), ("\ufeff[[sample]]", "not valid TOML")])
def test_a_text_that_is_no_plan_is_refused(text, told):
    with pytest.raises(PlanError) as error:
        read_plan(text, "mine.toml")
    assert told in str(error.value) and str(error.value).count("mine.toml")


def test_all_faults_come_at_once():
    data = small()
    of(data, "h1").update(sample="x", covariance="HC9")
    data["sample"][0]["where"][0]["op"] = "is"
    data.update(draws=1.5, minimum=3)
    with pytest.raises(PlanError) as error:
        plan(data)
    # The regression's sample is not asked for again while its table has faults of its own.
    assert len(error.value.faults) == 4


SHA = "a" * 64
FROZEN = {"file": "study.toml", "sha256": SHA, "commit": "abcdef0",
          "date": dt.date(2026, 1, 1), "note": "n"}
AMENDMENT = {"date": dt.date(2026, 1, 2), "reason": "r", "touches": ["h1"], "old_sha256": SHA,
             "new_sha256": "b" * 64}


def freeze(frozen=FROZEN, amendments=(AMENDMENT,), **head):
    text = toml({**head, "frozen": dict(frozen), "amendment": [dict(a) for a in amendments]})
    return read_freeze(text)


def test_a_freeze_reads():
    assert freeze().current == "b" * 64 and freeze(amendments=()).current == SHA


@pytest.mark.parametrize(("frozen", "amendment", "told"), [
    ({"sha256": "a"}, {}, "frozen: sha256"), ({"sha256": 3}, {}, "give text in quotes"),
    ({"commit": "x"}, {}, "frozen: commit"), ({"date": "2026-01-01"}, {}, "give a day"),
    ({"file": ""}, {}, "frozen: file"), ({"notes": "x"}, {}, "did you mean 'note'?"),
    ({}, {"date": "soon"}, "give a day"), ({}, {"date": dt.date(2025, 1, 1)}, "lies before"),
    ({}, {"reason": " "}, "reason = ' ': must not be blank"), ({}, {"touches": []}, "touches"),
    ({}, {"touches": "h1"}, "touches = 'h1': give a list"),
    ({}, {"old_sha256": "c" * 64}, "is not the hash before it"),
    ({}, {"new_sha256": SHA}, "nothing was amended"), ({}, {"why": "x"}, "unknown key 'why'")])
def test_a_broken_freeze_is_refused(frozen, amendment, told):
    with pytest.raises(PlanError) as error:
        freeze({**FROZEN, **frozen}, [{**AMENDMENT, **amendment}])
    assert told in str(error.value) and "freeze.toml" in str(error.value)


@pytest.mark.parametrize(("text", "told"), [
    ("", "the key 'frozen' is missing"), ("frozen = 3", "give a table"),
    ("frozen = ", "not valid TOML")])
def test_a_text_that_is_no_freeze_is_refused(text, told):
    with pytest.raises(PlanError, match=told):
        read_freeze(text)
