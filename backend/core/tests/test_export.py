"""Files that stream: what stands in them, and that a spreadsheet runs none of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.export import Row, csv_text, json_text, without_apostrophe

ROWS: list[Row] = [
    {"name": "r1", "tags": ["core", "old"], "at": datetime(2026, 5, 1, 12, tzinfo=UTC), "on": True, "ms": None},
    {"name": 'say "hi",\nbye', "tags": [], "at": None, "on": False, "ms": -1.5},
]


async def batches(*given: list[Row]) -> AsyncIterator[list[Row]]:
    for batch in given:
        yield batch


async def told(text: AsyncIterator[str]) -> str:
    return "".join([part async for part in text])


async def test_csv_has_a_line_a_row() -> None:
    text = await told(csv_text(list(ROWS[0]), batches(ROWS[:1], ROWS[1:])))
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "tags", "at", "on", "ms"],
        ["r1", "core;old", "2026-05-01T12:00:00+00:00", "true", ""],
        ['say "hi",\nbye', "", "", "false", "-1.5"],
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+1", "@sum", "\t=1", "\r=1"])
async def test_csv_holds_no_formula(cell: str) -> None:
    text = await told(csv_text(["a"], batches([{"a": cell}])))
    shown = list(csv.reader(io.StringIO(text, newline="")))[1][0]
    assert shown == f"'{cell}"
    assert without_apostrophe(shown) == cell


async def test_csv_leaves_numbers_alone() -> None:
    assert await told(csv_text(["a"], batches([{"a": "-59.91000"}]))) == "a\r\n-59.91000\r\n"


@pytest.mark.parametrize("cell", ["", "'", "'quoted'", "plain"])
def test_other_apostrophes_stay(cell: str) -> None:
    assert without_apostrophe(cell) == cell


@pytest.mark.parametrize("given", [[], [[]], [ROWS], [ROWS[:1], ROWS[1:]]])
async def test_json_is_one_array(given: Any) -> None:
    rows = json.loads(await told(json_text(batches(*given))))
    assert [row["name"] for row in rows] == [row["name"] for batch in given for row in batch]
