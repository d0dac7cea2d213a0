"""Names of organisations as registers print them: cleaned for display, and keyed for matching.

Names come with street addresses, defined terms ('("Acme")'), trade names ("d/b/a"), principals
("on behalf of") and remarks ("(paper)"). :func:`parse_name` takes them apart;
:func:`organisation_key` gives the key on which names are compared.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from breachstudy.errors import InputError

__all__ = [
    "OrganisationName",
    "display_name",
    "is_personal_name",
    "organisation_key",
    "parse_name",
    "slug",
    "strip_address",
]

_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "`": "'", "–": "-", "—": "-"})
_LEGAL = frozenset(
    ["inc", "incorporated", "llc", "ltd", "limited", "corp", "corporation", "co", "company", "lp",
     "llp", "lllp", "pllc", "pc", "plc", "na", "pa", "sa", "ag", "nv", "sas", "gmbh", "psc", "fsb"]
)
_STREET = re.compile(
    r"(?:[,;]\s*|\s+)(?:(?:#\s*)?\d{1,6}(?:-\d+)?[A-Za-z]?"
    r"\s+(?!inc\b|ontario\b|llc\b)[\w.'-]+(?:\s+[\w.'&-]+)*\s*"
    r"(?:,|$|\s)|P\.?\s?O\.?\s+Box\b|(?:One|Two|Three|Four|Five|Six)\s+(?:[\w.'-]+\s+){0,5}"
    r"(?:St|Street|Road|Rd|Ave|Avenue|Drive|Dr|Place|Plaza|Square|Blvd|Boulevard|Way|Campus|Center|"
    r"Centre|Court|Circle|Parkway|Pkwy|Lane|Wharf|Park)\b)",
    re.IGNORECASE,
)
_STREET_WORD = re.compile(
    r"\b(?:St|Street|Road|Rd|Ave|Avenue|Av|Drive|Dr|Place|Pl|Plaza|Square|Sq|Blvd|Boulevard|Way"
    r"|Campus|Court|Ct|Circle|Cir|Parkway|Pkwy|Lane|Ln|Highway|Hwy|Pike|Turnpike|Suite|Ste|Floor"
    r"|Fl|Box|Route|Rt|Loop|Terrace|Trail|Row|Center|Broadway|Expressway|Freeway|Wharf|Park|Run"
    r"|Hall|Crossing|Alley|Point|Walk|Unit|Mall|Bldg|Building|Room|Rm|[A-Z]{2},?\s+\d{5})\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?<=[\w.),])\s*[(,]*\s*\(?(?:email and paper|paper & email|paper|email|supplement"
    r"|amended notice)\)?[\s,.)]*$"
    r"|(?<=[\w.),])\s*[(-]\s*update[^)]*\)?\s*$|\s+UPDATE(?: from .*)?$"
    r"|\s+(?:- )?(?:breach notice|incident notification)$", re.IGNORECASE)
_OFFICE = re.compile(
    r",\s+(?:Office of .*|[^,]*Alumni Center,.*|[^,]*General Counsel[^,]*|Corporate Compliance"
    r"|Law Department|HR Operations)$", re.IGNORECASE)
_PLACE = re.compile(
    r"(\b(?:Inc|LLC|Ltd|LLP|Corp|Co|PLLC|PC|P\.C)\.?)[,;]\s+[A-Z][\w. ]+,\s+"
    r"(?:[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)$")
_FOREIGN = re.compile(
    r",\s+(?:ZIP \d|\d+/F\b|\w+veien \d|R\. Prof|Les Collines|Immeuble|Edific).*$")
_PEOPLE_FIRST = re.compile(
    r"^(?:[A-Z][a-z]+ [A-Z][a-z]+,? (?:CPA|M\.?D\.?),\s*)+(?=\w.*\b(?:Inc|LLC)\b)"
    r"|^([A-Z][a-z]+) [A-Z][a-z]+ of (?=\1's )|/[A-Z][\w-]+ [A-Z][\w-]+, M\.?D\.?$")
_VENDOR = re.compile(r",?\s+(?:- ?)?((?:through|thru|via its vendor)\s+[A-Z].*)$")
_CONTACT = re.compile(
    r",?\s+Return Mail .*$|,?\s+c/o\s+(?!Data).*$|,?\s+(?:\d{10}|\d{3}-\d{3}-\d{4})$"
    r"|,\s+[A-Z][\w.]+(?:\s+[A-Z][\w.]*){1,3},\s+Chief .*$")
_TRADE = re.compile(
    r"[\s,(]*\b(?:collectively )?(?:t/?d/b/?a/?|d/b/a/?|dba|d\.b\.a\.?|doing business as|a/k/a|aka"
    r"|k/n/a|f/k/a|fka|formerly known as)(?=[\s:])[\s:]*", re.IGNORECASE)
_BEHALF = re.compile(
    r"[\s,(]*(?:\([^)]*data maintainer\)\s*)?"
    r"\b(?:o/b/o|(?:filing )?on beh[ae]lf of)\s+", re.IGNORECASE)
_RELATION = re.compile(
    r",?\s+\(?((?:an? |the )?(?:wholly[- ]owned )?(?:subsidiary|division|affiliate|parent company"
    r"|predecessor-in-interest|part|operator|owner)\b\s+(?:of|to)\b.*)$", re.IGNORECASE)
_DATA_ROLE = re.compile(r"\s*\(as data (?:owner|maintainer)\)", re.IGNORECASE)
_DEFINED_TERM = re.compile(r"\s*\((?:(?:[Tt]he )?\"[^)]*\)?|[A-Z&]{2,10}\)"
                           r"|(?:hereinafter|collectively|referred)\b[^)]*\)?|:\))")
_AFFILIATES = re.compile(
    r"[\s,]*(?:,|&|\band/or\b|\band\b|\bincluding\b)\s*(?:its|their)?\s*(?:direct and indirect\s+)?"
    r"(?:subsidiar|affiliat|insurance subsidiar|client).*$", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\((?!k\))([^()]*)\)?")
_BUSINESS = re.compile(
    r"&|\b(?:and|inc|llc|corp|corporation|ltd|l\.?p|llp|company|p\.?c|p\.?a|pllc|cpas?|insurance"
    r"|associates)\b", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r",?\s+(?:cpa|c\.p\.a\.|m\.?d\.?|d\.?d\.?s\.?|d\.?m\.?d\.?|esq\.?|ph\.?d\.?|ea|dc|od)$",
    re.IGNORECASE)
_LEGAL_FORM_END = re.compile(r"\b(?:P\.?C|P\.?A|PLLC|LLC|Inc)\b\.?$")
_PERSON = re.compile(
    r"(?:Dr\.\s+)?[A-Z][a-z]+ [A-Z]\. [A-Z][A-Za-z'-]+(?: (?:Jr\.?|Sr\.?|II|III|IV))?")
_PERSON_LOOSE = re.compile(r"(?:Dr\.\s+)?[A-Z][a-z]+ (?:[A-Z]\.? )?[A-Z][A-Za-z'-]+")


@dataclass(frozen=True)
class OrganisationName:
    """A name taken apart. Empty strings where the filing says nothing.

    ``organisation`` is the display name; ``as_filed`` the wording of the filing without
    addresses and persons; ``dba`` the trade name; ``on_behalf_of`` the organisation for which
    the filer notifies; ``remark`` what stands in brackets (a vendor, a brand, a place);
    ``is_bundled`` tells names of more than one organisation.
    """

    organisation: str
    as_filed: str
    dba: str = ""
    on_behalf_of: str = ""
    remark: str = ""
    is_bundled: bool = False


def _clean(text: str) -> str:
    text = html.unescape(html.unescape(text)).replace("\xa0", " ").translate(_QUOTES)
    return re.sub(r"\s+", " ", text).strip()


def _trim(text: str) -> str:
    text = text.strip(" ,;:-*/")
    if text.count('"') == 1 or (text.startswith('"') and text.endswith('"')):
        text = text.replace('"', "")
    if text.count("(") > text.count(")"):
        text += ")"
    if text.count(")") > text.count("("):
        text = text.replace(")", " ")
    return re.sub(r"\.\.+$", ".", re.sub(r"\s+", " ", text).strip(" ,;:"))


def strip_address(text: str) -> str:
    """The name in front of a street address, a post-office box or a contact person."""
    text = re.sub(r"(?<=[a-z.])(?=\d{2,5}\s?[A-Z])|(?<=P\.O\.)(?=Box)|(?<=\d{4})(?=[A-Z][a-z])",
                  " ", _CONTACT.sub("", _REMARK.sub("", _DEFINED_TERM.sub("", _clean(text)))))
    for match in _STREET.finditer(text):
        tail = text[match.start():]
        if match.start() >= 2 and (_STREET_WORD.search(tail) or re.search(r"\b\d{5}\b", tail)):
            return _trim(_OFFICE.sub("", _FOREIGN.sub("", text[:match.start()])))
    if re.search(r"\b\d{5,6}(?:-\d{4})?\.?$", text):
        parts = text.split(",")
        for i, part in enumerate(parts[1:], start=1):
            if re.search(r"\d|\bStreet\b|\bRoad\b", part):
                return _trim(_OFFICE.sub("", ",".join(parts[:i])))
    text = _PLACE.sub(r"\1", _OFFICE.sub("", _FOREIGN.sub("", text)))
    return _trim(re.sub(r",?\s+[A-Z]{2},?\s+\d{5}(?:-\d{4})?\.?$", "", text))


def display_name(text: str) -> str:
    """A name for display: entities decoded, no address, no defined terms, no remarks."""
    out = _REMARK.sub("", strip_address(text))
    out = _DATA_ROLE.sub("", out)
    return _trim(_DEFINED_TERM.sub("", out))


def organisation_key(text: str) -> str:
    """Key for comparing names: small ASCII letters and digits, no legal form, no article.

    "The J.C. Penney Company, Inc." and "J. C. Penney" give the same key. Trade names,
    principals and brackets should be taken off first (:func:`parse_name`).
    """
    text = _AFFILIATES.sub("", _clean(text))
    text = _BRACKET.sub(" ", text) if _BRACKET.sub(" ", text).strip() else text
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(r"^(?:https?://)?www\.", "", text).replace("&", " and ").replace("+", " and ")
    text = re.sub(r"[.'\"®™]", "", re.sub(r"\b([a-z])\. (?=[a-z]\b|[a-z]\.)", r"\1", text))
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and (words[-1] in _LEGAL
                              or (len(words) > 2 and words[-2:] == ["national", "association"])):
        words = words[:-2] if words[-1] == "association" else words[:-1]
        if words[-1] == "and" and len(words) > 1:
            words = words[:-1]
    return " ".join(words) if words else ""


def slug(text: str, limit: int = 48) -> str:
    """Small letters, digits and hyphens, cut at a word near ``limit`` characters."""
    out = re.sub(r"[^a-z0-9]+", "-", organisation_key(text)).strip("-")
    if len(out) > limit:
        out = out[:limit].rsplit("-", 1)[0] if "-" in out[:limit] else out[:limit]
    return out or "unnamed"


def is_personal_name(text: str) -> bool:
    """True for a person rather than an organisation: "Jane Q. Doe, CPA", "Jane Q. Doe, A, B".

    Firms that carry a person's name with a legal form or a word for a business are
    organisations.
    """
    name = _clean(text)
    first, _, rest = name.partition(",")
    if _LEGAL_FORM_END.search(name):
        return False
    bare = _CREDENTIAL.sub("", first)
    if re.match(r"Dr\.? ", first) and not _BUSINESS.search(name):
        return bool(_PERSON_LOOSE.fullmatch(first))
    if bare != first or _CREDENTIAL.fullmatch(f" {rest.split(',')[0].strip()}"):
        return bool(_PERSON_LOOSE.fullmatch(bare))
    return bool(_PERSON.fullmatch(first)) and not _BUSINESS.search(name)


_FORM = r"(?:inc|llc|ltd|corp(?:oration)?|company|bank|lp|llp|p\.?c)"
_SEVERAL = re.compile(
    rf"\b{_FORM}\b\.?(?:,? and| &|,|;) (?!{_FORM}\b|n\.?a\b|l\.|its\b|their\b)\w.*\b{_FORM}\b",
    re.IGNORECASE)


def _is_bundled(text: str) -> bool:
    return bool(re.search(r"; (?=\w)| / ", text) or _SEVERAL.search(text))


def parse_name(text: str) -> OrganisationName:
    """Take a name as filed apart.

    A trade name of a person replaces the person. Raises ValueError if nothing is left.
    """
    behalf_tail = re.search(r"\(\s*o/b/o [^)]*\)?\s*$", _clean(text))
    filed = _REMARK.sub("", strip_address(text))
    if behalf_tail and "o/b/o" not in filed:
        filed = f"{filed} {behalf_tail[0].strip()}"
    sentence = re.search(r"notice is being provided by ([^,.]+,? ?(?:Inc\.|LLC)?)", filed)
    if sentence:
        filed = _trim(sentence[1])
    filed = _trim(filed)
    filed = _PEOPLE_FIRST.sub("", filed)
    body, behalf = re.sub(r",?\s+including its .*", "", filed), ""
    parts = _BEHALF.split(body, maxsplit=1)
    if len(parts) == 2 and parts[0].strip():
        body, behalf = parts[0], _trim(_DATA_ROLE.sub("", parts[1]).rstrip(") "))
    main, dba = body, ""
    parts = _TRADE.split(body, maxsplit=1)
    if len(parts) == 2 and parts[0].strip(" ("):
        main, dba = parts[0], display_name(_TRADE.sub(" / ", parts[1]))
    relation = _RELATION.search(main) or _VENDOR.search(main)
    if relation:
        main = main[:relation.start()]
    asides = _BRACKET.findall(dba)
    dba = _trim(_BRACKET.sub(" ", dba)) or dba
    organisation = _trim(_AFFILIATES.sub("", display_name(main)))
    brackets = [b for b in (*_BRACKET.findall(organisation), *asides) if b.strip()]
    brackets += [relation[1]] if relation else []
    remark = "; ".join(_trim(b) for b in brackets)
    organisation = _trim(_BRACKET.sub(" ", organisation)) or organisation
    if dba and is_personal_name(organisation):
        organisation, dba, filed = dba, "", dba
    if not organisation:
        raise InputError(f"no organisation in {text!r}")
    return OrganisationName(organisation, filed[:160].rstrip(), dba, behalf[:160], remark,
                            _is_bundled(main) or bool(behalf and "," in behalf))
