"""The audit trail: the list, one event, and the list as a file."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render

from core.export import csv_file, json_file
from core.models import AuditEvent
from core.reading import in_batches
from ui.audit.listing import audit_filter, filter_fields, matching, problems_of, table_context
from ui.audit.words import changes_of, name_of, page_of
from ui.decorators import page
from ui.paging import tidy_url
from ui.scope import current_customer, user_of
from users.audit import audit_events_for, record_export
from users.permissions import Permission

COLUMNS = (
    "id", "at", "customer_id", "actor_id", "actor_name", "api_key", "action", "object_type", "object_id",
    "object_label", "before", "after", "source_address", "correlation_id", "seq", "hash",
)  # fmt: skip


@page(Permission.VIEW_AUDIT)
def audit_list(request: HttpRequest) -> HttpResponse:
    """The list, or its table alone for a fragment."""
    found = audit_filter(request)
    context = table_context(request, found)
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "audit/list.html#table", context))
    return render(request, "audit/list.html", context | filter_fields(request, found))


@page(Permission.VIEW_AUDIT)
def audit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with what changed; for a fragment, what a dialog shows of it."""
    event = get_object_or_404(audit_events_for(user_of(request)).select_related("customer"), pk=pk)
    context = {
        "event": event, "thing": name_of(event.object_type), "changes": changes_of(event), "place": page_of(event),
    }  # fmt: skip
    template = "audit/_event.html" if request.htmx else "audit/detail.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@page(Permission.VIEW_AUDIT)
def audit_export(request: HttpRequest) -> HttpResponse:
    """All events that match, in the order of their ids; that they were taken along is an event itself."""
    found, kind = audit_filter(request), request.GET.get("format", "csv")
    if not found.is_valid() or kind not in ("csv", "json"):
        return HttpResponseBadRequest(" ".join(problems_of(found)) or "A file is csv or json.")
    asked = {name: value for name, value in request.GET.items() if value} | {"format": kind}
    customer = found.form.cleaned_data["customer"] or current_customer(request)
    if kind == "json":
        file = json_file("audit-events.json", in_batches(matching(found), _row))
    else:
        file = csv_file("audit-events.csv", COLUMNS, in_batches(matching(found), _line))
    record_export(actor=user_of(request), customer=customer, asked=asked)
    return file  # type: ignore[return-value]  # a page like any other, but no HttpResponse to the type checker


def _row(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in COLUMNS}


def _line(event: AuditEvent) -> dict[str, Any]:
    """For a spreadsheet: what has parts stands in its cell as JSON."""
    told = {name: json.dumps(getattr(event, name), ensure_ascii=False, sort_keys=True) for name in ("before", "after")}
    return _row(event) | told
