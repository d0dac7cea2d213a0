"""The codebook as pages, as JSON and as a data package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from breachstudy.schema.codebook import Column, Table

__all__ = ["codebook_json", "codebook_markdown", "column_record", "data_package"]

FRICTIONLESS = {"string": "string", "integer": "integer", "number": "number",
                "boolean": "boolean", "date": "date"}


def column_record(column: Column) -> dict[str, Any]:
    """One column as plain data: name, type, label and whatever else is defined."""
    record: dict[str, Any] = {"name": column.name, "type": column.type, "label": column.label}
    for key in ("description", "unit", "required", "levels", "meanings", "minimum", "maximum",
                "pattern", "max_words", "separator"):
        value = getattr(column, key)
        if value not in ("", None, False, {}):
            record[key] = value
    if column.type == "date":
        for key, day in zip(("earliest", "latest"), (column.earliest, column.latest), strict=True):
            if day is not None:
                record[key] = day.isoformat()
    record["available"] = column.available
    return record


def codebook_json(specs: Mapping[str, Table], version: str) -> str:
    """The codebook for machines."""
    out = {
        "dataset": "breachstudy",
        "version": version,
        "tables": [
            {
                "name": t.name,
                "title": t.title,
                "row": t.row,
                "description": t.description,
                "primary_key": list(t.primary_key),
                "columns": [column_record(c) for c in t.columns],
            }
            for t in specs.values()
        ],
    }
    return json.dumps(out, indent=2, ensure_ascii=False) + "\n"


def codebook_markdown(specs: Mapping[str, Table], version: str) -> str:
    """The codebook for readers, one section a table."""
    lines = ["# Codebook", "",
             f"Dataset version {version}. Generated from the definitions in "
             "`breachstudy/schema`; do not edit.", "",
             "An empty cell means that nothing was found; it never means zero or no. Columns "
             "marked *after* could be known only after the disclosure and must not explain "
             "earlier outcomes.", ""]
    for spec in specs.values():
        lines += [f"## {spec.name}", "", f"**{spec.title}.** One row: {spec.row}. "
                  f"Key: `{', '.join(spec.primary_key)}`.", ""]
        if spec.description:
            lines += [" ".join(spec.description.split()), ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column in spec.columns:
            text = column.label
            if column.description:
                text += f". {column.description}"
            if column.explained:
                listed = "; ".join(f"`{k}` {v}" for k, v in column.explained.items())
                text += f"{'' if text.endswith('.') else '.'} Levels: {listed}"
            if column.available == "after":
                text += " *(after)*"
            lines.append(f"| `{column.name}` | {column.type} | {column.unit} | "
                         f"{_cell(text)} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _package_field(column: Column) -> dict[str, Any]:
    """A field of the data package.

    The validator reads Parquet through pandas, where whole numbers with gaps become floats and
    a gap is NaN. Such a column is declared a number, marked ``"integer": true``, and its bounds
    are left to the codebook, which the build enforces.
    """
    may_be_nan = column.type in ("integer", "number") and not column.required
    field: dict[str, Any] = {
        "name": column.name,
        "type": "number" if may_be_nan else FRICTIONLESS[column.type],
        "title": column.label,
    }
    if may_be_nan and column.type == "integer":
        field["integer"] = True
    if column.description:
        field["description"] = column.description
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.levels and not column.separator:
        constraints["enum"] = list(column.levels)
    if column.minimum is not None and not may_be_nan:
        constraints["minimum"] = (int(column.minimum) if column.type == "integer"
                                  else column.minimum)
    if constraints:
        field["constraints"] = constraints
    return field


def data_package(specs: Mapping[str, Table], files: Mapping[str, bytes], version: str) -> str:
    """A Frictionless data package that describes the Parquet files.

    ``files`` says which tables there are. Sizes and hashes stand in build.json: the validator
    cannot check those of Parquet files and takes them for faults.
    """
    resources = []
    for spec in specs.values():
        name = f"{spec.name}.parquet"
        if name not in files:
            continue
        fields = [_package_field(c) for c in spec.columns]
        resources.append({
            "name": spec.name,
            "title": spec.title,
            "description": " ".join(spec.description.split()) or spec.row,
            "path": name,
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "schema": {"fields": fields, "primaryKey": list(spec.primary_key)},
        })
    package = {
        "name": "breachstudy",
        "title": "Responses to data breaches and what they cost",
        "version": version,
        "licenses": [{"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0",
                      "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": resources,
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"
