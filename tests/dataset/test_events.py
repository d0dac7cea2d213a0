"""The events table on a small invented study: every derived column by hand."""

import datetime as dt

import pandas as pd
import pytest

from breachstudy.errors import FactError
from breachstudy.workflow.build import build
from tests.conftest import document, event, milestone, severity


@pytest.fixture
def events(raw_files):
    return build(raw_files()).frames["events"].set_index("event_id")


def test_clocks_bounds_and_picks(events):
    acme = events.loc["acme-2015"]
    # the firm's statement outranks the paper for the discovery
    assert acme["discovered_lo"] == dt.date(2015, 3, 1) and acme["discovered_basis"] == "page"
    assert acme["is_discovered_disputed"] and not acme["is_public_disputed"]
    assert (acme["disclosure_lag_lo_days"], acme["disclosure_lag_days"]) == (10, 10.0)
    # "in January" to 1 March: 29 to 59 days, midpoint 44
    assert (acme["dwell_lo_days"], acme["dwell_hi_days"], acme["dwell_days"]) == (29, 59, 44.0)
    assert acme["lag_analysis_days"] == 10
    # nobody coded this answer, so that the page's revision is not one upwards
    assert pd.isna(acme["revision_lag_days"]) and pd.isna(acme["scope_revised_lo"])
    assert pd.isna(acme["containment_lag_days"]) and not acme["is_conflict"]
    assert acme["event_date"] == dt.date(2015, 3, 11) and acme["event_date_basis"] == "page_day"


def test_outed_conflict_and_overlap_are_told_apart(events):
    outed = events.loc["outed-2016"]
    assert outed["is_outed"] and outed["disclosure_lag_days"] == -8
    assert outed["lag_analysis_days"] == 0 and not outed["is_conflict"]
    muddle = events.loc["muddle-2014"]  # the firm itself cannot publish before it knows
    assert muddle["is_conflict"] and muddle["conflict"] == "disclosure_lag"
    assert not muddle["is_outed"] and pd.isna(muddle["lag_analysis_days"])
    overlap = events.loc["acme-2018"]  # "in May" and 20 May: −11 to 19 days, possible 0 to 19
    assert (overlap["disclosure_lag_lo_days"], overlap["disclosure_lag_hi_days"]) == (-11, 19)
    assert overlap["disclosure_lag_days"] == 4.0 and overlap["lag_analysis_days"] == 9.5
    assert not overlap["is_outed"] and not overlap["is_conflict"]


def test_dates_alone_make_no_outed_event(study_rows, raw_files):
    next(m for m in study_rows["milestones"]
         if m["milestone_id"] == "outed-2016/first_public/1")["is_outing"] = ""
    outed = build(raw_files()).frames["events"].set_index("event_id").loc["outed-2016"]
    assert not outed["is_outed"] and outed["conflict"] == "disclosure_lag"
    assert pd.isna(outed["lag_analysis_days"])


def test_a_register_s_single_day_is_a_beginning_without_an_end(study_rows, raw_files):
    report = study_rows["register_reports"][0]
    report |= {f"breach_{part}": v for d in ("start", "end") for part, v in (
        (f"{d}_lo", "2017-01-05"), (f"{d}_hi", "2017-01-05"), (f"{d}_precision", "day"))}
    quiet = build(raw_files()).frames["events"].set_index("event_id").loc["quiet-2017"]
    assert quiet["incident_start_lo"] == dt.date(2017, 1, 5) and pd.isna(quiet["incident_end_lo"])
    report["breach_end_hi"] = report["breach_end_lo"] = "2017-01-09"
    quiet = build(raw_files()).frames["events"].set_index("event_id").loc["quiet-2017"]
    assert quiet["incident_end_lo"] == dt.date(2017, 1, 9)


def test_a_register_s_day_outside_the_interval_of_the_news_is_no_event_day(study_rows, raw_files):
    study_rows["milestones"].append(
        milestone("quiet-2017", "first_public", "2017-03-01", "2017-03-31", source_id="p2"))
    quiet = build(raw_files()).frames["events"].set_index("event_id").loc["quiet-2017"]
    assert pd.isna(quiet["event_date"]) and pd.isna(quiet["event_date_basis"])


def test_a_number_of_a_later_page_was_not_known_on_the_day(study_rows, raw_files):
    study_rows["documents"][0]["published"] = "2015-03-13"
    acme = build(raw_files()).frames["events"].set_index("event_id").loc["acme-2015"]
    assert pd.isna(acme["records_first"]) and acme["is_records_first_missing"]
    assert acme["records_initial"] == 40_000_000
    assert acme["records_initial_day"] == dt.date(2015, 3, 13)


def test_registers_give_dates_but_never_the_first_public_one(events):
    quiet = events.loc["quiet-2017"]
    assert quiet["is_register_only"] and pd.isna(quiet["first_public_lo"])
    assert quiet["discovered_lo"] == dt.date(2017, 2, 1)
    assert quiet["discovered_basis"] == "register"
    assert quiet["register_public_lo"] == dt.date(2017, 2, 27)
    assert quiet["register_lag_days"] == 26 and pd.isna(quiet["disclosure_lag_days"])
    assert quiet["event_date"] == dt.date(2017, 2, 27)
    assert quiet["event_date_basis"] == "register" and quiet["year"] == 2017
    assert quiet["registers"] == "california_ag;washington_ag" and quiet["n_filings"] == 3
    assert (quiet["n_affected"], quiet["n_affected_basis"]) == (900, "register_state")
    assert quiet["protection_offered"] and quiet["protection_months"] == 12
    assert quiet["data_types"] == "name;ssn" and quiet["sensitivity"] == "financial"


