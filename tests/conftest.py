"""A small invented study: raw tables as CSV bytes, filled from the codebook."""

import csv
import io
import os
import subprocess

import pytest

from breachstudy.schema.codebook import tables

SOURCES = [
    {"source_id": "p1", "kind": "page", "publisher": "Firm", "url": "https://a.example/1",
     "accessed": "2026-11-24", "rights": "cited_facts"},
    {"source_id": "p2", "kind": "page", "publisher": "Paper", "url": "https://b.example/2",
     "accessed": "2026-11-24", "rights": "cited_facts"},
    {"source_id": "washington_ag", "kind": "register", "publisher": "Washington",
     "url": "https://wa.example", "accessed": "2026-11-24", "rights": "public_record"},
    {"source_id": "california_ag", "kind": "register", "publisher": "California",
     "url": "https://ca.example", "accessed": "2026-11-24", "rights": "public_record"},
]


FIRM = {"firm_id": "acme", "firm_name": "Acme", "evidence": "said so",
        "source_id": "washington_ag", "cik_status": "not_in_register"}
LINK = {"firm_id": "acme", "unit": "Quiet", "link_id": "l1"}


def event(event_id, **given):
    return {"event_id": event_id, "organisation": event_id.rsplit("-", 1)[0].title(),
            "origin": "named", "lookup": "found", "role": "listed", **given}


def document(event_id, source_id, kind, n=1, **given):
    return {"document_id": f"{event_id}/{n}", "event_id": event_id, "source_id": source_id,
            "kind": kind, "chars_visible": "1000", "query": "q", **given}


def milestone(event_id, type_, lo, hi=None, n=1, source_id="p1", **given):
    hi = hi or lo
    return {"milestone_id": f"{event_id}/{type_}/{n}", "event_id": event_id, "type": type_,
            "date_lo": lo, "date_hi": hi, "date_precision": "day" if lo == hi else "month",
            "source_id": source_id, "evidence": "said so", **given}


def severity(event_id, n, field, value, source_id="p1", **given):
    return {"severity_id": f"{event_id}/{n}", "event_id": event_id, "field": field,
            "value": value, "source_id": source_id, "evidence": "said so", **given}


def to_csv(name, rows):
    """Rows as the bytes of a raw file: all columns of the codebook, sorted by its key."""
    spec = tables("raw")[name]
    unknown = {k for r in rows for k in r} - set(spec.names)
    assert not unknown, unknown
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, spec.names, restval="", lineterminator="\n")
    writer.writeheader()
    for row in sorted(rows, key=lambda r: tuple(r.get(k, "") for k in spec.sort)):
        writer.writerow(row)
    return buffer.getvalue().encode()


