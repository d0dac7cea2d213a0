"""No number is typed into prose: templates and captions take theirs from the results."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "breachstudy"
TEMPLATES = sorted((PACKAGE / "report" / "templates").glob("*"))
CODE = sorted((PACKAGE / "exhibits").glob("*.py"))
ALLOWED = {
    r"\b[HL]\d\b": "names of hypotheses and of clocks",
    r"\b(19|20)\d\d\)": "years of works cited, which stand in brackets",
    r"(Reddit|Microsoft|webmail) \d{4}": "names of the two standing examples",
    r"Maine, (form|list) 20\d\d–\d\d": "names of registers, which hold their years",
    r"Washington, (to|from) 20\d\d \(\d\d.days?( rule)?\)|\(\d\d-day rule\)":
        "names of a law by its years and its deadline",
    r"Washington, (to|from) 20\d\d \(": "the same before its deadline",
    r"within 30 days|Within 30 days": "name of the treatment is_fast, defined in the codebook",
    r"CAR −1 to \+1|From −1 to \+1|[−+]?\d+ to \+\d+|−10 to −2": "names of event windows",
    r"Fama–French \d": "names of models",
    r"\blog10\b|\bAC1\b|SHA-256|CC BY 4\.0|P\d\d|utf-8": "names of a scale, a coefficient, a hash, "
        "a licence, percentiles, an encoding",
    r"[Dd]ay 0\b|days 0 and 1|DejaVu Sans": "the event day is day 0 by definition",
    r"points of 100|0 to 1\b|0 to 4\b": "ends of a scale",
    r"p = 1\b": "a test that was not run has this p-value by definition",
    r"H\d and": "names of hypotheses",
}
"""What may be typed, with the reason."""
WORDS = re.compile(r"\b(ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty|hundred|"
                   r"thousand)\b", re.IGNORECASE)
PROSE = re.compile(r"[A-Za-z]{2,} |[A-Za-z]{3,}[,.;:]")


def typed(text):
    """Numbers in a text, as digits or words, after what may be typed is taken out."""
    for pattern in ALLOWED:
        text = re.sub(pattern, "", text)
    return re.findall(r"\d[\d,.]*", text) + WORDS.findall(text)


def template_text(text):
    """What a template says itself: without its expressions, tags, styles and comments."""
    for pattern in (r"\{#.*?#\}", r"\{\{.*?\}\}", r"\{%.*?%\}", r"<style>.*?</style>",
                    r"<(?:[^<>\"]|\"[^\"]*\")*>", r"&#?\w+;"):
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    return text


def strings(source):
    """Line and text of every string of a module that is prose, without docstrings."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if (isinstance(node, ast.Constant) and isinstance(node.value, str)
                and id(node) not in docs and PROSE.search(node.value)):
            yield node.lineno, node.value


def test_templates_have_no_typed_numbers():
    found = [(path.name, typed(template_text(path.read_text("utf-8")))) for path in TEMPLATES
             if path.suffix in (".jinja", ".md", ".html")]
    assert len(found) >= 3
    assert [f for f in found if f[1]] == []


def test_captions_titles_and_notes_have_no_typed_numbers():
    found = [f"{path.name}:{line}: {typed(text)} in {text!r}" for path in CODE
             for line, text in strings(path.read_text("utf-8")) if typed(text)]
    assert found == []


def test_a_typed_number_would_be_found():
    assert typed("coded on 25 items") == ["25"]
    assert typed("Holm (ten, those not run)") == ["ten"]
    assert typed("95% interval of H1, Oster (2019)") == ["95"]
    assert typed(template_text('<p class="x2">{{ n | number }} of 12 {# 3 #}</p>')) == ["12"]
    assert list(strings('"""Doc of 3."""\nx = f"over {n} of 7 events"\ny = "tab8_x"\n')) == [
        (2, "over "), (2, " of 7 events")]
