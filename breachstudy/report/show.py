"""One event's timeline with its sources, as text or as plain data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from breachstudy.dataset.clocks import LAGS
from breachstudy.errors import UnknownNameError
from breachstudy.exhibits.numbers import DASH, between, count, number, percent, share
from breachstudy.schema.coding_book import book
from breachstudy.schema.inert import visible

__all__ = ["event_record", "event_text", "find_event"]

NAMES = {
    "incident_start": "incident began",
    "incident_end": "incident ended",
    "alert": "first warning sign",
    "discovered": "discovered",
    "confirmed": "confirmed",
    "review_complete": "review completed",
    "contained": "contained",
    "first_public": "first public news",
    "firm_statement": "own statement",
    "individuals_notified": "individuals notified",
    "regulator_notified": "regulator notified",
    "scope_revised": "scope revised",
}


def find_event(events: pd.DataFrame, query: str) -> str:
    """The event_id that the query names: an identifier, or words such as ``"Equifax 2017"``.

    Raises LookupError when none or several fit, naming the candidates.
    """
    ids = set(events["event_id"])
    if query in ids:
        return query
    words = query.lower().replace("-", " ").split()
    if "-".join(words) in ids:
        return "-".join(words)
    text = [
        f"{event_id.replace('-', ' ')} {organisation} {name if isinstance(name, str) else ''} "
        f"{'' if pd.isna(year) else year}".lower()
        for event_id, organisation, name, year in zip(
            events["event_id"], events["organisation"], events["event_name"], events["year"],
            strict=True)
    ]
    fits = events[[all(w in t for w in words) for t in text]]
    if len(fits) > 1:
        # an event that was looked up by name is what a reader means before a register row
        named = fits[fits["lookup"] == "found"]
        fits = named if len(named) == 1 else fits
    if len(fits) == 1:
        return str(fits.iloc[0]["event_id"])
    if fits.empty:
        raise UnknownNameError(f"no event fits {query!r}; try part of the organisation's name and "
                          "the year of disclosure")
    listed = ", ".join(fits["event_id"].head(12))
    more = f" and {len(fits) - 12} more" if len(fits) > 12 else ""
    raise UnknownNameError(f"{len(fits)} events fit {query!r}: {listed}{more}; name one")


def _interval(lo: Any, hi: Any) -> str:
    if not isinstance(lo, dt.date):
        return ""
    return lo.isoformat() if lo == hi else f"{lo.isoformat()} to {hi.isoformat()}"


def _days(lo: Any, hi: Any) -> str:
    if pd.isna(lo):
        return DASH
    return between(int(lo), int(hi), lambda v: number(v, 0))


def event_record(event: pd.Series, milestones: pd.DataFrame, returns: pd.DataFrame | None = None,
                 codes: pd.DataFrame | None = None) -> dict[str, Any]:
    """Everything known on one event as plain data (dates as ISO text). ``returns`` are the
    abnormal returns (event_id, offset, ar); with them comes the path of CARs from day −10."""
    def plain(value: Any) -> Any:
        if isinstance(value, dt.date):
            return value.isoformat()
        if pd.isna(value):
            return None
        return value.item() if hasattr(value, "item") else value

    own = milestones[milestones["event_id"] == event["event_id"]]
    path = car_path(event["event_id"], returns)
    coded = pd.DataFrame() if codes is None else codes[codes["event_id"] == event["event_id"]]
    return {
        "event": {k: plain(v) for k, v in event.items()},
        "answer": [{k: plain(v) for k, v in row.items()} for row in coded.to_dict("records")],
        "milestones": [{k: plain(v) for k, v in row.items()}
                       for row in own.sort_values(["date_lo", "type"]).to_dict("records")],
        "abnormal_returns": [{k: plain(v) for k, v in row.items()}
                             for row in path.to_dict("records")],
    }


def car_path(event_id: str, returns: pd.DataFrame | None) -> pd.DataFrame:
    """Abnormal returns of one event by session and their sum since the first: offset, ar, car.

    The sum stops at the first session without a return: a partial sum is no CAR.
    """
    if returns is None:
        return pd.DataFrame({"offset": [], "ar": [], "car": []})
    own = returns.loc[returns["event_id"] == event_id, ["offset", "ar"]].sort_values("offset")
    whole = own["offset"].diff().fillna(1).eq(1).cumprod().astype(bool)
    return own.assign(car=own["ar"].cumsum().where(whole)).reset_index(drop=True)


def event_text(event: pd.Series, milestones: pd.DataFrame, returns: pd.DataFrame | None = None,
               codes: pd.DataFrame | None = None) -> str:
    """The event for a terminal: facts, timeline with sources (* marks picked dates), clocks,
    outcomes. ``returns`` as in :func:`event_record`."""
    lines = [f"{event['organisation']} ({event['event_id']})"]
    if pd.notna(event["event_name"]):
        lines.append(str(event["event_name"]))
    facts = [
        ("role", event["role"]),
        ("listed parent", None if pd.isna(event["firm_name"]) else
         f"{event['firm_name']}" + (f" ({event['ticker']})" if pd.notna(event["ticker"])
                                    else " (not listed at the time)")),
        ("sector", event["sector"]),
        ("affected", None if pd.isna(event["n_affected"]) else
         f"{count(event['n_affected'])} ({event['n_affected_basis']})"),
        ("data types", event["data_types"]),
        ("attack", event["attack_type"]),
        ("made public by", event["public_by"]),
    ]
    lines += [f"  {name:<15} {value}" for name, value in facts if not pd.isna(value)]
    own = milestones[milestones["event_id"] == event["event_id"]].sort_values(
        ["date_lo", "date_hi", "type", "milestone_id"])
    lines += ["", "Timeline (* used in the events table)"]
    for row in own.itertuples(index=False):
        mark = "*" if row.is_picked else " "
        by = "" if pd.isna(row.by) else f" by {row.by}"
        said = "" if pd.isna(row.evidence) else f" “{row.evidence}”"
        lines.append(f"{mark} {_interval(row.date_lo, row.date_hi):<25}"
                     f"{NAMES[row.type]}{by}{said}")
        place = "" if pd.isna(row.source_locator) else f" ({row.source_locator})"
        lines.append(f"    {row.url}{place}")
        if pd.notna(row.note):
            lines.append(f"    note: {row.note}")
    lines += ["", "Clocks (days)"]
    for lag in LAGS:
        lo, hi = event[f"{lag.name}_lo_days"], event[f"{lag.name}_hi_days"]
        lines.append(f"  {lag.code} {NAMES[lag.start]} → {NAMES[lag.end]}: {_days(lo, hi)}")
    if bool(event["is_conflict"]):
        lines.append(f"  conflict: impossible order of dates in {event['conflict']}")
    if pd.notna(event["is_outed"]) and bool(event["is_outed"]):
        lines.append("  public before the organisation knew")
    if codes is not None:
        lines += _answer(event, codes)
    if returns is not None:
        lines += _outcomes(event, returns)
    return "\n".join(map(visible, lines))


def _answer(event: pd.Series, codes: pd.DataFrame) -> list[str]:
    """Lines on the coded answer: final code with its meaning and evidence, and what A and B wrote
    where they differed."""
    own = codes[codes["event_id"] == event["event_id"]].set_index("item")
    if own.empty:
        return ["", "Answer: not coded"]
    lines = ["", f"Answer, as coded (coverage {event['coverage']}; docs/coding.md)"]
    for item in book().items:
        row = own.loc[item.id]
        meaning = (item.levels.get(row["code"]) if row["status"] == "coded" else None) or \
            row["status"].replace("_", " ")
        said = "" if pd.isna(row["evidence"]) else f" “{row['evidence']}”"
        differed = (f" [A {row['code_a']}, B {row['code_b']}]"
                    if row["basis"] == "adjudicated" else "")
        lines.append(f"  {item.id} {item.title:<38} {row['code']:>3}  {meaning}{said}{differed}")
    for index in ("candour", "accommodation", "evasion"):
        if pd.notna(event[index]):
            lines.append(f"  index of {index}: {number(event[index], 2)} "
                         f"({event[f'n_{index}_items']} items)")
    return lines


SHOWN = (-5, 10)
"""Sessions whose abnormal return is printed."""


def _outcomes(event: pd.Series, returns: pd.DataFrame) -> list[str]:
    """Lines on investors (market model) and consumers."""
    lines = ["", "Investors (market model; docs/outcomes.md)"]
    if pd.isna(event["car_m1_p1"]):
        lines.append(f"  no CAR: {event['car_reason']}")
    else:
        lines.append(f"  day 0 is {event['day_zero']:%Y-%m-%d}; CAR[-1,+1] "
                     f"{percent(event['car_m1_p1'])} (forecast error "
                     f"{share(event['car_m1_p1_se'], 2)}), matched firms "
                     f"{percent(event['matched_car_m1_p1'])}")
    path = car_path(event["event_id"], returns)
    path = path[path["offset"].between(*SHOWN)]
    if len(path):
        lines += ["  session   abnormal   since -10"]
        lines += [f"  {number(row.offset, 0, sign=True):>7}   {percent(row.ar):>8}   "
                  + (DASH if pd.isna(row.car) else f"{percent(row.car):>8}")
                  for row in path.itertuples(index=False)]
    for column, what in (("acsi_change", "satisfaction (ACSI)"),
                         ("reputation_change", "reputation (Harris)")):
        if pd.notna(event[column]):
            lines.append(f"  {what}: {number(event[column], 1, sign=True)} points against peers")
    return lines
