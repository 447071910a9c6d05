"""Pure differences of two texts: hunks of rows for side-by-side and unified pages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

RowKind = Literal["same", "added", "removed", "changed"]
Span = tuple[str, bool]
"""A piece of a line, and whether it is the part that changed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row side by side. A number is None where that side has no line."""

    kind: RowKind
    old_number: int | None
    new_number: int | None
    old: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows that stand together; `skipped` equal lines lie between the hunk before and this one."""

    skipped: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    hunks: tuple[Hunk, ...]
    added: int
    removed: int
    trailing: int
    """Equal lines after the last hunk."""


def compare(old: str, new: str, *, context: int = 3) -> Diff:
    """The difference of two texts by lines, with `context` equal lines around each change."""
    a, b = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    hunks: list[Hunk] = []
    added = removed = 0
    end = 0
    if a == b:
        return Diff((), 0, 0, len(a))
    for group in matcher.get_grouped_opcodes(context):
        rows: list[Row] = []
        for tag, i1, i2, j1, j2 in group:
            rows.extend(_rows(tag, a, b, i1, i2, j1, j2))
            removed += i2 - i1 if tag != "equal" else 0
            added += j2 - j1 if tag != "equal" else 0
        hunks.append(Hunk(group[0][1] - end, tuple(rows)))
        end = group[-1][2]
    return Diff(tuple(hunks), added, removed, len(a) - end)


def count_changes(old: str, new: str) -> tuple[int, int]:
    """How many lines were added and removed."""
    diff = compare(old, new, context=0)
    return diff.added, diff.removed


def _rows(tag: str, a: Sequence[str], b: Sequence[str], i1: int, i2: int, j1: int, j2: int) -> Iterator[Row]:
    if tag == "equal":
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            yield Row("same", i + 1, j + 1, ((a[i], False),), ((b[j], False),))
        return
    for step in range(max(i2 - i1, j2 - j1)):
        i, j = i1 + step, j1 + step
        if i < i2 and j < j2:
            old, new = _words(a[i], b[j])
            yield Row("changed", i + 1, j + 1, old, new)
        elif i < i2:
            yield Row("removed", i + 1, None, ((a[i], False),), ())
        else:
            yield Row("added", None, j + 1, (), ((b[j], False),))


def _words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The two lines cut into spans, the changed words marked; whole lines where they share too little."""
    a, b = re.findall(r"\s+|[^\s]+", old), re.findall(r"\s+|[^\s]+", new)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < 0.4:
        return ((old, True),), ((new, True),)
    left: list[Span] = []
    right: list[Span] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 > i1:
            left.append(("".join(a[i1:i2]), tag != "equal"))
        if j2 > j1:
            right.append(("".join(b[j1:j2]), tag != "equal"))
    return tuple(left), tuple(right)


def unified(diff: Diff) -> Iterator[tuple[int, list[Row]]]:
    """Hunks as `(skipped, rows)` for one column: of a run of changes, all removed lines come before all added ones."""
    for hunk in diff.hunks:
        rows: list[Row] = []
        added: list[Row] = []
        for row in hunk.rows:
            if row.kind == "same":
                rows += [*added, row]
                added = []
                continue
            if row.old_number is not None:
                rows.append(Row("removed", row.old_number, None, row.old, ()))
            if row.new_number is not None:
                added.append(Row("added", None, row.new_number, (), row.new))
        yield hunk.skipped, [*rows, *added]
