"""Word lists and patterns of the measures, chosen for notices of data breaches.

Written for this project from reading notices, and under its licence. They are not the lists of
Loughran & McDonald (2011), which were made for annual reports and may not be redistributed: the
classes of the same names here measure the same idea with other words.
"""

from __future__ import annotations

import re

__all__ = [
    "APOLOGY", "BREACH_VERBS", "DATA_TYPES", "FIRST_PERSON_PLURAL", "HEDGES", "LITIGIOUS",
    "MONITORING", "NEGATIONS", "OFFERING", "PASSIVE", "REFUND", "UNCERTAINTY", "WEAK_MODALS",
]


def _listed(text: str) -> list[str]:
    return text.split()


def _any_of(*phrases: str) -> re.Pattern[str]:
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(longest) + r")(?![\w-])", re.IGNORECASE)


# the modal, not the month: "May 5", "in May", "of May", "May of", "early May"
_MAY = (r"(?<!\bin )(?<!\bof )(?<!\blate )(?<!\bearly )(?<!\bmid )(?<!\bsince )(?<!\buntil )"
        r"may(?! of\b)(?!,? \d)")
HEDGES = _any_of(
    _MAY, "might", "could", "possibly", "possible", "possibility", "potential", "potentially",
    "perhaps", "maybe", "likely", "unlikely", "apparent", "apparently", "appears?", "appeared",
    "seems?", "seemed", "suggests?", "suggested", "indicates?", "we believe", "is believed",
    "are believed", "we suspect", "suspected", "we think", "presumably", "arguably",
    "to our knowledge", "to the best of our knowledge", "as far as we know", "at this time",
    "at this point", "reason to believe", "in an abundance of caution",
    "out of an abundance of caution", "allegedly", "purportedly")
WEAK_MODALS = _any_of(_MAY, "might", "could", "would", "possibly", "perhaps", "maybe")
UNCERTAINTY = _any_of(
    "approximately", "approximate", "roughly", "around", "about (?=\\d)", "on or about",
    "uncertain", "uncertainty", "unclear", "unknown", "undetermined", "unconfirmed", "unable to",
    "cannot (?:confirm|determine|say|rule)", "cannot be (?:certain|sure)", "not (?:certain|sure)",
    "estimates?", "estimated", "assumes?", "assumed", "assumption", "suspicious", "suspected",
    "possible", "possibly", "potential", "potentially", "risks?", "depending", "pending",
    "preliminary", "to be determined", "whether", "varied", "varies", "might", _MAY, "could")
LITIGIOUS = _any_of(
    "laws?(?! enforcement)", "lawsuits?", "legal", "legally", "court", "courts", "litigation",
    "litigate", "statutes?", "statutory", "regulations?", "attorneys?", "counsel", "liable",
    "liability", "plaintiffs?", "defendants?", "settlement", "allegations?", "alleged",
    "prosecuted?", "prosecution", "indict(?:ed|ment)", "convicted", "jurisdiction", "subpoena",
    "pursuant", "hereby", "herein", "hereto", "therein", "thereof", "notwithstanding",
    "indemnif\\w+",
    "testif\\w+", "testimony", "claims? against", "contractual(?:ly)?")
NEGATIONS = re.compile(
    r"(?<![\w-])(?:no(?!\.\s?\d)|not|never|none|nor|neither|nothing|nobody|nowhere|cannot|without"
    r"|\w+n't)(?![\w-])", re.IGNORECASE)
FIRST_PERSON_PLURAL = frozenset(["we", "us", "our", "ours", "ourselves", "we've", "we're", "we'll",
                                 "we'd"])

_IRREGULAR = _listed(
    "been begun bought brought broken built caught cut done drawn driven forgotten found given "
    "gone hacked held hit kept known left lost made meant met paid put read run seen sent set "
    "shown shut sold spent spread stolen struck taken taught thrown thought told undertaken "
    "written withheld overwritten hidden forwarded")
# "-ed" after a form of "be" that tells a state or a feeling and no act done to the subject
_STATES = _listed("committed concerned pleased dedicated interested located related based limited "
           "unauthorized unauthorised unrelated supposed entitled sophisticated "
           "excited worried unaffected need indeed aged")
PASSIVE = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being|isn't|aren't|wasn't|weren't|get|gets|got|gotten)"
    r"(?:\s+(?:not|never|also|being|been|then|thus|later|first|since|subsequently|in\s+fact"
    r"|[a-z]+ly|ever|all|both|still|now|either|once)){0,8}\s+"
    rf"(?!(?:{'|'.join(_STATES)})\b)"
    rf"((?:re-?|mis)?(?:[a-z]+(?:-[a-z]+)*ed|{'|'.join(dict.fromkeys(_IRREGULAR))}))\b",
    re.IGNORECASE)
"""A form of be or get, adverbs, and a past participle (the first group)."""

