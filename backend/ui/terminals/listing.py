"""The list of sessions: filtered, one page of it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from devices.models import Device
from terminals.enums import SessionStatus
from terminals.models import TerminalSession
from terminals.selectors import terminal_sessions_for
from ui.paging import counted_page
from ui.scope import current_customer, customers_of, narrowed, user_of


class SessionFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search")
    status = django_filters.ChoiceFilter(choices=SessionStatus.choices, label="Status", empty_label="Open or ended")

    class Meta:
        model = TerminalSession
        fields = ("q", "status")

    def search(self, rows: QuerySet[TerminalSession], name: str, value: str) -> QuerySet[TerminalSession]:
        words = value.strip()
        return rows.filter(Q(device__hostname__icontains=words) | Q(username__icontains=words))


def table_context(request: HttpRequest) -> dict[str, Any]:
    rows = narrowed(request, terminal_sessions_for(user_of(request)))
    found = SessionFilter(request.GET, queryset=rows)
    found.form.fields["status"].widget.attrs["aria-label"] = "Status"
    matching = (found.qs if found.is_valid() else rows.none()).order_by("-id")
    page = counted_page(matching, rows.select_related("device", "customer", "holder"), request.GET)
    return {
        "page": page,
        "total": page.paginator.count,
        "selects": [found.form["status"]],
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "is_live": any(session.is_open for session in page.object_list),
        "is_filtered": bool(request.GET.get("q") or request.GET.get("status")),
    }


def device_sessions(request: HttpRequest, device: Device) -> dict[str, Any]:
    """Those on one device, newest first; each row has in `lasted_s` how long it was or has been open."""
    rows = terminal_sessions_for(user_of(request)).filter(device=device)
    load = rows.select_related("device", "holder", "backup").prefetch_related("changes__before", "changes__after")
    page = counted_page(rows.order_by("-id"), load, request.GET)
    now = timezone.now()
    for session in page.object_list:
        session.lasted_s = ((session.ended_at or now) - session.opened_at).total_seconds()  # type: ignore[attr-defined]
    return {"page": page, "is_live": any(session.is_open for session in page.object_list)}
