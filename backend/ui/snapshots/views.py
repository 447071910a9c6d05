"""Captured configurations: all, of one device, one, and the difference of two."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from config_mgmt.selectors import masked_diff, masked_text, versions_beside
from config_mgmt.services import reveal_secrets
from devices.selectors import devices_for
from terminals.selectors import blamed_for
from ui.decorators import page
from ui.devices.detail import device_context
from ui.paging import tidy_url
from ui.scope import user_of
from ui.snapshots.shown import VIEWS, code_context, list_context, snapshot_or_404, timeline_page, two_snapshots
from users.permissions import Permission, may


@page(Permission.VIEW)
def snapshot_list(request: HttpRequest) -> HttpResponse:
    """Captures of all devices, or the table alone for a fragment."""
    context = list_context(request)
    template = "snapshots/list.html#table" if request.htmx else "snapshots/list.html"  # type: ignore[attr-defined]
    return tidy_url(request, render(request, template, context))


@page(Permission.VIEW)
def device_snapshots(request: HttpRequest, pk: int) -> HttpResponse:
    """The timeline of one device."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = device_context(request, device, "snapshots") | timeline_page(request, device)
    return render(request, "snapshots/device.html", context)


@page(Permission.VIEW)
def snapshot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One capture with its secrets masked, or the next lines of it for a fragment."""
    snapshot = snapshot_or_404(request, pk)
    code = code_context(request, snapshot, masked_text(snapshot))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "snapshots/detail.html#lines", code)
    older, newer = versions_beside(snapshot)
    may_reveal = code["secret_count"] and may(request.user, Permission.VIEW_SECRETS)
    reveal_url = reverse("ui:snapshot_secrets", args=[pk]) if may_reveal else ""
    sessions = blamed_for(user_of(request), snapshot.device_id).get(snapshot.version or 0, [])
    context = {"older": older, "newer": newer, "reveal_url": reveal_url, "sessions": sessions}
    return render(request, "snapshots/detail.html", context | code)


@never_cache
@page(Permission.VIEW_SECRETS, methods=("POST",))
def snapshot_secrets(request: HttpRequest, pk: int) -> HttpResponse:
    """The same capture with its secrets; the look is audited."""
    snapshot = snapshot_or_404(request, pk)
    text = reveal_secrets(actor=user_of(request), snapshot=snapshot)
    code = code_context(request, snapshot, text) | {"revealed": True}
    if request.htmx:  # type: ignore[attr-defined]
        name = "lines" if request.GET.get("from") else "config"
        return render(request, f"snapshots/detail.html#{name}", code)
    older, newer = versions_beside(snapshot)
    return render(request, "snapshots/detail.html", code | {"older": older, "newer": newer})


@page(Permission.VIEW)
def snapshot_download(request: HttpRequest, pk: int) -> HttpResponse:
    """The capture as a file, secrets masked."""
    snapshot = snapshot_or_404(request, pk)
    version = f"v{snapshot.version}" if snapshot.version else snapshot.status
    name = f"{snapshot.device.hostname}-{version}-{snapshot.taken_at:%Y%m%d-%H%M%S}.txt"
    response = HttpResponse(masked_text(snapshot), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@page(Permission.VIEW)
def snapshot_diff(request: HttpRequest) -> HttpResponse:
    """The difference of two captures of one device, the older one left."""
    pair = two_snapshots(request)
    if len(pair) != 2:
        messages.warning(request, "Choose two configurations of one device to compare.")
        return redirect("ui:device_snapshots", pair[0].device_id) if pair else redirect("ui:snapshot_list")
    old, new = pair
    view = request.GET.get("view", VIEWS[0])
    context = {
        "old": old,
        "new": new,
        "device": new.device,
        "diff": masked_diff(old, new),
        "view": view if view in VIEWS else VIEWS[0],
    }
    return render(request, "snapshots/diff.html", context)
