"""The session printed in docs/eventstudy.md is what the command answers."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs/eventstudy_session.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("eventstudy_session", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_what_the_command_prints(script):
    text = script.PAGE.read_text("utf-8")
    made = script.session()
    assert script.page(text, made) == text, "run: python docs/eventstudy_session.py --write"
    assert made.count("$ breachstudy eventstudy") == 5 + len(script.QUESTIONS)
    assert "Traceback" not in made
