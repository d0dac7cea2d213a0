"""The only module that knows folder names: where things are read and where they are written."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Study", "find_study", "packaged_data", "sha256", "write_atomic"]

_PACKAGE = Path(__file__).resolve().parent


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Study:
    """A checkout of the study. ``root`` is the folder that holds ``data/`` and ``analysis/``."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed"

    @property
    def analysis(self) -> Path:
        return self.root / "analysis"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def docs(self) -> Path:
        return self.root / "docs"

    def raw_files(self) -> dict[str, bytes]:
        """Bytes of every CSV file under data/raw, by table name."""
        return {p.stem: p.read_bytes() for p in sorted(self.raw.glob("*.csv"))}

    def raw_returns(self) -> bytes | None:
        """Bytes of the daily returns, the one raw table that is Parquet; None if absent."""
        path = self.raw / "returns.parquet"
        return path.read_bytes() if path.is_file() else None

    def recover(self) -> None:
        """Put back a dataset that an interrupted exchange of folders left aside."""
        aside = self.processed.with_name(".processed-previous")
        if aside.is_dir():
            if self.processed.exists():
                shutil.rmtree(aside)
            else:
                aside.rename(self.processed)

    def replace_processed(self, files: Mapping[str, bytes]) -> None:
        """Replace the whole folder data/processed by ``files``, in one step.

        The files are written to a folder beside it and the two folders change names, so that
        whenever the process is stopped the previous or the new dataset stands there whole.
        """
        self.recover()
        replace_folder(self.processed, files)


def replace_folder(target: Path, files: Mapping[str, bytes]) -> None:
    """Replace a folder's content by ``files`` so that readers see the old or the new, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob(f".{target.name}-new-*"):
        shutil.rmtree(stale, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-new-", dir=target.parent))
    fresh.chmod(0o755)
    try:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        if not target.exists():
            fresh.rename(target)
        elif not _exchange(fresh, target):
            aside = target.with_name(f".{target.name}-previous")
            target.rename(aside)
            fresh.rename(target)
            shutil.rmtree(aside)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two folders atomically where the system can; False where it cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(a), os.fsencode(b)
    at_cwd, exchange = -100, 2
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        return bool(library.renameat2(at_cwd, first, at_cwd, second, exchange) == 0)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(first, second, exchange) == 0)
    return False


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file through a temporary file beside it, so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as temporary:
        temporary.write_bytes(data)
        temporary.replace(path)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    temporary.chmod(0o644)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def find_study(start: Path | None = None) -> Study:
    """The study that holds ``start`` (default: the working folder), or the package's checkout.

    Raises FileNotFoundError when neither is a checkout.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, _PACKAGE.parent):
        if (folder / "data" / "raw").is_dir() and (folder / "analysis").is_dir():
            return Study(folder)
    raise FileNotFoundError(
        f"{here} is not inside a checkout of the study (a folder with data/raw and analysis). "
        "Change into one, or name it with --root."
    )


def packaged_data() -> Path:
    """The folder of the built dataset: inside an installed wheel, else in the checkout."""
    inside = _PACKAGE / "_data"
    if inside.is_dir():
        return inside
    study = Study(_PACKAGE.parent)
    study.recover()
    if study.processed.is_dir():
        return study.processed
    raise FileNotFoundError("the dataset has not been built yet; run 'breachstudy build'")
