"""The only module that knows folder names: where things are read and where they are written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from breachstudy.storage import recover, replace_folder, sha256, standing, write_atomic
from breachstudy.storage.regular import read_regular

__all__ = ["Study", "find_study", "packaged_data", "packaged_reports", "sha256", "write_atomic"]

_PACKAGE = Path(__file__).resolve().parent


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

    @property
    def manifest(self) -> Path:
        return self.raw / "manifest.json"

    def raw_files(self) -> dict[str, bytes]:
        """Bytes of every CSV file under data/raw, by table name.

        This and the next three raise FactError that names what is no regular file.
        """
        found = read_regular(sorted(self.raw.glob("*.csv")))
        return {name.removesuffix(".csv"): data for name, data in found.items()}

    def raw_bytes(self, *names: str) -> dict[str, bytes]:
        """Bytes of these CSV files under data/raw, by table name; absent ones are left out."""
        found = {n: _one(self.raw / f"{n}.csv") for n in names}
        return {n: data for n, data in found.items() if data is not None}

    def raw_returns(self) -> bytes | None:
        """Bytes of the daily returns, the one raw table that is Parquet; None if absent."""
        return _one(self.raw / "returns.parquet")

    def raw_tables(self) -> dict[str, bytes]:
        """Bytes of every raw table by file name: the CSV files and the returns."""
        returns = self.raw_returns()
        return {f"{n}.csv": d for n, d in self.raw_files().items()} | (
            {} if returns is None else {"returns.parquet": returns})

    def raw_manifest(self) -> bytes | None:
        """Bytes of the manifest of the raw tables; None if absent."""
        return _one(self.manifest)

    def recover(self) -> None:
        """Put back a dataset or reports that a process killed while it wrote left aside.

        Raises StorageError if the system does not let us, BusyError if another process holds it.
        """
        for folder in (self.processed, self.reports):
            recover(folder)

    def replace_processed(self, files: Mapping[str, bytes]) -> None:
        """Replace the whole dataset by ``files``; see :mod:`breachstudy.storage`."""
        replace_folder(self.processed, files)

    def replace_reports(self, files: Mapping[str, bytes]) -> None:
        """Replace results, exhibits and report, one set, by ``files``."""
        replace_folder(self.reports, files)


def _one(path: Path) -> bytes | None:
    """Bytes of a raw file, None if there is nothing of that name."""
    return read_regular([path])[path.name] if os.path.lexists(path) else None


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
    """The folder of the built dataset: inside an installed wheel, else in the checkout.

    It only reads: a dataset that a killed build left aside is read there.
    """
    return _packaged("_data", Study(_PACKAGE.parent).processed,
                     "the dataset has not been built yet; run 'breachstudy build'")


def packaged_reports() -> Path:
    """The folder of the results, likewise. A wheel holds the tables of results, no exhibits."""
    return _packaged("_results", Study(_PACKAGE.parent).reports,
                     "there are no results yet; run 'breachstudy analyze'")


def _packaged(inside: str, outside: Path, absent: str) -> Path:
    folder = _PACKAGE / inside
    if not folder.is_dir():
        folder = standing(outside)
    if not folder.is_dir():
        raise FileNotFoundError(absent)
    return folder
