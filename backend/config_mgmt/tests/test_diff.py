"""Differences as a table of cases, and what holds for every pair of texts."""

from __future__ import annotations

import difflib
import random
import time

import pytest

from config_mgmt.diff import MOST_CHANGES, MOST_FOLDED, Diff, Side, compare, count_changes, lines_of
from networkops.redact import mask

CASES = {
    # name: (old, new, added, removed)
    "both empty": ("", "", 0, 0),
    "first version": ("", "a\nb\n", 2, 0),
    "everything gone": ("a\nb\n", "", 0, 2),
    "equal": ("a\nb\n", "a\nb\n", 0, 0),
    "no newline at the end": ("a\nb", "a\nb\n", 0, 0),
    "trailing spaces do not count": ("a  \nb\n", "a\nb\n", 0, 0),
    "one line added": ("a\nc\n", "a\nb\nc\n", 1, 0),
    "one line changed": ("a\nb\nc\n", "a\nx\nc\n", 1, 1),
    "moved": ("a\nb\nc\n", "b\nc\na\n", 1, 1),
    "repeated lines": ("!\n!\na\n!\n", "!\na\n!\n!\n", 1, 1),
    "a form feed is no line end": ("a\x0cb\n", "a\x0cb\nc\n", 1, 0),
    "a second interface alike": (
        "interface Gi1\n no shutdown\n!\ninterface Gi3\n no shutdown\n!\n",
        "interface Gi1\n no shutdown\n!\ninterface Gi2\n no shutdown\n!\ninterface Gi3\n no shutdown\n!\n",
        3, 0,
    ),
}  # fmt: skip


def rebuilt(diff: Diff, side: str) -> list[str]:
    """One side of the texts, read back from the rows."""
    number = "old_no" if side == "old" else "new_no"
    rows = [row for block in diff.blocks for row in block.rows if getattr(row, number) is not None]
    assert [getattr(row, number) for row in rows] == list(range(1, len(rows) + 1))
    return ["".join(text for text, _ in getattr(row, side)) for row in rows]


@pytest.mark.parametrize("name", CASES)
def test_counts_and_rows(name: str) -> None:
    old, new, added, removed = CASES[name]
    diff = compare(Side.of(old), Side.of(new))
    assert (diff.added, diff.removed, diff.unshown) == (added, removed, 0)
    assert count_changes(old, new) == (added, removed)
    assert rebuilt(diff, "old") == lines_of(old)
    assert rebuilt(diff, "new") == lines_of(new)


@pytest.mark.parametrize("seed", range(20))
def test_random_texts_come_back_whole_and_nearly_as_short_as_difflib_has_it(seed: int) -> None:
    rng = random.Random(seed)
    old = [rng.choice(["!", " no shutdown", f"line {rng.randrange(60)}"]) for _ in range(120)]
    new = old[:]
    for _ in range(rng.randrange(25)):
        new[rng.randrange(len(new))] = f"line {rng.randrange(60)}"
        del new[rng.randrange(len(new))]
    diff = compare(Side.of("\n".join(old)), Side.of("\n".join(new)))
    assert rebuilt(diff, "old") == old
    assert rebuilt(diff, "new") == new
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    assert diff.removed <= len(old) - sum(block.size for block in blocks) + 12


def test_words_that_changed_are_marked() -> None:
    diff = compare(Side.of(" ip mtu 1500\n"), Side.of(" ip mtu 9000\n"))
    row = diff.blocks[0].rows[0]
    assert row.old == ((" ip mtu ", False), ("1500", True))
    assert row.new == ((" ip mtu ", False), ("9000", True))


def test_far_equal_lines_are_folded_and_very_many_only_counted() -> None:
    lines = [f"line {number}" for number in range(MOST_FOLDED + 200)]
    new = ["first", *lines[:100], "middle", *lines[100:], "last"]
    diff = compare(Side.of("\n".join(lines)), Side.of("\n".join(new)))
    kinds = [(block.kind, block.count) for block in diff.blocks]
    assert kinds == [
        ("change", 1), ("equal", 3), ("fold", 94), ("equal", 3),
        ("change", 1), ("equal", 3), ("gap", MOST_FOLDED + 94), ("equal", 3), ("change", 1),
    ]  # fmt: skip


def side(text: str) -> Side:
    return Side.of(text, shown=mask(text, "ios"))


SECRETS = {
    # name: (old, new, whether the row says that a secret changed)
    "another secret": ("enable secret 9 $9$aaa", "enable secret 9 $9$bbb", [True]),
    "the same secret": ("enable secret 9 $9$aaa", "enable secret 9 $9$aaa", []),
    "the line around it": ("snmp-server community abc RO", "snmp-server community abc RW", [False]),
    "both": ("username bob privilege 1 secret 9 aaa", "username bob privilege 15 secret 9 bbb", [True]),
    "no secret": ("hostname a", "hostname b", [False]),
    "secret on one side": ("enable secret 9 $9$aaa", "hostname b", [False]),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_changed_secret_is_told_but_not_shown(name: str) -> None:
    old, new, told = SECRETS[name]
    diff = compare(side(old), side(new))
    rows = [row for block in diff.blocks if block.kind == "change" for row in block.rows]
    assert [row.secret for row in rows] == told
    shown = "".join(text for row in rows for text, _ in (*row.old, *row.new))
    assert not {"aaa", "bbb", "$9$aaa", "abc"} & set(shown.split())


def test_lines_inside_a_private_key_count_as_secrets() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n"
    diff = compare(side(key.format("MIIEaaaa")), side(key.format("MIIEbbbb")))
    assert [row.secret for block in diff.blocks if block.kind == "change" for row in block.rows] == [True]


HARD = {
    "nothing in common": ([f"a{n}" for n in range(50_000)], [f"b{n}" for n in range(50_000)]),
    "two words in any order": (
        [random.Random(n).choice("ab") for n in range(50_000)],
        [random.Random(n + 7).choice("ab") for n in range(49_000)],
    ),
    "upside down": ([str(n) for n in range(50_000)], [str(n) for n in reversed(range(50_000))]),
    "one line again and again": (["!"] * 50_000, ["x", *["!"] * 40_000, "y"]),
}


@pytest.mark.parametrize("name", HARD)
def test_texts_of_50_000_lines_take_no_minutes(name: str) -> None:
    old, new = HARD[name]
    before = time.process_time()
    diff = compare(Side.of("\n".join(old)), Side.of("\n".join(new)))
    assert time.process_time() - before < 10
    assert sum(block.count for block in diff.blocks if block.kind == "change") <= MOST_CHANGES
    assert diff.added - diff.removed == len(new) - len(old)
