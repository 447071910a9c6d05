"""Log lines as pages and sockets show them: which are asked for, and each in a form that is safe to look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.timezone import localtime

from jobs.enums import LogLevel
from jobs.models import Job, JobLog
from jobs.selectors import log_of

LEVEL_CHOICES = (
    ("", "All levels"),
    ("info,warning,error", "Without debug"),
    ("warning,error", "Warnings and errors"),
    ("error", "Errors"),
)

# As `cat -v` shows control characters that a device may send; those that turn the direction of text, by number.
_SHOWN: dict[int, str] = {code: f"^{chr(code + 64)}" for code in range(32) if chr(code) not in "\t\n"}
_SHOWN |= {0x7F: "^?"}
_SHOWN |= {
    code: f"‹U+{code:04X}›"
    for code in (*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


class BadQuery(ValueError):
    """A query parameter that makes no sense; says which and why."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines of a log: of one device, of some levels."""

    device: int | None = None
    levels: tuple[str, ...] = ()

    @classmethod
    def from_query(cls, given: QueryDict) -> LogFilter:
        """From `device=ID` and `level=warning&level=error` or `level=warning,error`. Raises BadQuery."""
        levels = [level for value in given.getlist("level") for level in value.split(",") if level]
        if unknown := sorted(set(levels) - set(LogLevel.values)):
            raise BadQuery(f"Unknown level {', '.join(unknown)}: use {', '.join(LogLevel.values)}.")
        return cls(cls.number(given, "device"), tuple(dict.fromkeys(levels)))

    @staticmethod
    def number(given: QueryDict, name: str) -> int | None:
        """A whole number of the query, None where it is missing or empty. Raises BadQuery."""
        value = given.get(name, "")
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise BadQuery(f"{name} is a whole number.")
        return int(value)

    def lines(self, job: Job) -> QuerySet[JobLog]:
        return log_of(job, device=self.device, levels=self.levels)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line for `components/log_lines.html`."""

    sequence: int
    at: datetime
    level: str
    device: str
    device_id: int | None
    raw: str

    @property
    def moment(self) -> str:
        # not by the template's date filter: that would be most of the time a page of lines takes
        return localtime(self.at).isoformat(" ", "milliseconds")

    @property
    def text(self) -> str:
        return visible(self.raw)

    def data(self) -> dict[str, Any]:
        """The line as sockets send it: the device's text as it came."""
        return {
            "seq": self.sequence, "at": self.at.isoformat(), "level": self.level, "device": self.device or None,
            "device_id": self.device_id, "text": self.raw,
        }  # fmt: skip

    def as_text(self) -> str:
        """The line in a downloaded file; a line break inside it never looks like the next line."""
        text = self.text.replace("\n", "\n    ")
        return f"{self.at:%Y-%m-%dT%H:%M:%S.%f}Z {self.level:<7} {self.device or '-'}: {text}\n"


def rows_of(lines: Iterable[JobLog]) -> list[LogRow]:
    return [
        LogRow(line.seq, line.at, line.level, line.device.hostname if line.device else "", line.device_id, line.text)
        for line in lines
    ]


def visible(text: str) -> str:
    """Device output with control characters shown, so that it can neither hide nor move anything on a screen."""
    return text.translate(_SHOWN)
