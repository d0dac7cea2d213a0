"""Running text taken apart: sentences, words and syllables, by the rules stated here.

A statement is split without a trained model, so that the same text gives the same numbers
everywhere and every rule can be read.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["characters", "clean", "list_items", "sentences", "syllables", "words"]



def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_BULLET = r"(?:[•·▪●*–-]|\(?\d{1,2}[.)]|\(?[a-z]\))"
_ITEM = re.compile(rf"^[ \t]*{_BULLET}[ \t]+(?=\S)", re.MULTILINE)
_INLINE_ITEM = re.compile(r"(?<!\w)(?:\((\d{1,2}|[a-hivx]{1,4})\)|(\d{1,2})\))(?=\s?\S)")

_NEVER_LAST = _set(
    "mr mrs ms dr prof st vs gen gov sen rep rev hon mt ft e.g i.e cf approx")
_BEFORE_NUMBER = _set(
    "jan feb mar apr jun jul aug sep sept oct nov dec no nos art sec para fig ext")
_MAY_BE_LAST = _set(
    "inc corp co ltd llc llp l.p n.a p.c p.a plc bros dept div assn u.s u.k u.s.a d.c e.u a.m p.m "
    "jr sr etc al est ph.d m.d")
_STARTERS = _set(
    "the a an this that these those we our you your it its they their he she i if in on at as to "
    "for from by with when while after before upon because since although however but and or there "
    "please what who why how no not all any some once until during based")

# begins only where a run of marks begins: from its middle it could end no other way
_END = re.compile(r"(?<![.!?])([.!?]+)([\"'”’)\]]*)(\s+)(?=[\"'“‘(\[]*([\w$#<]+))")
_GLUED = re.compile(r"(?<=[a-z]{2})([.!?])(?=[A-Z][a-z]+\s)")
_WORD = re.compile(r"(?:[^\W_]|(?<=\w)[\u0300-\u036f])+"
                   r"(?:[.,'/&-](?:[^\W_]|(?<=\w)[\u0300-\u036f])+)*")
# soft hyphens and marks without width say where a line may break, or how letters join
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SPACES = re.compile(r"[^\S\n\r]")
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "“": '"', "”": '"',
                       "‐": "-", "‑": "-"})


def characters(text: str) -> str:
    """The text with one character for what a reader sees as one.

    Entities are decoded ("&nbsp;", "AT&amp;T"), accents composed with their letters, soft hyphens
    and characters without width taken out; every kind of space is a space (line ends stay), and
    quotes and hyphens are plain.
    """
    text = unicodedata.normalize("NFC", html.unescape(text))
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).translate(_SAME)


def clean(text: str) -> str:
    """The text without markup of lines and with plain quotes; paragraphs stay apart."""
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"</?[a-z][^<>]*>", " ", text)
    return re.sub(" +", " ", characters(text)).strip()


def list_items(text: str) -> int:
    """Items of lists: lines that begin with a bullet or number, or "(1) … (2) …" in a sentence.

    One marked item alone is no list, so the count is 0 or at least 2.
    """
    lines = len(_ITEM.findall(text))
    inline = len(_INLINE_ITEM.findall(_ITEM.sub("", text)))
    return sum(n for n in (lines, inline) if n >= 2)


def _token(text: str, start: int, end: int) -> str:
    """The run of letters, digits and ``_ . & ' -`` that ends at ``end``, from ``start`` on."""
    at = end
    while at > start and (text[at - 1].isalnum() or text[at - 1] in "_.&'-"):
        at -= 1
    return text[at:end]


def _ends(before: str, mark: str, following: str) -> bool:
    """Whether a mark after the token ``before`` closes a sentence when ``following`` is the next
    word."""
    if following[0].islower():
        # a small letter continues the sentence, except after "!" and "?"
        return mark[0] in "!?" and len(mark) == 1
    if mark != ".":
        return True
    token = before.lower()
    if token in _NEVER_LAST:
        return False
    if token in _BEFORE_NUMBER:
        return not following[0].isdigit()
    if token in _MAY_BE_LAST or re.fullmatch(r"(?:[a-z]\.)*[a-z]", token):
        return following.lower() in _STARTERS
    return True


