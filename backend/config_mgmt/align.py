"""Which lines of two texts belong together: patience diff, whose time stays near-linear whatever the texts hold.

Lines that occur once on both sides anchor the alignment; between two anchors the same is done again, where lines like
` no shutdown` have become rare. A gap without any such line goes to difflib while it is small. A larger one counts as
replaced, and so does what is left when all steps are used up; no real configuration comes to that.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

SMALL_GAP = 200_000
"""Lines times lines that difflib, quadratic at worst, may be given."""
STEPS_A_LINE = 64
LEAST_STEPS = 1_000_000

Match = tuple[int, int, int]
"""Start in the old text, start in the new one, number of equal lines."""


def matches(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Match]:
    """Runs of equal lines, in order and as long as possible."""
    pairs: list[Match] = []
    gaps = [(0, len(old), 0, len(new))]
    steps = max(LEAST_STEPS, STEPS_A_LINE * (len(old) + len(new)))
    while gaps and steps > 0:
        old_from, old_to, new_from, new_to = gaps.pop()
        steps -= old_to - old_from + new_to - new_from
        head, tail = _common_ends(old, new, old_from, old_to, new_from, new_to)
        if head:
            pairs.append((old_from, new_from, head))
        if tail:
            pairs.append((old_to - tail, new_to - tail, tail))
        inner = (old_from + head, old_to - tail, new_from + head, new_to - tail)
        if inner[0] < inner[1] and inner[2] < inner[3]:
            anchors = _anchors(old, new, *inner)
            if anchors:
                pairs += ((i, j, 1) for i, j in anchors)
                gaps += _between(anchors, *inner)
            elif (area := (inner[1] - inner[0]) * (inner[3] - inner[2])) <= SMALL_GAP:
                steps -= area
                pairs += _small_gap(old, new, *inner)
    return _joined(sorted(pairs))


def _common_ends(
    old: Sequence[Hashable], new: Sequence[Hashable], old_from: int, old_to: int, new_from: int, new_to: int
) -> tuple[int, int]:
    """How many lines are equal at the beginning and, of the rest, at the end."""
    most = min(old_to - old_from, new_to - new_from)
    head = 0
    while head < most and old[old_from + head] == new[new_from + head]:
        head += 1
    tail = 0
    while tail < most - head and old[old_to - 1 - tail] == new[new_to - 1 - tail]:
        tail += 1
    return head, tail


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], old_from: int, old_to: int, new_from: int, new_to: int
) -> list[tuple[int, int]]:
    """The longest increasing run of pairs of lines that occur once on each side."""
    in_old, in_new = Counter(old[old_from:old_to]), Counter(new[new_from:new_to])
    where = {new[j]: j for j in range(new_from, new_to) if in_new[new[j]] == 1}
    pairs = [(i, where[old[i]]) for i in range(old_from, old_to) if in_old[old[i]] == 1 and old[i] in where]
    ends: list[int] = []  # the smallest j that ends an increasing run of each length
    last: list[int] = []  # the pair that does
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(j)
            last.append(number)
        else:
            ends[length], last[length] = j, number
    run = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _between(
    anchors: list[tuple[int, int]], old_from: int, old_to: int, new_from: int, new_to: int
) -> list[tuple[int, int, int, int]]:
    gaps = []
    for i, j in [*anchors, (old_to, new_to)]:
        if old_from < i and new_from < j:
            gaps.append((old_from, i, new_from, j))
        old_from, new_from = i + 1, j + 1
    return gaps


def _small_gap(
    old: Sequence[Hashable], new: Sequence[Hashable], old_from: int, old_to: int, new_from: int, new_to: int
) -> list[Match]:
    matcher = difflib.SequenceMatcher(None, old[old_from:old_to], new[new_from:new_to], autojunk=False)
    return [(old_from + block.a, new_from + block.b, block.size) for block in matcher.get_matching_blocks()[:-1]]


def _joined(pairs: list[Match]) -> list[Match]:
    """Matches that touch on both sides become one."""
    joined: list[Match] = []
    for i, j, size in pairs:
        if joined and joined[-1][0] + joined[-1][2] == i and joined[-1][1] + joined[-1][2] == j:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((i, j, size))
    return joined
