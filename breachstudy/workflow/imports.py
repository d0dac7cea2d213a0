"""The package's own imports, read from its source: what a piece of code rests on.

Used for two things: the hash of the code that a step of the study runs, so that changed code never
leaves stale results, and the picture of the rooms in docs/architecture.md.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

__all__ = ["code_hash", "imports_of", "reached", "room_imports", "room_of", "sources"]

PACKAGE = "breachstudy"
_ROOT = Path(__file__).resolve().parents[1]


def sources(root: Path = _ROOT) -> dict[str, Path]:
    """Every module below the folder ``root`` of the package, by its dotted name."""
    out = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        out[".".join((PACKAGE, *parts))] = path
    return out


def imports_of(root: Path = _ROOT, *, types: bool = True) -> Mapping[str, frozenset[str]]:
    """The modules of the package that each module imports, inside functions too.

    Imports for type checkers alone count (a type is part of what code says) unless ``types`` is
    False: then the graph is that of what is loaded.
    """
    return {name: _imports(name, root, types) for name in _sources(root)}


_sources = cache(sources)


@cache
def _imports(name: str, root: Path, types: bool = True) -> frozenset[str]:
    known = _sources(root)
    return frozenset(_imported(ast.parse(known[name].read_bytes()), known, types)) - {name}


def _imported(tree: ast.Module, known: Mapping[str, Path], types: bool) -> Iterator[str]:
    for node in _statements(tree, types):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                if inside in known:
                    yield inside
                elif node.module in known:
                    yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


def _statements(node: ast.AST, types: bool = True) -> Iterator[ast.AST]:
    """Every statement below a node, inside functions and branches too; no expressions, and
    nothing under ``if TYPE_CHECKING`` unless ``types``."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for child in getattr(node, part, ()):
            if not types and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(
                    child.test):
                continue
            yield child
            yield from _statements(child, types)


def reached(entries: Iterable[str], root: Path = _ROOT) -> frozenset[str]:
    """``entries`` and every module that they import, directly or not, with the ``__init__`` of
    each package on the way. Raises KeyError for a module that the package does not hold."""
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += _imports(name, root)
        package = name.rpartition(".")[0]
        if package and package != PACKAGE:
            waiting.append(package)
    return frozenset(found)


@cache
def code_hash(entries: tuple[str, ...], alone: tuple[str, ...] = (), root: Path = _ROOT) -> str:
    """SHA-256 of the code that ``entries`` rest on, and of the modules ``alone`` without what they
    import. Other files in the folders of those modules, such as definitions and templates, count.

    Line ends do not, since a version control system may change them.
    """
    known = _sources(root)
    names = reached(entries, root) | set(alone)
    files = {known[n] for n in names}
    for folder in {path.parent for path in files if path.parent != root}:
        files |= {p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda p: p.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def room_of(module: str) -> str:
    """The room of a module: its first name below the package. The package itself is the API, and
    ``python -m breachstudy`` a door of the command line."""
    parts = module.split(".")
    name = parts[1] if len(parts) > 1 else "__init__"
    return "cli" if name == "__main__" else name


def room_imports(root: Path = _ROOT) -> dict[str, frozenset[str]]:
    """The other rooms that each room imports."""
    out: dict[str, set[str]] = {room_of(name): set() for name in sources(root)}
    for name, imported in imports_of(root).items():
        out[room_of(name)] |= {room_of(i) for i in imported} - {room_of(name)}
    return {room: frozenset(to) for room, to in sorted(out.items())}
