"""The named error of the coding of responses. It is a ValueError too."""

from __future__ import annotations

from breachstudy.errors import BreachstudyError

__all__ = ["CodingError"]


class CodingError(BreachstudyError, ValueError):
    """Codes that are not adjudicated, not a table of codes, or cannot be compared."""
