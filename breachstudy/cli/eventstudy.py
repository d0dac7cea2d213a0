"""Commands of the event-study engine: on the reader's own data, and its size and power."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from breachstudy.eventstudy.own.command import OwnStudy

__all__ = ["register"]

Span = tuple[int, int]


def parse_window(text: str) -> Span:
    """A window such as "-1,1" (or "-1:1"). Raises OptionError that says how to write it."""
    from breachstudy.eventstudy import OptionError

    found = re.fullmatch(r"\s*([+−-]?\d+)\s*[,:]\s*([+−-]?\d+)\s*", text)
    if found is None:
        raise OptionError(f"window {text!r} is not two whole numbers such as -1,1")
    first, last = (int(part.replace("−", "-")) for part in found.groups())
    return first, last


def read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The cells of a file and what was recognised, see :mod:`breachstudy.eventstudy.own.read`."""
    from breachstudy.eventstudy.own.read import read_file

    found = read_file(path)
    return found.frame, list(found.notes)


def _frame_bytes(frame: pd.DataFrame, form: str) -> bytes:
    if form == "parquet":
        return bytes(frame.to_parquet(index=False))
    return bytes(frame.to_csv(index=False, lineterminator="\n").encode())


def _form(path: Path, known: tuple[str, ...], what: str) -> str:
    """The kind of file that a name asks for. Raises OptionError."""
    from breachstudy.eventstudy import OptionError

    form = path.suffix.lstrip(".").lower()
    form = "parquet" if form == "pq" else form
    if form not in known:
        raise OptionError(f"{what} {path.name}: name it with one of .{', .'.join(known)}")
    return form


def eventstudy(
    events: Annotated[Path, typer.Option("--events", help="CSV, Excel or Parquet: security (or "
                                         "PERMNO, ticker), date; optional event_id, group, "
                                         "after_close, firm, market; further columns for --by.")],
    returns: Annotated[Path | None, typer.Option("--returns", help="Returns in decimals: long "
                                                 "(security, date, ret; CRSP as it is) or wide.")
                       ] = None,
    prices: Annotated[Path | None, typer.Option("--prices", help="Prices instead of returns, "
                                                "adjusted for splits and dividends; long or wide.")
                      ] = None,
    factors: Annotated[Path | None, typer.Option("--factors", help="date, mkt or mkt_rf and rf, "
                                                 "smb, hml, … in decimals.")] = None,
    model: Annotated[str, typer.Option("--model", help="constant_mean, market_adjusted, market, "
                                       "ff3, ff5 or carhart.")] = "market",
    window: Annotated[list[str] | None, typer.Option(
        "--window", help="Sessions from day 0, such as -1,1 (repeatable; the first is the "
        "headline's).")] = None,
    estimation: Annotated[str, typer.Option("--estimation",
                                            help="Estimation window.")] = "-270,-21",
    event_window: Annotated[str, typer.Option(
        "--event-window", help="Sessions that get an abnormal return each.")] = "-10,30",
    min_obs: Annotated[int, typer.Option("--min-obs", help="Returns needed to estimate.")] = 100,
    non_trading: Annotated[str, typer.Option("--non-trading", help="News on a day without a "
                                             "session: next, previous or drop.")] = "next",
    exchange: Annotated[str, typer.Option("--exchange", help="Whose close and time zone count for "
                                          "clock times: XNYS, XLON, XETR, …")] = "XNYS",
    date_order: Annotated[str | None, typer.Option(
        "--date-order", help="dmy or mdy, for dates such as 03/04/2018 that do not tell.")] = None,
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
    cars: Annotated[Path | None, typer.Option("--cars", help="File for the CAR of every event: "
                                              ".csv or .parquet.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="File for the mean path: .png, .svg "
                                              "or .pdf.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for events, cars, "
                                             "abnormal_returns, tests and caar.")] = None,
    form: Annotated[str, typer.Option("--format", help="Of the files in --out: csv or parquet.")
                    ] = "csv",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Run an event study on your own returns or prices and events."""
    from breachstudy.cli.console import steady_console
    from breachstudy.eventstudy.own.command import Options, run_own
    from breachstudy.exhibits.numbers import DASH, number

    steady_console()
    if (returns is None) == (prices is None):
        raise typer.BadParameter("give either --returns or --prices")
    if date_order not in (None, "dmy", "mdy"):
        raise typer.BadParameter("--date-order is dmy or mdy")
    if form not in ("csv", "parquet"):
        raise typer.BadParameter("--format is csv or parquet")
    # What cannot be written is said before anything is computed.
    car_form = None if cars is None else _form(cars, ("csv", "parquet"), "--cars")
    plot_form = None if plot is None else _form(plot, ("png", "svg", "pdf"), "--plot")
    given = returns or prices
    assert given is not None
    files = {"returns": given, "events": events} | ({} if factors is None
                                                    else {"factors": factors})
    tables = {name: read_table(path) for name, path in files.items()}
    found = run_own(
        {n: frame for n, (frame, _) in tables.items()},
        {n: path.name for n, path in files.items()},
        Options(model=model, windows=tuple(parse_window(w) for w in window or ()),
                estimation=parse_window(estimation), event_window=parse_window(event_window),
                min_obs=min_obs, non_trading=non_trading, exchange=exchange,
                thin_trading=thin_trading, beta=beta, exclude_other_events=exclude_other_events,
                by=by, cluster=None if cluster == "none" else cluster, seed=seed,
                prices=prices is not None, date_order=date_order))
    notes = [*(n for _, own in tables.values() for n in own), *found.notes]
    written = _write(found, out, form, cars, car_form, plot, plot_form)
    if as_json:
        typer.echo(json.dumps({"model": found.result.model, "events": found.counts, "notes": notes,
                               "headline": found.headline, "fell_out": found.fallen,
                               "tests": _records(found.tests)}, indent=2, ensure_ascii=False))
        return
    for note in notes:
        typer.echo(note)
    typer.echo("")
    for line in [*found.headline, *found.fallen]:
        typer.echo(line)
    typer.echo("")
    typer.echo(found.tests.drop(columns=["model", "reason", "note"]).to_string(
        index=False, na_rep=DASH, float_format=lambda v: number(v, 4)))
    for line in [*found.remarks, *written]:
        typer.echo(line)


def _write(found: OwnStudy, out: Path | None, form: str, cars: Path | None, car_form: str | None,
           plot: Path | None, plot_form: str | None) -> list[str]:
    """Write what was asked for; a line each."""
    from breachstudy.study import write_atomic

    said = []
    if out is not None:
        for name, frame in found.frames().items():
            write_atomic(out / f"{name}.{form}", _frame_bytes(frame, form))
        said.append(f"wrote {', '.join(found.frames())} to {out}")
    if cars is not None and car_form is not None:
        write_atomic(cars, _frame_bytes(found.result.tidy(), car_form))
        said.append(f"wrote {cars}")
    if plot is not None and plot_form is not None:
        write_atomic(plot, found.drawn(plot_form))
        said.append(f"wrote {plot}")
    return said


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
        raise typer.BadParameter("give either --sources or --returns")
    if sources is not None:
        from breachstudy.compile.panel import panel_of_prices

        panel = panel_of_prices(sources)
    else:
        from breachstudy.eventstudy.own.files import own_returns

        assert returns is not None
        wide, frame = own_returns(read_table(returns)[0],
                                  None if factors is None else read_table(factors)[0],
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
