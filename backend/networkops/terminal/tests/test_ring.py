"""The latest output by sequence."""

from __future__ import annotations

from networkops.terminal.ring import Ring


def test_it_keeps_the_latest_and_counts_from_the_beginning() -> None:
    ring = Ring(100)
    for number in range(100):
        ring.add(b"line %03d\n" % number)
    assert ring.end == 900
    assert 100 <= ring.end - ring.start <= 200
    assert ring.read(ring.start, 9).startswith(b"line "), "cut at a line"
    assert ring.read(891, 1000) == b"line 099\n"
    assert ring.read(ring.end, 10) == b""


def test_modes_that_held_before_what_is_kept() -> None:
    ring = Ring(100)
    ring.add(b"\x1b[?1049h\x1b[?25l\x1b[?25h\n")
    ring.add(b"x" * 300 + b"\n")
    assert ring.modes == b"\x1b[?1049h\x1b[?25h"


def test_without_lines_it_is_bounded_all_the_same() -> None:
    ring = Ring(100)
    for _ in range(1000):
        ring.add(b"x" * 50)
    assert ring.end - ring.start <= 200
