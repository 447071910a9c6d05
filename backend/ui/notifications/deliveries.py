"""Deliveries: the list, filtered; one of them with what was sent and answered."""

from __future__ import annotations

import json

import django_filters
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from core.errors import Refused
from notifications.enums import DELIVERY_ENDED, DeliveryState
from notifications.models import Delivery
from notifications.selectors import deliveries_for
from notifications.services import resend_delivery
from ui.decorators import page
from ui.notifications.views import tabs
from ui.paging import counted_page
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.permissions import Permission


class DeliveryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter("channel__name", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(choices=DeliveryState.choices, label="State", empty_label="Any state")

    class Meta:
        model = Delivery
        fields = ("q", "state")


@page(Permission.VIEW)
def delivery_list(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    rows = narrowed(request, deliveries_for(user_of(request)))
    found = DeliveryFilter(request.GET, queryset=rows)
    found.form.fields["state"].widget.attrs["aria-label"] = "State"
    matching = (found.qs if found.is_valid() else rows.none()).order_by("-pk")
    shown = counted_page(matching, rows.select_related("channel__owner", "customer", "job"), request.GET)
    context = {
        "page": shown,
        "total": shown.paginator.count,
        "tabs": tabs("Deliveries"),
        "selects": [found.form["state"]],
        "is_live": any(row.state not in DELIVERY_ENDED for row in shown),
        "is_filtered": bool(request.GET.get("q") or request.GET.get("state")),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
    }
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"notifications/deliveries.html{fragment}", context)


def _one(request: HttpRequest, pk: int) -> Delivery:
    rows = deliveries_for(user_of(request)).select_related("channel__owner", "customer", "job")
    return get_object_or_404(rows, pk=pk)


@page(Permission.VIEW)
def delivery_detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    context = {
        "delivery": row,
        "payload": json.dumps(row.payload, indent=2, ensure_ascii=False),
        "is_open": row.state not in DELIVERY_ENDED,
    }
    fragment = "#facts" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"notifications/delivery.html{fragment}", context)


@page(Permission.VIEW, methods=("POST",))
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    try:
        resend_delivery(actor=user_of(request), delivery=row)
        messages.success(request, "It is sent again.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("ui:notification_delivery", row.pk)
