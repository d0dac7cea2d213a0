"""Time of day of the first public news."""

import pandas as pd
import pytest

from breachstudy.workflow.build import build
from tests.conftest import milestone


@pytest.mark.parametrize(("day", "expected"), [("2015-03-11", "evening"), ("2015-03-12", None)])
def test_another_page_of_the_same_day_may_tell_the_time(study_rows, raw_files, day, expected):
    study_rows["milestones"].append(
        milestone("acme-2015", "first_public", day, n=9, by="press", source_id="p2",
                  time="evening"))
    event = build(raw_files()).frames["events"].set_index("event_id").loc["acme-2015"]
    assert event["event_date"].isoformat() == "2015-03-11"
    assert event["public_time"] == expected if expected else pd.isna(event["public_time"])
