"""Stored results in, figures and tables out; nothing is estimated here."""
