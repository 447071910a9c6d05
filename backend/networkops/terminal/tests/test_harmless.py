"""What of a device's output reaches a terminal, whole and cut at every byte."""

from __future__ import annotations

import pytest

from networkops.terminal.harmless import LONGEST_STRING, Harmless

CASES = [
    (b"plain \xc3\xa9\r\n", "plain é\r\n"),
    (b"\x1b[31mred\x1b[0m \x1b[2J\x1b[?1049h\x1b(B\x1b[2 q", "\x1b[31mred\x1b[0m \x1b[2J\x1b[?1049h\x1b(B\x1b[2 q"),
    (b"a\x1b]52;c;aGk=\x07b\x1b]0;title\x1b\\c\x1b]8;;http://x\x07d", "abcd"),
    (b"a\x1bP$qm\x1b\\b\x1b_apc\x1b\\c\x1b^pm\x1b\\d\x1bXsos\x1b\\e", "abcde"),
    (b"a\x1b[6nb\x1b[?6nc\x1b[cd\x1b[>ce\x1b[0cf\x1b[21tg\x1b[>0qh\x1b[?25$pi\x1b[xj\x1bZk\x05l", "abcdefghijkl"),
    (b"a\x1b[?1004hb\x1b[?25;1004hc", "abc"),
    (b"a\xc2\x9b6nb\xc2\x9d52;c;x\xc2\x9cc", "a6nb52;c;xc"),
    (b"\xff\xfe", "\ufffd\ufffd"),
    (b"a\x1b[6\x07nb", "a[6\x07nb"),
    (b"a\x1b\x05[6nb", "a[6nb"),
    (b"a\x1b]x\x1b[6nb", "ab"),
    (b"a\x1b\x1b[31mb\x1bc", "a\x1b[31mb\x1bc"),
]


@pytest.mark.parametrize(("given", "shown"), CASES)
def test_only_what_does_no_harm_gets_through(given: bytes, shown: str) -> None:
    assert Harmless()(given).decode() == shown


@pytest.mark.parametrize(("given", "shown"), CASES)
def test_wherever_it_is_cut(given: bytes, shown: str) -> None:
    for cut in range(1, len(given)):
        harmless = Harmless()
        assert (harmless(given[:cut]) + harmless(given[cut:])).decode() == shown, cut
    harmless = Harmless()
    assert b"".join(harmless(bytes([byte])) for byte in given).decode() == shown


def test_a_string_without_end_is_given_up() -> None:
    harmless = Harmless()
    assert harmless(b"\x1b]0;" + b"x" * 100) == b""
    shown = harmless(b"y" * LONGEST_STRING * 2)
    assert shown == b"y" * (LONGEST_STRING + 102)
    assert harmless(b"back") == b"back"


def test_a_sequence_without_end_is_text() -> None:
    assert Harmless()(b"\x1b[" + b"1" * 1000) == b"[" + b"1" * 1000