BREACH_VERBS = frozenset(_listed(
    "accessed acquired attacked breached captured collected compromised copied disclosed "
    "downloaded emailed e-mailed encrypted exfiltrated exposed extracted hacked harvested hit "
    "infected infiltrated installed intercepted left lost mailed misappropriated misdirected "
    "misplaced misused obtained opened penetrated posted published released removed revealed seen "
    "sent shared skimmed stolen taken targeted transferred transmitted viewed"))

_SERVICE = (r"(?:credit|identity|id|fraud|dark web|cyber)[\s-]+(?:theft\s+|report\s+"
            r"|and identity\s+|file\s+){0,4}(?:monitoring|protection|restoration|repair"
            r"|resolution|recovery|insurance)")
MONITORING = re.compile(rf"\b{_SERVICE}\b|\b(?:experian|protectmyid|allclear|lifelock|kroll"
                        r"|identityworks|idx|triplealert|myidcare)\b", re.IGNORECASE)
OFFERING = re.compile(
    r"\boffer(?:s|ed|ing)?\b|\bprovid(?:e|es|ed|ing)\b|\benrol\w*|\bcomplimentary\b|\bfree\b"
    r"|\bno (?:cost|charge)\b|\barranged?\b|\bengaged\b|\bretained\b|\bactivat\w+|\bpaid for\b"
    r"|\bpay(?:ing)? for\b|\bmembership\b", re.IGNORECASE)
REFUND = re.compile(
    r"\brefund(?:s|ed|ing)?\b|\breimburs\w+|\bcompensat(?:e|es|ed|ing)\b|\bvouchers?\b"
    r"|\bgift cards? (?:for|of|worth|as)\b|\b(?:a|an|\d+ ?%|\d+ percent) discount\b"
    r"|\bstore credit\b|\bwaiv(?:e|es|ed|ing)\b[^.]{0,300}\bfees?\b", re.IGNORECASE)

APOLOGY = re.compile(
    r"\bapologi[sz](?:e|es|ed|ing)\b|\bapolog(?:y|ies)\b|\b(?:are|am|is|be|so|very|truly|deeply)\s"
    r"+sorry\b|\bregret(?:s|ted)?\b(?!\s+to\s+(?:inform|tell|report|advise|notify))", re.IGNORECASE)
_BOTHER = r"inconvenience|concerns?|frustrations?|worry|worries|trouble|confusion|distress|anxiety"
BOTHER = re.compile(rf"\b(?:{_BOTHER})\b", re.IGNORECASE)
MATTER = re.compile(
    r"\b(?:incidents?|breach(?:es)?|errors?|mistakes?|events?|happened|occurred|situation|matter"
    r"|disclosure|theft|loss|failure|issue|this)\b", re.IGNORECASE)

DATA_TYPES: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)
    for name, pattern in {
        "name": r"(?:first|last|full|customer|patient|employee)(?: (?:and|or|and/or) last)? names?"
                r"|(?:your|their|his|her|the|included|including|containing|contained|of) names?"
                r"(?! of\b)|names?(?=, )",
        "address": r"(?:home|mailing|postal|street|physical|billing|shipping) address(?:es)?"
                   r"|(?<!email )(?<!e-mail )(?<!ip )(?<!to )address(?:es)?(?=,| and\b|\.)",
        "email": r"e-?mail address(?:es)?",
        "phone": r"(?:tele)?phone numbers?",
        "ssn": r"social security(?: (?:numbers?|information|cards?))?|SSNs?"
               r"|tax(?:payer)? identification numbers?",
        "birth": r"dates?(?: |-)of(?: |-)birth|birth ?dates?|DOBs?",
        "identity_document": r"driver'?s?'? licen[cs]es?(?: numbers?)?|passports?(?: numbers?)?"
                             r"|(?:state|government)[ -](?:issued )?(?:id|identification)\b[\w ]*",
        "card": r"(?:payment|credit|debit|bank)(?: ?(?:and|or|/|and/or) ?(?:debit|credit))? cards?"
                r"(?: (?:numbers?|information|data|account numbers?|details))?|card numbers?|CVVs?",
        "account": r"(?:bank|financial|checking|direct deposit)?(?: |-)?account (?:and routing )?"
                   r"numbers?|bank account information|routing numbers?",
        "credentials": r"passwords?(?! protected| reset)|user ?names?|user IDs?"
                       r"|login (?:credentials|information)|security questions?",
        "health": r"(?:medical|health|treatment|clinical|patient)(?: record)? (?:information"
                  r"|records?|numbers?|history|data)|diagnos[ei]s|prescriptions?|health insurance"
                  r"(?: \w+)?|protected health information",
        "tax": r"W-?2s?|tax (?:returns?|forms?|information)|wages?|salar(?:y|ies)|payroll "
               r"information|1099s?",
        "biometric": r"biometrics?|fingerprints?",
    }.items()}
"""Kinds of personal data and the words by which a notice names them."""
