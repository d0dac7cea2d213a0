"""What a source's words on the time of day say about the close of the market."""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["is_after_close"]

_CLOCK = re.compile(r"\b(\d{1,2})[:.](\d{2})\s*(am|pm|a\.m\.|p\.m\.)?\b|"
                    r"\b(\d{1,2})\s*(am|pm)\b", re.I)
_ZONES = {"ET": 0, "EST": 0, "EDT": 0, "CT": 1, "CST": 1, "CDT": 1, "MT": 2, "PT": 3, "PST": 3,
          "PDT": 3}
"""Hours to add for New York time."""
_ZONE = re.compile(r"\b(" + "|".join(_ZONES) + r")\b")
_FOREIGN = re.compile(r"\b(AEST|AEDT|GMT|BST|CET|CEST|JST|SGT|HKT|UTC|zone not given|page stamp|"
                      r"page updated?)\b", re.I)
_AFTER = re.compile(r"after (the )?(market |hours|trading|close|bell)|after-hours|evening|night|"
                    r"\blate (mon|tues|wednes|thurs|fri)day\b|after close", re.I)
_BEFORE = re.compile(r"morning|mid-?day|\bnoon|before (the )?(open|close|market)|overnight|"
                     r"pre-market", re.I)
CLOSE = dt.time(16, 0)


def is_after_close(text: object) -> bool | None:
    """Whether news so timed came after the close in New York; None where the words do not say.

    A clock time counts if its zone is American or not named; zones elsewhere and time stamps of a
    page without a zone do not tell. Then words: evening, late on a weekday, after the bell.
    """
    if not isinstance(text, str) or not text.strip() or _FOREIGN.search(text):
        return None
    if _BEFORE.search(text):
        return False
    if _AFTER.search(text):
        return True
    found = _CLOCK.search(text)
    if not found:
        return None
    hour = int(found[1] or found[4])
    minute = int(found[2] or 0)
    half = (found[3] or found[5] or "").lower().replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    zone = _ZONE.search(text)
    hour += _ZONES[zone[1]] if zone else 0
    return hour > CLOSE.hour or (hour == CLOSE.hour and minute >= CLOSE.minute)
