"""Reports at listed firms from the registers that do not say when a breach was discovered.

Seven state registers and the federal portal of breaches of health data print an organisation, a
date of the breach, a date of the report and a number of people. Each reader turns one register
into the same columns; :func:`compile_register_reports` keeps what links to a listed firm.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from breachstudy.compile.date_facts import NOT_COLLECTED, DateFact, in_order
from breachstudy.compile.filings import REGISTERS as NOTICE_REGISTERS
from breachstudy.compile.firms import link_records, match_key
from breachstudy.compile.freetext_dates import read_filed, read_period
from breachstudy.compile.names import organisation_key, parse_name
from breachstudy.errors import InputError

__all__ = [
    "COLUMNS",
    "REGISTER_FILES",
    "ReportsCompilation",
    "compile_register_reports",
    "description_flags",
    "read_register_files",
    "split_run_together",
]

REGISTER_FILES = {
    "california_ag": ("california_2012_2021.xlsx",),
    "eight_states": ("eight_states_merged.csv",),
    "indiana_ag": ("indiana.csv",),
    "montana_doj": ("other_MT.xlsx",),
    "oregon_doj": ("other_OR.xlsx",),
    "north_dakota_ag": ("other_ND.xlsx",),
    "delaware_ag": ("other_DE.xlsx",),
    "hhs_ocr": ("hhs_ocr_archive_2009_2023.csv", "hhs_ocr_current_2023.csv", "hhs_ocr_2024.csv"),
}
"""Files of each register as published, in the order in which their rows are numbered."""

COLUMNS = [
    "report_id", "register", "source_locator", "state", "organisation", "organisation_key",
    "firm_id", "link_id", "unit",
    *[f"{d}_{part}" for d in ("breach_start", "breach_end", "reported")
      for part in ("lo", "hi", "precision", "status")],
    "affected", "affected_scope", "kind", "business_associate", "description_flags",
]
_STATES = {"california_ag": "CA", "indiana_ag": "IN", "montana_doj": "MT", "oregon_doj": "OR",
           "north_dakota_ag": "ND", "delaware_ag": "DE"}
_NOTICE_STATES = frozenset(r.state for r in NOTICE_REGISTERS.values())
# the merged list fills in the reporting threshold for these states, not a count
_FILLED_IN = frozenset({"CA", "OR"})
# In these columns of the spreadsheets the text "7/9/2017" was turned into the day 7 September: no
# real date has a day above 12, and every date left as text has one. The merged list of eight
# states, taken from the same registers, holds the dates the other way round.
_DAY_FIRST = {"california_ag": (1, 2), "montana_doj": (1, 2, 3), "delaware_ag": (1,)}
_GLUED_AND = re.compile(r"(?<=[a-z]{4})and(?=\s[A-Z])")
_ENDS_IN_AND = re.compile(r"(?:l|br|st|gr|h|b|dem|thous|s|w)and$", re.IGNORECASE)
_KINDS = {
    "hacking/it incident": "hacking",
    "unauthorized access/disclosure": "unauthorised_access",
    "theft": "theft",
    "loss": "loss",
    "improper disposal": "improper_disposal",
    "other": "other",
    "unknown": "unknown",
}
_FLAGS = {
    "individuals_notified": r"notif\w+[^.]*(?:individual|patient|member|customer|consumer)",
    "media_notified": r"(?<!portable )(?<!storage )(?<!backup )(?<!electronic )\bmedia\b"
                      r"(?! devices?\b)",
    "substitute_notice": r"substitute notice|posted[^.]*(?:web ?site|home ?page)",
    "monitoring_offered": r"(?:credit|identity)[ -](?:monitoring|protection|theft)",
    "police_informed": r"law enforcement|police",
    "staff_sanctioned": r"sanction|terminated|disciplin",
    "staff_trained": r"(?:re)?train",
    "encryption_added": r"(?<!un)(?<!un-)(?<!non-)(?<!not )encrypt",
    "policies_revised": r"(?:revis|updat|develop|implement)\w*[^.]*polic",
    "safeguards_added": r"safeguard|security measure",
    "business_associate_named": r"business associate",
    "assurances_obtained": r"assurance",
}


_NOT_DONE = re.compile(
    r"[^.;]*\b(?:did not|does not|was not|were not|is not)\s+(?:\w+ly\s+)?(?:provide|require|notif"
    r"|send|sent|issue|necessary|need)[^.;]*", re.IGNORECASE)
"""A sentence that says what was not done."""


@dataclass(frozen=True)
class ReportsCompilation:
    """``reports``: linked rows, columns :data:`COLUMNS`; ``dropped``: register, source_locator,
    organisation and reason of each row left out; ``summary``: counts by name."""

    reports: pd.DataFrame
    dropped: pd.DataFrame
    summary: dict[str, int]


def split_run_together(text: str) -> str:
    """Put back the spaces of a name printed without them.

    "QuestDiagnosticsInc" gives "Quest Diagnostics Inc", "Life Insurance Companyof America"
    "Life Insurance Company of America".
    """
    text = re.sub(r"[‐-―]", "-", str(text).replace("\xa0", " "))
    text = re.sub(r"\s*-?\s*(?:Data\s?Breach|Security\s?Breach|Breach\s?Notification)$", "", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", text)
    text = re.sub(r"(?<=[a-z]{4})of(?=\s[A-Z])", " of", text)
    words = [w if _ENDS_IN_AND.search(w) else _GLUED_AND.sub(" and", f"{w} A")[:-2]
             for w in text.split()]
    return " ".join(words)


def description_flags(text: Any) -> str:
    """What a portal description reports, as flags joined by ";" (empty without a description).

    What it says was not done ("did not provide media notification") sets no flag, nor does an
    unencrypted device.
    """
    if not isinstance(text, str) or not text.strip():
        return ""
    text = _NOT_DONE.sub(" ", text)
    return ";".join(f for f, p in _FLAGS.items() if re.search(p, text, re.IGNORECASE))


def _count(value: Any) -> int | None:
    digits = re.sub(r"[,\s]", "", str(value)).removesuffix(".0")
    return int(digits) if re.fullmatch(r"\d+", digits) else None


def _present(value: Any) -> bool:
    return value is not None and value == value and str(value).strip() != ""


def _several(start: Any, *more: Any) -> tuple[DateFact, DateFact]:
    """Beginning and end where a register prints them in separate cells."""
    first, first_end = read_period(start)
    rest = [read_period(v)[1] for v in more if _present(v)]
    stated = [r for r in rest if r.hi is not None]
    if stated:
        last = max(stated, key=lambda r: (r.hi or dt.date.min, r.lo or dt.date.min))
        return in_order(first, last)
    return first, rest[0] if rest else first_end


Row = dict[str, Any]


def _restored(register: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The register with day and month put back where the spreadsheet exchanged them.

    Raises ValueError if such a column holds a day above 12, which then was not exchanged.
    """
    out = frame.copy()
    for position in _DAY_FIRST.get(register, ()):
        cells = []
        for cell in frame.iloc[:, position]:
            if isinstance(cell, dt.datetime):
                if cell.day > 12:
                    raise InputError(f"{register}, column {position + 1}: {cell:%Y-%m-%d} cannot "
                                     "be a month and a day exchanged; check how the file was made")
                cell = dt.datetime(cell.year, cell.day, cell.month)
            cells.append(cell)
        out.isetitem(position, pd.Series(cells, index=frame.index, dtype=object))
    return out


