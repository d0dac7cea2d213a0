"""What a text says was *not* touched: "no SSN", "passwords were not exposed".

Both orders of words are taken out before anything is looked for in a text, so that a denied type
of data does not count as affected.
"""

from __future__ import annotations

import re

__all__ = ["without_denials"]

_STOP = (r"(?=[.;)]|\bbut\b|\bhowever\b|\balthough\b|,\s*(?:held|contain|includ|had|has|was|were)"
         r"|$)")
"""Where a denial that stands first ends."""
_BE = r"(?:was|were|is|are|has been|have been|had been|been)"
_TOUCHED = (
    r"(?:affected|involved|exposed|accessed|access(?:i|a)ble|compromised|included|disclosed|viewe?d"
    r"|seen|taken|stolen|obtained|acquired|collected|stored|impacted|contained|present|breached"
    r"|lost|revealed|released|shared|downloaded|copied|captured|populated|kept|held|retained"
    r"|at risk|part of|in the|on the|visible|readable|sent|transmitted|used|recorded|listed)")
_SURELY = (r"(?:(?:believed|thought|known|found|shown|determined|reported|considered) to"
           r"(?: have(?: been)?| be)?\s+|likely\s+|otherwise\s+|also\s+|ever\s+|actually\s+)*")
_NOT = r"(?:not|never|neither|nor)(?! only\b| all\b| just\b)"

# "no" that denies, after the start, a mark or a joining word; "account no" and "no. of" number
_NO = re.compile(
    r"(?P<lead>(?:^|[;.(,:-]|\b(?:but|and|although|that|said|with|was|were|there|is|are|however"
    r"|while|state[sd]?)\b)\s*)\b(?:no|neither|none of)\b(?!\s+(?:of|longer|evidence|indication)\b"
    rf"|\.)\s+[^.;)]*?(?:\b{_BE}\b\s+(?:\w+ly\s+)?(?:in |at |on )?\w+|{_STOP})")
_LACKS = re.compile(
    rf"\b(?:without|w/out|w/o|other than|except(?:ing)?(?: for)?|excluding|exclusive of"
    rf"|(?:(?:do|does|did)(?: not|n't)|(?:would|could|will) not|never)"
    rf"(?:\s+(?:seem|appear|believed?) to)?\s+(?:\w+ly\s+)?(?:include|contain|involve|affect|expose"
    rf"|have|hold|store|believe|think|collect|compromise|list|access|obtain|acquire|disclose)s?"
    rf"|not (?:including|containing|involving)|no evidence (?:of|that))\b(?! limited)"
    rf"[^.;)]*?{_STOP}")
_BUT_NOT = re.compile(
    r"(?P<lead>[(,;]|\bbut\b|\band\b)\s*(?:but\s+|and\s+)?not\s+(?!(?:yet|only|all|just|limited"
    r"|necessarily|specifi|specif|stated|provided|given|available|known|determined|encrypted"
    rf"|{_TOUCHED})\b)\s*[^.;),]*?{_STOP}|(?P<led>\bonly\b[^.;)]*,\s*)not\s[^.;)]*")
_SUBJECT = re.compile(
    rf"(?P<subject>[^.;:(]*?)\b(?:(?:{_BE}\s+(?:\w+ly\s+)?(?:{_NOT}|n't)\s*|(?:wasn't|weren't|isn't"
    rf"|aren't|hasn't been|haven't been)\s+|(?:{_BE}\s+)?{_NOT}\s+(?:be(?:en)?\s+)?)"
    rf"{_SURELY}{_TOUCHED}\b(?:\s*(?:,|or|and|nor)\s*{_TOUCHED}\b)*|{_BE}\s+unaffected\b|unaffected\b"
    rf"|remain(?:s|ed)? (?:safe|secure|protected|encrypted)\b|{_BE}\s+excluded\b)")
_EARLIER = re.compile(
    rf"\b(?:but|however|although|while|whereas|though)\b|\b{_BE}\s+(?!not\b)\w+\s*(?:and|,)"
    r"|\b(?:includ(?:e|es|ed|ing)|contain(?:s|ed|ing)?)\b(?=.*,)")
_ABBREVIATION = re.compile(
    r"\b(nos?|accts?|info|exp|ins|tel|lic|id|nums?|incl|approx|etc|cc|ss)\.(?=\s*[,;a-z&(]|\s*$)")


def _denied(match: re.Match[str]) -> str:
    """What is left of a clause whose subject is denied.

    The subject reaches back to a mark, to "but" and the like, to an earlier verb with "and"; and
    to the last comma where no "and" or "or" joins the list behind it ("names, SSNs were not
    taken").
    """
    subject = match["subject"]
    kept = ""
    turns = list(_EARLIER.finditer(subject))
    if turns:
        kept, subject = subject[:turns[-1].end()], subject[turns[-1].end():]
    head, comma, last = subject.rpartition(",")
    if comma and not re.search(r"\b(?:and|or|nor)\b|&", last):
        kept += head
    return kept + " "


def without_denials(text: str) -> str:
    """A text in small letters without what it says was not affected."""
    text = _ABBREVIATION.sub(r"\1", text)
    text = _NO.sub(lambda m: m["lead"] + " ", text)
    text = _LACKS.sub(" ", text)
    text = _BUT_NOT.sub(lambda m: (m["lead"] or m["led"]) + " ", text)
    return _SUBJECT.sub(_denied, text)
