"""Compare a filled sheet with the dataset, and say by kind how often the dataset was right."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import pandas as pd

from breachstudy.audit.draw import ASKED, FILLED
from breachstudy.audit.facts import KINDS
from breachstudy.errors import FactError, Problem
from breachstudy.estimation.shares import exact_interval
from breachstudy.response.detection import COLUMNS
from breachstudy.schema.coding_book import Book

__all__ = ["AUDIT_COLUMNS", "SUMMARY", "audit_detection", "compare", "parse_span", "score_sheet",
           "summarise"]

AUDIT_COLUMNS = ["audit_id", "sheet", "seed", "audited_on", "kind", "event_id", "field",
                 "is_famous", "reader_value", "source_url", "phrase", "note", "dataset_value",
                 "verdict", "who_right", "reason"]
SUMMARY = ["kind", "title", "n_facts", "n_compared", "n_right", "n_equal", "n_adjacent", "n_wrong",
           "n_open", "n_not_found", "share_right", "share_lo", "share_hi"]
RIGHT, DIFFERENT = ("equal", "within"), ("adjacent", "wrong")
TOLERANCE = 0.05
Span = tuple[dt.date, dt.date]


def parse_span(text: str) -> Span:
    """A date as the sheet writes it, as its first and last day.

    Raises ValueError if it is none of YYYY, YYYY-MM, YYYY-MM-DD and first/last.
    """
    parts = [_part(p.strip()) for p in text.split("/")]
    if len(parts) > 2 or parts[-1][1] < parts[0][0]:
        raise ValueError(f"{text!r} is no interval of days")
    return parts[0][0], parts[-1][1]


def _part(text: str) -> Span:
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text)
    if not found:
        raise ValueError(f"{text!r} is no date")
    year, month, day = (int(v) if v else None for v in found.groups())
    assert year is not None
    if month is None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    if day is None:
        return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    return (dt.date(year, month, day),) * 2


def compare(kind: str, field: str, reader: str, dataset: str, book: Book) -> str:
    """``equal``, ``within`` (the tolerance of :data:`breachstudy.audit.facts.KINDS`), ``adjacent``
    (the next level of a code), ``wrong``, or ``no_claim`` where the dataset holds nothing.

    Raises ValueError if the reader's value is not of the form that the kind needs.
    """
    if kind == "unseen":
        _level(field, reader, book)
        return "no_claim"
    if kind == "dates":
        ours, theirs = parse_span(dataset), parse_span(reader)
        if ours == theirs:
            return "equal"
        return "within" if ours[0] <= theirs[1] and theirs[0] <= ours[1] else "wrong"
    if kind == "numbers":
        return _numbers(reader, dataset)
    if kind == "codes":
        levels = sorted(float(v) for v in book[field].levels)
        theirs_at, ours_at = (levels.index(_level(field, v, book)) for v in (reader, dataset))
        gap = abs(theirs_at - ours_at)
        return "equal" if gap == 0 else "adjacent" if gap == 1 and len(levels) > 2 else "wrong"
    if kind == "links" and field.startswith("row:"):
        if reader.lower() not in ("yes", "no"):
            raise ValueError(f"{reader!r} is neither yes nor no")
        return "equal" if reader.lower() == dataset else "wrong"
    if kind == "links":
        return _firm(reader, dataset)
    plain = [re.sub(r"[^a-z0-9]", "", v.lower()).lstrip("0") for v in (reader, dataset)]
    return "equal" if plain[0] == plain[1] else "wrong"


def _level(item: str, code: str, book: Book) -> float:
    if code not in book[item].levels:
        raise ValueError(f"{code!r} is no level of {item}; use {', '.join(book[item].levels)}")
    return float(code)


def _numbers(reader: str, dataset: str) -> str:
    text = reader.replace(",", "").replace(" ", "")
    if not text.isdecimal():
        raise ValueError(f"{reader!r} is not a whole number in digits")
    ours, theirs = int(dataset), int(text)
    if ours == theirs:
        return "equal"
    digits = min(len(str(v).rstrip("0")) or 1 for v in (ours, theirs))

    def rounded(v: int) -> int:
        return int(float(f"{v:.{digits - 1}e}"))

    near = abs(ours - theirs) <= TOLERANCE * max(ours, theirs)
    return "within" if near and rounded(ours) == rounded(theirs) else "wrong"


COMPANY = (r"\b(incorporated|inc|corporation|corp|company|co|companies|group|holdings?|plc|ltd|"
           r"limited|llc|sa|nv|ag|the|and|class|a|b|de|md)\b")


TICKER = re.compile(r"\(([A-Z][A-Z.]{0,5})\)|^([A-Z][A-Z.]{0,5}) \(")


def _firm(reader: str, dataset: str) -> str:
    name, _, ticker = dataset.rpartition(" (") if dataset.endswith(")") else (dataset, "", "")
    # A reader may write the ticker alone, before the name or behind it in brackets.
    if ticker.rstrip(")").upper() in {reader.strip().upper(), *(
            t.upper() for pair in TICKER.findall(reader) for t in pair if t)} - {""}:
        return "equal"
    said = re.sub(r"\([^)]*\)", " ", reader)
    plain = [" ".join(re.sub(COMPANY, " ", re.sub(r"[^a-z0-9 ]", " ", v.lower())).split())
             for v in (said, name)]
    return "equal" if plain[0] and plain[0] == plain[1] else "wrong"


def score_sheet(sheet: pd.DataFrame, facts: pd.DataFrame, name: str, day: dt.date, book: Book
                ) -> pd.DataFrame:
    """One row a fact of a filled sheet, columns :data:`AUDIT_COLUMNS`; nothing adjudicated yet.

    ``sheet``: text, as :func:`breachstudy.audit.draw.draw_sheet` gives it, filled; ``facts`` those
    of the dataset now; ``name`` names the sheet.

    Raises FactError with every fault of the sheet: columns that lack, facts that the dataset no
    longer has, rows left open, values of the wrong form, values without a page.
    """
    missing = [c for c in ("seed", *ASKED, *FILLED) if c not in sheet]
    if missing:
        raise FactError([Problem(name, 1, ", ".join(missing), None, "the sheet lacks columns",
                                 "Use the sheet that 'audit draw' wrote, with its columns")])
    known = facts.set_index("fact_id")
    problems: list[Problem] = []
    rows = []
    for line, row in enumerate(sheet.fillna("").to_dict("records"), start=2):
        cell = {k: str(v).strip() for k, v in row.items()}
        found = _problem(name, line, cell, known)
        if found is not None:
            problems.append(found)
            continue
        fact = known.loc[cell["fact_id"]]
        if cell["found_value"]:
            try:
                verdict = compare(cell["kind"], cell["field"], cell["found_value"],
                                  str(fact["dataset_value"]), book)
            except ValueError as error:
                problems.append(Problem(name, line, "found_value", cell["found_value"], str(error),
                                        f"Write {fact['answer_form']}"))
                continue
        else:
            verdict = "not_found"
        rows.append([f"{name}/{cell['fact_id']}", name, int(cell["seed"]), day.isoformat(),
                     cell["kind"], cell["event_id"], cell["field"], bool(fact["is_famous"]),
                     cell["found_value"] or None, cell["found_url"] or None,
                     cell["found_phrase"] or None, cell["note"] or None,
                     fact["dataset_value"] or None, verdict, None, None])
    repeated = sheet["fact_id"][sheet["fact_id"].duplicated()]
    problems += [Problem(name, int(i) + 2, "fact_id", str(v), "stands twice", "Keep one row")
                 for i, v in zip(repeated.index, repeated, strict=True)]
    if problems:
        raise FactError(problems)
    return pd.DataFrame(rows, columns=AUDIT_COLUMNS).sort_values("audit_id", ignore_index=True)


def _problem(name: str, line: int, cell: dict[str, str], known: pd.DataFrame) -> Problem | None:
    if cell["fact_id"] not in known.index:
        return Problem(name, line, "fact_id", cell["fact_id"], "the dataset has no such fact",
                       "Score the sheet on the dataset that it was drawn from, or drop the row")
    if not cell["seed"].isdecimal():
        return Problem(name, line, "seed", cell["seed"], "is not the seed of a draw",
                       "Restore the column as it was drawn")
    said = cell["is_not_found"].lower()
    if said not in ("", "yes", "no"):
        return Problem(name, line, "is_not_found", cell["is_not_found"], "is neither yes nor no",
                       "Write yes, or leave it empty")
    if bool(cell["found_value"]) == (said == "yes"):
        what = ("has a value and is called not found" if cell["found_value"]
                else "is neither filled nor called not found")
        return Problem(name, line, "found_value", cell["found_value"] or None, what,
                       "Give the value, or write yes in is_not_found")
    if cell["found_value"] and not cell["found_url"].startswith(("http://", "https://")):
        return Problem(name, line, "found_url", cell["found_url"] or None,
                       "a value has no page", "Give the address of the page that shows it")
    if len(cell["found_phrase"].split()) > 8:
        return Problem(name, line, "found_phrase", cell["found_phrase"],
                       "is longer than eight words", "Shorten it")
    return None


def summarise(audits: pd.DataFrame, by: str = "kind") -> pd.DataFrame:
    """How often the dataset was right, a row a kind (``by`` may be another column) and one for
    ``all``; columns :data:`SUMMARY`.

    A difference counts as the dataset's error until adjudication says that the dataset (or both)
    was right; what adjudication leaves undecided is open and counts for neither. Facts that the
    reader did not find, and those that claim nothing, stand apart. The interval is exact.
    """
    claims = audits[audits["verdict"] != "no_claim"]
    names = [*(k for k in KINDS if k in set(claims["kind"]))] if by == "kind" else \
        sorted(claims[by].unique())
    groups = [(str(name), claims[claims[by] == name]) for name in names] + [("all", claims)]
    rows = []
    for name, own in groups:
        differs = own["verdict"].isin(DIFFERENT)
        ours = differs & own["who_right"].isin(["dataset", "both"])
        open_ = differs & own["who_right"].eq("undecided").fillna(False)
        right = int((own["verdict"].isin(RIGHT) | ours).sum())
        wrong = int((differs & ~ours & ~open_).sum())
        n = right + wrong
        lo, hi = exact_interval(right, n)
        title = KINDS[name].title if name in KINDS else name
        rows.append([name, title, len(own), n, right, int(own["verdict"].eq("equal").sum()),
                     int((own["verdict"].eq("adjacent") & ~ours & ~open_).sum()), wrong,
                     int(open_.sum()), int(own["verdict"].eq("not_found").sum()),
                     right / n if n else None, lo if n else None, hi if n else None])
    return pd.DataFrame(rows, columns=SUMMARY)


def audit_detection(audits: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Of the items that auditors found, how many the dataset codes present; rows as those of
    :func:`breachstudy.response.detection.detection_table`, comparison ``audit``.

    Items that adjudication gave to the dataset do not count as found.
    """
    own = audits[audits["kind"].isin(["codes", "unseen"]) & audits["reader_value"].notna()]
    own = own[pd.to_numeric(own["reader_value"]).gt(0)
              & ~own["who_right"].eq("dataset").fillna(False)]
    rows = []
    for item in book.items:
        mine = own[own["field"] == item.id]
        ours = pd.to_numeric(mine["dataset_value"])
        found, absent = int(ours.gt(0).sum()), int(ours.eq(0).sum())
        lo, hi = exact_interval(found, found + absent)
        n = found + absent
        rows.append(["audit", item.id, item.title, "all", len(mine), found, absent,
                     int(ours.isna().sum()), found / n if n else None, lo if n else None,
                     hi if n else None])
    return pd.DataFrame(rows, columns=COLUMNS)
