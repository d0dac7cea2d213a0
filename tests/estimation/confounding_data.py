"""The small simulated data behind the golden values of ``confounding.R``, and what R made of it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parents[1] / "golden" / "estimation"
GOLDEN = {k: np.array(v) for k, v in json.loads(
    (FOLDER / "confounding.json").read_text()).items()}
DATA = pd.read_csv(FOLDER / "confounding.csv")
COVARIATES = DATA[["x1", "x2", "x3"]]
EXACT = 1e-10      # same formula, different linear algebra
OPTIMISER = 1e-6   # two optimisers, or numeric derivatives in R
