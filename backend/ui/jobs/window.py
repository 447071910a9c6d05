"""Windows of a log: the page never holds all of a long one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from core.reading import read
from jobs.models import Job, JobLog
from jobs.selectors import WINDOW, first_error, lines_after, lines_before
from ui.jobs.log import LogFilter, LogRow, rows_of

FIRST_VIEW = 100
"""Lines that a page opens with: a screen shows forty, and more come as one scrolls."""


@dataclass(frozen=True, slots=True)
class LogWindow:
    """Rows that cover every matching line from `first` to `last`; 0 and the log's own end stand for "no more there".

    `mark` is the line that was looked for, 0 if none.
    """

    rows: list[LogRow]
    first: int
    last: int
    mark: int = 0


def asked_window(job: Job, query: QueryDict) -> LogWindow:
    """The window that the query asks for. Raises BadQuery."""
    names = ("before", "after", "error_after")
    return log_window(job, LogFilter.from_query(query), **{name: LogFilter.number(query, name) for name in names})


def log_window(
    job: Job,
    chosen: LogFilter,
    before: int | None = None,
    after: int | None = None,
    error_after: int | None = None,
) -> LogWindow:
    """What follows a line, else what stands around the next error, else the last lines before one (or of all).

    `job` was read before the lines are: those up to its `log_seq` are all there.
    """
    lines = chosen.lines(job)
    if after is not None:
        rows = rows_of(lines_after(lines, after))
        return LogWindow(rows, after + 1, _end(job, rows, after))
    if error_after is not None:
        return _around_error(job, lines, error_after)
    limit = WINDOW if before else FIRST_VIEW
    rows = rows_of(lines_before(lines, before, limit))
    first = rows[0].sequence if len(rows) == limit else 0
    last = rows[-1].sequence if rows else 0
    return LogWindow(rows, first, before - 1 if before else max(job.log_seq, last))


def _end(job: Job, rows: list[LogRow], after: int) -> int:
    """Up to which line rows that start after `after` are complete."""
    if len(rows) == WINDOW:
        return rows[-1].sequence
    return max(job.log_seq, rows[-1].sequence if rows else after)


def _around_error(job: Job, lines: QuerySet[JobLog], after: int) -> LogWindow:
    mark = first_error(lines, after) or first_error(lines) or 0
    if not mark:
        return LogWindow([], 0, 0)
    above = rows_of(lines_before(lines, mark, WINDOW // 2))
    below = rows_of(lines_after(lines, mark - 1))
    first = above[0].sequence if len(above) == WINDOW // 2 else 0
    return LogWindow([*above, *below], first, _end(job, below, mark), mark)


async def log_text(lines: QuerySet[JobLog]) -> AsyncIterator[str]:
    """The lines as text, a window at a time: memory stays flat however long the log is."""
    after = 0
    while rows := await read(_rows_after, lines, after):
        yield "".join(row.as_text() for row in rows)
        after = rows[-1].sequence


def _rows_after(lines: QuerySet[JobLog], after: int) -> list[LogRow]:
    return rows_of(lines_after(lines, after, WINDOW * 4))
