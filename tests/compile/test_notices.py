"""Compiling small made-up registers, and checks of the compiled table."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from breachstudy.compile.filings import REGISTERS, types_by_incident
from breachstudy.compile.notices import (
    REGISTER_FILES,
    NoticesCompilation,
    compile_notices,
    read_registers,
    shown,
)
from breachstudy.compile.register_levels import (
    FORM_COLUMNS,
    FORM_INDUSTRIES,
    FORM_TYPES,
    LIST_COLUMNS,
    WASHINGTON_COLUMNS,
)
from breachstudy.facts.read import parse_table
from breachstudy.facts.write import csv_bytes
from breachstudy.schema.codebook import table


def form(*rows: dict[str, Any]) -> pd.DataFrame:
    """Maine's form; cells by short name, with plain defaults."""
    usual = {"completed": "6/30/2019 1:00:00 PM", "name": "Acme, Inc.", "occurred": "3/1/2019",
             "discovered": "4/1/2019", "notified": "6/28/2019", "total": "100", "maine": "3",
             "offered": "No", "duration": None, "provider": None, "previous": None}
    flags = [start for start, _ in (*FORM_INDUSTRIES, *FORM_TYPES)]
    full = []
    for row in rows:
        cells = usual | row
        record = {column: cells[short] for short, column in FORM_COLUMNS.items()}
        full.append(record | {f: str(f in row.get("flags", ())).lower() for f in flags})
    columns = [*FORM_COLUMNS.values(), *flags]
    return pd.DataFrame(full, columns=columns, dtype=object,
                        index=pd.RangeIndex(2, len(full) + 2))


