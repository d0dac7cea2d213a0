"""Two versions of an output file: identical, within tolerance, or different.

Bytes come first, as the strictest level. Else tables are compared by value, figures and documents
by what they draw or say: a number may differ by one unit in its last stored or printed digit, which
is what a processor can do to a number that lies between two; a word, a row or a sign may not.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.schema.canonical import BALANCE_DECIMALS, DECIMALS, DIGITS, SCALED

__all__ = ["DIFFERENT", "IDENTICAL", "WITHIN", "Comparison", "compare_bytes", "compare_folders",
           "summary"]

IDENTICAL, WITHIN, DIFFERENT = "identical", "within tolerance", "different"
PIXELS = 2.0
"""Mean difference of pixels, of 255, that other fonts may leave."""
RECORDS = ("libraries", "inputs", "outputs", "code", "made_from")
"""What records of builds, steps and drawings say of versions, code and bytes: they differ where
one of them does."""


@dataclass(frozen=True)
class Comparison:
    """One file: ``verdict`` :data:`IDENTICAL`, :data:`WITHIN` or :data:`DIFFERENT`; ``detail``
    what was seen."""

    name: str
    verdict: str
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.verdict != DIFFERENT


def compare_folders(committed: Path, fresh: Path, prefix: str) -> list[Comparison]:
    """Every file of two folders, in the order of their names."""
    names = sorted({p.relative_to(root).as_posix() for root in (committed, fresh)
                    for p in root.rglob("*") if p.is_file()})
    out = []
    for n in names:
        name = f"{prefix}/{n}"
        if not (committed / n).is_file():
            out.append(Comparison(name, DIFFERENT, "the code makes it, but it is not committed"))
        elif not (fresh / n).is_file():
            out.append(Comparison(name, DIFFERENT, "committed, but the code does not make it"))
        else:
            out.append(compare_bytes(name, (committed / n).read_bytes(), (fresh / n).read_bytes()))
    return out


def compare_bytes(name: str, old: bytes, new: bytes) -> Comparison:
    """Two versions of the file ``name``, whose ending says how to compare what is not the same to
    the byte."""
    if old == new:
        return Comparison(name, IDENTICAL)
    kind = name.rsplit(".", 1)[-1]
    how = KINDS.get(kind)
    if how is None:
        return Comparison(name, DIFFERENT, "the bytes differ")
    fault, note = how(old, new)
    return Comparison(name, DIFFERENT if fault else WITHIN, fault or note)


def summary(found: list[Comparison]) -> str:
    """One line that counts the verdicts."""
    count = {v: sum(c.verdict == v for c in found) for v in (IDENTICAL, WITHIN, DIFFERENT)}
    return f"{len(found)} outputs: " + ", ".join(f"{n} {v}" for v, n in count.items())


# Each comparison returns what is different (empty if nothing is) and a note on what is not equal.
Verdict = tuple[str, str]


def _tables(read: Callable[[bytes], pd.DataFrame]) -> Callable[[bytes, bytes], Verdict]:
    def compare(old: bytes, new: bytes) -> Verdict:
        a, b = read(old), read(new)
        if list(a.columns) != list(b.columns) or len(a) != len(b):
            return (f"{len(a)} rows × {a.shape[1]} columns committed, {len(b)} × {b.shape[1]} made",
                    "")
        moved: list[str] = []
        for column in a.columns:
            x, y = a[column], b[column]
            if pd.api.types.is_float_dtype(x.dtype) or pd.api.types.is_float_dtype(y.dtype):
                fault, note = _numbers(a, x, y)
            else:
                same = (x.astype(str) == y.astype(str)) | (x.isna() & y.isna())
                fault, note = ("", "") if same.all() else (_cell(x, y, ~same), "")
            if fault:
                return f"column {column}, {fault}", ""
            if note:
                moved.append(f"{column} ({note})")
        return "", (f"one unit in the last stored digit in {', '.join(moved)}" if moved
                    else "the same values in other bytes")
    return compare


def _numbers(frame: pd.DataFrame, x: pd.Series, y: pd.Series) -> Verdict:
    u, v = (np.asarray(pd.to_numeric(s, errors="coerce").to_numpy(dtype=float, na_value=np.nan))
            for s in (x, y))
    empty = np.isnan(u) != np.isnan(v)
    if empty.any():
        return _cell(x, y, empty), ""
    size = np.fmax(np.abs(u), np.abs(v))
    name = str(x.name)
    if name in SCALED and "std_error" in frame:
        size = np.fmax(size, np.abs(frame["std_error"].to_numpy(dtype=float, na_value=np.nan)))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** (np.floor(np.log10(size)) - DIGITS + 1)
        decimals = BALANCE_DECIMALS if name.startswith("smd_") else DECIMALS
        if not name.startswith("p_"):
            unit = np.fmax(unit, 10.0 ** -decimals)
        far = ~((u == v) | (np.isnan(u) & np.isnan(v)) | (np.abs(u - v) <= 1.0001 * unit))
    if far.any():
        return _cell(x, y, far), ""
    n = int((u != v)[~np.isnan(u)].sum())
    return "", f"{n} cells" if n else ""


def _cell(x: pd.Series, y: pd.Series, bad: Any) -> str:
    at = np.flatnonzero(np.asarray(bad))
    more = f" (and {at.size - 1} more cells)" if at.size > 1 else ""
    return f"row {at[0]}: {x.iloc[at[0]]} committed, {y.iloc[at[0]]} made{more}"


_NUMBER = re.compile(r"[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _texts(old: bytes, new: bytes) -> Verdict:
    """Documents: the same words, and numbers within one unit of their last printed digit."""
    a, b = (" ".join(t.decode("utf-8", "replace").split()) for t in (old, new))
    return _same_text(a, b)


def _same_text(a: str, b: str) -> Verdict:
    words_a, words_b = _NUMBER.split(a), _NUMBER.split(b)
    if words_a != words_b:
        at = next((i for i, (p, q) in enumerate(zip(words_a, words_b, strict=False)) if p != q),
                  min(len(words_a), len(words_b)) - 1)
        return "the text differs: " + _first_difference(
            words_a[at] if at < len(words_a) else "", words_b[at] if at < len(words_b) else ""), ""
    moved = 0
    pairs = zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True)
    for i, (p, q) in enumerate(pairs):
        if p == q:
            continue
        if not _close(p, q):
            return f"{p} committed, {q} made, after {words_a[i][-40:]!r}", ""
        moved += 1
    return "", f"one unit in the last printed digit of {moved} numbers" if moved else "white space"


def _first_difference(p: str, q: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(p, q, strict=False)) if a != b),
              min(len(p), len(q)))
    start = max(at - 20, 0)
    return f"{p[start:at + 30]!r} committed, {q[start:at + 30]!r} made"


def _close(p: str, q: str) -> bool:
    u, v = (float(t.replace(",", "").replace("−", "-")) for t in (p, q))
    places = min(len(t.partition(".")[2].split("e")[0].split("E")[0]) for t in (p, q))
    if not places and "e" not in (p + q).lower():
        return u == v  # whole numbers are counts
    exponent = max(int(t.lower().partition("e")[2] or 0) for t in (p, q))
    return abs(u - v) <= 1.0001 * 10.0 ** (exponent - places)


_EMBEDDED = re.compile(rb"data:image/(svg\+xml|png);base64,([A-Za-z0-9+/=]+)")


def _pages(old: bytes, new: bytes) -> Verdict:
    """HTML: its text, and its embedded figures each as a figure."""
    inside = [_EMBEDDED.findall(t) for t in (old, new)]
    fault, note = _texts(*(_EMBEDDED.sub(b"figure", t) for t in (old, new)))
    if fault or len(inside[0]) != len(inside[1]):
        return fault or "the number of figures differs", ""
    for i, ((kind, p), (_, q)) in enumerate(zip(*inside, strict=True)):
        if p != q:
            how = _texts if kind.startswith(b"svg") else _images
            fault, note = how(base64.b64decode(p), base64.b64decode(q))
            if fault:
                return f"figure {i + 1}: {fault}", ""
    return "", note


_OBJECT = re.compile(rb"\d+ 0 obj\s(.*?)\sendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def _drawings(old: bytes, new: bytes) -> Verdict:
    """PDF: the drawing of each object, unpacked; lengths and offsets of its parts do not count."""
    def parts(data: bytes) -> str:
        out = []
        for body in _OBJECT.findall(data):
            if body.strip().isdigit():
                continue  # the length of a stream
            packed = _STREAM.search(body)
            if packed:
                try:
                    plain = zlib.decompress(packed[1])
                except zlib.error:
                    plain = packed[1]
                body = body[:packed.start()] + plain
            out.append(body.decode("latin-1"))
        return "\n".join(out)
    return _same_text(parts(old), parts(new))


def _images(old: bytes, new: bytes) -> Verdict:
    from matplotlib.image import imread

    a, b = (imread(io.BytesIO(d), format="png") for d in (old, new))
    if a.shape != b.shape:
        return f"{a.shape} pixels committed, {b.shape} made", ""
    gap = float(np.abs(a - b).mean() * 255)
    note = f"mean difference of pixels {gap:.2g} of 255"
    return (note, "") if gap > PIXELS else ("", note)


def _json(old: bytes, new: bytes) -> Verdict:
    a, b = json.loads(old), json.loads(new)
    if isinstance(a, dict) and isinstance(b, dict):
        records = [k for k in RECORDS if a.pop(k, None) != b.pop(k, None)]
    else:
        records = []
    fault, note = _same_text(*(json.dumps(v, ensure_ascii=False, sort_keys=True) for v in (a, b)))
    return fault, f"other {' and '.join(records)}" if records and not fault else note


KINDS: dict[str, Callable[[bytes, bytes], Verdict]] = {
    "parquet": _tables(lambda data: pd.read_parquet(io.BytesIO(data))),
    "csv": _tables(lambda data: pd.read_csv(io.BytesIO(data))),
    "json": _json, "png": _images, "svg": _texts, "pdf": _drawings, "html": _pages,
    "md": _texts, "tex": _texts,
}
