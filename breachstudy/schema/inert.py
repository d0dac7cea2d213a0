"""Text that others wrote, made inert for where it is shown: terminal, Markdown, LaTeX, CSV, JSON.

Raw cells with control characters are refused (:mod:`breachstudy.facts.read`), and addresses must
begin with http:// or https://; here a value that came another way still cannot move a cursor, open
a tag, become a link or be run by a spreadsheet. The readable text stays as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from breachstudy.errors import CONTROL, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTROL", "csv_cell", "csv_frame", "json_text", "markdown_text", "visible",
           "visible_lines", "web_address"]

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](?=[(:])")
_WEB = re.compile(r"https?://\S+", re.ASCII | re.IGNORECASE)
_FORMULA = re.compile(r"[=@]|[+-](?!(?:[\s\d.,%()\[\]−–+-]|to )*\Z)")


def visible_lines(text: str) -> str:
    """The same for text whose line breaks and tabs are ours."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def markdown_text(value: object) -> str:
    """Text for Markdown: no tag, comment, autolink, link or table border comes of it.

    ``<`` stays where no tag can begin (``<0.001``); characters of emphasis stay, since they can do
    no more than slant a word.
    """
    text = visible(str(value)).replace("\\", "\\\\").replace("|", "\\|").replace(">", "&gt;")
    return _LINK.sub("]\\\\", _TAG.sub("&lt;", text))


def web_address(value: object) -> str | None:
    """The address if it is one of the web, else None: no other scheme is ever made a link."""
    return value if isinstance(value, str) and _WEB.fullmatch(value) else None


def csv_cell(value: Any) -> Any:
    """A cell of a published CSV. Text that a spreadsheet would run gets an apostrophe before it.

    That is text which begins with ``=`` or ``@``, or with ``+`` or ``-`` and is no number,
    percentage or interval of numbers. Whatever is not text stays as it is.
    """
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if _FORMULA.match(value) else text


def csv_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its texts and its names of columns as :func:`csv_cell` gives them."""
    import pandas as pd

    def inert(column: pd.Series) -> pd.Series:
        text = column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
        return column.map(csv_cell) if text else column

    if frame.shape[1] == 0:
        return frame
    out = pd.concat([inert(frame.iloc[:, k]) for k in range(frame.shape[1])], axis=1)
    return out.set_axis([csv_cell(n) for n in frame.columns], axis=1)


def json_text(value: object) -> str:
    """Indented JSON in readable characters, the controls among them written as ``\\u009b``."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "\n".join(CONTROL.sub(_json_code, line) for line in text.split("\n"))


def _json_code(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]
