"""The session in eventstudy.md: the command on five badly made files, run here and printed there.

Run: python docs/eventstudy_session.py [--write]. A test runs it and compares with the page.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import typer
from typer.testing import CliRunner

from breachstudy.cli.eventstudy import register
from breachstudy.errors import EXPECTED

PAGE = Path(__file__).parent / "eventstudy.md"
BEGIN, END = "<!-- session: python docs/eventstudy_session.py --write -->", "<!-- end -->"
SHORT = "--window -1,1 --event-window -5,5 --estimation -150,-11"
DAYS = pd.bdate_range("2017-01-02", periods=420)


def market() -> tuple[pd.Series, pd.DataFrame]:
    """A market and twelve securities with a fall of two per cent on session 300."""
    rng = np.random.default_rng(7)
    index = pd.Series(rng.normal(0.0003, 0.008, len(DAYS)), DAYS)
    names = [f"AG{i:02}" for i in range(1, 13)]
    noise = rng.normal(0, 0.012, (len(DAYS), 12))
    returns = pd.DataFrame(index.to_numpy()[:, None] + noise, DAYS, names)
    returns.iloc[300] -= 0.02
    return index, returns


def german_prices(folder: Path) -> str:
    """Prices with semicolons, decimal commas and German dates, newest first."""
    _, returns = market()
    prices = (100 * (1 + returns).cumprod()).round(2)[::-1]
    prices.insert(0, "Datum", prices.index.strftime("%d.%m.%Y"))
    prices.to_csv(folder / "kurse.csv", sep=";", decimal=",", index=False)
    events = pd.DataFrame({"ticker": returns.columns, "Datum": DAYS[300].strftime("%d.%m.%Y"),
                           "Branche": ["Bank", "Handel"] * 6})
    events.loc[3, "Datum"] = "09.01.2017"  # too early to be estimated
    events.to_csv(folder / "ereignisse.csv", sep=";", index=False)
    return f"--prices kurse.csv --events ereignisse.csv --model constant_mean {SHORT}"


def utf16_and_excel(folder: Path) -> str:
    """Returns as a spreadsheet exports Unicode text; events in a workbook with a second sheet."""
    index, returns = market()
    returns.round(6).rename_axis("date").reset_index().to_csv(
        folder / "returns.txt", sep="\t", index=False, encoding="utf-16")
    index.round(6).rename("mkt").rename_axis("date").reset_index().to_csv(folder / "factors.csv",
                                                                          index=False)
    events = pd.DataFrame({"security": returns.columns, "date": DAYS[300],
                           "after_close": ["no"] * 11 + [""]})
    with pd.ExcelWriter(folder / "events.xlsx") as book:
        events.to_excel(book, sheet_name="events", index=False)
        pd.DataFrame({"note": ["old"]}).to_excel(book, sheet_name="scrap", index=False)
    return f"--returns returns.txt --factors factors.csv --events events.xlsx {SHORT}"


def crsp(folder: Path) -> str:
    """CRSP as it is: letters and codes for missing returns, a return at delisting."""
    index, returns = market()
    parts = [pd.DataFrame({"PERMNO": 10001 + i, "date": DAYS.strftime("%Y%m%d"),
                           "RET": returns[name].round(6).astype(str).to_numpy(), "DLRET": "",
                           "vwretd": index.round(6).to_numpy()})
             for i, name in enumerate(returns)]
    parts[0].loc[4, "RET"], parts[1].loc[9, "RET"] = "C", "-66.0"
    parts[2] = parts[2][:302].copy()
    parts[2].loc[301, ["RET", "DLRET"]] = ["", "-0.55"]
    pd.concat(parts).to_csv(folder / "dsf.csv", index=False)
    pd.DataFrame({"PERMNO": range(10001, 10013),
                  "date": [f"{DAYS[300]:%Y-%m-%d}T18:30:00Z"] * 11
                  + [f"{DAYS[300]:%Y-%m-%d}T20:30:00Z"]}).to_csv(folder / "news.csv", index=False)
    return f"--returns dsf.csv --events news.csv {SHORT}"


def dates_that_do_not_tell(folder: Path) -> str:
    """Days that may be months, a month alone, a security that has no returns."""
    _, returns = market()
    returns.round(6).rename_axis("date").reset_index().to_csv(folder / "returns.csv", index=False)
    (folder / "vague.csv").write_text("ticker,date\nAG01,03/04/2018\nAG02,2018-03\nAG03,5/5/2018\n"
                                      "AG99,2018-03-05\nAG04,March 2018\n")
    return f"--returns returns.csv --events vague.csv --model constant_mean {SHORT}"


def per_cent(folder: Path) -> str:
    """Returns in per cent, and a word among them."""
    _, returns = market()
    wide = (100 * returns).round(4).rename_axis("date").reset_index().astype(str)
    wide.loc[2, "AG03"] = "halted"
    wide.to_csv(folder / "percent.csv", index=False)
    pd.DataFrame({"ticker": ["AG01"], "date": ["2018-02-26"]}).to_csv(folder / "one.csv",
                                                                      index=False)
    return f"--returns percent.csv --events one.csv --model constant_mean {SHORT}"


FILES: tuple[Callable[[Path], str], ...] = (german_prices, utf16_and_excel, crsp,
                                            dates_that_do_not_tell, per_cent)
# Questions put wrongly to the first file.
QUESTIONS = ("--by nope", "--model ff3", "--by Branche")


@contextlib.contextmanager
def inside(folder: str) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield Path(folder)
    finally:
        os.chdir(before)


def run(arguments: str, whole: bool) -> str:
    """What the command prints, its table of statistics cut unless ``whole``."""
    app = typer.Typer()
    register(app)
    found = CliRunner().invoke(app, ["eventstudy", *arguments.split()],
                               env={"BREACHSTUDY_BACKEND": "", "BREACHSTUDY_JOBS": ""})
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        if not isinstance(found.exception, EXPECTED):
            raise found.exception
        return f"breachstudy: {found.exception}"
    text = found.output.rstrip()
    if whole:
        return text
    words = text.split("\n\n")
    return "\n\n".join(words[:2]) + "\n\n…"


def session() -> str:
    """The session as Markdown."""
    parts = []
    with tempfile.TemporaryDirectory() as name, inside(name) as folder:
        for i, make in enumerate(FILES):
            arguments = make(folder)
            asked = [arguments]
            if make is german_prices:
                asked += [f"{arguments} {q}" for q in QUESTIONS]
            parts.append(f"{str(make.__doc__).rstrip('.')}:\n")
            for j, a in enumerate(asked):
                shown = a if j == 0 else f"… {QUESTIONS[j - 1]}"
                parts.append(f"```\n$ breachstudy eventstudy {shown}\n"
                             f"{run(a, whole=i == 0 and j == 0)}\n```\n")
    return "\n".join(parts)


def page(text: str, made: str) -> str:
    """The page with the session between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{made}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put it into eventstudy.md")
    made = session()
    if parser.parse_args().write:
        PAGE.write_text(page(PAGE.read_text("utf-8"), made), "utf-8")
    else:
        sys.stdout.write(made)


if __name__ == "__main__":
    main()