def sentences(text: str) -> list[str]:
    """Sentences of a text, in order, without surrounding space.

    A point, "?" or "!" closes a sentence where a capital, a digit or a bracket follows, and a
    blank line or a new list item always does. A point does not close after a title ("Dr."), a
    month or "No." before a number ("Jan. 5"), inside a number ("3.5 million") or an address, nor
    after "Inc.", "U.S.", "p.m." or an initial unless a word that commonly opens a sentence
    follows. A point without a space after it closes between a small letter and a capitalised word.
    """
    out: list[str] = []
    for block in re.split(rf"\n\s*\n|\n(?=[ \t]*{_BULLET}[ \t])", clean(text)):
        flat = _GLUED.sub(r"\1 ", " ".join(_ITEM.sub("", block).split()))
        start = 0
        for match in _END.finditer(flat):
            if _ends(_token(flat, start, match.start()), match[1], match[4]):
                out.append(flat[start:match.end(2)])
                start = match.end()
        out.append(flat[start:])
    return [s.strip() for s in out if _WORD.search(s)]


def words(text: str) -> list[str]:
    """Words in order, as written: letters and digits with inner hyphens, apostrophes or points.

    "e-mail", "Acme's", "3.5", "1/5/2018", "AT&T", "U.S" and "José" are one word each. Numbers are
    words; what has no width divides none (:func:`characters`).
    """
    return _WORD.findall(characters(text))


_KNOWN = {"the": 1, "business": 2, "businesses": 3, "every": 2, "everyone": 3, "people": 2,
          "being": 2, "area": 3, "idea": 3, "maybe": 2, "something": 2, "sometimes": 2,
          "wednesday": 2, "microsoft": 3, "someone": 2, "website": 2, "websites": 2,
          "software": 2, "malware": 2, "ransomware": 3, "therefore": 2, "firewall": 2,
          "healthcare": 2, "homeowner": 3, "whole": 1, "driver": 2, "science": 2, "quiet": 2,
          "client": 2, "clients": 2, "diet": 2, "trial": 2, "reliance": 3, "compliance": 3,
          "hour": 1, "hours": 1, "our": 1, "ours": 1, "fire": 1, "files": 1, "email": 2,
          "patient": 2, "patients": 2, "reestablish": 4, "create": 2, "created": 3,
          "experience": 4, "experienced": 4}
"""Words of notices on which the rules below fail."""
_SILENT_END = re.compile(r"(?:[^aeiouyl]|[aeiouyrl]l|[qg]u)e$|(?:[^aeioutdl]|[aeiouyrl]l)ed$"
                         r"|(?:[^aeiousxzcglh]|[aeiouyrl]l|[^cs]h)es$")
_SILENT_INSIDE = re.compile(r"[^aeiouyl]e(?=(?:ly|ments?|ful|fully|less|ness)$)")
_HIATUS = re.compile(r"(?<![tcsgx])i[ao]|[tc]iat|(?<![qg])ua|eo(?!u)|uou|oyee|ying|[eo]ing|iet"
                     r"|ium")


def syllables(word: str) -> int:
    """Syllables of an English word, at least 1.

    Runs of vowels (a e i o u y) are counted, less a silent final e, es or ed and a silent e
    before -ly, -ment, -ful, -less and -ness, plus one where two vowels are spoken apart (io and
    ia except in -tion, -cial and their kin; ua, eo, uou, ying, oing). Parts joined by hyphens add
    up. Short words in capitals and those without a vowel are spelled ("FBI" 3); a number counts
    as one. A short list holds words of notices on which these rules fail. A vowel counts with its
    accent; an accented final e is spoken, and a vowel with two dots apart ("résumé" 3, "naïve" 2).
    """
    word = _spoken(characters(word))
    return sum(_part(p) for p in re.split(r"[-/&.]", word) if p) or 1


def _spoken(word: str) -> str:
    """A word in plain letters that the rules read as it is spoken."""
    word = re.sub("(?<=[aeiouyAEIOUY])([äëïöüÄËÏÖÜ])", r"h\1", word)
    word = re.sub("[éëÉË]$", "ey", word).replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _part(part: str) -> int:
    bare = re.sub(r"'s?$|[',]", "", part)
    low = bare.lower()
    if any(c.isdigit() for c in low):
        return 1
    if low in _KNOWN:
        return _KNOWN[low]
    if (bare.isupper() and 2 <= len(bare) <= 3) or not re.search(r"[aeiouy]", low):
        return sum(3 if c == "w" else 1 for c in low) or 1
    n = len(re.findall(r"[aeiouy]+", low))
    if n > 1 and _SILENT_END.search(low):
        n -= 1
    n -= len(_SILENT_INSIDE.findall(low))
    n += len(_HIATUS.findall(low))
    return max(n, 1)
