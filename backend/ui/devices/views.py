"""Devices: the list, one device, and starting jobs on them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from devices.selectors import devices_for
from ui.decorators import page
from ui.devices.detail import device_context, job_page, overview
from ui.devices.listing import selects, size_choices, table_context
from ui.devices.run import OtherDevices, chosen_devices, start_jobs
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
    """Start a job on the ticked devices, or on all that match the filter in the query."""
    try:
        jobs, problems = start_jobs(user_of(request), request.POST.get("kind", ""), chosen_devices(request))
    except OtherDevices as error:
        jobs, problems = [], [str(error)]
    for problem in problems:
        messages.error(request, problem)
    if len(jobs) == 1:
        return redirect("ui:job_detail", jobs[0].pk)
    if jobs:
        messages.success(request, f"{len(jobs)} jobs started, one for each customer.")
        return redirect("ui:job_list")
    return redirect(f"{reverse('ui:device_list')}?{request.GET.urlencode()}")


@page(Permission.VIEW)
def device_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The device's record and facts."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer", "credential"), pk=pk)
    return render(request, "devices/detail.html", device_context(request, device, "overview") | overview(device))


@page(Permission.VIEW)
def device_jobs(request: HttpRequest, pk: int) -> HttpResponse:
    """What jobs did on the device."""
    device = get_object_or_404(devices_for(user_of(request)).select_related("site", "customer"), pk=pk)
    context = device_context(request, device, "jobs") | {"page": job_page(request, device)}
    return render(request, "devices/jobs.html", context)
