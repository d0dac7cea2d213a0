"""Draw a sheet of facts for a reader who has not seen the data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from breachstudy.audit.facts import KINDS

__all__ = ["ASKED", "FILLED", "ORDINARY_SHARE", "draw_sheet"]

ASKED = ("fact_id", "kind", "event_id", "organisation", "event", "field", "question",
         "answer_form")
FILLED = ("found_value", "found_url", "found_phrase", "note", "is_not_found")
"""Columns that the reader fills in: the value, the page, at most eight of its words, a note, and
``yes`` where the sources at hand do not say."""
ORDINARY_SHARE = 1 / 3
"""At least this share of the facts of every kind is on events that are not famous."""


def draw_sheet(facts: pd.DataFrame, n: int, seed: int, kinds: Sequence[str] = (),
               audited: frozenset[str] = frozenset()) -> pd.DataFrame:
    """``n`` facts at random, split evenly over the kinds, without their values.

    ``facts`` as :func:`breachstudy.audit.facts.all_facts` gives them; ``kinds`` defaults to those
    that claim something; facts in ``audited`` are left out. Within a kind at least
    :data:`ORDINARY_SHARE` are on events that are not famous, and events come once before any comes
    twice. Returns seed, :data:`ASKED`, and :data:`FILLED` empty, in random order. The same facts,
    ``n`` and ``seed`` give the same sheet.

    Raises ValueError for an unknown kind, n below the number of kinds, or too few facts.
    """
    chosen = list(kinds) or [k for k, kind in KINDS.items() if kind.claims]
    unknown = sorted(set(chosen) - set(KINDS))
    if unknown:
        raise ValueError(f"no kind {', '.join(unknown)}; known: {', '.join(KINDS)}")
    if n < len(chosen):
        raise ValueError(f"n = {n} is fewer than the {len(chosen)} kinds; draw more, or name kinds")
    rng = np.random.default_rng(seed)
    pool = facts[~facts["fact_id"].isin(audited)].sort_values("fact_id")
    used: dict[str, int] = {}
    parts = []
    for k, kind in enumerate(chosen):
        size = n // len(chosen) + (k < n % len(chosen))
        own = pool[pool["kind"] == kind]
        least = math.ceil(size * ORDINARY_SHARE)
        ordinary = _pick(own[~own["is_famous"].astype(bool)], least, used, rng,
                         f"of kind {kind} on events that are not famous")
        rest = own[~own["fact_id"].isin(ordinary["fact_id"])]
        parts += [ordinary, _pick(rest, size - least, used, rng, f"of kind {kind}")]
    drawn = pd.concat(parts)
    drawn = drawn.iloc[rng.permutation(len(drawn))]
    sheet = drawn[list(ASKED)].assign(**dict.fromkeys(FILLED, ""))
    sheet.insert(0, "seed", seed)
    return sheet.reset_index(drop=True)


def _pick(own: pd.DataFrame, size: int, used: dict[str, int], rng: np.random.Generator, what: str
          ) -> pd.DataFrame:
    """``size`` facts of ``own``: fields in turn, then events that were used least, then chance.

    ``used`` counts the facts of each event and is brought up to date.
    """
    if len(own) < size:
        raise ValueError(f"{len(own)} facts {what} are left, {size} are wanted; draw fewer")
    if not size:
        return own.head(0)
    own = own.iloc[rng.permutation(len(own))]
    names = own["field"].where(~own["field"].str.startswith("row:"), "row")
    fields = list(names.unique())
    taken: list[int] = []
    open_ = {f: np.flatnonzero((names == f).to_numpy()).tolist() for f in fields}
    events = own["event_id"].to_numpy()
    turn = 0
    while len(taken) < size:
        queue = open_[fields[turn % len(fields)]]
        turn += 1
        if not queue:
            continue
        best = min(range(len(queue)), key=lambda i: used.get(events[queue[i]], 0))
        at = queue.pop(best)
        used[events[at]] = used.get(events[at], 0) + 1
        taken.append(at)
    return own.iloc[taken]
