"""What one websocket has sent of a job, and what comes next. Everything here blocks: call it through `read`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string

from core.tenancy import EVERY, NOBODY, Scope, within
from jobs.models import Job
from jobs.selectors import WINDOW, Head, jobs_for, lines_after, lines_before
from ui.consumers.access import Credentials, login_of
from ui.jobs.log import BadQuery, LogFilter, LogRow, rows_of
from ui.jobs.status import job_data, status_context
from users.logins import Login
from users.models import User
from users.permissions import Permission, may
from users.selectors import scope_of, within_scope_of

__all__ = ["BadQuery", "Feed", "Refused", "admit", "read_query"]

SKIP_BEYOND = 2_000
"""A page that is more lines behind gets the newest window instead of all of them."""
LONGEST_FRAME = 128_000
"""Characters of log text in one frame: clients refuse messages over 1 MiB, and escapes take up to six bytes."""


class Refused(Exception):
    """The socket is closed with this code; `code` and `detail` go ahead as words."""

    def __init__(self, close: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.close = close
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Query:
    after: int
    html: bool
    filter: LogFilter


def read_query(query_string: bytes) -> Query:
    given = QueryDict(query_string)
    wanted = given.get("format", "json")
    if wanted not in {"json", "html"}:
        raise BadQuery("format is json or html.")
    return Query(LogFilter.number(given, "after") or 0, wanted == "html", LogFilter.from_query(given))


def admit(credentials: Credentials, job_id: int, permission: Permission) -> tuple[User, Scope, Login]:
    """The user, their scope and login, if there (still) is one who may see the job; otherwise raises Refused."""
    with within(EVERY):  # it takes a look at keys and customers to know who it is
        found = login_of(credentials)
    if found is None:
        raise Refused(
            4401, "not_logged_in", "You are not logged in: the session or token is missing, unknown or has expired."
        )
    user, login = found
    if not may(user, permission):
        raise Refused(4403, "not_allowed", "Your role does not allow this.")
    scope = scope_of(user)
    with within(scope):
        if not jobs_for(user).filter(pk=job_id).exists():
            raise _no_job()
    return user, scope, login


@dataclass(frozen=True, slots=True)
class Look:
    """Frames to send now; `more`: there are further lines."""

    log: str = ""
    status: str = ""
    more: bool = False


class Feed:
    """The client's place in the job: lines up to `seq` were looked at, the last frame of lines went up to `sent`."""

    def __init__(self, job_id: int, query: Query) -> None:
        self.job_id = job_id
        self.query = query
        self.user: User | None = None
        self.scope: Scope = NOBODY
        self.seq = query.after
        self.sent = query.after
        self.revision: int | None = None
        self.seen: Head | None = None
        self.status_at = float("-inf")
        self.owes_status = False
        self.is_over = False

    def look(self, *, with_status: bool) -> Look:
        """The next frames."""
        assert self.user is not None, "admit() comes first"
        with within_scope_of(self.user, self.scope):
            return self._look(self.user, with_status)

    def _look(self, user: User, with_status: bool) -> Look:
        # the job's row is read first: lines up to its `log_seq` are all visible
        job = jobs_for(user).select_related("requested_by", "customer").filter(pk=self.job_id).first()
        if job is None:
            raise _no_job()
        self.seen = (job.log_seq, job.revision)
        lines, more = self._lines(job) if job.log_seq > self.seq else ("", False)
        changed = job.revision != self.revision
        ending = job.is_ended and not more
        status = self._status(user, job) if changed and (with_status or ending) else ""
        self.owes_status = changed and not status
        self.is_over = ending
        return Look(lines, status, more)

    def _lines(self, job: Job) -> tuple[str, bool]:
        found = self.query.filter.lines(job)
        after = self.sent
        if self.query.html and job.log_seq - self.seq > SKIP_BEYOND:
            rows, more = [row for row in rows_of(lines_before(found)) if row.sequence > self.seq], False
            if len(rows) == WINDOW:
                after = rows[0].sequence - 1
        else:
            rows, more = _fitting(rows_of(lines_after(found, self.seq)))
        last = rows[-1].sequence if rows else 0
        self.seq = last if more else max(job.log_seq, last)
        if not rows:
            return "", more
        self.sent = self.seq
        return self._log_frame(after, rows), more

    def _log_frame(self, after: int, rows: list[LogRow]) -> str:
        frame: dict[str, Any] = {"type": "log", "after": after, "seq": self.seq}
        if self.query.html:
            html = render_to_string("components/log_lines.html", {"lines": rows})
            return _dump(frame | {"count": len(rows), "html": html})
        return _dump(frame | {"lines": [row.data() for row in rows]})

    def _status(self, user: User, job: Job) -> str:
        self.revision = job.revision
        frame = {"type": "status", "job": job_data(job)}
        if self.query.html:
            frame["html"] = render_to_string("jobs/_status.html", status_context(user, job))
        return _dump(frame)


def _fitting(rows: list[LogRow]) -> tuple[list[LogRow], bool]:
    """As many rows as fit into a frame, and whether there may be more after them."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.text)
        if size > LONGEST_FRAME and number:
            return rows[:number], True
    return rows, len(rows) == WINDOW


def _dump(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def _no_job() -> Refused:
    return Refused(4404, "not_found", "There is no such job.")