def older(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Maine's older list: name, breach, filed, types, residents."""
    return pd.DataFrame(list(rows), columns=list(LIST_COLUMNS.values()), dtype=object,
                        index=pd.RangeIndex(3, len(rows) + 3))


def day(text: str) -> str:
    return f"{dt.date.fromisoformat(text):%Y %b %d} 12:00:00 AM"


def washington(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"Id": "1,001", "Name": "Acme", "DateAware": day("2019-04-03"),
             "DateSubmitted": day("2019-06-27"), "DateStart": day("2019-03-01"),
             "DateEnd": None, "DataBreachCause": "Cyberattack", "CyberattackType": "Phishing",
             "IndustryType": "Business", "BusinessType": "Retail",
             "WashingtoniansAffected": "1,500"}
    return pd.DataFrame([usual | row for row in rows], columns=list(WASHINGTON_COLUMNS),
                        dtype=object)


def types(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["Id", "InformationType"], dtype=object)


def compiled(f: pd.DataFrame | None = None, o: pd.DataFrame | None = None,
             w: pd.DataFrame | None = None, t: pd.DataFrame | None = None) -> NoticesCompilation:
    return compile_notices({"maine_form": form() if f is None else f,
                            "maine_list": older() if o is None else o,
                            "washington": washington() if w is None else w,
                            "washington_types": types() if t is None else t})


def test_every_register_has_its_level_its_column_and_its_source():
    notices, sources = table("raw", "notices"), (ROOT / "data" / "raw" / "sources.csv").read_text()
    assert list(notices["registers"].levels) == list(REGISTERS)
    for name, register in REGISTERS.items():
        assert register.residents in notices.names and next(iter(register.files)) == name
        assert f"\n{register.source},register," in sources


def only(result: NoticesCompilation) -> pd.Series:
    assert len(result.notices) == 1
    return result.notices.iloc[0]


def test_a_form_filing() -> None:
    got = only(compiled(form({
        "name": "Acme Widgets, Inc. (“Acme”)", "occurred": "2/7/2019 - 3/1/2019",
        "discovered": "April 1, 2019; April 9, 2019", "notified": "6/28/2019, 7/5/2019",
        "total": "~1,200", "offered": "Yes", "duration": "One year", "provider": "Kroll, Inc.",
        "flags": ("Health Care", "Social Security Number"),
    })))
    assert got["notice_id"] == "acme-widgets-2019-04-01"
    assert got["organisation"] == "Acme Widgets, Inc."
    assert got["source_locator"] == "maine_form:2"
    assert got["source_id"] == "maine_ag_form"
    assert (got["industry"], got["cause"], got["data_types"]) == ("health", "not_collected", "ssn")
    assert got["occurred_start_lo"] == dt.date(2019, 2, 7)
    assert got["occurred_end_hi"] == dt.date(2019, 3, 1)
    assert got["discovered_lo"] == got["discovered_hi"] == dt.date(2019, 4, 1)
    assert got["discovered_written"] == "April 1, 2019; April 9, 2019"
    assert got["individuals_notified_lo"] == dt.date(2019, 6, 28)
    assert got["individuals_notified_last"] == dt.date(2019, 7, 5)
    assert got["regulator_submitted_lo"] == dt.date(2019, 6, 30)
    assert (got["affected_total"], got["affected_total_status"]) == (1200, "approximate")
    assert bool(got["protection_offered"])
    assert (got["protection_months"], got["protection_provider"]) == (12, "kroll")
    assert pd.isna(got["affected_washington"])


def test_a_row_of_the_older_list() -> None:
    got = only(compiled(o=older(
        ("Acme, Inc., 12 Main Street, Springfield, IL 62704", "8/3/18 (discovered 10/2/18)",
         dt.datetime(2018, 10, 31), "Name and SSN", "Approx. 17"))))
    assert got["organisation_as_filed"] == "Acme, Inc."
    assert got["source_locator"] == "maine_list:3"
    assert got["discovered_lo"] == dt.date(2018, 10, 2)
    assert got["regulator_submitted_lo"] == dt.date(2018, 10, 31)
    assert got["individuals_notified_status"] == "not_collected"
    assert got["protection_status"] == "not_collected"
    assert got["affected_maine"] == 17
    assert got["data_types"] == "name;ssn"


def test_a_washington_row() -> None:
    got = only(compiled(w=washington({}), t=types(
        ("1,001", "Name"), ("1,001", "Biometric Data"), ("1,002", "Passport Number"))))
    assert (got["industry"], got["cause"]) == ("retail", "phishing")
    assert got["data_types"] == "name;biometric"
    assert got["occurred_end_status"] == "not_stated"
    assert got["affected_washington"] == 1500
    assert got["source_locator"] == "washington:1001"


def test_washington_types_missing_from_the_table_are_not_collected() -> None:
    assert only(compiled(w=washington({})))["data_types_status"] == "not_collected"


def test_a_period_that_ends_before_it_starts_has_no_days_and_keeps_its_words() -> None:
    got = only(compiled(w=washington({"DateEnd": day("2019-02-01")})))
    assert got["occurred_start_status"] == got["occurred_end_status"] == "conflicting"
    assert got[[f"occurred_{e}_{p}" for e in ("start", "end")
                for p in ("lo", "hi", "precision")]].isna().all()
    assert got["occurred_written"] == f"{day('2019-03-01')} - {day('2019-02-01')}"
    form_only = only(compiled(form({"occurred": "3/1/2019 - 2/1/2019"})))
    assert form_only["occurred_start_status"] == "conflicting"
    assert form_only["occurred_written"] == "3/1/2019 - 2/1/2019"


def test_the_other_filing_settles_a_conflict_and_two_may_make_one() -> None:
    other = washington({"DateEnd": day("2019-03-09")})
    settled = only(compiled(form({"occurred": "3/1/2019 - 2/1/2019"}), w=other))
    assert settled["occurred_start_lo"] == dt.date(2019, 3, 1)
    assert settled["occurred_end_lo"] == dt.date(2019, 3, 9)
    made = only(compiled(form({"occurred": "Beginning 4/1/2019"}),
                         w=washington({"DateStart": None, "DateEnd": day("2019-03-09")})))
    assert (made["occurred_start_status"], made["occurred_end_status"]) == (
        "conflicting", "conflicting")


def test_a_bound_is_open_and_keeps_its_words() -> None:
    got = only(compiled(form({"discovered": "on or after April 1, 2019",
                              "notified": "no later than 6/28/2019"})))
    assert (got["discovered_status"], got["individuals_notified_status"]) == ("open", "open")
    assert pd.isna(got["discovered_lo"]) and got["notice_id"] == "acme-2019-06-30"
    assert got["discovered_written"] == "on or after April 1, 2019"


def test_the_last_mailing_is_a_day_or_nothing() -> None:
    got = only(compiled(form({"notified": "6/1/2019 and week of 7/1/2019"})))
    assert got["individuals_notified_lo"] == dt.date(2019, 6, 1)
    assert got["individuals_notified_last"] is None


def test_merging_across_registers() -> None:
    got = only(compiled(
        form({"discovered": "4/1/2019", "completed": "6/30/2019 1:00:00 PM"}),
        w=washington({"DateAware": day("2019-04-03"), "DateSubmitted": day("2019-06-27")})))
    assert got["n_filings"] == 2
    assert got["registers"] == "maine_form;washington"
    assert got["source_locator"] == "washington:1001;maine_form:2"
    assert got["discovered_lo"] == dt.date(2019, 4, 1)
    assert bool(got["discovered_disagrees"])
    assert "2019-04-03 (washington:1001)" in got["note"]
    assert got["regulator_submitted_lo"] == dt.date(2019, 6, 27)
    assert (got["affected_maine"], got["affected_washington"]) == (3, 1500)
    assert got["industry"] == "retail"


def test_the_more_precise_discovery_wins() -> None:
    got = only(compiled(form({"discovered": "March - April 2019"}),
                        w=washington({"DateAware": day("2019-04-03")})))
    assert got["discovered_lo"] == dt.date(2019, 4, 3)
    assert not bool(got["discovered_disagrees"])


@pytest.mark.parametrize(("aware", "n"), [("2019-05-01", 1), ("2019-05-02", 2)])
def test_thirty_days_is_the_limit(aware: str, n: int) -> None:
    assert len(compiled(form({}), w=washington({"DateAware": day(aware)})).notices) == n


def test_without_a_discovery_submissions_decide() -> None:
    row = ("Acme", "3/1/2019", dt.datetime(2019, 7, 20), "", 1)
    assert len(compiled(form({}), older(row)).notices) == 1
    late = ("Acme", "3/1/2019", dt.datetime(2019, 8, 1), "", 1)
    assert len(compiled(form({}), older(late)).notices) == 2
    other = ("Acme", "5/1/2019", dt.datetime(2019, 7, 1), "", 1)
    assert len(compiled(form({}), older(other)).notices) == 2


def test_two_rows_of_one_register_need_a_date_that_agrees() -> None:
    first, second = {"occurred": "3/1/2019"}, {"occurred": "3/9/2019", "discovered": "4/12/2019"}
    assert len(compiled(form(first, second)).notices) == 2
    assert len(compiled(form(first, second | {"occurred": "3/1/2019"})).notices) == 1
    said = second | {"previous": "This supplements our earlier notice"}
    assert len(compiled(form(first, said)).notices) == 1


def test_frequent_filers_need_the_same_day() -> None:
    rows = [{"occurred": f"{m}/1/2019", "discovered": f"{m}/{d}/2019", "total": str(d)}
            for m, d in ((1, 1), (1, 3), (3, 1), (5, 1))]
    rows[1]["occurred"] = "1/2/2019"
    assert len(compiled(form(*rows)).notices) == 4
    assert len(compiled(form(*rows[:3])).notices) == 2


def test_supplements_join_the_notice_they_name() -> None:
    first = ("Acme", "8/3/18 (discovered 9/1/18)", dt.datetime(2018, 9, 20), "", 1)
    later = ("Acme", "Supplement to 9/20/18 notice", dt.datetime(2019, 3, 1), "", "2 additional")
    got = only(compiled(o=older(first, later)))
    assert got["n_filings"] == 2
    assert got["affected_maine"] == 1


def test_principals_and_vendors_stay_apart() -> None:
    rows = [{"name": "Acme Mail on behalf of Widgets, Inc.", "total": "1"},
            {"name": "Acme Mail on behalf of Gadgets, Inc.", "total": "2"},
            {"name": "Acme Mail", "total": "3"}]
    assert len(compiled(form(*rows)).notices) == 3
    two = washington({"Name": "Acme (Widgets)"}, {"Id": "1,002", "Name": "Acme (Gadgets)"})
    assert len(compiled(w=two).notices) == 2


def test_trade_names_join_only_on_close_dates() -> None:
    trade = washington({"Name": "Widget World", "DateAware": day("2019-04-03")})
    assert len(compiled(form({"name": "Acme, LLC d/b/a Widget World"}), w=trade).notices) == 1
    apart = washington({"Name": "Widget World", "DateAware": day("2019-04-20"),
                        "DateStart": day("2019-02-01")})
    assert len(compiled(form({"name": "Acme, LLC d/b/a Widget World"}), w=apart).notices) == 2


def test_dropped_rows_are_told_and_the_counts_add_up() -> None:
    result = compiled(
        form({}, {"completed": "7/1/2019 1:00:00 PM"}, {"name": None}, {"name": "bcdfghjkl"},
             {"name": "Pat Q. Public, CPA"},
             {"completed": "1/26/2019 10:30:42 AM", "name": "Test"}),
        older((None,) * 5, ("Acme Two", "3/1/2019", dt.datetime(2019, 4, 1), "", 1)),
        washington({}, {"Id": "1,002"}))
    reasons = dict(zip(result.dropped["register"] + ":" + result.dropped["row"],
                       result.dropped["reason"], strict=True))
    assert reasons == {
        "maine_form:3": "exact repetition of another row",
        "maine_form:4": "no organisation named",
        "maine_form:5": "no organisation named",
        "maine_form:6": "names a person, not an organisation",
        "maine_form:7": "test entry",
        "maine_list:3": "no organisation named",
        "washington:1002": "exact repetition of another row",
    }
    assert result.summary["rows"] == 10
    assert result.notices["n_filings"].sum() + len(result.dropped) == result.summary["rows"]


def test_repeated_identifiers_get_letters_in_an_order_of_their_own() -> None:
    rows = [{"occurred": "3/1/2019", "name": "Acme (Widgets)"},
            {"occurred": "3/2/2019", "name": "Acme (Gadgets)"}]
    ids = compiled(form(*rows)).notices["notice_id"].tolist()
    assert ids == ["acme-2019-04-01", "acme-2019-04-01-b"]


def test_the_order_of_rows_changes_nothing_but_the_locators() -> None:
    rows = [{"name": f"Acme {i}", "discovered": f"4/{i}/2019"} for i in range(1, 9)]
    straight = compiled(form(*rows)).notices.drop(columns="source_locator")
    turned = compiled(form(*reversed(rows))).notices.drop(columns="source_locator")
    pd.testing.assert_frame_equal(straight, turned)


def test_what_is_compiled_satisfies_the_codebook() -> None:
    result = compiled(form({}, {"name": "Beta", "discovered": "5/30/3019"}),
                      older(("Gamma", "?", None, None, "?")), washington({"Name": "Delta"}))
    spec = table("raw", "notices")
    back, problems = parse_table(csv_bytes(result.notices), "notices.csv", spec)
    assert problems == []
    assert back["notice_id"].tolist() == sorted(result.notices["notice_id"])
    beta = back.set_index("organisation").loc["Beta"]
    assert (beta["discovered_status"], beta["discovered_written"]) == ("unreadable", "5/30/3019")


def test_unknown_levels_and_columns_raise() -> None:
    with pytest.raises(ValueError, match="unknown CyberattackType: 'Magic'"):
        compiled(w=washington({"CyberattackType": "Magic"}))
    with pytest.raises(ValueError, match="unknown InformationType: Shoe size"):
        types_by_incident(types(("1", "Shoe size")))
    with pytest.raises(ValueError, match="maine_form: columns are missing: Entity Name"):
        compiled(form({}).drop(columns="Entity Name"))


def test_missing_register_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"maine_2018_2020\.xlsx.*washington_by"):
        read_registers(tmp_path)


