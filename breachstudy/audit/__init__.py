"""Audits of the dataset: facts drawn without their values, and what readers found scored.

Frames in, frames out; files and printing are the command line's.
"""
