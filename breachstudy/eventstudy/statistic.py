"""One test statistic with its p-value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NOTES", "UNAVAILABLE", "TestStatistic", "unavailable"]

UNAVAILABLE: dict[str, str] = {
    "too_few_events": "too few events (or clusters), or values that do not vary",
    "no_residuals": "the study kept no residuals (keep_residuals=False)",
    "correlation_not_usable": "the mean correlation of the events is not known or implies a "
                              "variance that is not positive",
    "too_many_events": "the mean over all pairs of events is not computed for so many events",
}
NOTES: dict[str, str] = {
    "few_for_skewness": "fewer than 30 events: the skewness is estimated too loosely to correct by",
}


@dataclass(frozen=True)
class TestStatistic:
    """``value`` of the statistic ``name`` for ``n`` events, two-sided ``p_value``, ``df`` of its
    t distribution (None: normal, exact or bootstrap); ``reason`` why it is missing (NaN); ``note``
    a warning, a key of :data:`NOTES`."""

    name: str
    value: float
    p_value: float
    df: int | None
    n: int
    reason: str = ""
    note: str = ""

    __test__ = False  # not a test case, whatever its name begins with


def unavailable(name: str, n: int, reason: str) -> TestStatistic:
    """A statistic that cannot be had, with a key of :data:`UNAVAILABLE`."""
    return TestStatistic(name, float("nan"), float("nan"), None, n, reason)
