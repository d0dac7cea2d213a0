"""Readers of the raw tables: located problems, checks across tables, picking, corrections."""
