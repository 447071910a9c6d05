"""What the pages of captured configurations show."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from config_mgmt.diff import lines_of
from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot
from config_mgmt.selectors import snapshots_for
from devices.models import Device
from networkops.redact import MASK
from terminals.selectors import blamed_for
from ui.paging import open_page, searched
from ui.scope import current_customer, customers_of, narrowed, user_of
from ui.snapshots.timeline import folded

WINDOW = 5_000
"""Lines of a configuration that come with a page; the next ones come when asked for."""
VIEWS = ("split", "unified")
SHOWS = (
    ("", "Changes"),
    ("problems", "Failed and suspicious"),
    ("all", "Every capture"),
)


def snapshot_or_404(request: HttpRequest, pk: int) -> ConfigSnapshot:
    rows = snapshots_for(user_of(request)).select_related("device", "text", "target__job__requested_by")
    return get_object_or_404(rows, pk=pk)


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Captures of all the user's devices, newest first."""
    rows = narrowed(request, snapshots_for(user_of(request)))
    show, words = request.GET.get("show", ""), searched(request.GET)
    if show == "problems":
        rows = rows.exclude(status=SnapshotStatus.VERIFIED)
    elif show != "all":
        rows = rows.filter(is_new_version=True)
    if words:
        rows = rows.filter(device__hostname__icontains=words)
    load = _lean(snapshots_for(user_of(request))).select_related("customer", "device")
    return {
        "page": open_page(rows.order_by("-taken_at", "-id"), load, request.GET),
        "shows": [(value, label, value == show) for value, label in SHOWS],
        "filtered": bool(words or show),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
    }


def _lean(rows: QuerySet[ConfigSnapshot]) -> QuerySet[ConfigSnapshot]:
    """With who asked for it, and without the text itself."""
    return rows.select_related("target__job__requested_by")


def timeline_page(request: HttpRequest, device: Device) -> dict[str, Any]:
    """One page of the device's captures, folded."""
    rows = snapshots_for(user_of(request)).filter(device=device)
    query = request.GET.copy()
    query["size"] = "250"  # captures, of which most fold away
    page = open_page(rows.order_by("-taken_at", "-id"), _lean(rows), query)
    return {"page": page, "entries": list(folded(page.object_list, blamed_for(user_of(request), device.pk)))}


def code_context(request: HttpRequest, snapshot: ConfigSnapshot, text: str) -> dict[str, Any]:
    """A window of the text's lines, from `?from=`."""
    lines = lines_of(text)
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
    return {
        "snapshot": snapshot,
        "start": start,
        "lines": lines[start : start + WINDOW],
        "next_from": start + WINDOW if start + WINDOW < len(lines) else None,
        "line_count": len(lines),
        "secret_count": text.count(MASK),
    }


def two_snapshots(request: HttpRequest) -> list[ConfigSnapshot]:
    """The two that `?a=&b=` (or two `v`) name, the older one first; fewer where fewer are named.

    Ids that are not the user's are a 404; two of different devices count as one.
    """
    named = {request.GET.get("a", ""), request.GET.get("b", ""), *request.GET.getlist("v")} - {""}
    ids = [int(pk) for pk in named if pk.isdecimal() and len(pk) < 19]
    rows = list(
        snapshots_for(user_of(request))
        .filter(pk__in=ids[:3])
        .select_related("device", "text", "target__job__requested_by")
        .order_by("taken_at", "pk")
    )
    if len(ids) != len(named) or len(rows) != len(ids[:3]):
        raise Http404
    return rows if len({row.device_id for row in rows}) == 1 else rows[:1]
