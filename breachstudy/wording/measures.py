"""Measures of the wording of a statement: :func:`measure` and its parts, all pure functions."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from breachstudy.errors import InputError
from breachstudy.wording import lists
from breachstudy.wording.text import clean, list_items, sentences, syllables, words

__all__ = ["Apology", "Passive", "Readability", "Wording", "apology", "hedges", "measure",
           "offers_monitoring", "offers_refund", "passives", "readability"]

T = TypeVar("T", int, tuple[int, int])
Apology = Literal["none", "inconvenience", "incident"]
SMOG_SENTENCES = 3
"""Fewest sentences for which SMOG is given; McLaughlin (1969) made it for thirty."""

_CLAUSE_END = re.compile(r"[,;:.?!()]|\b(?:and|but|which|who|that|when|while|because|if)\b",
                         re.IGNORECASE)
_AGENT = re.compile(
    r"\bby\s+(?!\w+ing\b|\d|(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|mail|e-?mail|phone|telephone|mistake|accident|error|calling)\b)",
    re.IGNORECASE)


@dataclass(frozen=True)
class Readability:
    """Reading ease (higher is easier) and two school grades (higher is harder)."""

    flesch_reading_ease: float
    flesch_kincaid_grade: float
    smog_grade: float | None


@dataclass(frozen=True)
class Passive:
    """A passive verb: its participle in small letters, and whether the clause names an agent."""

    participle: str
    has_agent: bool

    @property
    def is_agentless_breach(self) -> bool:
        """What was done to the data is told without who did it."""
        return self.participle in lists.BREACH_VERBS and not self.has_agent


@dataclass(frozen=True)
class Wording:
    """Measures of one text. Rates are per 100 words, shares lie between 0 and 1.

    ``passive_share`` is the share of sentences with a passive; ``first_data_type_share`` the
    share of words that stand before the first kind of personal data named, None where none is.
    ``smog_grade`` is None below :data:`SMOG_SENTENCES` sentences.
    """

    n_words: int
    n_sentences: int
    flesch_reading_ease: float
    flesch_kincaid_grade: float
    smog_grade: float | None
    hedges_per_100: float
    negations_per_100: float
    weak_modals_per_100: float
    uncertainty_per_100: float
    litigious_per_100: float
    numerals_per_100: float
    first_person_plural_share: float
    n_passives: int
    passive_share: float
    n_agentless_breach_verbs: int
    apology: Apology
    has_monitoring_offer: bool
    has_refund_offer: bool
    n_list_items: int
    n_data_types: int
    first_data_type_share: float | None


def readability(n_words: int, n_sentences: int, syllable_counts: Sequence[int]) -> Readability:
    """Flesch (1948), Kincaid et al. (1975) and McLaughlin (1969) from counts.

    ``syllable_counts`` has one number a word. Raises ValueError without words or sentences.
    """
    if n_words < 1 or n_sentences < 1 or len(syllable_counts) != n_words:
        raise InputError(f"readability needs words and sentences, got {n_words} words, "
                         f"{n_sentences} sentences and {len(syllable_counts)} syllable counts")
    length = n_words / n_sentences
    weight = sum(syllable_counts) / n_words
    long_words = sum(n >= 3 for n in syllable_counts)
    smog = 1.0430 * math.sqrt(long_words * 30 / n_sentences) + 3.1291
    return Readability(206.835 - 1.015 * length - 84.6 * weight,
                       0.39 * length + 11.8 * weight - 15.59,
                       smog if n_sentences >= SMOG_SENTENCES else None)


def passives(sentence: str) -> list[Passive]:
    """Passive verbs of a sentence: a form of be or get with a past participle.

    The agent is a "by" phrase before the clause ends; "by mistake", "by mail", "by calling" and
    "by 5 May" are none. Participles without a form of be ("data stolen from …") are not found,
    and adjectives in -ed ("is password-protected") may be taken for passives.
    """
    ends = [m.start() for m in _CLAUSE_END.finditer(sentence)]
    agents = [m.span() for m in _AGENT.finditer(sentence)]
    out = []
    for match in lists.PASSIVE.finditer(sentence):
        clause_end = _from(ends, match.end(), len(sentence))
        _, agent_end = _from(agents, (match.end(), 0), (0, len(sentence) + 1))
        out.append(Passive(match[1].lower(), agent_end <= clause_end))
    return out


def _from(places: Sequence[T], at: T, none: T) -> T:
    """The first of the ordered places that is not before ``at``, or ``none``.

    Places are found once a sentence: a search behind every verb would read a long one again and
    again.
    """
    k = bisect_left(places, at)
    return places[k] if k < len(places) else none


def hedges(text: str) -> list[str]:
    """Hedging words and phrases in order; "may" only where it is not the month."""
    return lists.HEDGES.findall(text)


def apology(text: str) -> Apology:
    """"incident" where the text says sorry for what happened, "inconvenience" where only for the
    bother, else "none".

    What the apology is for is the first of such words after it in the sentence; an apology that
    names nothing counts as one for the incident. "Regret to inform you" and "regrettably" are no
    apologies.
    """
    found: set[Apology] = set()
    for sentence in sentences(text):
        bothers = [m.start() for m in lists.BOTHER.finditer(sentence)]
        matters = [m.start() for m in lists.MATTER.finditer(sentence)]
        for match in lists.APOLOGY.finditer(sentence):
            nowhere = len(sentence)
            bother = _from(bothers, match.end(), nowhere)
            only_bother = bother < _from(matters, match.end(), nowhere)
            found.add("inconvenience" if only_bother else "incident")
    return "incident" if "incident" in found else "inconvenience" if found else "none"


def offers_monitoring(text: str) -> bool:
    """A sentence names a monitoring or protection service together with a word of offering."""
    return any(lists.MONITORING.search(s) and lists.OFFERING.search(s) for s in sentences(text))


def offers_refund(text: str) -> bool:
    """The text speaks of a refund, reimbursement, discount or voucher."""
    return bool(lists.REFUND.search(clean(text)))


def _first_data_type(text: str) -> tuple[int, int | None]:
    """Number of kinds of data named, and the place of the first in the text."""
    hits = [m.start() for p in lists.DATA_TYPES.values() if (m := p.search(text))]
    return len(hits), min(hits, default=None)


def measure(text: str) -> Wording:
    """All measures of a text. Raises ValueError if it holds no word."""
    parts = sentences(text)
    plain = " ".join(parts)
    tokens = words(plain)
    if not tokens:
        raise InputError("the text holds no word; give the statement itself")
    n = len(tokens)
    reading = readability(n, len(parts), [syllables(w) for w in tokens])
    verbs = [passives(s) for s in parts]
    kinds, first = _first_data_type(plain)

    def rate(found: Sequence[object]) -> float:
        return 100 * len(found) / n

    return Wording(
        n_words=n,
        n_sentences=len(parts),
        flesch_reading_ease=reading.flesch_reading_ease,
        flesch_kincaid_grade=reading.flesch_kincaid_grade,
        smog_grade=reading.smog_grade,
        hedges_per_100=rate(hedges(plain)),
        negations_per_100=rate(lists.NEGATIONS.findall(plain)),
        weak_modals_per_100=rate(lists.WEAK_MODALS.findall(plain)),
        uncertainty_per_100=rate(lists.UNCERTAINTY.findall(plain)),
        litigious_per_100=rate(lists.LITIGIOUS.findall(plain)),
        numerals_per_100=rate([t for t in tokens if any(c.isdigit() for c in t)]),
        first_person_plural_share=sum(
            t.lower() in lists.FIRST_PERSON_PLURAL and t != "US" for t in tokens) / n,
        n_passives=sum(map(len, verbs)),
        passive_share=sum(bool(v) for v in verbs) / len(parts),
        n_agentless_breach_verbs=sum(p.is_agentless_breach for v in verbs for p in v),
        apology=apology(text),
        has_monitoring_offer=offers_monitoring(text),
        has_refund_offer=offers_refund(text),
        n_list_items=list_items(clean(text)),
        n_data_types=kinds,
        first_data_type_share=None if first is None else len(words(plain[:first])) / n,
    )
