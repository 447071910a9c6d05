"""From ticked rows to jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from devices.models import Device
from devices.selectors import devices_for, ids_by_customer
from jobs.enums import JobKind
from jobs.models import Job
from jobs.services import JobRefused, start_job
from ui.devices.listing import device_filter, matching
from ui.scope import current_customer, user_of
from users.models import User


class OtherDevices(Exception):
    """All that match are no longer those that the user saw; the message says why."""


def chosen_devices(request: HttpRequest) -> QuerySet[Device]:
    """The devices that a form names one by one, or all that match its filter. An id that is not the user's is a 404.

    Raises `OtherDevices` where the filter means others than on the page that was sent.
    """
    if request.POST.get("select_all"):
        return _all_that_match(request)
    named = set(request.POST.getlist("devices"))
    ids = [int(pk) for pk in named if pk.isdecimal() and len(pk) < 19]
    rows = devices_for(user_of(request)).filter(pk__in=ids)
    if len(ids) != len(named) or rows.count() != len(ids):
        raise Http404
    return rows


def _all_that_match(request: HttpRequest) -> QuerySet[Device]:
    found = device_filter(request)
    if not found.is_valid():
        raise OtherDevices("The filter names what does not exist. Nothing was started.")
    rows = matching(found)
    # another tab may have switched the customer, and an import may have added devices
    chosen = current_customer(request)
    if request.POST.get("scope", "") != (str(chosen.pk) if chosen else ""):
        raise OtherDevices("The header shows another customer than the list did. Nothing was started: look again.")
    if request.POST.get("seen") != str(count := rows.count()):
        raise OtherDevices(f"The list has changed: it counts {count:,} now. Nothing was started: look again.")
    return rows


def start_jobs(
    actor: User, kind: str, devices: QuerySet[Device], params: dict[str, Any] | None = None
) -> tuple[list[Job], list[str]]:
    """One job for each customer of the devices, and in words what could not be started."""
    if kind not in JobKind:
        return [], ["Choose what to do with the devices."]
    jobs: list[Job] = []
    problems: list[str] = []
    groups = ids_by_customer(devices)
    for customer, ids in groups.items():
        try:
            jobs.append(start_job(actor=actor, customer=customer, kind=kind, devices=ids, params=params))
        except JobRefused as error:
            problems.append(f"{customer}: {error}")
    return jobs, problems if groups else ["Choose at least one device."]


def after_start(request: HttpRequest, jobs: list[Job], problems: list[str]) -> HttpResponse:
    """To what was started, or back to the list where nothing was."""
    for problem in problems:
        messages.error(request, problem)
    if len(jobs) == 1:
        return redirect("ui:job_detail", jobs[0].pk)
    if jobs:
        messages.success(request, f"{len(jobs)} jobs started, one for each customer.")
        return redirect("ui:job_list")
    return redirect(f"{reverse('ui:device_list')}?{request.GET.urlencode()}")
