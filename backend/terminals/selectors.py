"""Terminal sessions that a user sees, and what was recorded of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import QuerySet

from core.crypto import unpack
from devices.models import Device
from jobs.enums import TargetStatus
from jobs.models import JobTarget
from terminals.enums import SessionStatus
from terminals.models import RecordingPart, SessionChange, TerminalSession
from users.models import User
from users.selectors import visible

MOST_AT_ONCE = 4 * 2**20
"""Characters of a recording in one answer, where its parts are large."""


def terminal_sessions_for(user: User) -> QuerySet[TerminalSession]:
    return visible(TerminalSession.objects.all(), user)


def session_changes_for(user: User) -> QuerySet[SessionChange]:
    """Which sessions a configuration changed around; of devices that the user sees."""
    rows = visible(SessionChange.objects.all(), user)
    return rows.select_related("session", "before__text", "after__text", "before__device", "after__device")


def blamed_for(user: User, device: int) -> dict[int, list[TerminalSession]]:
    """By version of the device's configuration, the sessions that it changed during."""
    found: dict[int, list[TerminalSession]] = {}
    changes = visible(SessionChange.objects.filter(session__device=device), user).select_related("session", "after")
    for change in changes:
        if change.after.version is not None:  # a verified one has a version
            found.setdefault(change.after.version, []).append(change.session)
    return found


def open_on(device: Device) -> QuerySet[TerminalSession]:
    return TerminalSession.objects.filter(device=device, status=SessionStatus.OPEN)


def parts_after(session: TerminalSession, number: int, most: int = 50) -> list[tuple[int, str]]:
    """The next parts of the recording: their numbers, and lines of an asciicast. The first part has number 1."""
    rows = RecordingPart.objects.filter(session=session, number__gt=number).order_by("number")[:most]
    found: list[tuple[int, str]] = []
    size = 0
    for row in rows.iterator(chunk_size=4):
        found.append((row.number, unpack(row.packed)))
        size += len(found[-1][1])
        if size >= MOST_AT_ONCE:
            break
    return found


def header_of(session: TerminalSession) -> str:
    """The first line of the asciicast."""
    head: dict[str, Any] = {
        "version": 2,
        "width": session.cols,
        "height": session.rows,
        "timestamp": int(session.opened_at.timestamp()),
        "title": f"{session.device.hostname}, {session.username}",
        "env": {"TERM": "xterm-256color"},
    }
    return json.dumps(head) + "\n"


def asciicast(session: TerminalSession) -> Iterator[str]:
    """The recording as far as it was written, a part at a time."""
    yield header_of(session)
    number = 0
    while parts := parts_after(session, number, 1):
        number, lines = parts[0]
        yield lines


def outer_state(devices: Collection[int]) -> dict[int, tuple[bool, tuple[str, ...]]]:
    """Of each device that there is: whether it is enabled, and the jobs that work on it now. Two queries."""
    running: dict[int, list[str]] = {}
    targets = JobTarget.objects.filter(device__in=devices, status=TargetStatus.RUNNING).select_related("job")
    for target in targets.order_by("job_id"):
        running.setdefault(target.device_id, []).append(str(target.job))
    rows = Device.objects.filter(pk__in=devices).values_list("pk", "enabled")
    return {pk: (enabled, tuple(running.get(pk, ()))) for pk, enabled in rows}
