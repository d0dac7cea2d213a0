from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from breachstudy.facts.read import parse_table
from breachstudy.facts.write import csv_bytes, write_csv
from breachstudy.schema.codebook import table


def frame() -> pd.DataFrame:
    return pd.DataFrame({
        "text": pd.Series(["a,b", 'say "x"', None], dtype="str"),
        "day": pd.Series([dt.date(2019, 3, 5), None, dt.datetime(2020, 1, 2)], dtype="object"),
        "n": pd.Series([1, None, 3], dtype="Int64"),
        "flag": pd.Series([True, None, False], dtype="boolean"),
        "share": pd.Series([0.5, 2.0, None], dtype="Float64"),
    })


def test_cells() -> None:
    assert csv_bytes(frame()).decode() == (
        'text,day,n,flag,share\n'
        '"a,b",2019-03-05,1,true,0.5\n'
        '"say ""x""",,,,2\n'
        ',2020-01-02,3,false,\n')


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    spec = table("raw", "corrections")
    empty = pd.DataFrame({n: pd.Series([], dtype="str") for n in spec.names})
    write_csv(empty, tmp_path / "corrections.csv")
    back, problems = parse_table((tmp_path / "corrections.csv").read_bytes(), "corrections", spec)
    assert spec.may_be_empty and problems == []
    assert list(back.columns) == [*spec.names, "_row"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"old\n")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError("disk")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk"):
        write_csv(frame(), path)
    assert path.read_bytes() == b"old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
