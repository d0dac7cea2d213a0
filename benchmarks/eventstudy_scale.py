"""How time and memory of an event study grow to a million events.

Run: OMP_NUM_THREADS=1 python benchmarks/eventstudy_scale.py [--most 1000000] [--write]
Each size runs in a process of its own, which reports its peak resident memory: with the whole
result held (CARs of one window, no daily returns), and in parts that are written to Parquet and let
go. The market model is fitted to 250 sessions of each event.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from breachstudy.eventstudy import build_panel, event_study, event_study_parts, window_sample
from breachstudy.eventstudy.parametric import bmp

HERE = Path(__file__).parent
SIZES = (10_000, 50_000, 100_000, 1_000_000)
HEADING = "## A million events\n"
ABOUT = """
Peak memory of the process beyond the panel (1,000 securities, 3,000 sessions) and the table of
events: while the result of all events is held (market model on 250 sessions, CARs over −1 … +1, no
daily returns), and while parts of 20,000 events are written to one Parquet file and let go. Both
compute the BMP statistic of all events. Time grows a little faster than the events. To repeat:

```
OMP_NUM_THREADS=1 python benchmarks/eventstudy_scale.py --write
```

`backend=` (or `BREACHSTUDY_BACKEND`, `BREACHSTUDY_JOBS`, `BREACHSTUDY_SCHEDULER`) sends the chunks
to processes, threads or a Dask cluster; a test compares every bit.

"""
STUDY = {"estimation": (-270, -21), "windows": [(-1, 1)], "event_window": (-1, 1),
         "keep_daily": False, "keep_residuals": False}
PART = 20_000


def make(n: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2010-01-01", periods=3000)
    market = rng.normal(0.0003, 0.01, 3000)
    returns = pd.DataFrame(market[:, None] + rng.normal(0, 0.02, (3000, 1000)), days,
                           [f"s{i}" for i in range(1000)])
    events = pd.DataFrame({"security": returns.columns.to_numpy()[rng.integers(0, 1000, n)],
                           "date": days[rng.integers(300, 2950, n)]})
    return returns, pd.DataFrame({"mkt": market}, days), events


def peak_mb() -> float:
    """Largest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """Resident memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


def one(n: int, how: str) -> dict[str, float]:
    """Seconds, megabytes beyond the start, and the statistic, in this process."""
    returns, market, events = make(n)
    panel = build_panel(returns, market)
    del returns
    gc.collect()
    before, start = resident_mb(), time.perf_counter()
    if how == "held":
        found = event_study(panel, events, **STUDY)
        value = bmp(window_sample(found, (-1, 1), cluster=None, drop_duplicates=False)).value
    else:
        value = streamed(panel, events)
    return {"seconds": time.perf_counter() - start, "mb": peak_mb() - before, "value": value}


def streamed(panel: object, events: pd.DataFrame) -> float:
    """Parts into one Parquet file; the statistic from running sums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    count, total, squares = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        writer = None
        for part in event_study_parts(panel, events, size=PART, **STUDY):
            table = pa.Table.from_pandas(part.tidy(), preserve_index=False)
            writer = writer or pq.ParquetWriter(f"{folder}/cars.parquet", table.schema)
            writer.write_table(table.cast(writer.schema))
            scar = part.scar[np.isfinite(part.scar)]
            count, total, squares = count + scar.size, total + scar.sum(), squares + scar @ scar
        writer.close()
    spread = np.sqrt((squares - total**2 / count) / (count - 1))
    return float(total / count / (spread / np.sqrt(count)))


def table(most: int) -> str:
    """Markdown of what was measured."""
    lines = ["| events | held: s | MB | s a million | in parts: s | MB | s a million |",
             "|--:|--:|--:|--:|--:|--:|--:|"]
    for n in (s for s in SIZES if s <= most):
        row = f"| {n:,} "
        values = []
        for how in ("held", "parts"):
            done = subprocess.run([sys.executable, __file__, "--one", str(n), how], check=True,
                                  capture_output=True, text=True)
            found = json.loads(done.stdout)
            values.append(found["value"])
            row += (f"| {found['seconds']:.1f} | {found['mb']:.0f} | "
                    f"{found['seconds'] / n * 1e6:.1f} ")
        if abs(values[0] - values[1]) > 1e-9:
            raise SystemExit(f"the statistics differ: {values}")
        lines.append(row + "|")
    lines += ["", f"One run each, one core. Python {platform.python_version()}, numpy "
              f"{np.__version__}, pandas {pd.__version__}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=SIZES[-1], help="Largest number of events.")
    parser.add_argument("--one", nargs=2, metavar=("N", "HOW"), help="One size, in this process.")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    given = parser.parse_args()
    if given.one:
        sys.stdout.write(json.dumps(one(int(given.one[0]), given.one[1])))
        return
    found = table(given.most)
    sys.stdout.write(found)
    if given.write:
        page = HERE / "README.md"
        before, _, after = page.read_text("utf-8").partition(HEADING)
        rest = after[after.index("\n## ") + 1:] if "\n## " in after else ""
        page.write_text(f"{before.rstrip()}\n\n{HEADING}{ABOUT}{found}\n{rest}".rstrip() + "\n",
                        "utf-8")


if __name__ == "__main__":
    main()
