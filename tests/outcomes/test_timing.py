"""What words on the time of day say about the close."""

import pytest

from breachstudy.outcomes.timing import is_after_close


@pytest.mark.parametrize(("text", "expected"), [
    ("late Friday (after close)", True), ("half an hour after close", True), ("evening", True),
    ("late Tuesday", True), ("after the bell", True), ("16:00 ET", True), ("5:30 pm", True),
    ("14:30 PT", True), ("13:00 PT", True), ("12:30 PT", False), ("about 13:00 CT", False),
    ("morning", False), ("mid-day", False), ("overnight", False), ("15:59 ET", False),
    ("10:22 am", False), ("12:10 am", False), ("4 pm EST", True),
    ("Friday afternoon US", None), ("14:00 AEST", None), ("Saturday", None), ("", None),
    (None, None), ("15:16 ET (page update)", None), ("page updated 18:38 ET", None),
])
def test_words_and_clocks(text, expected):
    assert is_after_close(text) is expected
