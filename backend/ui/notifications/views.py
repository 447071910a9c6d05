"""Channels: the list, one of them, its form; a secret is in the answer to a form, and nowhere else ever."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from core.errors import Refused
from jobs.enums import JobKind
from notifications.enums import BadEnd, ChannelKind
from notifications.models import Channel
from notifications.selectors import channels_for, deliveries_for
from notifications.services import delete_channel, rotate_secret, test_channel
from ui.decorators import page
from ui.notifications.forms import ChannelForm
from ui.paging import counted_page
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.permissions import Permission, may

SHOWN_DELIVERIES = 10


def tabs(current: str) -> list[dict[str, Any]]:
    rows = (("Channels", "ui:notification_list"), ("Deliveries", "ui:notification_delivery_list"))
    return [{"label": label, "url": reverse(url), "current": label == current, "count": None} for label, url in rows]


def told_of(channel: Channel) -> str:
    """What it tells of, in words."""
    ends = " or ".join(dict(BadEnd.choices)[end].lower() for end in channel.ends)
    kinds = ", ".join(dict(JobKind.choices)[kind] for kind in channel.job_kinds) or "All jobs"
    return f"{kinds}: {ends}{', of mine alone' if channel.only_own else ''}"


def _one(request: HttpRequest, pk: int) -> Channel:
    return get_object_or_404(channels_for(user_of(request)).select_related("customer", "owner"), pk=pk)


@page(Permission.VIEW)
def channel_list(request: HttpRequest) -> HttpResponse:
    """One's own first, then those of the customers."""
    rows = narrowed(request, channels_for(user_of(request)))
    order = (F("owner").desc(nulls_last=True), "customer__name", "name", "pk")
    shown = counted_page(rows.order_by(*order), rows.select_related("customer", "owner"), request.GET)
    for channel in shown:
        channel.about = told_of(channel)  # type: ignore[attr-defined]
    context = {
        "page": shown,
        "tabs": tabs("Channels"),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "may_manage": may(request.user, Permission.MANAGE_SYSTEM),
        "lacks_mail": not settings.MAIL_IS_SET_UP,
        "lacks_address": not user_of(request).email,
    }
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"notifications/list.html{fragment}", context)


@page(Permission.VIEW)
def channel_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One channel, and what went through it lately."""
    row = _one(request, pk)
    lately = deliveries_for(user_of(request)).filter(channel=row).select_related("job").order_by("-pk")
    return render(request, "notifications/detail.html", {
        "channel": row, "about": told_of(row), "deliveries": lately[:SHOWN_DELIVERIES],
        "is_webhook": row.kind == ChannelKind.WEBHOOK,
    })  # fmt: skip


def _edited(request: HttpRequest, row: Channel | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ChannelForm(data, user=user_of(request), customer=current_customer(request), channel=row)
    if data is not None and form.is_valid() and (saved := form.store()) is not None:
        if row is None and saved.secret:
            return _shown_once(request, saved, saved.secret)
        messages.success(request, f"{saved} is saved.")
        return redirect("ui:notification_detail", saved.pk)
    return render(
        request, "notifications/edit.html", {"form": form, "channel": row}, status=422 if form.errors else 200
    )


def _shown_once(request: HttpRequest, channel: Channel, secret: str) -> HttpResponse:
    return render(request, "notifications/secret.html", {"channel": channel, "secret": secret})


@never_cache
@page(Permission.VIEW, methods=("GET", "POST"))
def channel_new(request: HttpRequest) -> HttpResponse:
    return _edited(request, None)


@page(Permission.VIEW, methods=("GET", "POST"))
def channel_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edited(request, _one(request, pk))


@page(Permission.VIEW, methods=("POST",))
def channel_test(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    try:
        delivery = test_channel(actor=user_of(request), channel=row)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("ui:notification_detail", row.pk)
    return redirect("ui:notification_delivery", delivery.pk)


@never_cache
@page(Permission.VIEW, methods=("POST",))
def channel_secret(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    try:
        return _shown_once(request, row, rotate_secret(actor=user_of(request), channel=row))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("ui:notification_detail", row.pk)


@page(Permission.VIEW, methods=("POST",))
def channel_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    delete_channel(actor=user_of(request), channel=row)
    messages.success(request, f"{row} is deleted, with what was sent through it.")
    return redirect("ui:notification_list")
