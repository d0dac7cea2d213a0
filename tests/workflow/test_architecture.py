"""The house as its imports have it: few rooms, few floors, no circle, and a page that says so."""

from pathlib import Path

import pytest

from breachstudy.workflow.architecture import floors, reduced
from breachstudy.workflow.imports import imports_of, reached, room_imports, room_of
from breachstudy.workflow.pages import ARCHITECTURE, architecture_page

ROOT = Path(__file__).parents[2]
MOST_ROOMS, MOST_FLOORS = 22, 8
ALONE = {"estimation": {"estimation", "errors"}, "schema": {"schema", "errors"},
         "eventstudy": {"eventstudy", "estimation", "errors"}, "wording": {"wording", "errors"}}
"""Rooms that can be lifted out, with what they take along."""


def test_rooms_and_floors_are_few_and_no_room_is_in_a_circle():
    graph = room_imports()
    assert len(graph) <= MOST_ROOMS
    assert max(floors(graph).values()) <= MOST_FLOORS


def test_no_module_is_in_a_circle():
    floors(imports_of(types=False))


@pytest.mark.parametrize("room", ALONE)
def test_rooms_that_can_be_lifted_out_import_nothing_else(room):
    own = [m for m in imports_of() if room_of(m) == room]
    assert {room_of(m) for m in reached(own)} == ALONE[room]


def test_only_the_command_line_and_the_workflow_write():
    """Domain rooms take frames and return frames: storage is not theirs."""
    users = {room for room, to in room_imports().items() if "storage" in to}
    assert users <= {"cli", "workflow", "study", "compile", "facts"}
    assert not {"response", "outcomes", "eventstudy", "estimation", "plan", "exhibits",
                "report"} & {room for room, to in room_imports().items() if "study" in to}


def graph(**arrows):
    return {room: frozenset(to.split()) for room, to in arrows.items()}


def test_floors_are_counted_from_below_and_a_circle_is_shown():
    assert floors(graph(a="b c", b="c", c="", d="a c")) == {"a": 3, "b": 2, "c": 1, "d": 4}
    with pytest.raises(ValueError, match="a → b → c → a"):
        floors(graph(a="b", b="c", c="a", d=""))


def test_arrows_that_a_longer_way_implies_are_left_out():
    assert reduced(graph(a="b c d", b="c", c="", d="c")) == graph(a="b d", b="c", c="", d="c")


def test_the_page_shows_the_imports_as_they_are():
    text = (ROOT / "docs" / ARCHITECTURE).read_text("utf-8")
    assert architecture_page(text) == text, "run 'breachstudy readme'"
    assert "```mermaid" in text and f"{len(room_imports())} rooms" in text
    with pytest.raises(ValueError, match="markers"):
        architecture_page("no markers")
