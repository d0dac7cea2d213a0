"""Speed and memory of the event-study engine beside a statsmodels loop and two packages.

Run: python benchmarks/eventstudy_bench.py --peers-python PEERS/bin/python [--write]
See README.md beside this file. Every contender gets the same simulated returns, 250 estimation
sessions, the market model and the window −1 … +1.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd

from breachstudy.eventstudy import Panel, build_panel, event_study, window_sample
from breachstudy.eventstudy.parametric import bmp

HERE = Path(__file__).parent
ESTIMATION = (-270, -21)
WINDOW = (-1, 1)
HEADING = "## Event studies\n"
ABOUT = """
The engine `breachstudy.eventstudy`, a loop of `statsmodels` fits on arrays cut beforehand, and the
packages `eventstudy` and `ffjr-eventstudies`, in one run on the same simulated returns. The loop
computes the same statistic, and the run stops if the two differ by more than 10⁻⁸. The packages
need numpy below 2, so the script calls them in an environment of their own; they compute less (no
forecast error, no standardised test), run fewer events, and are scaled by their seconds an event.
Bringing the data into each one's own form is not counted (ours takes the seconds named below), and
none keeps the residuals of the estimation window, which BMP does not need. To repeat:

```
python -m venv peers && peers/bin/pip install -r benchmarks/requirements-eventstudy.txt
OMP_NUM_THREADS=1 python benchmarks/eventstudy_bench.py --peers-python peers/bin/python --write
```

Working memory is the peak during `event_study`, residuals kept, beyond panel and result: events are
worked on in chunks of fixed size, so it does not grow with their number beyond a few values each.

"""


def make(n_events: int, n_securities: int = 1000, n_sessions: int = 3000, seed: int = 1
         ) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Returns (sessions × securities), market and events."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2010-01-01", periods=n_sessions, name="date")
    market = rng.normal(0.0003, 0.01, n_sessions)
    returns = market[:, None] + rng.normal(0, 0.02, (n_sessions, n_securities))
    names = [f"s{i}" for i in range(n_securities)]
    day = rng.integers(300, n_sessions - 50, n_events)
    events = pd.DataFrame({"security": [names[i] for i in rng.integers(0, n_securities, n_events)],
                           "date": days[day]})
    return (pd.DataFrame(returns, days, names), pd.Series(market, days, name="mkt"), events)


def ours(panel: Panel, events: pd.DataFrame) -> tuple[float, float]:
    """Seconds from events and panel to the BMP statistic, and the statistic."""
    start = time.perf_counter()
    result = event_study(panel, events, estimation=ESTIMATION, windows=[WINDOW],
                         event_window=WINDOW, keep_residuals=False)
    value = bmp(window_sample(result, WINDOW, cluster=None, drop_duplicates=False)).value
    return time.perf_counter() - start, value


def statsmodels_loop(returns: pd.DataFrame, market: pd.Series, events: pd.DataFrame
                     ) -> tuple[float, float]:
    """The same by one ``OLS.fit`` an event, on arrays cut beforehand."""
    import statsmodels.api as sm

    values = returns.to_numpy()
    x = sm.add_constant(market.to_numpy())
    column = returns.columns.get_indexer(events["security"])
    day = returns.index.get_indexer(events["date"])
    length = WINDOW[1] - WINDOW[0] + 1
    start = time.perf_counter()
    scars = []
    for c, d in zip(column, day, strict=True):
        rows = slice(d + ESTIMATION[0], d + ESTIMATION[1] + 1)
        window = slice(d + WINDOW[0], d + WINDOW[1] + 1)
        fit = sm.OLS(values[rows, c], x[rows]).fit()
        car = (values[window, c] - fit.predict(x[window])).sum()
        total = x[window].sum(axis=0)
        scars.append(car / np.sqrt(fit.mse_resid * length + total @ fit.cov_params() @ total))
    value = np.mean(scars) / (np.std(scars, ddof=1) / np.sqrt(len(scars)))
    return time.perf_counter() - start, float(value)


def peers(python: Path, returns: pd.DataFrame, market: pd.Series, events: pd.DataFrame,
          n_events: int) -> dict[str, float]:
    """Seconds an event of each package, measured by its own interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        few = events.head(n_events)
        used = sorted(few["security"].unique())
        returns[used].assign(MKT=market).reset_index().to_csv(f"{folder}/returns.csv", index=False)
        few.to_csv(f"{folder}/events.csv", index=False)
        done = subprocess.run([str(python), str(HERE / "eventstudy_peers.py"), folder], check=True,
                              capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def working_memory(n_events: int) -> tuple[float, float]:
    """(MB held by the result, MB at the peak beyond panel and result)."""
    returns, market, events = make(n_events)
    panel = build_panel(returns, market.to_frame())
    del returns
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result = event_study(panel, events, estimation=ESTIMATION, windows=[WINDOW],
                         event_window=WINDOW)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.ok.all()
    return (after - before) / 1e6, (peak - after) / 1e6


def table(n_events: int, n_peer: int, repeats: int, python: Path | None) -> str:
    """Markdown of what was measured."""
    data = make(n_events)
    start = time.perf_counter()
    panel = build_panel(data[0], data[1].to_frame())
    prepared = time.perf_counter() - start
    ours(panel, data[2])  # imports and caches
    runs = [ours(panel, data[2]) for _ in range(repeats)]
    mine, value = statistics.median(s for s, _ in runs), runs[0][1]
    loops = [statsmodels_loop(*data) for _ in range(max(repeats // 8, 1))]
    loop = statistics.median(s for s, _ in loops)
    if abs(loops[0][1] - value) > 1e-8:
        raise SystemExit(f"the statistics differ: {value} and {loops[0][1]}")
    rows = [("breachstudy", n_events, mine, mine), ("statsmodels loop", n_events, loop, loop)]
    if python is not None:
        for name, each in peers(python, *data, n_peer).items():
            rows.append((name, n_peer, each * n_peer, each * n_events))
    lines = [f"{n_events:,} events, 250 estimation sessions, market model, BMP over (−1, +1); "
             f"statistic {value:.6f} from both that compute it.", "",
             "| | events run | seconds | seconds for all | × ours |", "|---|--:|--:|--:|--:|"]
    lines += [f"| {name} | {n:,} | {s:.3f} | {total:.3f} | {total / mine:.0f} |"
              for name, n, s, total in rows]
    lines += ["", f"Medians of {repeats} runs of ours and {len(loops)} of the loop, after one to "
              f"warm up; returns into a panel: {prepared:.2f} s. "
              f"Python {platform.python_version()}, numpy {np.__version__}, one thread.", "",
              "| events | result (MB) | working memory (MB) |", "|--:|--:|--:|"]
    for n in (1_000, 10_000, 40_000):
        held, beyond = working_memory(n)
        lines.append(f"| {n:,} | {held:.1f} | {beyond:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--peer-events", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=41)
    parser.add_argument("--peers-python", type=Path)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    found = table(given.events, given.peer_events, given.repeats, given.peers_python)
    sys.stdout.write(found)
    if given.write:
        page = HERE / "README.md"
        text = page.read_text("utf-8")
        before, _, after = text.partition(HEADING)
        rest = after[after.index("\n## ") + 1:] if "\n## " in after else ""
        page.write_text(f"{before.rstrip()}\n\n{HEADING}{ABOUT}{found}\n{rest}".rstrip() + "\n",
                        "utf-8")


if __name__ == "__main__":
    main()