def _row(locator: str, state: str, name: Any, period: tuple[DateFact, DateFact], reported: Any,
         affected: int | None = None, scope: str = "", **more: Any) -> Row:
    return {"source_locator": locator, "state": state, "name": name, "start": period[0],
            "end": period[1], "reported": read_filed(reported), "affected": affected,
            "affected_scope": scope if affected is not None else "", **more}


def _california(frame: pd.DataFrame) -> list[Row]:
    return [_row(str(i + 2), "CA", r[1], read_period(r[2]), r[3])
            for i, r in enumerate(frame.itertuples())]


def _eight_states(frame: pd.DataFrame) -> list[Row]:
    return [
        _row(str(i + 2), r[4], split_run_together(r[1]), (read_period(r[2])[0], NOT_COLLECTED),
             r[3], None if r[4] in _FILLED_IN else _count(r[5]), "state")
        for i, r in enumerate(frame.itertuples())
    ]


def _indiana(frame: pd.DataFrame) -> list[Row]:
    out = []
    for i, r in enumerate(frame.itertuples()):
        total, state = _count(r[5]), _count(r[4])
        out.append(_row(str(i + 2), "IN", split_run_together(r[1]), read_period(r[3]), r[2],
                        state if total is None else total,
                        "state" if total is None else "national"))
    return out


