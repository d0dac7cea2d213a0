"""Event studies on tables that people bring: read, recognise, run, say, draw."""
