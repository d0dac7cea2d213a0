"""Lengths of time that people typed into forms ("1.5 years", "Twelve (12) months"), in months."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

__all__ = ["read_months"]

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
         "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
         "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NAMED = {word: i for i, word in enumerate(_ONES, 1)}
_NAMED |= {word: 10 * i for i, word in enumerate(_TENS, 2)}
_NUMBER_WORD = re.compile(
    rf"\b(?:(?P<ten>{'|'.join(_TENS)})(?:[\s-]?(?P<one>{'|'.join(_ONES[:9])}))?"
    rf"|(?P<word>{'|'.join(_ONES)}))\b")
_SIGNS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4"}

_FIGURE = r"\d+(?:\.\d+)?"
_UNIT = r"(?:years?|yrs?|months?|mont?hs?|mths?|mos?)\b"
_KIND = r"(?:(?:additional|full|more|complimentary|free|whole|calendar)\s+)*"
_LENGTH = re.compile(rf"(?<![\d.,])(?P<n>{_FIGURE})\)?[\s-]*(?:\((?P<again>{_FIGURE})\)[\s-]*)?"
                     rf"{_KIND}(?P<unit>{_UNIT})")
_SEVERAL = re.compile(rf"{_FIGURE}\)?(?:\s*\({_FIGURE}\))?\s*(?:-|to|and|or|/|,|&)\s*\(?"
                      rf"{_FIGURE}\)?[\s-]*(?:\({_FIGURE}\)[\s-]*)?{_KIND}{_UNIT}")
_OPEN = re.compile(r"\bat least\b|\bminimum\b|\bor (?:more|longer|less)\b"
                   r"|\bno(?:t)? (?:less|more) than|\b(?:more|less|longer|fewer) than\b"
                   r"|\bup to\b|\bover\b|\bmaximum\b|\d\s*\+"
                   r"|\bwithin\b|\bevery\b|\bper\b")


def _figures(match: re.Match[str]) -> str:
    if match["word"]:
        return str(_NAMED[match["word"]])
    return str(_NAMED[match["ten"]] + _NAMED.get(match["one"] or "", 0))


def _as_figures(text: str) -> str:
    """The text with number words, halves and quarters as figures: "one and a half years" is
    "1.5 years"."""
    text = re.sub(r"\s+", " ", re.sub(r"[‐-―−]", "-", text.lower()))
    text = re.sub("[½¼¾]", lambda m: _SIGNS[m[0]], text)
    text = _NUMBER_WORD.sub(_figures, text)
    text = re.sub(r"\b(?:(?:an?|1)[\s-]+)?half\b(?:[\s-]+an?\b)?", "1/2", text)
    text = re.sub(rf"\ban?\s+(?={_KIND}{_UNIT})", "1 ", text)
    text = re.sub(rf"(?<![\d.])(\d+)\s*({_UNIT})\s+and\s+1/2(?!\d)", r"\1.5 \2", text)
    return re.sub(r"(?<![\d/.])(?:(\d+)(?:\s+and)?[\s-]+)?([13])/([24])(?!\d)", _decimal, text)


def _decimal(match: re.Match[str]) -> str:
    return str(float(int(match[1] or 0) + Fraction(int(match[2]), int(match[3]))))


def _months(match: re.Match[str]) -> Fraction | None:
    """The months of one length; None where word and figure differ."""
    if match["again"] and Fraction(match["again"]) != Fraction(match["n"]):
        return None
    return Fraction(match["n"]) * (12 if match["unit"].startswith("y") else 1)


def read_months(*texts: Any) -> int | None:
    """Length of an offer in months, from the first text that names just one.

    "1.5 years" and "a year and a half" are 18; "one year (12 months)" is one length. None where
    the length is open ("at least", "up to"), where two are named ("one or two years", "12-24
    months", "one year for adults, two years for minors") and where it is no whole number of
    months.
    """
    for value in texts:
        text = _as_figures(value) if isinstance(value, str) else ""
        if _OPEN.search(text) or _SEVERAL.search(text):
            continue
        found = {_months(match) for match in _LENGTH.finditer(text)}
        length = found.pop() if len(found) == 1 else None
        if length is not None and length.denominator == 1 and length > 0:
            return int(length)
    return None
