"""data/raw/letter_wording.csv: measures of the openings of letters filed in California.

A public collection holds the opening paragraph of sample letters on the list of California's
Attorney General, sorted by organisation, with the day on which the breach began. Each opening is
measured (:mod:`breachstudy.wording`) and matched to the row of the register that has its day of
report. The text itself is never written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from breachstudy.compile.firms import match_key
from breachstudy.compile.names import organisation_key, parse_name, slug
from breachstudy.compile.register_reports import (
    REGISTER_FILES,
    _california,
    _named,
    _read_file,
    _restored,
)
from breachstudy.errors import InputError
from breachstudy.facts.read import typed_series
from breachstudy.schema.codebook import table
from breachstudy.wording import measure, template_shares, words

__all__ = ["LETTERS_FILE", "Letter", "LettersCompilation", "compile_letters", "is_measurable",
           "read_letters", "read_register"]

LETTERS_FILE = "california_letters_openings.md"
_ENTRY = re.compile(
    r"^\[(?P<day>[^\]\n]*)\]\([^\n]*\n(?:\{[^\n]*\n)?\s*<details>\s*"
    r"(?:<summary>Abstract</summary>)?\n?(?P<text>.*?)</details>|^## (?P<name>[^\n]+)",
    re.MULTILINE | re.DOTALL)


FEWEST_WORDS = 8
_SPANISH = frozenset(["de", "la", "el", "los", "las", "que", "en", "una", "un", "su", "sus", "del",
                      "se", "con", "por", "para", "es", "fue"])


@dataclass(frozen=True)
class Letter:
    """An opening as collected: ``number`` counts from 1, ``began`` is the day printed, if any."""

    number: int
    organisation: str
    began: dt.date | None
    text: str


@dataclass(frozen=True)
class LettersCompilation:
    """``letters``: columns of the codebook, sorted by key; ``summary``: counts by name."""

    letters: pd.DataFrame
    summary: dict[str, int]


def read_letters(text: str) -> list[Letter]:
    """The openings of the collection, in order. Raises ValueError if it holds entries that
    cannot be told apart."""
    out: list[Letter] = []
    name = ""
    for match in _ENTRY.finditer(text):
        if match["name"]:
            name = match["name"].strip()
            continue
        began = (dt.datetime.strptime(match["day"].strip(), "%B %d, %Y").date()
                 if match["day"].strip() else None)
        out.append(Letter(len(out) + 1, name, began, match["text"].strip()))
    if not out or len(out) != text.count("<details>"):
        raise InputError(f"{LETTERS_FILE}: {text.count('<details>')} entries but {len(out)} "
                         "could be read; use the collection as published")
    return out


def is_measurable(text: str) -> bool:
    """Whether a text is a statement in English: at least :data:`FEWEST_WORDS` words, of which at
    most a tenth are the commonest words of Spanish (some letters were filed in Spanish)."""
    tokens = [w.lower() for w in words(text)]
    return len(tokens) >= FEWEST_WORDS and sum(w in _SPANISH for w in tokens) <= len(tokens) / 10


def read_register(folder: Path) -> pd.DataFrame:
    """California's list as published: organisation_key, row, began and reported, a row a report.

    Raises FileNotFoundError if it is missing.
    """
    path = folder / REGISTER_FILES["california_ag"][0]
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; put the register there as published")
    out = []
    for raw in _california(_restored("california_ag", _read_file(path))):
        try:
            row = _named(raw, "california_ag")
        except ValueError:  # a row without an organisation belongs to no letter
            continue
        out.append((match_key(row["organisation_key"]), int(row["source_locator"]),
                    row["breach_start_lo"], row["reported_lo"]))
    return pd.DataFrame(out, columns=["key", "row", "began", "reported"])


def _matched(key: str, began: dt.date | None, rows: list[Any]) -> tuple[Any, str]:
    """The row of the register for a letter, and how it was found or why not."""
    if not rows:
        return None, "no_organisation"
    if began is None:
        return (rows[0], "only_row") if len(rows) == 1 else (None, "several_rows")
    same = [r for r in rows if r.began == began]
    if len(same) == 1:
        return same[0], "same_start"
    return None, "several_rows" if same else "other_start"


def compile_letters(letters: list[Letter], register: pd.DataFrame) -> LettersCompilation:
    """Measure the openings and match them to ``register`` (:func:`read_register`).

    A letter is matched where one row of the register has its organisation and its first day of
    the breach; one without a day, where the organisation has one row only. Openings that are
    no English text are left out (:func:`is_measurable`). What an opening does not hold may stand
    further on, so absent apologies and offers are left empty.
    """
    kept = [x for x in letters if is_measurable(x.text)]
    names = [parse_name(x.organisation).organisation for x in kept]
    keys = [match_key(organisation_key(n)) for n in names]
    rows: dict[str, list[Any]] = {}
    for row in register.itertuples(index=False):
        rows.setdefault(str(row.key), []).append(row)
    shares = template_shares([x.text for x in kept], keys)
    out: list[Mapping[str, object]] = []
    for letter, name, key, share in zip(kept, names, keys, shares, strict=True):
        found, how = _matched(key, letter.began, rows.get(key, []))
        values = asdict(measure(letter.text))
        said = values.pop("apology")
        offers = {c: values.pop(c) or None for c in ("has_monitoring_offer", "has_refund_offer")}
        out.append({
            "letter_id": f"{letter.number:04d}-{slug(name)}",
            "organisation": name, "source_id": "california_ag",
            "source_locator": letter.number,
            "breach_start": letter.began, "register_match": how,
            "register_row": None if found is None else found.row,
            "reported": None if found is None else found.reported,
            **{k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()},
            **offers, "apology": None if said == "none" else said,
            "template_share": None if share is None else round(share, 4),
        })
    spec = table("raw", "letter_wording")
    frame = pd.DataFrame({c.name: typed_series([r[c.name] for r in out], c)
                          for c in spec.columns})
    how_often = Counter(str(r["register_match"]) for r in out)
    counted = {"openings": len(letters), "left_out": len(letters) - len(kept),
               "letters": len(frame)}
    return LettersCompilation(frame, counted | dict(sorted(how_often.items())))