def test_cells_are_read_as_the_sheet_shows_them() -> None:
    value = dt.datetime(2014, 4, 1)
    assert shown(value, "mmm-yy") == "April 2014"
    assert shown(value, "[$-409]mmm\\-yy;@") == "April 2014"
    assert shown(value, "m\\-yyyy") == "April 2014"
    assert shown(value, "d-mmm") == "1-Apr"
    assert shown(value, "mm-dd-yy") == value
    assert shown("x", "mmm-yy") == "x"


def test_reading_the_files(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    frame = form({})
    for record in [list(frame.columns), *frame.to_numpy().tolist()]:
        book.active.append(record)
    book.save(tmp_path / REGISTER_FILES["maine_form"])
    book = openpyxl.Workbook()
    book.active.append(["DATA BREACH NOTICES"])
    book.active.append([n.replace("Whose", "Whose     ") for n in LIST_COLUMNS.values()])
    book.active.append(["Beta", dt.datetime(2014, 4, 1), dt.datetime(2014, 5, 6), "SSN", 3])
    book.active["B3"].number_format = "mmm-yy"
    book.save(tmp_path / REGISTER_FILES["maine_list"])
    washington({}).to_csv(tmp_path / REGISTER_FILES["washington"], index=False)
    types(("1,001", "Name")).to_csv(tmp_path / REGISTER_FILES["washington_types"], index=False)
    result = compile_notices(read_registers(tmp_path))
    assert result.summary["rows"] == 3
    beta = result.notices.set_index("organisation").loc["Beta"]
    assert beta["source_locator"] == "maine_list:3"
    assert beta["occurred_start_precision"] == "month"
    assert beta["occurred_start_hi"] == dt.date(2014, 4, 30)


ROOT = Path(__file__).parents[2]


def test_the_compiled_table_and_its_page_agree() -> None:
    spec = table("raw", "notices")
    notices, problems = parse_table((ROOT / "data/raw/notices.csv").read_bytes(), "notices.csv",
                                    spec)
    assert problems == []
    lines = (ROOT / "docs/notices.md").read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines
             if line.startswith("|")]
    page = {c[0]: int(c[1]) for c in cells if len(c) == 2 and c[1].isdigit()}
    both = notices["discovered_lo"].notna() & (
        notices["individuals_notified_lo"].notna() | notices["regulator_submitted_lo"].notna())
    registers = notices["registers"].str.split(";")
    assert page["filings in the table"] == notices["n_filings"].sum()
    assert page["rows in"] == page["filings in the table"] + page["rows dropped"]
    assert page["notices"] == len(notices)
    assert page["notices merged from several filings"] == (notices["n_filings"] > 1).sum()
    assert page["notices found in Maine and in Washington"] == sum(
        "washington" in r and len(r) > 1 for r in registers)
    assert page["notices with a discovery"] == notices["discovered_lo"].notna().sum()
    assert page["notices with a discovery and a notification or submission"] == both.sum()
    assert both.sum() >= 2800
    assert page["notices whose filings disagree on the discovery"] == (
        notices["discovered_disagrees"].fillna(False).sum())
    statuses = notices["discovered_status"].value_counts()
    assert page["discoveries unreadable"] == statuses["unreadable"]
    assert page["discoveries not stated"] == statuses["not_stated"]
    assert page["discoveries open or conflicting"] == statuses.reindex(
        ["open", "conflicting"]).fillna(0).sum()
    begun = notices["occurred_start_status"].value_counts()
    assert [page[f"beginnings {s}"] for s in ("open", "conflicting", "unreadable")] == [
        begun[s] for s in ("open", "conflicting", "unreadable")]

    def later(first: str, second: str) -> int:
        """Notices in which one date lies wholly after another."""
        a, b = notices[f"{first}_lo"], notices[f"{second}_hi"]
        known = a.notna() & b.notna()
        return int((a[known] > b[known]).sum())

    assert page["beginnings after the discovery"] == later("occurred_start", "discovered")
    assert page["beginnings after the end"] == later("occurred_start", "occurred_end") == 0
    assert page["discoveries after the submission"] == later("discovered", "regulator_submitted")
    assert page["mailings before the discovery"] == later("discovered", "individuals_notified")
    assert (notices["source_locator"].str.split(";").map(len) == notices["n_filings"]).all()


def test_the_compiled_table_names_no_addresses() -> None:
    text = (ROOT / "data/raw/notices.csv").read_text(encoding="utf-8")
    for pattern in (r"\d{3}-\d{3}-\d{4}", r"\S@\S+\.\w", r"P\.? ?O\.? Box", r"\bSuite \d",
                    r"\b[A-Z]{2} \d{5}\b"):
        assert not re.search(pattern, text), pattern
