"""Kinds of specification: a file each holds its record, its checks, its run and its rows."""
