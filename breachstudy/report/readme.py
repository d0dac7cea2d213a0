"""The parts of README.md that the build and the exhibits write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from breachstudy.errors import InputError
from breachstudy.estimation.shares import exact_interval
from breachstudy.exhibits.numbers import count, share
from breachstudy.exhibits.tables import Markup, pipe_table

__all__ = ["refresh", "replace_part"]

def _numbers(record: Mapping[str, Any]) -> str:
    n = record["counts"]
    rows = [
        ("breach events", n["events"]),
        ("of these at firms listed at the time", n["events_listed"]),
        ("listed, with a discovery date", n["listed_with_discovery"]),
        ("listed, with the first public date read in a page", n["listed_with_first_public_page"]),
        ("listed, with both, hence a disclosure lag", n["listed_with_disclosure_lag"]),
        ("listed, with the answer coded twice", n["listed_coded"]),
        ("unlisted or foreign landmark and seed cases", n["events_landmark"]),
        ("listed firms", n["listed_firms"]),
        ("regulator notices", n["notices"]),
        ("notices with a discovery date and a notice date",
         n["notices_with_discovery_and_notice"]),
        ("dated facts (milestones)", n["milestones"]),
        ("sources", n["sources"]),
    ]
    return (f"Version {record['version']}, collected through {record['collected_through']}:\n\n"
            + pipe_table(("", ""), rows, "lr"))


def _audit(record: Mapping[str, Any]) -> str:
    n = record["counts"]
    if not n["audited_facts"]:
        return ("No facts have been drawn for the audit yet; [docs/audit.md](docs/audit.md) says "
                "how it is done.")
    right, compared = n["audited_right"], n["audited_compared"]
    found = (f"Of {count(n['audited_facts'])} facts drawn at random and looked up by readers who "
             f"did not see the values, {count(n['audited_not_found'])} were not found in the pages "
             "at hand")
    if not compared:
        return f"{found}; none could be compared ([docs/audit.md](docs/audit.md))."
    lo, hi = exact_interval(right, compared)
    return (f"{found}; of the {count(compared)} that were compared {count(right)} were right: "
            f"{share(right / compared, 1)} (exact 95 % interval {share(lo, 1)} to {share(hi, 1)}), "
            "before mending. "
            "By kind: [docs/audit.md](docs/audit.md).")


def _exhibits(listed: Sequence[tuple[str, str, str]]) -> str:
    rows = []
    for name, title, path in listed:
        command = (f"breachstudy figure {name} -o {name}.pdf" if name.startswith("fig")
                   else f"breachstudy table {name}")
        rows.append((title, f"`{command}`", Markup(f"[reports/{path}](reports/{path})")))
    return pipe_table(("exhibit", "command", "file"), rows, "lll")


def replace_part(text: str, name: str, body: str, page: str) -> str:
    """``text`` of ``page`` with ``body`` between the markers ``name``.

    Raises ValueError if the pair of markers is missing.
    """
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    if not re.search(pattern, text, flags=re.S):
        raise InputError(f"{page} has no <!-- {name} --> … <!-- /{name} --> markers")
    return re.sub(pattern, lambda match: f"{match[1]}{body}\n{match[2]}", text, flags=re.S)


def refresh(text: str, record: Mapping[str, Any], exhibits: Sequence[tuple[str, str, str]]
            ) -> str:
    """README text with its generated parts brought up to date.

    ``exhibits``: id, title and file below reports/ of each exhibit. Raises ValueError if a pair
    of markers is missing.
    """
    for name, body in (("numbers", _numbers(record)), ("audit", _audit(record)),
                       ("exhibits", _exhibits(exhibits))):
        text = replace_part(text, name, body, "README.md")
    return text
