"""Public registers in, raw fact tables out.

Each module compiles one table with a pure function of data frames; reading the registers' files
is a thin step beside it. Commands: ``breachstudy compile …``.
"""
