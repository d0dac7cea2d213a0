"""Other registers: spreadsheet damage undone, doubles dropped, only listed firms kept."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.compile.register_reports import (
    compile_register_reports,
    description_flags,
    read_register_files,
    split_run_together,
)

LINKS = pd.DataFrame([{"link_id": "l1", "organisation_key": "acme", "firm_id": "acme",
                       "unit": "Acme", "valid_from": None, "valid_to": None}])


def california(*rows):
    return pd.DataFrame(rows, columns=["name", "breach", "reported"], dtype=object)


def eight(*rows):
    return pd.DataFrame(rows, columns=["name", "start", "reported", "state", "n"], dtype=object)


@pytest.mark.parametrize(("printed", "name"), [
    ("QuestDiagnosticsInc", "Quest Diagnostics Inc"),
    ("Life Insurance Companyof America", "Life Insurance Company of America"),
    ("Acme Companyand Sons", "Acme Company and Sons"),
    ("Portland Bank", "Portland Bank"),
    ("Acme - Data Breach", "Acme"),
])
def test_names_printed_without_spaces_get_them_back(printed, name):
    assert split_run_together(printed) == name


def test_day_and_month_that_a_spreadsheet_exchanged_are_put_back():
    # the sheet holds 7 September for the text 7/9/2017, which is 9 July; 20 July stayed text
    damaged = california(("Acme", dt.datetime(2017, 9, 7), "7/20/2017"))
    row = compile_register_reports({"california_ag": damaged}, LINKS).reports.iloc[0]
    assert row["breach_start_lo"] == dt.date(2017, 7, 9)
    assert row["reported_lo"] == dt.date(2017, 7, 20)
    with pytest.raises(ValueError, match="cannot be a month and a day exchanged"):
        compile_register_reports(
            {"california_ag": california(("Acme", dt.datetime(2017, 9, 17), "x"))}, LINKS)


def test_what_is_left_out_is_counted_and_says_why():
    report = ("Acme, Inc.", "6/20/2017", "7/14/2017")
    made = compile_register_reports({
        "california_ag": california(report, report, ("Zebra", "6/20/2017", "7/14/2017"),
                                    ("", "6/20/2017", "7/14/2017")),
        "eight_states": eight(("Acme Inc", "6/20/2017", "7/14/2017", "CA", "500"),
                              ("Acme Inc", "6/20/2017", "7/14/2017", "WA", "700"),
                              ("Acme Inc", "6/20/2017", "7/14/2017", "MA", "1,234")),
    }, LINKS)
    assert made.summary == {"rows": 7, "without_listed_firm": 1, "dropped": 4, "reports": 2}
    assert sorted(made.dropped["reason"]) == [
        "its register is compiled in full as notices", "no organisation",
        "the same report stands in the state's own register",
        "the same row stands twice in its register"]
    last = made.reports.set_index("report_id").loc["eight-states-00004"]
    assert (last["affected"], last["affected_scope"], last["state"]) == (1234, "state", "MA")


def test_a_portal_s_description_is_kept_as_flags_only():
    said = "The covered entity notified affected individuals and the media, and retrained staff."
    assert description_flags(said) == "individuals_notified;media_notified;staff_trained"
    assert description_flags("An unencrypted portable media device was stolen. The CE did not "
                             "provide media notification; it encrypted its laptops.") == (
        "encryption_added")
    assert description_flags("Media notice was not required.") == ""
    assert description_flags(None) == description_flags(" ") == ""


def test_missing_registers_are_all_named(tmp_path):
    (tmp_path / "indiana.csv").write_text("a\n")
    with pytest.raises(FileNotFoundError) as error:
        read_register_files(tmp_path)
    assert "california_2012_2021.xlsx" in str(error.value)
    assert "hhs_ocr_2024.csv" in str(error.value) and "indiana.csv" not in str(error.value)
