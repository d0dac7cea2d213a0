"""The errors that a command reports as one message instead of a traceback."""

from __future__ import annotations

EXPECTED: tuple[type[Exception], ...] = (FileNotFoundError, LookupError, ValueError,
                                         PermissionError, IsADirectoryError)
"""FactError and PlanError are ValueErrors."""