@pytest.fixture
def study_rows():
    """Raw rows by table: the tests change them before they are built."""
    return {
        "sources": list(SOURCES),
        "events": [
            event("acme-2015", firm_id="acme"),
            event("acme-2018", firm_id="acme"),
            event("outed-2016", firm_id="acme"),
            event("quiet-2017", firm_id="acme", origin="register", lookup="not_sought"),
            event("muddle-2014"),
            event("reddit-2018", role="seed"),
            event("microsoft-webmail-2019", role="seed"),
        ],
        "documents": [
            document("acme-2015", "p1", "firm_statement", 1, published="2015-03-11"),
            document("acme-2015", "p2", "press", 2, published="2015-06-01"),
            document("acme-2018", "p2", "press"),
            document("outed-2016", "p2", "press"),
            document("muddle-2014", "p2", "press"),
            document("reddit-2018", "p2", "press"),
        ],
        "milestones": [
            milestone("acme-2015", "incident_start", "2015-01-01", "2015-01-31"),
            milestone("acme-2015", "discovered", "2015-03-01"),
            milestone("acme-2015", "discovered", "2015-02-20", n=2, source_id="p2"),
            milestone("acme-2015", "first_public", "2015-03-11", by="firm"),
            milestone("acme-2015", "scope_revised", "2015-04-10", by="firm"),
            milestone("acme-2018", "discovered", "2018-05-01", "2018-05-31", source_id="p2"),
            milestone("acme-2018", "first_public", "2018-05-20", by="press", source_id="p2"),
            milestone("outed-2016", "discovered", "2016-07-09", source_id="p2"),
            milestone("outed-2016", "first_public", "2016-07-01", by="researcher",
                      source_id="p2", is_outing="true"),
            milestone("muddle-2014", "discovered", "2014-07-09", source_id="p2"),
            milestone("muddle-2014", "first_public", "2014-07-01", by="firm", source_id="p2"),
            milestone("reddit-2018", "discovered", "2018-06-19", source_id="p2"),
            milestone("reddit-2018", "first_public", "2018-08-01", by="firm", source_id="p2"),
        ],
        "severity": [
            severity("acme-2015", 1, "records_first", "40000000", unit="cards"),
            severity("acme-2015", 2, "records_final", "50000000", "p2", unit="cards"),
            severity("acme-2015", 3, "data_type", "payment_card"),
            severity("acme-2015", 4, "data_type", "name", "p2"),
            severity("acme-2015", 5, "attack_type", "malware_pos", "p2"),
            severity("acme-2015", 6, "attack_type", "hacking"),
            severity("acme-2015", 7, "attack_type", "malware_pos"),
            severity("acme-2015", 8, "insider", "no"),
        ],
        "corrections": [],
        "firms": [
            {"spell_id": "acme-acm", **FIRM, "ticker": "ACM", "price_ticker": "ACM",
             "exchange": "NYSE", "valid_from": "2010-01-01", "valid_to": "2017-12-31",
             "industry": "retail", "audience": "consumers"},
            {"spell_id": "acme-acme", **FIRM, "ticker": "ACME", "price_ticker": "ACM",
             "exchange": "NYSE", "valid_from": "2018-01-01", "industry": "retail",
             "audience": "consumers"},
        ],
        "firm_links": [{"link_id": "l1", "organisation_key": "quiet", "organisation": "Quiet",
                        "firm_id": "acme", "unit": "Quiet", "relation": "subsidiary",
                        "method": "by_hand", "evidence": "said so",
                        "source_id": "washington_ag", "confidence": "certain"}],
        "firm_links_rejected": [
            {"rejected_id": "r1", "organisation": "Quiet Lake", "reason_code": "false_friend",
             "reason": "a school"}],
        "firm_links_audit": [],
        "notices": [
            {"notice_id": "quiet-2017", "organisation": "Quiet", "organisation_key": "quiet",
             "organisation_as_filed": "Quiet", "registers": "washington", "n_filings": "2",
             "source_id": "washington_ag", "source_locator": "washington:7",
             "industry": "retail", "cause": "phishing", "data_types": "ssn;name",
             "data_types_status": "stated", "affected_total_status": "not_collected",
             "is_bundled": "false", "occurred_start_status": "not_stated",
             "occurred_end_status": "not_stated",
             "discovered_lo": "2017-02-01", "discovered_hi": "2017-02-01",
             "discovered_precision": "day", "discovered_status": "stated",
             "individuals_notified_lo": "2017-03-10", "individuals_notified_hi": "2017-03-10",
             "individuals_notified_precision": "day", "individuals_notified_status": "stated",
             "regulator_submitted_lo": "2017-03-03", "regulator_submitted_hi": "2017-03-03",
             "regulator_submitted_precision": "day", "regulator_submitted_status": "stated",
             "affected_washington": "700", "protection_offered": "true",
             "protection_status": "stated", "protection_months": "12"},
        ],
        "register_reports": [
            {"report_id": "ca-1", "register": "california_ag", "source_locator": "california:1",
             "organisation": "Quiet", "organisation_key": "quiet", **LINK,
             "reported_lo": "2017-02-27", "reported_hi": "2017-02-27",
             "reported_precision": "day", "affected": "900", "affected_scope": "state"},
        ],
        "event_members": [
            {"member_id": "m1", "event_id": "quiet-2017", "member_kind": "notice",
             "member_ref": "quiet-2017", "rule": "first", **LINK},
            {"member_id": "m2", "event_id": "quiet-2017", "member_kind": "report",
             "member_ref": "ca-1", "rule": "reported", **LINK},
        ],
    }


@pytest.fixture
def raw_files(study_rows):
    """The bytes of all raw files; call it after changing ``study_rows``."""
    def make():
        return {name: to_csv(name, study_rows.get(name, [])) for name in tables("raw")}
    return make


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)],
                          capture_output=True, check=False) if os.name == "posix" else None
    if made is None or made.returncode:
        pytest.skip("this user cannot mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)