def _montana(frame: pd.DataFrame) -> list[Row]:
    return [_row(str(i + 2), "MT", r[1], _several(r[2], r[3]), r[4], _count(r[5]), "state")
            for i, r in enumerate(frame.itertuples())]


def _oregon(frame: pd.DataFrame) -> list[Row]:
    return [_row(str(i + 2), "OR", r[1], _several(r[3], *r[4:]), r[2])
            for i, r in enumerate(frame.itertuples())]


def _north_dakota(frame: pd.DataFrame) -> list[Row]:
    return [
        _row(str(i + 2), "ND", f"{r[1]} dba {r[2]}" if _present(r[2]) else r[1],
             _several(r[3], r[4]), r[5], _count(r[6]), "state")
        for i, r in enumerate(frame.itertuples())
    ]


def _delaware(frame: pd.DataFrame) -> list[Row]:
    return [_row(str(i + 2), "DE", r[1], read_period(r[2]), r[3], _count(r[4]), "state")
            for i, r in enumerate(frame.itertuples())]


def _hhs(frame: pd.DataFrame) -> list[Row]:
    out = []
    for i, r in enumerate(frame.itertuples()):
        kinds = [_KINDS.get(k.strip().lower(), "other") for k in str(r[6]).split(",")]
        out.append(_row(str(i + 2), str(r[2]), r[1], (NOT_COLLECTED, NOT_COLLECTED), r[5],
                        _count(r[4]), "national", kind=";".join(dict.fromkeys(kinds)),
                        business_associate={"Yes": True, "No": False}.get(str(r[8])),
                        description_flags=description_flags(r[9])))
    return out


_READERS: dict[str, Callable[[pd.DataFrame], list[Row]]] = {
    "california_ag": _california, "eight_states": _eight_states, "indiana_ag": _indiana,
    "montana_doj": _montana, "oregon_doj": _oregon, "north_dakota_ag": _north_dakota,
    "delaware_ag": _delaware, "hhs_ocr": _hhs,
}


def _fact_columns(name: str, fact: DateFact) -> Row:
    return {f"{name}_lo": fact.lo, f"{name}_hi": fact.hi,
            f"{name}_precision": fact.precision or "", f"{name}_status": fact.status}


def _named(row: Row, register: str) -> Row:
    name = parse_name(str(row["name"]))
    return {
        "report_id": f"{register.replace('_', '-')}-{row['source_locator'].zfill(5)}",
        "register": register,
        **{k: row[k] for k in ("source_locator", "state", "affected", "affected_scope")},
        **{k: row.get(k, None if k == "business_associate" else "")
           for k in ("kind", "business_associate", "description_flags")},
        "organisation": name.organisation,
        "organisation_key": organisation_key(name.organisation),
        **_fact_columns("breach_start", row["start"]),
        **_fact_columns("breach_end", row["end"]),
        **_fact_columns("reported", row["reported"]),
    }


