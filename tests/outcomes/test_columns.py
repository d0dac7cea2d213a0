"""Outcome columns have one list, the codebook; the functions make exactly those."""

import pandas as pd

from breachstudy.outcomes.consumers import consumer_outcomes
from breachstudy.outcomes.investors import no_outcomes
from breachstudy.schema.codebook import tables
from tests.outcomes.test_investors import event, outcomes, securities, series

EVENTS = tables("processed")["events"]
EMPTY = pd.DataFrame({n: [] for n in (
    "event_id", "score_before", "score_after", "peers_before", "peers_after", "year_before",
    "year_after", "verdict", "reason")})


def listed_outcomes():
    """Columns of the events table from the first outcome on, which stand together at its end."""
    consumers = list(consumer_outcomes(EMPTY, EMPTY).columns)
    first = EVENTS.names.index("day_zero")
    rest = EVENTS.names[first:]
    assert set(consumers) <= set(rest)
    return [n for n in rest if n not in consumers]


def test_investors_outcomes_are_the_columns_that_the_codebook_lists():
    returns = [series("BLT"), series("matched:bolt-2016", seed=9, volume=False)]
    made = outcomes([event()], [securities()], returns).columns
    assert set(made.columns) == set(listed_outcomes())


def test_without_returns_every_listed_outcome_is_missing_by_its_type_with_a_reason():
    events = pd.DataFrame([event(), event(event_id="dark-2017", event_date=None),
                           event(event_id="own-2018", is_listed=False)])
    columns = [EVENTS[n] for n in listed_outcomes()]
    found = no_outcomes(events, columns).columns
    assert found["car_reason"].tolist() == ["no_prices", "no_date", "not_listed"]
    rest = found.drop(columns="car_reason")
    assert rest.isna().all().all()
    assert {c.name: c.dtype for c in columns if c.name != "car_reason"} == {
        n: str(t) for n, t in rest.dtypes.items()}
