"""``breachstudy compile``: read the registers as published, compile, write data/raw.

The thin layer of files around the pure functions of this package. Each command returns one
paragraph that says what it wrote, with counts.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from breachstudy.compile.consumers import compile_acsi, compile_harris
from breachstudy.compile.filings import REGISTERS as NOTICE_REGISTERS
from breachstudy.compile.findings import compile_findings
from breachstudy.compile.firms import unconfirmed_links
from breachstudy.compile.letters import (
    LETTERS_FILE,
    compile_letters,
    read_letters,
    read_register,
)
from breachstudy.compile.market import compile_market, read_price_files
from breachstudy.compile.notices import compile_notices, read_registers
from breachstudy.compile.register_events import Match, compile_events, link_notices, members_of
from breachstudy.compile.register_reports import compile_register_reports, read_register_files
from breachstudy.errors import FactError, InputError, Problem
from breachstudy.facts.checkout import renew_entries
from breachstudy.facts.read import parse_table
from breachstudy.facts.returns import RETURNS_FILE, returns_bytes
from breachstudy.facts.validate import file_of
from breachstudy.facts.write import csv_bytes
from breachstudy.schema.codebook import table
from breachstudy.storage import write_atomic
from breachstudy.study import Study

__all__ = ["changes", "consumers", "findings", "market", "notices", "registers"]

SECURITIES = "sec_tickers_2025.csv"
ACSI_SCORES = "acsi_scores_1995_2020.csv"
HARRIS_SCORES = "axios_harris_2017_2022.csv"
MARKET_TABLES = ("factors", "event_securities", "matched_firms", "return_checks")
LAST_FACTOR_DAY = dt.date(2024, 12, 31)
"""End of the one vintage of the factors that is used."""
PROVENANCE = {
    "title": "Daily returns round breach events, derived from adjusted closing prices",
    "producer": "breachstudy compile market",
    "source": "public collections of daily prices, 2003 to June 2025; see docs/sources.md",
    "rights": "derived returns; prices are not redistributed",
    "ret": "simple return P_t / P_(t-1) - 1 between consecutive sessions, dividends included",
    "log_volume": "log of the shares traded less its mean over the security's sessions kept here",
}


def _folder(sources: Path, name: str) -> Path:
    """``sources/name`` where the files are sorted into folders, else ``sources`` itself."""
    return sources / name if (sources / name).is_dir() else sources


def _raw(study: Study, *names: str) -> dict[str, pd.DataFrame]:
    """Raw tables as they stand, without corrections, which the build applies later.

    Raises FactError with every problem of every file.
    """
    frames, problems = {}, []
    for name in names:
        path = study.raw / f"{name}.csv"
        if not path.is_file():
            problems.append(Problem(file_of(name), None, None, None, "the file is missing",
                                    "Restore it from version control or compile it first"))
            continue
        frame, found = parse_table(path.read_bytes(), file_of(name), table("raw", name))
        frames[name] = frame.drop(columns="_row")
        problems.extend(found)
    if problems:
        raise FactError(problems)
    return frames


def _cells(data: bytes, key: Sequence[str]) -> pd.DataFrame:
    """A raw table as its cells are written, by its key; a key that repeats keeps its first row."""
    frame = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    return frame.drop_duplicates(list(key)).set_index(list(key))


def changes(old: bytes, new: bytes, key: Sequence[str]) -> str:
    """What differs between two versions of a raw table: rows by their key, cells by column."""
    before, after = _cells(old, key), _cells(new, key)
    both = before.index.intersection(after.index)
    columns = [c for c in after.columns if c in before.columns]
    differs = before.loc[both, columns] != after.loc[both, columns]
    counts = differs.sum()
    parts = [f"{int(differs.any(axis=1).sum()):,} rows changed",
             f"{len(after.index.difference(before.index)):,} new",
             f"{len(before.index.difference(after.index)):,} gone"]
    cells = ", ".join(f"{c} {n:,}" for c, n in counts.items() if n)
    return "; ".join(parts) + (f" ({cells})" if cells else "")


def _write(study: Study, frames: Mapping[str, pd.DataFrame]) -> str:
    """Write raw tables, renew their entries of the manifest, and say which of them changed, and in
    what."""
    said = []
    for name, frame in frames.items():
        spec = table("raw", name)
        path, data = study.raw / f"{name}.csv", csv_bytes(frame[spec.names])
        old = path.read_bytes() if path.is_file() else b""
        write_atomic(path, data)
        what = "as before" if old == data else "changed"
        if old.strip() and old != data:
            what += f": {changes(old, data, spec.primary_key)}"
        said.append(f"{file_of(name)}: {len(frame):,} rows, {what}")
    renew_entries(study, [f"{name}.csv" for name in frames])
    return "\n".join(said)


def notices(sources: Path, study: Study) -> str:
    """Compile data/raw/notices.csv. ``sources`` holds the files, or a folder ``notices`` of them.

    Raises FileNotFoundError that names every missing file, ValueError if a register is not as
    published.
    """
    made = compile_notices(read_registers(_folder(sources, "notices")))
    n = made.summary
    return (f"{_write(study, {'notices': made.notices})}\n"
            f"{n['rows']:,} rows of {len(NOTICE_REGISTERS)} registers = {n['filings']:,} filings "
            f"+ {n['dropped']:,} dropped; {n['notices_merged']:,} notices merge several filings")


def registers(sources: Path, study: Study) -> str:
    """Compile register_reports.csv and event_members.csv from the other registers.

    Reads notices, firms, firm_links and event_matches from data/raw. Where ``sources`` holds the
    securities register, links by exact name are confirmed against it again.

    Raises FileNotFoundError that names every missing file; FactError where a raw table is
    unsound; ValueError if a register is not as published, a link by exact name is not
    confirmed, or links of one organisation overlap.
    """
    raw = _raw(study, "notices", "firms", "firm_links", "event_matches")
    securities = _folder(sources, "firms") / SECURITIES
    if securities.is_file():
        wrong = unconfirmed_links(raw["firm_links"], raw["firms"], pd.read_csv(securities))
        if wrong:
            raise InputError(f"{file_of('firm_links')}: no company of that name and index key in "
                             f"{SECURITIES}: {', '.join(wrong)}. Correct the link, or give its "
                             "evidence and the method by_hand")
    found = compile_register_reports(read_register_files(_folder(sources, "notices")),
                                     raw["firm_links"])
    members, undated = members_of(link_notices(raw["notices"], raw["firm_links"]), found.reports)
    matches = {m["member_id"]: Match(m["event_id"], _known(m["note"]))
               for m in raw["event_matches"].to_dict("records")}
    events = compile_events(members, matches, _given(study), _events_named(study))
    wrote = _write(study, {"register_reports": found.reports, "event_members": events})
    n = found.summary
    return (f"{wrote}\n{n['rows']:,} rows of registers = {n['reports']:,} reports of listed firms "
            f"+ {n['without_listed_firm']:,} of others + {n['dropped']:,} dropped\n"
            f"{events['event_id'].nunique():,} events; {undated:,} rows of listed firms give no "
            "day of report and belong to none")


def _known(value: object) -> str:
    return value if isinstance(value, str) else ""


def _given(study: Study) -> dict[str, str]:
    """Event of each register row as compiled before; rows that began an event come first."""
    if not (study.raw / "event_members.csv").is_file():
        return {}
    rows = _raw(study, "event_members")["event_members"]
    rows = rows.assign(_later=rows["rule"] != "first").sort_values(["_later", "member_id"])
    return dict(zip(rows["member_id"], rows["event_id"], strict=True))


def _events_named(study: Study) -> list[str]:
    """Ids in use, of events without register rows as well."""
    if not (study.raw / "events.csv").is_file():
        return []
    return [str(e) for e in _raw(study, "events")["events"]["event_id"]]


def market(sources: Path, study: Study) -> str:
    """Compile data/raw/returns.parquet, factors, event_securities, matched_firms and return_checks.

    ``sources`` holds the price files, or a folder ``market`` of them. The events are those that
    the other raw facts give; the outcomes follow with the next build.
    """
    from breachstudy.dataset.frames import events_before_outcomes

    files = read_price_files(_folder(sources, "market"))
    events = events_before_outcomes(study.raw_files(), MARKET_TABLES)
    made = compile_market(files, events, _raw(study, "firms")["firms"], LAST_FACTOR_DAY)
    said = _write(study, {"factors": made.factors, "event_securities": made.event_securities,
                          "matched_firms": made.matched_firms,
                          "return_checks": made.return_checks})
    data = returns_bytes(made.returns, PROVENANCE)
    write_atomic(study.raw / "returns.parquet", data)
    renew_entries(study, ["returns.parquet"])
    return f"{said}\n{RETURNS_FILE}: {len(made.returns):,} rows, {len(data) / 1e6:.1f} MB"


def consumers(sources: Path, study: Study) -> str:
    """Compile data/raw/acsi.csv and harris.csv from the published scores.

    What belongs together is written by hand in data/raw: acsi_links, acsi_seasons, harris_links,
    harris_waves, and the verdict on each event in brand_matches. ``sources`` holds the scores, or
    a folder ``outcomes`` of them. Events that still need a verdict are named.
    """
    from breachstudy.dataset.frames import events_before_outcomes

    folder = _folder(sources, "outcomes")
    events = events_before_outcomes(study.raw_files(), (*MARKET_TABLES, "acsi", "harris"))
    raw = _raw(study, "acsi_links", "acsi_seasons", "harris_links", "harris_waves",
               "brand_matches")
    matches = {name: own for name, own in raw["brand_matches"].groupby("index")}
    none = raw["brand_matches"].head(0)
    made = {
        "acsi": compile_acsi(pd.read_csv(folder / ACSI_SCORES), raw["acsi_links"],
                             raw["acsi_seasons"], matches.get("acsi", none), events),
        "harris": compile_harris(pd.read_csv(folder / HARRIS_SCORES), raw["harris_links"],
                                 raw["harris_waves"], matches.get("harris", none), events),
    }
    said = _write(study, {name: found.rows for name, found in made.items()})
    for name, found in made.items():
        if found.unchecked:
            said += (f"\n{file_of('brand_matches')} has no verdict for {name} on "
                     f"{len(found.unchecked)} events, left out: {', '.join(found.unchecked)}")
    return said


def findings(listed: Path, study: Study) -> str:
    """Compile data/raw/published_findings.csv from a list of what pages state (a CSV file)."""
    return _write(study, {"published_findings": compile_findings(pd.read_csv(listed))})


def letters(sources: Path, study: Study) -> str:
    """Compile data/raw/letter_wording.csv: measures of the openings of letters, never the text.

    ``sources`` holds the collection and California's register, or a folder ``notices`` of them.
    Raises FileNotFoundError that names what is missing, ValueError if an entry cannot be read.
    """
    folder = _folder(sources, "notices")
    path = folder / LETTERS_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; put the collection there as published")
    made = compile_letters(read_letters(path.read_text("utf-8")), read_register(folder))
    n = made.summary
    return (f"{_write(study, {'letter_wording': made.letters})}\n"
            f"{n['openings']:,} openings = {n['letters']:,} measured + {n['left_out']:,} left out "
            f"(no English text); {int(made.letters['register_row'].notna().sum()):,} matched to a "
            "row of the register")