def _why_dropped(row: Row, seen: set[tuple[Any, ...]], originals: set[tuple[Any, ...]]) -> str:
    """Reason to leave a linked row out ("" to keep it); remembers what was seen."""
    key = match_key(row["organisation_key"])
    if row["register"] == "eight_states":
        if row["state"] in _NOTICE_STATES:
            return "its register is compiled in full as notices"
        if (row["state"], key, row["reported_lo"]) in originals:
            return "the same report stands in the state's own register"
    exact = (row["register"], row["state"], key, row["reported_lo"], row["breach_start_lo"],
             row["breach_end_hi"], row["affected"], row["kind"])
    if exact in seen:
        return "the same row stands twice in its register"
    seen.add(exact)
    return ""


def compile_register_reports(registers: Mapping[str, pd.DataFrame], links: pd.DataFrame
                             ) -> ReportsCompilation:
    """Rows of the registers whose organisation belongs to a listed firm on the day reported.

    ``registers`` maps ids of :data:`REGISTER_FILES` to the frames of
    :func:`read_register_files`; ``links`` is the crosswalk (see
    :func:`breachstudy.compile.firms.link_records`). The merged list of eight states repeats the
    states' own registers: a row of it that stands in one of them (same organisation, same day)
    is dropped, as are rows of Maine and Washington, which are compiled as notices.

    Raises KeyError if a register is unknown, ValueError if a column in which day and month are
    known to be exchanged is not so.
    """
    rows: list[Row] = []
    dropped: list[Row] = []
    for register, frame in registers.items():
        for raw in _READERS[register](_restored(register, frame)):
            try:
                rows.append(_named(raw, register))
            except ValueError:
                dropped.append({"register": register, "source_locator": raw["source_locator"],
                                "organisation": "", "reason": "no organisation"})
    table = pd.DataFrame(rows)
    linked = link_records(table["organisation_key"], table["reported_lo"], links)
    originals = {(r["state"], match_key(r["organisation_key"]), r["reported_lo"])
                 for r in rows if r["register"] in _STATES}
    seen: set[tuple[Any, ...]] = set()
    kept: list[Row] = []
    unlinked = 0
    for row, link in zip(rows, linked.to_dict("records"), strict=True):
        if link["firm_id"] is None:
            unlinked += 1
            continue
        reason = _why_dropped(row, seen, originals)
        if reason:
            dropped.append({**{k: row[k] for k in ("register", "source_locator",
                                                   "organisation")}, "reason": reason})
        else:
            kept.append({**row, **link})
    reports = pd.DataFrame(kept, columns=COLUMNS).sort_values("report_id", ignore_index=True)
    summary = {"rows": len(rows) + sum(d["organisation"] == "" for d in dropped),
               "without_listed_firm": unlinked, "dropped": len(dropped), "reports": len(reports)}
    return ReportsCompilation(
        reports, pd.DataFrame(dropped, columns=["register", "source_locator", "organisation",
                                                "reason"]), summary)


def _read_file(path: Path) -> pd.DataFrame:
    if path.suffix == ".xlsx":
        sheets = pd.read_excel(path, dtype=object, sheet_name=None, header=None)
        frames = list(sheets.values())
        # only the first sheet has a header; a later sheet continues it
        body = pd.concat([frames[0].iloc[1:], *frames[1:]], ignore_index=True)
        return body.set_axis([str(c) for c in body.columns], axis=1)
    encoding = "latin-1" if path.name.startswith("hhs") else "utf-8-sig"
    return pd.read_csv(path, dtype=str, encoding=encoding)


def read_register_files(folder: Path) -> dict[str, pd.DataFrame]:
    """The registers as published, by id; files of one register stand below each other.

    Raises FileNotFoundError that names every missing file.
    """
    missing = [n for names in REGISTER_FILES.values() for n in names
               if not (folder / n).is_file()]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}; put the registers there "
                                "as published")
    return {
        register: pd.concat([_read_file(folder / n) for n in names], ignore_index=True)
        for register, names in REGISTER_FILES.items()
    }


