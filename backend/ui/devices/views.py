"""Devices: the list, one device, and starting jobs on them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from devices.selectors import devices_for
from jobs.enums import JobKind
from ui.commands.start import commands_start
from ui.decorators import page
from ui.devices.detail import device_context, job_page, overview
from ui.devices.listing import selects, size_choices, table_context
from ui.devices.run import OtherDevices, after_start, chosen_devices, start_jobs
from ui.paging import tidy_url
from ui.scope import user_of
from users.permissions import Permission


@page(Permission.VIEW)
def device_list(request: HttpRequest) -> HttpResponse:
    """The list, or its table alone for a fragment."""
    context = table_context(request)
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "devices/list.html#table", context))
    extra = {"selects": selects(request, context["found"]), "sizes": size_choices(request)}
    return render(request, "devices/list.html", context | extra)


@page(Permission.RUN_READ_JOBS, methods=("POST",))
def device_run(request: HttpRequest) -> HttpResponse:
    """Start a job on the ticked devices, or on all that match the filter in the query; commands are asked for first."""
    if request.POST.get("kind") == JobKind.RUN_COMMANDS:
        return commands_start(request)
    try:
        jobs, problems = start_jobs(user_of(request), request.POST.get("kind", ""), chosen_devices(request))
    except OtherDevices as error:
        jobs, problems = [], [str(error)]
    return after_start(request, jobs, problems)


@page(Permission.VIEW)
def device_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The device's record and facts."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer", "credential"), pk=pk)
    context = device_context(request, device, "overview") | overview(request, device)
    return render(request, "devices/detail.html", context)


@page(Permission.VIEW)
def device_jobs(request: HttpRequest, pk: int) -> HttpResponse:
    """What jobs did on the device."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = device_context(request, device, "jobs") | {"page": job_page(request, device)}
    return render(request, "devices/jobs.html", context)
