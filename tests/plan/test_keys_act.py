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
# Another value that could stand there. What is not listed: a number is doubled, a text is told.
OTHER = {
    "status": "descriptive", "table": "notices", "seed_sign": "0", "family": "primary",
    "primary_inference": "model", "bootstrap_cluster": "event_id", "confidence": 0.8,
    "alpha": 0.2, "min_n": 100, "op": "!=", "covariance": "HC1", "distribution": "weibull",
    "estimator": "mean", "predicted_sign": "-", "transform": "none", "kind": "continuous",
    "baseline": "financial", "outcome_transform": "none", "controls": "none", "name": "renamed",
    "id": "H7", "column": "log_affected", "sample": "known", "outcome": "car_m10_m2",
    "treatment": "is_self_disclosed", "hypothesis": "H4", "focus": "is_self_disclosed",
    "sesoi": "acsi", "by": "organisation", "window": "0_p1", "model": "ff3", "lo": "year",
    "hi": "year"}
LISTS = {"cluster": ["firm_id"], "inference": ["wild_bootstrap"], "permute_within": ["era"],
         "tests": [], "windows": ["m1_p1"], "models": ["market"], "of": ["h4"],
         "estimators": ["difference"], "benchmarks": [], "treatments": ["candour:irt"],
         "samples": ["all"], "controls": ["severity"], "bins": [0.0, 200.0], "deadlines": [60],
         "rivals": ["none"]}
BY_PATH = {
    ("linear", "terms", "column"): "era", ("control_set", "terms", "column"): "candour",
    ("sample", "where", "column"): "is_fast", ("sample", "where", "value"): 0.5,
    ("mean_return", "column"): "log_affected", ("aft", "terms", "baseline"): "finance",
    ("linear", "cluster"): "year", ("aft", "terms", "column"): "year",
    ("bunching", "column"): "first_notice_lag_hi_days", ("interval_summary", "by"): "year",
    ("turnbull", "by"): "year", ("influence", "by"): "era", ("robustness", "status"):
    "robustness", ("robustness", "vary", "controls"): "severity",
    ("robustness", "vary", "sample"): "all", ("robustness", "vary", "of"): ["h4"]}


@pytest.fixture(scope="module")
def world():
    events = make_events(90)
    events.loc[3, "sensitivity"] = None
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


WAYS = [w for w in keys(whole()) if not (len(w) == 1 and isinstance(whole()[w[0]], list))]


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
    value, path = holder[key], names_of(way)
    if path in BY_PATH and BY_PATH[path] != value:
        other = BY_PATH[path]
    elif isinstance(value, bool):
        other = not value
    elif isinstance(value, (int, float)):
        other = OTHER.get(key, value * 2)
    elif isinstance(value, list):
        other = LISTS.get(key, value[:-1])
    elif isinstance(value, dict):
        other = {"car": 0.01, "acsi": 1.0} if key == "sesoi" else {**value, "window": "0_p1"}
    else:
        other = OTHER.get(key, f"{value} otherwise")
    assert other != value, way
    holder[key] = other


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
