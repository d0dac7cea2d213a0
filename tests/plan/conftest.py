"""An invented dataset in which every effect is known."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from breachstudy.eventstudy import event_study
from breachstudy.schema.coding_book import book

EFFECTS = {"lag": -0.02, "candour": 0.01, "self": 0.03, "sensitive": -0.04}
WINDOWS = ((-10, -2), (-1, 1), (0, 1))


def make_events(n=400, seed=1):
    """Events whose CAR is built from lag, candour, who was first and severity, plus noise."""
    rng = np.random.default_rng(seed)
    lag = np.exp(rng.normal(3, 1, n)).round()
    candour = rng.beta(2, 2, n)
    first = rng.random(n) < 0.6
    sensitive = rng.choice(["contact", "financial", "health"], n)
    zlag = np.log1p(lag)
    zlag = (zlag - zlag.mean()) / zlag.std(ddof=1)
    zcandour = (candour - candour.mean()) / candour.std(ddof=1)
    car = (EFFECTS["lag"] * zlag + EFFECTS["candour"] * zcandour + EFFECTS["self"] * first
           + EFFECTS["sensitive"] * (sensitive == "financial") + rng.normal(0, 0.03, n))
    found = [dt.date(2015, 1, 1) + dt.timedelta(days=int(d)) for d in rng.integers(0, 2000, n)]
    public = [d + dt.timedelta(days=int(k)) for d, k in zip(found, lag, strict=True)]
    return pd.DataFrame({
        "event_id": [f"e{i:04}" for i in range(n)],
        "firm_id": [f"f{i % (n // 2):03}" for i in range(n)],
        "event_date": public, "car_m1_p1": car, "car_m10_m2": rng.normal(0, 0.03, n),
        "lag_analysis_days": lag, "is_outed": False, "candour": candour,
        "is_self_disclosed": first, "sensitivity": sensitive, "is_training": False,
        "era": rng.choice(["2014-2017", "2018-2020"], n), "is_fast": lag <= 30,
        "e7_burying": 0.0, "is_revised_up": rng.random(n) < 0.2,
        "log_affected": rng.normal(5, 1, n), "organisation": "Acme",
        "discovered_lo": found, "discovered_hi": found, "first_public_lo": public,
        "first_public_hi": public,
    }).astype({"is_outed": "boolean", "is_self_disclosed": "boolean", "is_fast": "boolean",
               "is_revised_up": "boolean", "car_m1_p1": "Float64", "candour": "Float64",
               "lag_analysis_days": "Float64", "is_training": "boolean"})


def make_frames(events):
    """The tables beside the events."""
    rng = np.random.default_rng(3)
    ar = pd.DataFrame([(e, d, (-0.004 if 0 <= d < 3 else 0.0) + rng.normal(0, 0.01))
                       for e in events["event_id"][:120] for d in range(-10, 91)],
                      columns=["event_id", "offset", "ar"])
    cars = pd.concat([events[["event_id"]].assign(
        model=m, window=w, car=events["car_m1_p1"] + rng.normal(0, 0.002, len(events)))
        for m in ("market", "ff3") for w in ("m1_p1", "0_p1")])
    versions = pd.concat([events[["event_id"]].assign(index="candour", version=v,
                                                      value=events["candour"], n_items=6)
                          for v in ("baseline", "irt")])
    return {"events": events, "abnormal_returns": ar, "cars": cars, "index_versions": versions,
            "codes": pd.DataFrame(columns=["event_id", "item", "is_absence_seen", "code_a",
                                           "code_b"]),
            "agreement": pd.DataFrame(columns=["comparison", "stratum", "variable", "verdict"])}


def make_codes(events, seed=5):
    """Codes of two coders who differ three times in ten, and an agreement that lets all in."""
    rng = np.random.default_rng(seed)
    items = [i.id for i in book().of_index("candour")] + ["T1"]
    a = {i: rng.integers(0, 2, len(events)) for i in items}
    b = {i: np.where(rng.random(len(events)) < 0.7, a[i], 1 - a[i]) for i in items}
    codes = pd.concat([pd.DataFrame({"event_id": events["event_id"], "item": i,
                                     "is_absence_seen": True, "code_a": a[i].astype(str),
                                     "code_b": b[i].astype(str)})
                       for i in items])
    agreement = pd.DataFrame({"comparison": "A_B", "stratum": "all", "variable": items,
                              "verdict": "reliable"})
    return codes, agreement


def make_notices(n=80, seed=2):
    """Notices with lags in whole days, some known to lie in an interval."""
    rng = np.random.default_rng(seed)
    days = np.exp(rng.normal(3.3, 0.6, n)).round()
    days[::3] = rng.choice([30, 45], len(days[::3]))
    return pd.DataFrame({
        "first_notice_lag_days": days, "first_notice_lag_lo_days": days - (np.arange(n) % 4 == 0),
        "first_notice_lag_hi_days": days + (np.arange(n) % 4 == 0),
        "n_affected": pd.array(rng.integers(1, 900, n), dtype="Int64"),
        "industry": [None if i > 70 else "energy" if i < 5 else s for i, s in enumerate(
            rng.choice(["health", "finance", "retail"], n))],
        "organisation_key": [f"o{i % 25}" for i in range(n)],
        "year": rng.choice([2018, 2019], n)})


def make_studies(events):
    """Event studies of the events on invented returns, by two models."""
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2014-01-01", "2021-12-31")
    market = pd.Series(rng.normal(0, 0.01, len(days)), index=days, name="mkt_rf")
    factors = pd.DataFrame({"mkt_rf": market, "smb": rng.normal(0, 0.005, len(days)),
                            "hml": rng.normal(0, 0.005, len(days)), "rf": 0.0}, index=days)
    firms = sorted(set(events["firm_id"]))
    returns = pd.DataFrame(market.to_numpy()[:, None]
                           + rng.normal(0, 0.02, (len(days), len(firms))), index=days,
                           columns=firms)
    own = pd.DataFrame({"event_id": events["event_id"], "security": events["firm_id"],
                        "date": pd.to_datetime(events["event_date"]), "firm": events["firm_id"]})
    return {m: event_study(returns, own, factors, model=m, windows=WINDOWS)
            for m in ("market", "ff3")}


@pytest.fixture
def events():
    return make_events()


@pytest.fixture
def frames(events):
    return make_frames(events)
