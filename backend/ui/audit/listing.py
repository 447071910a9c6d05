"""What the list of audit events shows, and what is taken along of it: filtered, newest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from core.models import AuditEvent
from ui.audit.words import THINGS, name_of
from ui.paging import open_page
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.audit import audit_events_for
from users.selectors import customers_for

SELECTS = ("customer", "type")
DAYS = ("since", "until")
CHIPS = (*SELECTS, "object", "user", *DAYS)
LARGEST_ID = 2**63 - 1
MOST_WORDS = 10


class IdFilter(django_filters.Filter):
    field_class = forms.IntegerField

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, min_value=1, max_value=LARGEST_ID, **kwargs)


class DayFilter(django_filters.DateFilter):
    """Events from the beginning, or to the end, of a day."""

    def __init__(self, lookup: str, at: time, **kwargs: Any) -> None:
        super().__init__("at", lookup, widget=forms.DateInput({"type": "date"}), **kwargs)
        self.at = at

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        return super().filter(qs, datetime.combine(value, self.at, UTC) if value else None)


class AuditFilter(django_filters.FilterSet):
    """`AuditFilter(data, queryset=audit_events_for(user), request=request)`."""

    q = django_filters.CharFilter(method="search")
    customer = django_filters.ModelChoiceFilter(
        queryset=lambda request: customers_for(user_of(request)), label="Customer", empty_label="Any customer"
    )
    type = django_filters.ChoiceFilter(
        field_name="object_type", choices=THINGS, label="Kind of thing", empty_label="Any kind of thing"
    )
    object = IdFilter("object_id", label="Number")
    user = IdFilter("actor", label="User")
    since = DayFilter("gte", time.min, label="From")
    until = DayFilter("lte", time.max, label="To")

    class Meta:
        model = AuditEvent
        fields = ("q", "customer", "type", "object", "user", "since", "until")

    def search(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        """A correlation id, or words each of which is part of who, what or on what."""
        told = Q()
        for word in value.split()[:MOST_WORDS]:
            told &= Q(actor_name__icontains=word) | Q(action__icontains=word) | Q(object_label__icontains=word)
        return rows.filter(Q(correlation_id=value.strip()) | told)


def audit_filter(request: HttpRequest) -> AuditFilter:
    """The request's filter over the user's events, within the chosen customer."""
    rows = narrowed(request, audit_events_for(user_of(request)))
    found = AuditFilter(request.GET, queryset=rows, request=request)
    fields = found.form.fields
    if chosen := current_customer(request):
        fields["customer"].queryset = fields["customer"].queryset.filter(pk=chosen.pk)
    for field in fields.values():
        field.widget.attrs["aria-label"] = field.label or "Search"
    return found


def matching(found: AuditFilter) -> QuerySet[AuditEvent]:
    rows: QuerySet[AuditEvent] = found.qs if found.is_valid() else found.queryset.none()
    return rows


def problems_of(found: AuditFilter) -> list[str]:
    return [f"{found.form.fields[name].label or 'Search'}: {words[0]}" for name, words in found.form.errors.items()]


def table_context(request: HttpRequest, found: AuditFilter) -> dict[str, Any]:
    """The table with its chips and pager."""
    load = audit_events_for(user_of(request)).select_related("customer").defer("before", "after")
    page = open_page(matching(found).order_by("-pk"), load, request.GET)
    for event in page.object_list:
        event.thing = name_of(event.object_type)  # type: ignore[attr-defined]
    return {
        "page": page,
        "chips": _chips(found),
        "export_csv": _export(request, "csv"),
        "export_json": _export(request, "json"),
        "problems": problems_of(found),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
    }


def _export(request: HttpRequest, kind: str) -> str:
    query = request.GET.copy()
    for name in ("page", "size"):
        query.pop(name, None)
    query["format"] = kind
    return f"{reverse('ui:audit_export')}?{query.urlencode()}"


def filter_fields(request: HttpRequest, found: AuditFilter) -> dict[str, Any]:
    """The selects and the days of the filter form."""
    hidden = {"customer"} if current_customer(request) else set()
    return {
        "selects": [found.form[name] for name in SELECTS if name not in hidden],
        "days": [found.form[name] for name in DAYS],
    }


def _chips(found: AuditFilter) -> list[dict[str, str]]:
    chosen = found.form.cleaned_data if found.is_valid() else {}
    chips = []
    for name in CHIPS:
        if value := chosen.get(name):
            words = name_of(value) if name == "type" else f"#{value}" if name in ("object", "user") else str(value)
            chips.append({"name": name, "label": str(found.form.fields[name].label), "value": words})
    return chips
