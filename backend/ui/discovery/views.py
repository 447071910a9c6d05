"""The interfaces of a device: the page, and the list as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.export import csv_file
from core.reading import in_batches
from devices.selectors import devices_for
from ui.decorators import page
from ui.devices.detail import device_context
from ui.discovery.listing import COLUMNS, found_interfaces, interfaces_context, line_of
from ui.paging import tidy_url
from ui.scope import user_of
from users.permissions import Permission


@page(Permission.VIEW)
def device_interfaces(request: HttpRequest, pk: int) -> HttpResponse:
    """The interfaces of one device, or the table alone for a fragment."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = {"device": device} | interfaces_context(request, device)
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "discovery/interfaces.html#table", context))
    return render(request, "discovery/interfaces.html", device_context(request, device, "interfaces") | context)


@page(Permission.VIEW)
def device_interfaces_file(request: HttpRequest, pk: int) -> HttpResponse:
    """All interfaces that match, as CSV."""
    device = get_object_or_404(devices_for(user_of(request)), pk=pk)
    rows = found_interfaces(request, device).prefetch_related("addresses")
    name = f"{device.hostname}-interfaces.csv"
    # a page like any other, but no HttpResponse to the type checker
    return csv_file(name, COLUMNS, in_batches(rows, line_of))  # type: ignore[return-value]
