"""How much of a text stands in the texts of others: shared runs of five words."""

from __future__ import annotations

from collections.abc import Sequence

from breachstudy.errors import InputError
from breachstudy.wording.text import words

__all__ = ["ngrams", "template_shares"]


def ngrams(text: str, n: int = 5) -> set[tuple[str, ...]]:
    """Distinct runs of ``n`` words in small letters; words with a digit are all one ("#"), so
    that dates do not tell letters apart."""
    tokens = ["#" if any(c.isdigit() for c in w) else w.lower() for w in words(text)]
    return {tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1)}


def template_shares(texts: Sequence[str], writers: Sequence[str], n: int = 5
                    ) -> list[float | None]:
    """Share of each text's distinct runs of ``n`` words that a text of another writer holds.

    ``writers`` names the writer of each text, of equal length: repeats by one writer are no
    template. None for texts of fewer than ``n`` words. Raises ValueError if lengths differ.
    """
    if len(texts) != len(writers):
        raise InputError(f"{len(texts)} texts but {len(writers)} writers; name one for each")
    runs = [ngrams(t, n) for t in texts]
    # the only writer of a run, or None where there are several
    owner: dict[tuple[str, ...], str | None] = {}
    for own, writer in zip(runs, writers, strict=True):
        for run in own:
            owner[run] = writer if owner.get(run, writer) == writer else None
    return [sum(owner[r] is None for r in own) / len(own) if own else None for own in runs]
