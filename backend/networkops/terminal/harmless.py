"""What of a device's output may reach a terminal: text, colours, cursor and screen, and nothing that speaks for it.

A device that was taken over, or a file on it that somebody prints, must not set the clipboard or the title, nor make
the terminal write a report, which the device would read as typed. Every string sequence (OSC, DCS, APC, PM, SOS) and
every sequence that asks for an answer is taken out here, so it is in no recording either.
"""

from __future__ import annotations

import codecs
import re

LONGEST_STRING = 4096
"""Characters of a string sequence after which it is given up: what follows is text again."""
LONGEST_SEQUENCE = 64

CONTROLS = re.compile("[\x05\x1b\x80-\x9f]")
"""Where there is none of these, there is nothing to take out."""
END_OF_STRING = re.compile("\x07|\x1b\\\\|[\x18\x1a]|\x1b(?=[^\\\\])")
# one sequence at the beginning of the text: CSI, or a short escape
CSI = re.compile("\x1b\\[([0-?]*)([ -/]*)([@-~])")
CSI_BEGUN = re.compile("\x1b\\[[0-?]*[ -/]*\\Z")
ESCAPE = re.compile("\x1b[ -/]*[0-~]")
ESCAPE_BEGUN = re.compile("\x1b[ -/]*\\Z")
STRINGS = frozenset("]PX^_")
REPORTS = frozenset("cntxq")  # DA, DSR, window reports, DECREQTPARM; `q` with a prefix asks for the version
SETS_FOCUS_REPORTS = re.compile(r"(^|[?;])1004(;|$)")


class Harmless:
    """Bytes in as they come, bytes out as UTF-8. Keeps only the beginning of a sequence between two calls."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._swallowed = -1
        """Characters of the string sequence that is being taken out; -1 outside of one."""

    def __call__(self, data: bytes) -> bytes:
        outside = self._swallowed < 0 and not self._held and not self._decoder.getstate()[0]
        if outside and data.isascii() and b"\x1b" not in data and b"\x05" not in data:
            return data  # most of what there is, and much faster
        text = self._held + self._decoder.decode(data)
        self._held = ""
        if self._swallowed < 0 and CONTROLS.search(text) is None:
            return text.encode()
        return "".join(self._parts(text)).encode()

    def _parts(self, text: str) -> list[str]:
        parts: list[str] = []
        at = 0
        while at < len(text):
            if self._swallowed >= 0:
                at = self._swallow(text, at)
                continue
            found = CONTROLS.search(text, at)
            if found is None:
                parts.append(text[at:])
                break
            parts.append(text[at : found.start()])
            at = found.start()
            if text[at] != "\x1b":
                at += 1  # an enquiry, or a control of eight bits that would begin a sequence
            else:
                at = self._escape(text, at, parts)
        return parts

    def _escape(self, text: str, at: int, parts: list[str]) -> int:
        """Past the sequence at `at`, which goes to `parts` if it does no harm."""
        if text[at + 1 : at + 2] in STRINGS and at + 1 < len(text):
            self._swallowed = 0
            return at + 2
        if found := CSI.match(text, at):
            if not _asks(*found.groups()):
                parts.append(found[0])
            return found.end()
        if found := (ESCAPE.match(text, at) if text[at + 1 : at + 2] != "[" else None):
            if found[0] != "\x1bZ":  # asks who the terminal is
                parts.append(found[0])
            return found.end()
        rest = text[at : at + LONGEST_SEQUENCE + 1]
        if len(rest) <= LONGEST_SEQUENCE and (CSI_BEGUN.match(rest) or ESCAPE_BEGUN.match(rest)):
            self._held = rest
            return len(text)
        return at + 1  # no sequence at all: without its escape it is text

    def _swallow(self, text: str, at: int) -> int:
        found = END_OF_STRING.search(text, at)
        if found is not None and found.start() - at + self._swallowed <= LONGEST_STRING:
            self._swallowed = -1
            return found.end() if found[0] != "\x1b" else found.start()
        left = LONGEST_STRING - self._swallowed
        if len(text) - at > left:
            self._swallowed = -1
            return at + left
        held = 1 if text.endswith("\x1b") else 0
        self._held = text[len(text) - held :]
        self._swallowed += len(text) - at - held
        return len(text)


def _asks(given: str, between: str, final: str) -> bool:
    if final in REPORTS and not between:
        return final != "q" or given[:1] in (">", "=", "?")
    if final in "wpyz" and between in ("$", "*", "&"):
        return True  # DECRQM, DECRQPSR, DECRQCRA and their like
    if final == "u" and given[:1] == "?":
        return True
    return final in "hl" and bool(SETS_FOCUS_REPORTS.search(given))
