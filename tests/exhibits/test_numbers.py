"""Numbers are written in one way, by what they are measured in."""

import ast
import re
from pathlib import Path

import pytest

from breachstudy.exhibits.numbers import (
    UNITS,
    amount,
    between,
    count,
    effect,
    effect_interval,
    interval,
    margin,
    number,
    p_equals,
    p_value,
    percent,
    plain,
    points,
    share,
    sign_text,
    size,
    unit,
)
from breachstudy.exhibits.units import unit_of

NAN = float("nan")
PACKAGE = Path(__file__).parents[2] / "breachstudy"


@pytest.mark.parametrize(("written", "wanted"), [
    (number(-1.2345), "−1.234"), (number(2, 1, sign=True), "+2.0"), (plain(-2.50), "−2.5"),
    (plain(30.0), "30"), (count(12345), "12,345"), (count(-1200), "−1,200"),
    (share(0.486), "49%"), (share(-0.1), "−10%"), (percent(0.5, 0), "+50%"),
    (points(-0.0161), "−1.61"), (points(0.005, 1, sign=False), "0.5"),
    (p_value(0.0004), "<0.001"), (p_value(0.001), "0.001"), (p_value(1), "1.000"),
    (p_equals(0.0004), "p < 0.001"), (p_equals(0.0312), "p = 0.031"),
    (interval(-1, 2), "−1.000 to 2.000"), (interval(NAN, 2), "–"), (between(3, 3), "3"),
    (between(3, 9), "3 to 9"), (sign_text("-"), "−")])
def test_a_number_has_a_true_minus_and_its_decimals(written, wanted):
    assert written == wanted


@pytest.mark.parametrize("show", [number, plain, count, share, percent, points, p_value,
                                  sign_text])
def test_what_is_missing_is_a_dash(show):
    assert show(NAN) == show(None) == "–"


@pytest.mark.parametrize(("of", "cell", "bare", "least", "band"), [
    ("return", "+0.50%", "+0.50", "0.50", "±0.5 points of return"),
    ("acsi", "+0.01", "+0.01", "0.01", "±0.005 points of satisfaction"),
    ("days", "+0.0", "+0.0", "0.0", "±0.005 days"),
    ("log_days", "+0.005", "+0.005", "0.005", "±0.005 in the logarithm of days"),
    ("ratio", "0.01", "0.01", "0.01", "±0.005 times"),
    ("share", "0%", "0%", "0%", "±0%"), ("", "+0.005", "+0.005", "0.005", "±0.005")])
def test_an_effect_is_written_by_its_unit(of, cell, bare, least, band):
    assert (effect(0.005, of), amount(0.005, of), size(0.005, of), margin(0.005, of)) == (
        cell, bare, least, band)
    assert effect(NAN, of) == "–" == effect_interval(NAN, 0.1, of)


@pytest.mark.parametrize("size_of_margin", [0.005, 1.0, 2.0, 50.0])
@pytest.mark.parametrize(("outcome", "wanted"), [
    ("car_m1_p1", "return"), ("matched_adjusted_car_m1_p1", "return"),
    ("bhar_12m_market", "return"), ("acsi_change", "acsi"), ("reputation_change", "reputation"),
    ("lag_analysis_days", "days"), ("log1p(lag_analysis_days)", "log_days"),
    ("share of the loss of sessions 0 to 90", "share"), ("zero_return_share", "share"),
    ("log1p(n_affected)", ""), ("is_fast", ""), ("unheard_of", "")])
def test_the_unit_follows_from_the_outcome_and_from_no_margin(outcome, wanted, size_of_margin):
    assert unit_of({"outcome": outcome, "smallest_effect": size_of_margin,
                    "estimate": size_of_margin}) == wanted


def test_a_stored_unit_is_taken_and_one_without_a_rule_keeps_its_words():
    assert unit_of({"outcome": "car_m1_p1", "unit": "acsi"}) == "acsi"
    assert unit_of({"outcome": "x", "unit": "share of value"}) == "return"
    assert unit_of({"outcome": "car_m1_p1", "unit": None}) == "return"
    assert unit_of({"outcome": "car_m1_p1", "unit": "furlongs"}) == "furlongs"
    assert unit("furlongs").words == "furlongs"
    assert (effect(2.0, "furlongs"), margin(2.0, "furlongs")) == ("+2.000", "±2 furlongs")


def test_every_unit_of_the_contract_is_known():
    assert set(UNITS) == {"return", "acsi", "reputation", "days", "log_days", "ratio", "share", ""}


ROOMS = ("exhibits", "report", "workflow", "dataset", "cli")
ELSEWHERE = {
    "exhibits/numbers.py": "the formatter itself",
    "exhibits/style.py": "coordinates of drawings, which nobody reads",
    "workflow/compare.py": "differences of pixels in a message of the check",
    "exhibits/cases.py": "dates: '%b %Y' writes a month",
    "report/show.py": "dates and the width of columns on a terminal",
    "cli/app.py": "the width of columns on a terminal",
    "workflow/simulate.py": "the page of coverage, which no exhibit shares numbers with",
}
"""Files that may format numbers themselves, with the reason."""
_NUMBER = re.compile(r"\.\d+[efg%]|\.\{|,|(?<![<>^a-z])[efg%]$|\+")


def _formats(path):
    """Format specifications of numbers in f-strings, and replacements of hyphens, by line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(p.value if isinstance(p, ast.Constant) else "{" for p in
                           node.format_spec.values)
            if _NUMBER.search(spec):
                yield node.lineno, spec
        if (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "replace"
                and [getattr(a, "value", None) for a in node.args] == ["-", "−"]):
            yield node.lineno, "replace('-', '−')"


def test_no_other_module_formats_numbers():
    found = [f"{path.relative_to(PACKAGE)}:{line}: {spec}" for room in ROOMS
             for path in sorted((PACKAGE / room).glob("*.py"))
             if path.relative_to(PACKAGE).as_posix() not in ELSEWHERE
             for line, spec in _formats(path)]
    assert found == [], "write these with breachstudy.exhibits.numbers"


def test_a_module_that_formats_numbers_would_be_found(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("a = f'{v:.2%}'\nb = f'{n:,}'\nc = f'{v:+.1f}'.replace('-', '−')\n"
                    "d = f'{v:g}'\ne = f'{name:<38} {name:18}'\n", "utf-8")
    assert sorted(
        line for line, _ in _formats(path)) == [1, 2, 3, 3, 4]
