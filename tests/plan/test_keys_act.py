"""Every key of a plan acts or is refused: each is changed in turn, on a dataset in which it could
show."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.errors import PlanError
from breachstudy.plan.describe import plan_summary
from breachstudy.plan.kinds import bunching, linear, mean_return, turnbull
from breachstudy.plan.runner import run_study

from .builder import plan, whole
from .conftest import make_codes, make_events, make_frames, make_notices, make_studies

ANALYSIS = Path(__file__).parents[2] / "analysis"
# Other values that could stand there: the first that is not the present one is taken. What is not
# listed: a number is doubled, a list is shortened, a text is told otherwise.
OTHER = {
    "status": ["descriptive", "exploratory"], "table": ["letters"], "seed_sign": ["0"],
    "family": ["secondary", "primary"], "primary_inference": ["model"],
    "bootstrap_cluster": ["event_id"], "confidence": [0.8], "alpha": [0.2], "min_n": [100],
    "op": ["!=", "<"], "covariance": ["HC1"], "distribution": ["weibull"],
    "estimator": ["mean"], "predicted_sign": ["-"], "transform": ["none"],
    "kind": ["continuous"], "baseline": ["financial"], "outcome_transform": ["none"],
    "controls": ["none"], "name": ["renamed"], "id": ["H7"], "sample": ["known"],
    "column": ["log_affected"], "outcome": ["car_m10_m2", "log_affected"],
    "treatment": ["is_self_disclosed"], "hypothesis": ["H4", "H0"],
    "focus": ["is_self_disclosed"], "sesoi": ["acsi"], "by": ["organisation"],
    "cluster": [["firm_id"]], "inference": [["wild_bootstrap"]], "permute_within": [["era"]],
    "tests": [[], ["late"]], "windows": [["m1_p1"]], "models": [["market"]], "of": [["h4"]],
    "estimators": [["difference"]], "benchmarks": [[]], "treatments": [["candour:irt"]],
    "samples": [["all"]], "bins": [[0, 200]], "deadlines": [[60]], "rivals": [["none"]],
    "lo": ["first_notice_lag_days"], "hi": ["first_notice_lag_days"]}
BY_PATH = {
    ("sesoi",): [{"car": 0.01, "acsi": 1.0}], ("linear", "terms", "column"): ["era"],
    ("control_set", "terms", "column"): ["era"],
    ("control_set", "terms"): [[{"column": "log_affected"}]],
    ("sample", "where", "column"): ["is_fast"], ("sample", "where", "value"): [True, 0.5, 20],
    ("mean_return", "focus"): [{"window": "0_p1", "model": "market"}],
    ("mean_return", "focus", "window"): ["0_p1"], ("mean_return", "focus", "model"): ["ff3"],
    ("aft", "terms", "baseline"): ["finance"], ("aft", "terms", "column"): ["year"],
    ("bunching", "column"): ["first_notice_lag_hi_days"],
    ("interval_summary", "by"): ["year"], ("turnbull", "by"): ["year"],
    ("influence", "by"): ["era"], ("robustness", "status"): ["robustness"],
    ("robustness", "vary", "controls"): ["severity"], ("robustness", "vary", "sample"): ["all"],
    ("robustness", "vary", "of"): [["h4"]], ("spec_curve", "controls"): [["severity"]]}


@pytest.fixture(scope="module")
def world():
    events = make_events(90)
    events.loc[3:12, "sensitivity"] = None
    events.loc[7, "car_m1_p1"] = None
    events.loc[20:22, "is_training"] = True
    frames = make_frames(events)
    codes, agreement = make_codes(events)
    studies = make_studies(events)
    return frames | {"codes": codes, "agreement": agreement, "notices": make_notices()}, studies


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    for module, name, value in ((linear, "PERMUTATIONS", 99), (mean_return, "DRAWS", 99),
                                (turnbull, "BAND_DRAWS", 9), (bunching, "DRAWS", 9)):
        monkeypatch.setattr(module, name, value)


def told(data, world, only=None):
    """All that a plan gives: results, verdicts, curves, its own summary; without its hash."""
    frames, studies = world
    made = plan(data)
    found = run_study(made, frames, lambda: studies, only=only)
    summary = plan_summary(made, frames, None)
    summary["hash"] = ""
    return [found.results.drop(columns="plan_hash"), found.hypotheses, found.curves,
            found.lag_curves, found.deadlines, found.balance, summary]


def same(a, b):
    return all(x.equals(y) if isinstance(x, pd.DataFrame) else x == y
               for x, y in zip(a, b, strict=True))


def keys(data, path=()):
    """Every key of a plan with the way to it: table, number, key …"""
    for key, value in data.items():
        yield (*path, key)
        if isinstance(value, dict) and key != "sesoi":
            yield from keys(value, (*path, key))
        if isinstance(value, list):
            for i, one in enumerate(value):
                if isinstance(one, dict):
                    yield from keys(one, (*path, key, i))


def names_of(path):
    return tuple(p for p in path if isinstance(p, str))


def _each_key_once():
    """The first place of every key of every table (of a list of tables: not the list itself)."""
    out = {}
    for way in keys(whole()):
        if not (len(way) == 1 and isinstance(whole()[way[0]], list)):
            out.setdefault(names_of(way), way)
    return list(out.values())


WAYS = _each_key_once()


def test_the_plan_of_this_test_has_every_key_of_the_studys_plans():
    own = {names_of(w) for w in keys(whole())}
    for file in ("study.toml", "plan.toml"):
        real = tomllib.loads((ANALYSIS / file).read_text("utf-8"))
        assert {names_of(w) for w in keys(real)} <= own, file


def changed(data, way):
    *steps, key = way
    holder = data
    for step in steps:
        holder = holder[step]
    value = holder[key]
    others = BY_PATH.get(names_of(way), OTHER.get(key, []))
    if isinstance(value, bool):
        others = [not value]
    elif not others:
        others = [value * 2 if isinstance(value, (int, float)) else value[:-1]
                  if isinstance(value, list) else f"{value} otherwise"]
    holder[key] = next(o for o in others if o != value)


# What runs when a key outside the specifications changes: enough to show it.
SHOWN = ("h1", "h4", "column", "by_sector")
_before = {}


@pytest.mark.parametrize("way", WAYS, ids=lambda w: ".".join(map(str, w)))
def test_each_key_acts_or_is_refused(way, world):
    data = whole()
    in_spec = len(way) > 2 and way[0] not in ("sample", "control_set", "hypothesis")
    only = (data[way[0]][way[1]]["name"],) if in_spec else SHOWN
    if only not in _before:
        _before[only] = told(data, world, only)
    changed(data, way)
    if in_spec:
        only, known = (data[way[0]][way[1]]["name"],), _before[only]
    else:
        known = _before[only]
    try:
        after = told(data, world, only)
    except PlanError as error:
        assert all(f.startswith("test.toml") for f in error.faults), error
        return
    assert not same(known, after)


def test_nothing_changed_changes_nothing(world):
    assert same(told(whole(), world, ("h1",)), told(whole(), world, ("h1",)))
