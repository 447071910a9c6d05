"""Whether a device could be reached, over time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from devices.selectors import devices_for
from ui.decorators import page
from ui.devices.detail import device_context
from ui.monitoring.history import history, table
from ui.paging import tidy_url
from ui.scope import user_of
from users.permissions import Permission


@page(Permission.VIEW)
def device_reachability(request: HttpRequest, pk: int) -> HttpResponse:
    """State, chart and checks of one device, or the table of checks alone for a fragment."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = {"device": device, **table(request, device)}
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "monitoring/device.html#checks", context))
    context |= device_context(request, device, "reachability") | history(request, device)
    return render(request, "monitoring/device.html", context)
