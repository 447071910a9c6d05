"""Terminals: the page of one, the list of sessions, and their recordings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from config_mgmt.selectors import masked_diff
from core.tenancy import Parts
from devices.selectors import devices_for
from terminals.models import TerminalSession
from terminals.selectors import (
    asciicast,
    header_of,
    open_on,
    parts_after,
    session_changes_for,
    terminal_sessions_for,
)
from terminals.services import close_session, note
from ui.decorators import page
from ui.devices.detail import device_context
from ui.paging import tidy_url
from ui.scope import user_of
from ui.terminals.listing import device_sessions, table_context
from users.permissions import Permission

MOST_CHANGES = 5
"""Differences that the page of a recording shows: each is the work of comparing two texts."""


def _session(request: HttpRequest, pk: int) -> TerminalSession:
    rows = terminal_sessions_for(user_of(request)).select_related("device", "customer", "holder", "backup")
    return get_object_or_404(rows, pk=pk)


@page(Permission.OPEN_TERMINAL)
def terminal(request: HttpRequest, pk: int) -> HttpResponse:
    """A terminal on the device. The page only connects: what becomes of it, the socket says."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer", "credential"), pk=pk)
    others = open_on(device).exclude(holder=user_of(request)).select_related("holder")
    return render(request, "terminals/terminal.html", {"device": device, "others": list(others)})


@page(Permission.OPEN_TERMINAL)
def terminal_list(request: HttpRequest) -> HttpResponse:
    context = table_context(request)
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "terminals/list.html#table", context))
    return render(request, "terminals/list.html", context)


@page(Permission.OPEN_TERMINAL)
def device_session_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The sessions on one device, or the table alone for a fragment."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = {"device": device} | device_sessions(request, device)
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "terminals/device.html#table", context))
    return render(request, "terminals/device.html", device_context(request, device, "sessions") | context)


@page(Permission.OPEN_TERMINAL)
def terminal_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """The recording of a session, also while it goes on. That somebody looks at it is an event."""
    session = _session(request, pk)
    note(actor=user_of(request), session=session, action="replay")
    changes = session_changes_for(user_of(request)).filter(session=session)
    shown = [(change, masked_diff(change.before, change.after)) for change in changes[:MOST_CHANGES]]
    return render(request, "terminals/replay.html", {"session": session, "changes": shown})


@page(Permission.OPEN_TERMINAL)
def terminal_parts(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the recording after one that the page has."""
    session = _session(request, pk)
    after = request.GET.get("after", "0")
    number = int(after) if after.isdecimal() and len(after) < 10 else 0
    parts = parts_after(session, number)
    return JsonResponse(
        {
            "last": parts[-1][0] if parts else number,
            "lines": "".join(lines for _, lines in parts),
            "more": len(parts) > 0,
            "is_open": session.is_open,
        }
    )


@page(Permission.OPEN_TERMINAL)
def terminal_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The recording as an asciicast file."""
    session = _session(request, pk)
    note(actor=user_of(request), session=session, action="download")
    name = f"{session.device.hostname}-{session.pk}.cast"
    header_of(session)  # what fails, fails before the answer has begun
    return StreamingHttpResponse(  # type: ignore[return-value]  # an answer like any other
        Parts(asciicast(session)),
        content_type="application/x-asciicast",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@page(Permission.OPEN_TERMINAL, methods=("POST",))
def terminal_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an open session, whoever has it."""
    session = _session(request, pk)
    if close_session(actor=user_of(request), session=session):
        messages.success(request, f"The session on {session.device.hostname} ends now.")
    if request.POST.get("back") == "device":
        return redirect("ui:device_sessions", session.device_id)
    return redirect("ui:terminal_list")
