"""Commands of the event-study engine: on the reader's own data, and its size and power."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["register"]

Span = tuple[int, int]


def parse_window(text: str) -> Span:
    """A window such as "-1,1" (or "-1:1"). Raises ValueError that says how to write it."""
    try:
        first, last = (int(part) for part in text.replace(":", ",").split(","))
    except ValueError:
        raise ValueError(f"window {text!r} is not two whole numbers such as -1,1") from None
    return first, last


def read_table(path: Path) -> pd.DataFrame:
    """A CSV (as text) or Parquet file. Raises FileNotFoundError, or ValueError for another kind
    of file or one that cannot be read."""
    import pandas as pd

    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = pd.read_parquet(path)
            return frame.reset_index() if frame.index.name is not None else frame
        if path.suffix.lower() in (".csv", ".txt", ".gz"):
            return pd.read_csv(path, dtype="string", keep_default_na=False)
    except (OSError, ValueError, UnicodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    raise ValueError(f"{path} is neither CSV nor Parquet")


def _write(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    from breachstudy.storage import write_atomic

    for name, frame in frames.items():
        write_atomic(folder / f"{name}.csv",
                     frame.to_csv(index=False, lineterminator="\n").encode())


def eventstudy(
    events: Annotated[Path, typer.Option("--events", help="CSV or Parquet: security (or PERMNO, "
                                         "ticker), date; optional event_id, group, after_close, "
                                         "firm, market.")],
    returns: Annotated[Path, typer.Option("--returns", help="CSV or Parquet, decimals: long "
                                          "(security, date, ret; CRSP as it is) or wide.")],
    factors: Annotated[Path | None, typer.Option("--factors", help="CSV or Parquet: date, mkt or "
                                                 "mkt_rf and rf, smb, hml, … in decimals.")] = None,
    model: Annotated[str, typer.Option("--model", help="constant_mean, market_adjusted, market, "
                                       "ff3, ff5 or carhart.")] = "market",
    window: Annotated[list[str] | None, typer.Option(
        "--window", help="Sessions from day 0, such as -1,1 (repeatable).")] = None,
    estimation: Annotated[str, typer.Option("--estimation",
                                            help="Estimation window.")] = "-270,-21",
    event_window: Annotated[str, typer.Option(
        "--event-window", help="Sessions that get an abnormal return each.")] = "-10,30",
    min_obs: Annotated[int, typer.Option("--min-obs", help="Returns needed to estimate.")] = 100,
    non_trading: Annotated[str, typer.Option("--non-trading", help="News on a day without a "
                                             "session: next, previous or drop.")] = "next",
    thin_trading: Annotated[str, typer.Option("--thin-trading",
                                              help="none or trade_to_trade.")] = "none",
    beta: Annotated[str, typer.Option("--beta", help="ols, dimson or scholes_williams.")] = "ols",
    exclude_other_events: Annotated[bool, typer.Option(
        "--exclude-other-events", help="Keep a security's other events out of its estimation "
        "window.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Test levels of this column of events "
                                           "apart, such as group.")] = None,
    cluster: Annotated[str, typer.Option("--cluster", help="Column of events whose values are "
                                         "clusters, or none.")] = "firm",
    seed: Annotated[int, typer.Option("--seed", help="Of the wild bootstrap.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for events.csv, cars.csv, "
                                             "abnormal_returns.csv, tests.csv, caar.csv.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Run an event study on your own returns and events."""
    from breachstudy.eventstudy import WINDOWS, event_study, window_tests
    from breachstudy.eventstudy.files import own_tables
    from breachstudy.exhibits.numbers import DASH, count, number

    tables = own_tables(read_table(returns), read_table(events),
                        None if factors is None else read_table(factors),
                        names=(returns.name, events.name, factors.name if factors else "factors"))
    result = event_study(
        tables.returns, tables.events, tables.factors, model=model,
        estimation=parse_window(estimation), event_window=parse_window(event_window),
        windows=[parse_window(w) for w in window] if window else WINDOWS, min_obs=min_obs,
        non_trading=non_trading, thin_trading=thin_trading, beta=beta,
        exclude_other_events=exclude_other_events)
    clusters = None if cluster == "none" else cluster
    tests = window_tests(result, by=by, cluster=clusters, seed=seed)
    if out is not None:
        _write(out, {"events": result.events, "cars": result.tidy(), "tests": tests,
                     "abnormal_returns": result.ar_frame(),
                     "caar": result.caar(by, cluster=clusters)})
    counts = result.events["reason"].replace("", "ok").value_counts()
    if as_json:
        typer.echo(json.dumps({"model": result.model, "events": counts.to_dict(),
                               "notes": list(tables.notes), "tests": _records(tests)}, indent=2))
        return
    for note in tables.notes:
        typer.echo(note)
    typer.echo(f"{count(len(result.events))} events, model {result.model}: "
               + ", ".join(f"{count(n)} {why}" for why, n in counts.items()))
    typer.echo(tests.drop(columns=["model", "n_clusters"]).to_string(
        index=False, na_rep=DASH, float_format=lambda v: number(v, 4)))
    if out is not None:
        typer.echo(f"wrote events, cars, abnormal_returns, tests and caar to {out}")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(frame.to_json(orient="records"))  # type: ignore[no-any-return]


def size_power(
    sources: Annotated[Path | None, typer.Option(
        "--sources", help="Folder that holds the public price files.")] = None,
    returns: Annotated[Path | None, typer.Option(
        "--returns", help="Returns instead, as for `eventstudy`.")] = None,
    factors: Annotated[Path | None, typer.Option("--factors",
                                                 help="Factors for --returns.")] = None,
    samples: Annotated[int, typer.Option("--samples", help="Samples a scenario.")] = 1000,
    n_events: Annotated[int, typer.Option("--events", help="Events in a sample.")] = 50,
    seed: Annotated[int, typer.Option("--seed", help="Of all draws.")] = 20170907,
    out: Annotated[Path, typer.Option("--out", help="Folder of size-power.csv.")] = Path("docs"),
    page: Annotated[Path, typer.Option("--page", help="The page to write.")
                    ] = Path("docs/size-power.md"),
) -> None:
    """Rejection rates of every test statistic on real returns with random pseudo-events."""
    from breachstudy.eventstudy.panel import build_panel
    from breachstudy.eventstudy.size_power import size_and_power
    from breachstudy.storage import write_atomic
    from breachstudy.workflow.size_power_page import size_power_page

    if (sources is None) == (returns is None):
        raise ValueError("give either --sources or --returns")
    if sources is not None:
        from breachstudy.workflow.size_power_page import panel_of_prices

        panel = panel_of_prices(sources)
    else:
        from breachstudy.eventstudy.files import own_returns

        assert returns is not None
        wide, frame = own_returns(read_table(returns),
                                  None if factors is None else read_table(factors),
                                  names=(returns.name, factors.name if factors else "factors"))
        panel = build_panel(wide, frame)
    found = size_and_power(panel, samples=samples, n_events=n_events, seed=seed)
    write_atomic(out / "size-power.csv",
                 found.table.to_csv(index=False, lineterminator="\n").encode())
    write_atomic(page, size_power_page(found).encode())
    typer.echo(f"wrote {out / 'size-power.csv'} and {page}")


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    commands: list[tuple[str, Callable[..., None]]] = [("eventstudy", eventstudy),
                                                       ("size-power", size_power)]
    for name, command in commands:
        app.command(name)(command)
