"""All exhibits at once: tables, and figures drawn in parallel, each once, only where what it is
drawn from has changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from breachstudy.estimation.parallel import Backend, run_tasks
from breachstudy.exhibits.registry import FIGURES, TABLES, FigureEntry, Source, figure_entry
from breachstudy.exhibits.style import render_all, style
from breachstudy.exhibits.tables import FORMS
from breachstudy.schema.canonical import canonical
from breachstudy.schema.inert import csv_frame

__all__ = ["CODE", "INPUTS_FILE", "LIBRARIES", "Drawn", "code_hash", "draw_figure",
           "drawing_backend", "exhibit_files", "figure_files", "table_files"]

INPUTS_FILE, CAPTIONS_FILE = "figures/inputs.json", "figures/captions.json"
CODE = ("errors.py", "exhibits/*.py", "plan/records.py", "plan/kinds/interval_summary.py",
        "plan/kinds/linear.py", "response/reliability.py", "schema/*.py",
        "schema/book.toml", "schema/processed/*.toml")
"""What draws a figure, below the package: a change of any of these draws every figure again."""
LIBRARIES = ("contourpy", "fonttools", "kiwisolver", "matplotlib", "numpy", "pandas", "pillow")
"""Libraries whose version shows in a figure."""
FEW = 3
"""Figures up to which starting processes takes longer than drawing."""


@dataclass(frozen=True)
class Drawn:
    """A figure drawn: the bytes of its ``files`` by name below reports/, and what
    figures/captions.json says of it."""

    files: Mapping[str, bytes]
    record: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Of the files and the record."""
        whole = sha256(json.dumps(dict(self.record), sort_keys=True).encode())
        for name in sorted(self.files):
            whole.update(f"\0{name}\0{sha256(self.files[name]).hexdigest()}".encode())
        return whole.hexdigest()


def table_files(source: Source) -> dict[str, bytes]:
    """Bytes of every table that the results can support, in every form, by name below reports/."""
    files: dict[str, bytes] = {}
    for entry in TABLES:
        if entry.needs(source.given):
            made = entry.make(source)
            for form, write in FORMS.items():
                files[f"tables/{entry.name}.{form}"] = write(made).encode()
    return files


def exhibit_files(source: Source, hashes: Mapping[str, str],
                  stored: Mapping[str, bytes] | None = None, *, every: bool = False,
                  backend: Backend | None = None) -> dict[str, bytes]:
    """Bytes of every exhibit by name below reports/; see :func:`figure_files`."""
    return table_files(source) | figure_files(source, hashes, stored, every=every,
                                              backend=backend)


def figure_files(source: Source, hashes: Mapping[str, str],
                 stored: Mapping[str, bytes] | None = None, *, every: bool = False,
                 backend: Backend | None = None) -> dict[str, bytes]:
    """Bytes of every figure that the results can support, its data, the captions, and the record
    of what was drawn from what.

    ``hashes`` holds the hash of each input by its name (:data:`registry.INPUTS`). ``stored`` are
    the files of an earlier run: a figure whose inputs, code and libraries are those of that run,
    and whose files are as that run left them, is taken from there unless ``every``. The rest is
    drawn by ``backend``, see :func:`drawing_backend`. The bytes are the same whichever way.
    """
    inputs = {"code": code_hash(), "levels": _levels(source), **hashes}
    libraries = {name: metadata.version(name) for name in LIBRARIES}
    wanted = [e for e in FIGURES if e.wanted(source)]
    kept: dict[str, Drawn] = {} if every or not stored else {
        e.name: found for e in wanted
        if (found := _unchanged(e, inputs, libraries, stored)) is not None}
    missing = [e.name for e in wanted if e.name not in kept]
    tasks = [(name, source.only(figure_entry(name).reads)) for name in missing]
    drawn = run_tasks(draw_figure, tasks, backend or drawing_backend(len(tasks)))
    made = kept | dict(zip(missing, drawn, strict=True))
    files: dict[str, bytes] = {}
    for entry in wanted:
        files |= made[entry.name].files
    files[CAPTIONS_FILE] = _json({e.name: dict(made[e.name].record) for e in wanted})
    files[INPUTS_FILE] = _json({"libraries": libraries, "inputs": inputs, "outputs": {
        e.name: made[e.name].hash for e in wanted}})
    return files


def draw_figure(name: str, source: Source) -> Drawn:
    """One figure in every kind of file, with its data.

    An error of the drawing goes through with a note that names the figure, also from a process.
    """
    entry = figure_entry(name)
    try:
        with style():
            made = entry.make(source)
            kinds = render_all(made.figure)
    except Exception as error:
        error.add_note(f"while drawing {entry.name} (breachstudy figure {entry.id} -o "
                       f"{entry.id}.png draws it alone)")
        raise
    data = csv_frame(canonical(made.data)).to_csv(index=False, lineterminator="\n",
                                                  float_format="%.10g")
    files = {f"figures/{entry.name}.{kind}": content for kind, content in kinds.items()}
    return Drawn({**files, f"figures/{entry.name}.csv": data.encode()},
                 {"title": entry.title, "caption": made.caption, "alt": made.alt})


def drawing_backend(n: int, environment: Mapping[str, str] | None = None) -> Backend:
    """Where ``n`` figures are drawn: in this process if they are few, else in processes, as many
    as there are cores or as ``BREACHSTUDY_JOBS`` says. Never in threads, which would share
    matplotlib's settings, nor on a cluster, which may hold other fonts.
    """
    given = os.environ if environment is None else environment
    asked = Backend.from_environment(given)
    named = bool(given.get("BREACHSTUDY_BACKEND") or given.get("BREACHSTUDY_JOBS"))
    jobs = asked.jobs if named else -1
    return Backend() if n <= FEW or jobs == 1 else Backend("loky", jobs)


@cache
def code_hash(package: Path = Path(__file__).parents[1]) -> str:
    """Hash of the files :data:`CODE` of the package, whatever ends their lines."""
    whole = sha256()
    for path in sorted({p for pattern in CODE for p in package.glob(pattern)}):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"\0{path.relative_to(package).as_posix()}\0".encode() + text)
    return whole.hexdigest()


def _levels(source: Source) -> str:
    return sha256(json.dumps(asdict(source.given.levels), sort_keys=True).encode()).hexdigest()


def _unchanged(entry: FigureEntry, inputs: Mapping[str, str], libraries: Mapping[str, str],
               stored: Mapping[str, bytes]) -> Drawn | None:
    """The figure as an earlier run drew it, if it would be drawn the same now."""
    before, captions = (_parsed(stored.get(name)) for name in (INPUTS_FILE, CAPTIONS_FILE))
    names = [f"figures/{entry.name}.{ending}" for ending in _ENDINGS]
    same = before.get("libraries") == libraries and all(
        before.get("inputs", {}).get(k) == inputs[k] for k in ("code", "levels", *entry.reads))
    whole = isinstance(captions.get(entry.name), dict) and all(n in stored for n in names)
    if not same or not whole:
        return None
    found = Drawn({n: stored[n] for n in names}, captions[entry.name])
    return found if before.get("outputs", {}).get(entry.name) == found.hash else None


_ENDINGS: Sequence[str] = ("png", "svg", "pdf", "csv")


def _parsed(data: bytes | None) -> dict[str, Any]:
    """A record of an earlier run; empty if there is none or it is no record, which only means
    that figures are drawn again."""
    if data is None:
        return {}
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _json(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
