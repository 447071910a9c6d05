"""A CSV file as rows, each with the line that it starts on; what is wrong with it is told by line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.export import without_apostrophe

DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 50


class Fault(NamedTuple):
    """What is wrong, in words, and where. Without a column it is the whole line."""

    line: int
    column: str
    detail: str


class Row(NamedTuple):
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file may hold. `ignored` are those of an export that cannot be set."""

    required: frozenset[str]
    optional: frozenset[str]
    ignored: frozenset[str] = frozenset()

    def faults(self, header: Sequence[str]) -> Iterator[Fault]:
        for name in header:
            if name not in self.required | self.optional | self.ignored:
                known = ", ".join(sorted(self.required) + sorted(self.optional))
                yield Fault(1, name[:100], f"There is no such column. Columns are {known}.")
            elif header.count(name) > 1:
                yield Fault(1, name, "This column is there twice.")
        for name in sorted(self.required - set(header)):
            yield Fault(1, name, "This column is missing.")


class NotATable(Exception):
    """The file cannot be read as a table, or its columns are not right; `faults` says where."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].detail)
        self.faults = faults


def text_of(content: bytes) -> str:
    """UTF-8 with or without a byte order mark, as spreadsheets write it. Raises NotATable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotATable(Fault(line, "", "This is not UTF-8 text; save the file as CSV in UTF-8.")) from None
    if (place := text.find("\0")) >= 0:
        raise NotATable(Fault(text.count("\n", 0, place) + 1, "", "There is a null byte in this line."))
    return text


def rows_of(text: str, columns: Columns) -> Iterator[Row | Fault]:
    """Rows in order, and a fault in place of each line that is none. Raises NotATable for what no row survives.

    The first line names the columns, in any order; commas, semicolons or tabs stand between them.
    """
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in _next(reader) or []]
    if not any(header):
        raise NotATable(Fault(1, "", "The file is empty; its first line names the columns."))
    if len(header) > MOST_COLUMNS:
        raise NotATable(Fault(1, "", f"More than {MOST_COLUMNS} columns."))
    if faults := tuple(dict.fromkeys(columns.faults(header))):
        raise NotATable(*faults)
    line = reader.line_num + 1
    while (cells := _next(reader)) is not None:
        if any(cell.strip() for cell in cells):
            yield _row(line, header, cells, columns.ignored)
        line = reader.line_num + 1  # a quoted cell may run over several lines


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise NotATable(Fault(reader.line_num, "", f"This is not CSV: {error}.")) from None  # type: ignore[attr-defined]


def _row(line: int, header: list[str], cells: list[str], ignored: frozenset[str]) -> Row | Fault:
    if len(cells) != len(header):
        return Fault(line, "", f"{len(cells)} cells, but the first line names {len(header)} columns.")
    pairs = zip(header, cells, strict=True)
    return Row(line, {name: without_apostrophe(cell.strip()) for name, cell in pairs if name not in ignored})
