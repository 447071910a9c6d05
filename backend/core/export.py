"""Rows as files that stream: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Row = Mapping[str, Any]
"""Column → value: text, number, boolean, moment, list of texts or None. Every row has the same columns."""


def csv_file(name: str, columns: Sequence[str], batches: AsyncIterator[Iterable[Row]]) -> StreamingHttpResponse:
    return _file(name, "text/csv; charset=utf-8; header=present", csv_text(columns, batches))


def json_file(name: str, batches: AsyncIterator[Iterable[Row]]) -> StreamingHttpResponse:
    return _file(name, "application/json", json_text(batches))


def text_file(name: str, text: AsyncIterator[str]) -> StreamingHttpResponse:
    return _file(name, "text/plain; charset=utf-8", text)


async def csv_text(columns: Sequence[str], batches: AsyncIterator[Iterable[Row]]) -> AsyncIterator[str]:
    """A line of column names, then one a row (RFC 4180). An apostrophe before what looks like a formula."""
    yield _lines([columns])
    async for batch in batches:
        yield _lines([[_cell(row[column]) for column in columns] for row in batch])


async def json_text(batches: AsyncIterator[Iterable[Row]]) -> AsyncIterator[str]:
    """One array, a row a line."""
    before = "[\n"
    async for batch in batches:
        for row in batch:
            yield before + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def without_apostrophe(cell: str) -> str:
    """A cell as it was before `csv_text` made it harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in _FORMULA else cell


def _file(name: str, kind: str, text: AsyncIterator[str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        value = ";".join(str(one) for one in value)
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) and not _NUMBER.fullmatch(value) else value
    return value.isoformat() if hasattr(value, "isoformat") else value
