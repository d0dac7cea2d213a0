"""Specification curve and wild bootstrap beside their peers, in one run.

Run in an environment that holds the peers (see README.md), from the root of the checkout:
``PYTHONPATH=. python benchmarks/inference_bench.py``. ``--write`` puts the table into the section
"Inference" of benchmarks/README.md. Each case is first checked for equal answers, then timed: the
best of several runs for fast code, one run for slow code, compilation of the peers left out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import re
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # every contender gets one thread of BLAS

import numpy as np
import pandas as pd
import statsmodels.api as sm

from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.spec_curve import (
    Specification,
    control_subsets,
    fit_curve,
    specification_grid,
)

PEERS = ("statsmodels", "specification_curve", "wildboottest", "numba", "numpy")
OUTCOMES = [f"y{i}" for i in range(4)]
TREATMENTS = ["t", "u"]
CONTROLS = [f"c{i}" for i in range(8)]


def best(function: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of ``runs`` runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def curve_frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, len(CONTROLS))), columns=CONTROLS)
    frame["t"] = frame["c0"] + rng.normal(size=n)
    frame["u"] = frame["t"] + rng.normal(size=n)
    for y in OUTCOMES:
        frame[y] = 0.2 * frame["t"] + frame["c1"] + rng.exponential(size=n)
    return frame


def statsmodels_loop(frame: pd.DataFrame, specs: tuple[Specification, ...]
                     ) -> list[tuple[float, float, float]]:
    """Each model by statsmodels on arrays: coefficient, HC3 error, p."""
    place = {c: i for i, c in enumerate(frame.columns)}
    values, ones, found = frame.to_numpy(), np.ones(len(frame)), []
    for spec in specs:
        x = np.column_stack([ones, values[:, [place[c] for c in (spec.treatment,
                                                                 *spec.controls)]]])
        fit = sm.OLS(values[:, place[spec.outcome]], x).fit(cov_type="HC3", use_t=True)
        found.append((fit.params[1], fit.bse[1], fit.pvalues[1]))
    return found


def package_curve(frame: pd.DataFrame) -> pd.DataFrame:
    """The same grid by specification_curve; it adds no intercept, so the data hold one."""
    import specification_curve as sc

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        curve = sc.SpecificationCurve(frame.assign(const=1.0), y_endog=OUTCOMES,
                                      x_exog=TREATMENTS, controls=CONTROLS,
                                      always_include=["const"])
        curve.fit()
    return curve.df_r


def bench_curve(n: int) -> list[tuple[str, str, float, float]]:
    frame = curve_frame(n, 1)
    specs = specification_grid(OUTCOMES, TREATMENTS, control_subsets(CONTROLS))
    ours = fit_curve(frame, specs)
    loop = np.array(statsmodels_loop(frame, specs))
    np.testing.assert_allclose(loop[:, 0], ours.estimate, rtol=1e-8)
    np.testing.assert_allclose(loop[:, 1], ours.std_error, rtol=1e-8)
    np.testing.assert_allclose(loop[:, 2], ours.p_value, rtol=1e-6, atol=1e-14)
    start = time.perf_counter()
    theirs = package_curve(frame)
    package = time.perf_counter() - start
    shared = np.sort(theirs["Coefficient"].to_numpy(dtype=float))
    np.testing.assert_allclose(shared, np.sort(ours.estimate), rtol=1e-6)
    own = best(lambda: fit_curve(frame, specs), 7)
    arrays = best(lambda: statsmodels_loop(frame, specs), 3)
    what = f"specification curve, {len(specs):,} models, n = {n}"
    return [(what, "statsmodels, loop on arrays (HC3)", own, arrays),
            (what, "specification_curve (classical errors)", own, package)]


def bench_bootstrap(n: int, groups: int, draws: int) -> list[tuple[str, str, float, float]]:
    from wildboottest.wildboottest import wildboottest

    rng = np.random.default_rng(2)
    x = pd.DataFrame(rng.normal(size=(n, 9)), columns=[f"X{i}" for i in range(9)])
    x.insert(0, "const", 1.0)
    cluster = pd.Series(rng.integers(0, groups, n))
    y = pd.Series(rng.normal(size=groups)[cluster] + rng.normal(size=n) + 0.05 * x["X0"])
    model = sm.OLS(y, x)

    def peer() -> pd.DataFrame:
        return wildboottest(model, param="X0", cluster=cluster, B=draws, seed=3, show=False)

    def ours(confidence: float | None = None) -> float:
        return wild_cluster_bootstrap(y, x, "X0", cluster, draws=draws, seed=3,
                                      p_value_kind="strict", confidence=confidence).p_value
    theirs = float(peer()["p-value"].iloc[0])  # also compiles
    # Two samples of draws: four Monte Carlo errors of their difference.
    assert abs(theirs - ours()) < 4 * (2 * theirs * (1 - theirs) / draws) ** 0.5 + 1e-9
    what = f"wild cluster bootstrap, {draws:,} draws, n = {n:,}, {groups} clusters"
    slow = best(peer, 3)
    return [(what, "wildboottest (p only)", best(ours, 7), slow),
            (f"{what}, with interval", "wildboottest (p only)", best(lambda: ours(0.95), 5), slow)]


def table(rows: list[tuple[str, str, float, float]]) -> str:
    lines = ["| task | peer | breachstudy, s | peer, s | ratio |", "|---|---|--:|--:|--:|"]
    lines += [f"| {what} | {peer} | {own:.4f} | {other:.3f} | {other / own:,.0f} × |"
              for what, peer, own, other in rows]
    versions = ", ".join(f"{p} {version(p)}" for p in PEERS)
    return "\n".join([*lines, "", f"One run on Python {platform.python_version()}, "
                      f"{platform.machine()}, one BLAS thread; {versions}."])


def write_section(path: Path, heading: str, body: str) -> None:
    """Replace the section of this name in a Markdown file, or append it."""
    text = path.read_text("utf-8") if path.is_file() else "# Benchmarks\n"
    section = f"## {heading}\n\n{body}\n"
    pattern = re.compile(rf"^## {heading}\n.*?(?=^## |\Z)", re.M | re.S)
    text = (pattern.sub(lambda _: section + "\n", text) if pattern.search(text)
            else f"{text.rstrip()}\n\n{section}")
    path.write_text(text.rstrip() + "\n", "utf-8")


ABOUT = """\
The specification curve of `breachstudy.estimation` beside a loop over statsmodels on arrays and the
package `specification_curve`, and the wild cluster bootstrap beside `wildboottest`. Answers are
compared before anything is timed: coefficients and HC3 errors of statsmodels to eight digits and
its p-values to six, coefficients of `specification_curve` to six, p-values of `wildboottest` within
Monte Carlo error. To repeat:

```
python -m venv peers && peers/bin/pip install -r benchmarks/requirements.txt
PYTHONPATH=. peers/bin/python benchmarks/inference_bench.py --write
```
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write benchmarks/README.md")
    given = parser.parse_args()
    rows = bench_curve(600) + bench_bootstrap(2000, 50, 9999)
    found = table(rows)
    print(found)
    if given.write:
        write_section(Path(__file__).with_name("README.md"), "Inference", f"{ABOUT}\n{found}")


if __name__ == "__main__":
    main()
