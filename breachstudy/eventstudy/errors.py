"""The named errors of event studies. All are ValueErrors too, as before they had names."""

from __future__ import annotations

from breachstudy.errors import BreachstudyError

__all__ = ["CalendarError", "EventStudyError", "EventsError", "FactorsError", "OptionError",
           "ReturnsError", "UnknownColumnError", "UnknownWindowError"]


class EventStudyError(BreachstudyError, ValueError):
    """An event study cannot be run on these inputs."""


class OptionError(EventStudyError):
    """An option, model, window or statistic that does not exist or contradicts another."""


class CalendarError(EventStudyError):
    """Dates that are missing, repeated, not dates, or in a time zone that leaves the day open."""


class ReturnsError(EventStudyError):
    """Returns or prices that cannot be what they are called."""


class FactorsError(EventStudyError):
    """Factors or benchmarks that are absent or cannot be used."""


class EventsError(EventStudyError):
    """Events without a column, with ids missing or repeated, or in rows that do not agree."""


class _KeyedError(EventStudyError, KeyError):
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class UnknownWindowError(_KeyedError):
    """A window that was not studied."""


class UnknownColumnError(_KeyedError):
    """A column that the events do not have."""
