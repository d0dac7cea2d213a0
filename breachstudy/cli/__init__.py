"""Command line."""

from breachstudy.cli.app import main

__all__ = ["main"]
