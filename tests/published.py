"""Published answers and the small tables they are answers to (golden/published)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "golden" / "published"
ANSWERS = json.loads((FOLDER / "answers.json").read_text("utf-8"))


def table(name):
    return pd.read_csv(FOLDER / f"{name}.csv")


def padded(frame, n, **same):
    """``frame`` with rows of zeros up to ``n``: they add nothing to a sum of squares, and bring
    the degrees of freedom to those of the data that the table condenses."""
    rows = frame.reindex(range(n)).fillna(0.0)
    for name, value in same.items():
        rows.loc[len(frame):, name] = value
    return rows


def codes(name):
    """Codes of a worked example of agreement: a row a coder, NaN where one has no code."""
    return [[np.nan if c == "." else float(c) for c in row.split()]
            for row in ANSWERS[name]["codes"]]
