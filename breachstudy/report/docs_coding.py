"""The generated parts of docs/coding.md: what was visible, which absences stand, what is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from breachstudy.exhibits.numbers import DASH, count, interval, number
from breachstudy.exhibits.tables import pipe_table
from breachstudy.response.detection import found_where_seen
from breachstudy.response.indices import INDICES
from breachstudy.schema.coding_book import book

__all__ = ["CODING"]

Frames = Mapping[str, pd.DataFrame]
CODED = ("largest", "random", "landmark")
"""Sets of the coding frame that enter estimation."""


def _share(k: int, n: int) -> str:
    return f"{k} of {n}"


def _codes(frames: Frames) -> pd.DataFrame:
    """Codes of the events that enter estimation."""
    sets = frames["events"].set_index("event_id")["coding_set"]
    codes = frames["codes"]
    return codes[codes["event_id"].map(sets).isin(CODED)]


def _absences(raw: Frames, frames: Frames) -> str:
    found = found_where_seen(_codes(frames), book())
    rows: list[tuple[object, ...]] = [
        (f"{r.item} {r.title}", r.stands, r.shown_by, r.n_zero, r.n_moved,
         _share(r.found_seen, r.n_seen), _share(r.found_hidden, r.n_hidden) if r.n_hidden else DASH)
        for r in found.itertuples(index=False)]
    rows.append(("all items", "", "", int(found["n_zero"].sum()), int(found["n_moved"].sum()),
                 _share(int(found["found_seen"].sum()), int(found["n_seen"].sum())),
                 _share(int(found["found_hidden"].sum()), int(found["n_hidden"].sum()))))
    return pipe_table(("item", "stands", "shown by", "codes 0", "of these not seen",
                       "found where absence could be seen", "found where not"), rows, "lllrrrr")


def _terms(raw: Frames, frames: Frames) -> str:
    rule = book().visibility
    lines = [f"- **{word}**: {meaning}" for word, meaning in
             [*rule.stands.items(), *((f"shown by {w}", m) for w, m in rule.shown_by.items())]]
    return "\n".join([rule.rule, "", *lines, "",
                      f"A document breaks off if its listed length is {count(rule.cut_from)} "
                      f"characters or more: {rule.cut_reason}. {book().index_rule}"])


def _indices(raw: Frames, frames: Frames) -> str:
    versions = frames["index_versions"]
    events = frames["events"].set_index("event_id")
    coded = set(events.index[events["coding_set"].isin(CODED)])
    priced = set(events.index[events["coding_set"].isin(["largest", "random"])
                              & events["is_listed"].astype(bool)
                              & events["event_date_basis"].eq("page_day")
                              & events["car_m1_p1"].notna()])
    names = {"baseline": "items whose absence could be seen",
             "found_counts": "also what was found elsewhere",
             "absent_as_zero": "every 0 counts (book 1.2)"}
    rows: list[tuple[object, ...]] = []
    for index in INDICES:
        for version, title in names.items():
            own = versions[(versions["index"] == index) & (versions["version"] == version)
                           & versions["value"].notna()]
            of = own[own["event_id"].isin(coded)]
            value = of["value"].astype(float)
            rows.append((index, title, len(of), int(own["event_id"].isin(priced).sum()),
                         number(value.mean(), 2), number(value.std(), 2)))
    return pipe_table(("index", "version", "events", "of these in the investors' sample",
                       "mean", "SD"), rows, "llrrrr")


def _detection(raw: Frames, frames: Frames) -> str:
    found = frames["detection"].set_index(["comparison", "stratum", "item"])
    strata = ("all", "coverage_0_1", "coverage_2", "coverage_3_4")

    def cell(comparison: str, stratum: str, item: str) -> str:
        key = (comparison, stratum, item)
        if key not in found.index or not found.loc[key, "n_present"]:
            return DASH
        row = found.loc[key]
        if comparison == "A_B" and stratum == "all":
            return (f"{number(row['share_found'], 2)} "
                    f"({interval(row['share_lo'], row['share_hi'], lambda v: number(v, 2))})")
        if comparison == "A_B":
            return number(row["share_found"], 2)
        return _share(int(row["n_found"]), int(row["n_present"]))

    rows = [(f"{i.id} {i.title}", *(cell("A_B", s, i.id) for s in strata),
             *(cell(c, "all", i.id) for c in ("second_look", "recode", "audit")))
            for i in book().items]
    return pipe_table(("item", "other coder", "coverage 0–1", "2", "3–4", "second look",
                       "from scratch", "of what auditors found"), rows, "lrrrrrrr")


def _checks(raw: Frames, frames: Frames) -> str:
    limit = book().visibility.cut_from
    seen = raw["document_checks"].merge(raw["documents"][["document_id", "chars_visible"]],
                                        on="document_id")
    cut = seen["breaks_off"].astype(bool)
    long = seen["chars_visible"] >= limit
    cells = raw["absence_checks"]
    found = int((cells["verdict"] == "found").sum())
    return (f"{len(seen)} stored pages were read again to their end: of those listed at "
            f"{count(limit)} characters or more "
            f"{_share(int((cut & long).sum()), int(long.sum()))} break off, of the shorter ones "
            f"{_share(int((cut & ~long).sum()), int((~long).sum()))}. "
            f"{len(cells)} of the codes 0 that do not stand were drawn at random and looked for in "
            f"other pages: {found} {'was' if found == 1 else 'were'} there after all, for "
            f"{len(cells) - found} nothing was found, which says neither that the item was there "
            "nor that it was not.")


CODING: dict[str, Callable[[Frames, Frames], str]] = {
    "terms": _terms, "absences": _absences, "indices": _indices, "detection": _detection,
    "checks": _checks,
}
