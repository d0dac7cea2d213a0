"""Numbers, providers and data types that people typed into forms."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from breachstudy.compile.denials import without_denials
from breachstudy.compile.durations import read_months

__all__ = ["DATA_TYPES", "PROVIDERS", "read_count", "read_data_types", "read_providers"]

DATA_TYPES = (
    "name", "ssn", "driving_licence", "financial_account", "birth_date", "health",
    "health_insurance", "passport", "account_login", "student_id", "military_id", "biometric",
    "private_key", "other",
)
PROVIDERS = (
    "kroll", "experian", "transunion", "equifax", "id_experts", "allclear", "cyberscout", "csid",
    "epiq", "lifelock", "identity_guard", "ez_shield", "other",
)

_NUMBER = re.compile(
    r"(?P<about>(?:approx(?:imately|\.)?|appx\.?|about|roughly|estimated|potentially|~"
    r"|understood to be)\s*)?"
    r"(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s*(?P<million>million|m(?=$|\s))?\s*"
    r"(?P<rest>(?:individuals|people|persons?|users|residents|maine residents|worldwide|customers"
    r"|current and former employees|in the united states|us|approx(?:imately|\.)?|estimated"
    r"|to date|total)?)"
)
_NOT_STATED = re.compile(
    r"unknown|unsure|\bnot\b|^n/?a|no #|no specific|non specified|didn't|doesn't|uncertain"
    r"|unable|undetermined|unconfirmed|^\W*$|still investigating|^\? |see exhibit|states n/a")
_PROVIDER_WORDS = (
    ("kroll", r"kroll"),
    ("experian", r"experian|identity ?works|id works|protectmyid"),
    ("transunion", r"trans ?union|mytrueidentity"),
    ("equifax", r"equifax"),
    ("id_experts", r"id ?experts|myidcare|\bidx\b|identity theft guard solutions"),
    ("allclear", r"all ?clear"),
    ("cyberscout", r"cyber ?scout"),
    ("csid", r"\bcsid\b"),
    ("epiq", r"\bepiq\b"),
    ("lifelock", r"life ?lock"),
    ("identity_guard", r"identity guard"),
    ("ez_shield", r"ez ?shield"),
)
_NO_PROVIDER = re.compile(
    r"not applicable|tbd|to be determined|chosen by|discretion|^\d+ +months?$")
_STATUTORY = re.compile(r"in combination\s+wit\w*\s+(?:the )?security.*?(?=\band (?:ssn|driver)|$)")
_PROTECTED = re.compile(r"password[- ]protected|password or pin not disclosed")
_TYPE_WORDS = (
    ("name", r"\bnames?\b"),
    ("ssn", r"ssns?\b|social security|\bsss\b|\bss (?:nos?\b|numbers?|or\b)|\bss ?#"),
    ("driving_licence", r"driver'?s?'? ?licen[sc]e|\bdl\b|non-driver"),
    ("financial_account", r"financial acc|credit or debit|credit card|debit card"
                          r"|(?<!identification )(?<!id )(?<!ident )card (?:account|info|payment"
                          r"|number|details)|payment card|disc?over card|bank account"
                          r"|credit/debit|cardholder|old card|account number"),
    ("birth_date", r"birth|\bdob\b"),
    ("health", r"medical|health(?! insur)|diagnos|treatment|clinical|patient"),
    ("health_insurance", r"health insurance|insurance (?:id|policy|number)|medicare|medicaid"),
    ("passport", r"passport"),
    ("account_login", r"password|log-?in|security question"),
    ("biometric", r"biometric|fingerprint"),
    ("student_id", r"student id"),
)


def read_count(value: Any) -> tuple[int | None, str]:
    """Number of people, and stated, approximate, unreadable or not_stated.

    Rounded numbers ("~7520", "6.1 million users") and numbers for one country are approximate.
    Increments ("2 additional"), bounds ("fewer than 10") and several numbers are unreadable.
    """
    if value is None or value != value:
        return None, "not_stated"
    if isinstance(value, (dt.date, dt.datetime)):
        return None, "unreadable"
    if isinstance(value, (int, float)):
        return (int(value), "stated") if value == int(value) >= 0 else (None, "unreadable")
    text = re.sub(r"\s+", " ", str(value)).strip(" .").lower()
    match = _NUMBER.fullmatch(text)
    if match:
        number = float(match["n"].replace(",", ""))
        if match["million"]:
            return round(number * 1e6), "approximate"
        if number == int(number) and "." not in match["n"]:
            rest = match["rest"]
            loose = match["about"] or rest.startswith(("approx", "est", "us", "in ", "to "))
            return int(number), "approximate" if loose else "stated"
        return None, "unreadable"
    return None, "not_stated" if _NOT_STATED.search(text) else "unreadable"


def read_providers(*texts: Any) -> tuple[str, ...]:
    """Providers of identity protection named in a text, as codes of :data:`PROVIDERS`."""
    for value in texts:
        text = str(value).lower().replace("’", "'").strip() if isinstance(value, str) else ""
        named = tuple(code for code, words in _PROVIDER_WORDS if re.search(words, text))
        if named:
            return named
    first = next((t for t in texts if isinstance(t, str) and t.strip()), None)
    if first is None or _NO_PROVIDER.search(first.lower()) or read_months(first):
        return ()
    return ("other",)


def read_data_types(text: Any) -> tuple[str, ...]:
    """Data types named in a description, as codes of :data:`DATA_TYPES`; empty if none is.

    The statutory phrase about security codes and passwords of a financial account does not
    count as a login.
    """
    if not isinstance(text, str):
        return ()
    low = re.sub(r"\s+", " ", text.lower().replace("’", "'"))
    low = without_denials(_PROTECTED.sub(" ", _STATUTORY.sub(" ", low)))
    low = re.sub(r"security code,? (?:access code,?)?.{0,40}?\bpin\b[^,;]*account", " ", low)
    found = {code for code, words in _TYPE_WORDS if re.search(words, low)}
    return tuple(code for code in DATA_TYPES if code in found)