def test_severity(events):
    acme = events.loc["acme-2015"]
    assert (acme["records_first"], acme["records_final"]) == (40_000_000, 50_000_000)
    assert (acme["n_affected"], acme["n_affected_basis"]) == (50_000_000, "page_final")
    assert acme["records_first_day"] == dt.date(2015, 3, 11)
    assert not acme["is_records_first_missing"] and acme["records_first_basis"] == "firm_statement"
    assert acme["records_unit"] == "cards" and acme["data_types"] == "name;payment_card"
    assert acme["attack_type"] == "malware_pos"  # two sources against one
    assert events["is_insider"].astype("boolean").loc[["acme-2015", "acme-2018"]].tolist() == [
        False, pd.NA]
    assert pd.isna(events.loc["acme-2018", "n_affected"])


def test_the_firm_is_that_of_the_event_date(events):
    assert events.loc["acme-2015", "ticker"] == "ACM"
    assert events.loc["acme-2018", "ticker"] == "ACME"
    assert not events.loc["muddle-2014", "is_listed"] and pd.isna(
        events.loc["muddle-2014", "firm_name"])
    # 2015, 2016 (outed) and 2017 (register) come before 2018
    assert events.loc["acme-2018", "prior_breaches"] == 3
    assert events.loc["acme-2015", "prior_breaches"] == 0
    assert pd.isna(events.loc["muddle-2014", "prior_breaches"])


def test_an_issuer_s_notices_are_marked_and_are_no_prior_breach(study_rows, raw_files):
    study_rows["firm_links"][0]["caution"] = "issuer_notices"
    events = build(raw_files()).frames["events"].set_index("event_id")
    assert events.index[events["is_issuer_notice"]].tolist() == ["quiet-2017"]
    assert events.loc["acme-2018", "prior_breaches"] == 2
    study_rows["firm_links"].append({**study_rows["firm_links"][0], "link_id": "l2",
                                     "organisation_key": "quiet shop", "caution": ""})
    study_rows["event_members"][1]["link_id"] = "l2"  # one row is of the firm itself
    assert not build(raw_files()).frames["events"]["is_issuer_notice"].any()


def test_documents_and_coverage(events):
    acme = events.loc["acme-2015"]
    assert acme["n_documents"] == 2 and acme["chars_visible"] == 2000 and acme["has_firm_text"]
    assert not events.loc["acme-2018", "has_firm_text"]
    assert events.loc["quiet-2017", "n_documents"] == 0


def test_notices_carry_lags_and_links(raw_files):
    notice = build(raw_files()).frames["notices"].iloc[0]
    assert (notice["notification_lag_days"], notice["regulator_lag_days"]) == (37, 30)
    assert notice["first_notice_lag_days"] == 30 and notice["year"] == 2017
    assert notice["event_id"] == "quiet-2017" and notice["firm_id"] == "acme"
    assert notice["n_affected"] == 700 and notice["is_affected_lower_bound"]
    assert not notice["is_conflict"]


def test_attrition_adds_up(raw_files):
    import io

    made = build(raw_files())
    table = pd.read_csv(io.BytesIO(made.files["attrition.csv"]))
    for _, chain in table.groupby("chain"):
        n = chain["n"].to_numpy()
        assert (n[:-1] - n[1:] == chain["n_dropped"].to_numpy()[1:]).all()
    lag = table[table["chain"] == "disclosure lag of listed firms"].set_index("stage")
    assert lag.loc["all events", "n"] == 7 and lag["n"].iloc[-1] == 3


def test_the_same_bytes_whatever_the_order_of_evaluation(raw_files):
    first, again = build(raw_files()), build(dict(reversed(list(raw_files().items()))))
    assert first.files == again.files
    assert set(first.record["outputs"]) == set(first.files) - {"build.json"}


def test_a_dangling_event_is_one_located_problem_and_nothing_is_built(study_rows, raw_files):
    study_rows["milestones"].append(milestone("nobody-2015", "discovered", "2015-03-01"))
    study_rows["severity"].append(severity("acme-2018", 9, "data_type", "shoe_size"))
    with pytest.raises(FactError) as error:
        build(raw_files())
    assert {(p.file, p.column, p.value) for p in error.value.problems} == {
        ("data/raw/milestones.csv", "event_id", "nobody-2015"),
        ("data/raw/severity.csv", "value", "shoe_size")}


def test_a_new_event_enters_by_rows_alone(study_rows, raw_files):
    study_rows["events"].append(event("bolt-2019", role="landmark"))
    study_rows["documents"].append(document("bolt-2019", "p2", "press"))
    study_rows["milestones"].append(
        milestone("bolt-2019", "first_public", "2019-09-09", by="attacker", source_id="p2"))
    bolt = build(raw_files()).frames["events"].set_index("event_id").loc["bolt-2019"]
    assert bolt["public_by"] == "attacker" and bolt["event_date"] == dt.date(2019, 9, 9)
