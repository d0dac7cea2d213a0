"""Wording of public statements: readability, hedges, passives, apology, offers, templates.

Works on any text in English without files or models: :func:`measure` gives a :class:`Wording`.
Rules and word lists are the project's own (docs/wording.md).
"""

from breachstudy.wording.measures import (
    Apology,
    Passive,
    Readability,
    Wording,
    apology,
    hedges,
    measure,
    offers_monitoring,
    offers_refund,
    passives,
    readability,
)
from breachstudy.wording.templates import ngrams, template_shares
from breachstudy.wording.text import list_items, sentences, syllables, words

__all__ = [
    "Apology",
    "Passive",
    "Readability",
    "Wording",
    "apology",
    "hedges",
    "list_items",
    "measure",
    "ngrams",
    "offers_monitoring",
    "offers_refund",
    "passives",
    "readability",
    "sentences",
    "syllables",
    "template_shares",
    "words",
]
