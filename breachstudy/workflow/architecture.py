"""The rooms of the package as its imports have them: floors, arrows, and the part of
docs/architecture.md that shows them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from breachstudy.workflow.imports import reached, room_imports, room_of, sources

__all__ = ["floors", "reduced", "rooms_part"]

Graph = Mapping[str, frozenset[str]]
NAMES = {"__init__": "the API: load, codebook, results", "_version": "the version"}


def floors(graph: Graph) -> dict[str, int]:
    """The floor of each room: 1 if it imports no other, else one above the highest that it
    imports. Raises ValueError that shows a circle of imports, if there is one."""
    found: dict[str, int] = {}

    def climb(room: str, path: tuple[str, ...]) -> int:
        if room in path:
            circle = (*path[path.index(room):], room)
            raise ValueError(f"rooms import each other in a circle: {' → '.join(circle)}")
        if room not in found:
            found[room] = 1 + max((climb(r, (*path, room)) for r in sorted(graph[room])),
                                  default=0)
        return found[room]

    for room in graph:
        climb(room, ())
    return found


def reduced(graph: Graph) -> dict[str, frozenset[str]]:
    """The arrows without those that a longer way implies. The graph must have no circle."""
    def below(room: str) -> set[str]:
        return {r for to in graph[room] for r in {to, *below(to)}}

    return {room: frozenset(to - set().union(*(below(r) for r in to))) if to else frozenset()
            for room, to in graph.items()}


def rooms_part() -> str:
    """Counts, picture (Mermaid) and table of the rooms, in Markdown.

    Raises ValueError if the rooms import each other in a circle.
    """
    graph = room_imports()
    level = floors(graph)
    arrows = sum(map(len, graph.values()))
    analyze = {room_of(m) for m in reached(["breachstudy.workflow.analyze"])}
    drawn = [f"  {room} --> {to}" for room, below in reduced(graph).items() for to in sorted(below)]
    order = sorted(graph, key=lambda room: (-level[room], room))
    rows = [f"| {level[room]} | `{room}` | {_what(room)} | "
            f"{', '.join(f'`{r}`' for r in sorted(graph[room])) or '–'} |" for room in order]
    return "\n".join([
        f"{len(graph)} rooms on {max(level.values())} floors with {arrows} arrows and no circle; "
        f"`analyze` reaches {len(analyze)} rooms. The picture leaves out arrows that a longer way "
        "implies.", "", "```mermaid", "flowchart TD", *drawn, "```", "",
        "| floor | room | what it is | imports |", "|---:|---|---|---|", *rows])


def _what(room: str) -> str:
    """The first sentence that a room says of itself."""
    if room in NAMES:
        return NAMES[room]
    known = sources()
    path: Path = known[f"breachstudy.{room}"]
    text = ast.get_docstring(ast.parse(path.read_bytes())) or ""
    return " ".join(text.partition("\n\n")[0].split()).rstrip(".").replace("|", "/")
