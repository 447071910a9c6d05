"""Pure differences of two texts: blocks of rows for side-by-side and unified pages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from config_mgmt.align import matches
from networkops.redact import MASK

BlockKind = Literal["equal", "change", "fold", "gap"]
Span = tuple[str, bool]
"""A piece of a line, and whether it is the part that changed."""

MOST_CHANGES = 1_500
"""Changed rows that are shown of one difference; the counts are of all."""
MOST_FOLDED = 400
"""Equal lines that one fold can show; a longer run is only counted."""
MOST_FOLDED_ALL = 2_000
"""Equal lines in all folds of one difference."""
MOST_WORDS = 300
"""A line of more words than that is marked as a whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row side by side. A number is None where that side has no line."""

    old_no: int | None
    new_no: int | None
    old: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()
    secret: bool = False
    """A masked secret in it changed: what is shown of it does not tell."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one kind: `change`, `equal` around changes, `fold` (equal, hidden at first), `gap` (only counted)."""

    kind: BlockKind
    rows: tuple[Row, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Diff:
    blocks: tuple[Block, ...]
    added: int
    removed: int
    unshown: int = 0
    """Changed rows beyond MOST_CHANGES."""


@dataclass(frozen=True, slots=True)
class Side:
    """A text by lines: as they are compared, as they really are, and as they may be shown."""

    keys: Sequence[str]
    plain: Sequence[str]
    shown: Sequence[str]

    @classmethod
    def of(cls, text: str, *, shown: str | None = None, key: Callable[[str], str] = str.rstrip) -> Side:
        """`shown` is the text with secrets masked, line by line the same; `key` gives what counts of a line."""
        plain = lines_of(text)
        return cls([key(line) for line in plain], plain, plain if shown is None else lines_of(shown))


def lines_of(text: str) -> list[str]:
    """Lines by newline alone: other characters that Python takes for line ends stay inside a line."""
    return text.removesuffix("\n").split("\n") if text else []


def count_changes(old: str, new: str) -> tuple[int, int]:
    """How many lines were added and removed."""
    a, b = Side.of(old).keys, Side.of(new).keys
    same = sum(size for _, _, size in matches(a, b))
    return len(b) - same, len(a) - same


def compare(old: Side, new: Side, *, context: int = 3) -> Diff:
    """The difference of two texts by lines, with `context` equal lines around each change."""
    equal = matches(old.keys, new.keys)
    same = sum(size for _, _, size in equal)
    blocks: list[Block] = []
    budget = MOST_CHANGES
    unshown = 0
    i = j = 0
    for run_old, run_new, size in [*equal, (len(old.keys), len(new.keys), 0)]:
        if rows := max(run_old - i, run_new - j):
            shown = min(rows, budget)
            budget -= shown
            unshown += rows - shown
            if shown:
                blocks.append(_change(old, new, (i, run_old), (j, run_new), shown))
        if size and not unshown:
            more_follows = run_old + size < len(old.keys) or run_new + size < len(new.keys)
            ends = (context if blocks else 0, context if more_follows else 0)
            blocks += _equal(old, new, run_old, run_new, size, ends)
        i, j = run_old + size, run_new + size
    return Diff(tuple(_light(blocks)), len(new.keys) - same, len(old.keys) - same, unshown)


def _equal(old: Side, new: Side, i: int, j: int, size: int, ends: tuple[int, int]) -> Iterator[Block]:
    """An equal run: shown where it is near a change, folded in between."""
    head, tail = ends
    if size <= head + tail + 1:
        head, tail = size, 0
    yield from _rows("equal", old, new, i, j, head)
    yield from _rows("fold", old, new, i + head, j + head, size - head - tail)
    yield from _rows("equal", old, new, i + size - tail, j + size - tail, tail)


def _rows(kind: BlockKind, old: Side, new: Side, i: int, j: int, size: int) -> Iterator[Block]:
    if not size:
        return
    if kind == "fold" and size > MOST_FOLDED:
        yield Block("gap", (), size)
        return
    rows = (Row(i + n + 1, j + n + 1, ((old.shown[i + n], False),), ((new.shown[j + n], False),)) for n in range(size))
    yield Block(kind, tuple(rows), size)


def _light(blocks: Sequence[Block]) -> Iterator[Block]:
    """The same blocks, folds beyond MOST_FOLDED_ALL turned into gaps."""
    left = MOST_FOLDED_ALL
    for block in blocks:
        left -= block.count if block.kind == "fold" else 0
        yield Block("gap", (), block.count) if block.kind == "fold" and left < 0 else block


def _change(old: Side, new: Side, a: tuple[int, int], b: tuple[int, int], most: int) -> Block:
    rows: list[Row] = []
    for i, j in _paired(range(*a), range(*b), most):
        if i is not None and j is not None:
            secret = secrets_differ((old.plain[i], old.shown[i]), (new.plain[j], new.shown[j]))
            rows.append(Row(i + 1, j + 1, *_words(old.shown[i], new.shown[j]), secret=secret))
        elif i is not None:
            rows.append(Row(i + 1, None, ((old.shown[i], False),)))
        elif j is not None:
            rows.append(Row(None, j + 1, (), ((new.shown[j], False),)))
    return Block("change", tuple(rows), len(rows))


def _paired(a: range, b: range, most: int) -> Iterator[tuple[int | None, int | None]]:
    for step in range(min(max(len(a), len(b)), most)):
        yield (a[step] if step < len(a) else None), (b[step] if step < len(b) else None)


def secrets_differ(old: tuple[str, str], new: tuple[str, str]) -> bool:
    """Whether two lines, each `(plain, shown)`, have secrets that are masked in both and not the same."""
    hidden_old, hidden_new = _hidden(*old), _hidden(*new)
    return bool(hidden_old and hidden_new) and hidden_old != hidden_new


def _hidden(plain: str, shown: str) -> tuple[str, ...]:
    """What stands in the plain line where the shown one has masks."""
    if plain == shown:
        return ()
    found = re.fullmatch("(.+?)".join(re.escape(piece) for piece in shown.split(MASK)), plain)
    return found.groups() if found else (plain,)


def _words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The two lines cut into spans, the changed words marked; whole lines where they share too little."""
    a, b = re.findall(r"\s+|[^\s]+", old), re.findall(r"\s+|[^\s]+", new)
    if max(len(a), len(b)) > MOST_WORDS:
        return ((old, True),), ((new, True),)
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
