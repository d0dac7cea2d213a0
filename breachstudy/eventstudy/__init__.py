"""Event studies on daily returns, for any events: day 0, normal and abnormal returns, tests.

:func:`event_study` takes frames and returns an :class:`EventStudyResult`; it reads no files.
"""

from breachstudy.eventstudy.calendar import as_sessions, day_zero
from breachstudy.eventstudy.engine import event_study, event_study_parts
from breachstudy.eventstudy.errors import (
    CalendarError,
    EventsError,
    EventStudyError,
    FactorsError,
    OptionError,
    ReturnsError,
    UnknownColumnError,
    UnknownWindowError,
)
from breachstudy.eventstudy.inference import STATISTICS, USUAL, window_statistics, window_tests
from breachstudy.eventstudy.normal_returns import MODELS, NormalModel
from breachstudy.eventstudy.panel import Panel, build_panel
from breachstudy.eventstudy.results import REASONS, EventStudyResult
from breachstudy.eventstudy.returns import compound, returns_from_prices
from breachstudy.eventstudy.samples import WindowSample, window_sample
from breachstudy.eventstudy.windows import WINDOWS, window_name

__all__ = ["MODELS", "REASONS", "STATISTICS", "USUAL", "WINDOWS", "CalendarError",
           "EventStudyError", "EventStudyResult", "EventsError", "FactorsError", "NormalModel",
           "OptionError", "Panel", "ReturnsError", "UnknownColumnError", "UnknownWindowError",
           "WindowSample", "as_sessions", "build_panel", "compound", "day_zero", "event_study",
           "event_study_parts",
           "returns_from_prices", "window_name", "window_sample", "window_statistics",
           "window_tests"]
