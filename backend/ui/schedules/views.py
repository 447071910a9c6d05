"""Schedules: the list with the next runs, one of them, and its form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from jobs.models import Schedule
from jobs.schedules import delete_schedule, run_schedule, update_schedule
from jobs.selectors import jobs_for, schedules_for
from jobs.services import JobRefused
from ui.decorators import page
from ui.paging import counted_page
from ui.schedules.forms import ScheduleForm, WhenForm, zone_options
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.permissions import Permission, may

SHOWN_JOBS = 10


def _one(request: HttpRequest, pk: int) -> Schedule:
    rows = schedules_for(user_of(request)).select_related("customer", "site", "tag", "last_job")
    return get_object_or_404(rows, pk=pk)


@page(Permission.VIEW)
def schedule_list(request: HttpRequest) -> HttpResponse:
    """What is due next stands first; what is disabled, last."""
    rows = narrowed(request, schedules_for(user_of(request)))
    load = rows.select_related("customer", "site", "tag", "last_job")
    context = {
        "page": counted_page(rows.order_by(F("next_run_at").asc(nulls_last=True), "pk"), load, request.GET),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "may_manage": may(request.user, Permission.MANAGE_INVENTORY),
    }
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"schedules/list.html{fragment}", context)


@page(Permission.VIEW)
def schedule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One schedule, its next runs and its last jobs."""
    row = _one(request, pk)
    return render(request, "schedules/detail.html", {
        "schedule": row,
        "jobs": jobs_for(user_of(request)).filter(schedule=row).order_by("-pk")[:SHOWN_JOBS],
        "may_manage": may(request.user, Permission.MANAGE_INVENTORY),
        "may_run": may(request.user, Permission.RUN_READ_JOBS),
    })  # fmt: skip


def _edited(request: HttpRequest, row: Schedule | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(data, user=user_of(request), customer=current_customer(request), schedule=row)
    if data is not None and form.is_valid() and (saved := form.store()) is not None:
        messages.success(request, f"Schedule {saved} is saved.")
        return redirect("ui:schedule_list")
    context: dict[str, Any] = {"form": form, "schedule": row, "zones": zone_options()}
    return render(request, "schedules/edit.html", context, status=422 if form.errors else 200)


@page(Permission.MANAGE_INVENTORY, methods=("GET", "POST"))
def schedule_new(request: HttpRequest) -> HttpResponse:
    return _edited(request, None)


@page(Permission.MANAGE_INVENTORY, methods=("GET", "POST"))
def schedule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edited(request, _one(request, pk))


@page(Permission.VIEW)
def schedule_moments(request: HttpRequest) -> HttpResponse:
    """The next moments of an expression while it is typed."""
    form = WhenForm(request.GET)
    return render(request, "schedules/_moments.html", {"moments": form.upcoming(), "form": form})


@page(Permission.RUN_READ_JOBS, methods=("POST",))
def schedule_run(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        job = run_schedule(actor=user_of(request), schedule=_one(request, pk))
    except JobRefused as refused:
        messages.error(request, str(refused))
        return redirect("ui:schedule_detail", pk)
    return redirect("ui:job_detail", job.pk)


@page(Permission.MANAGE_INVENTORY, methods=("POST",))
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it run, or rest."""
    row = _one(request, pk)
    row = update_schedule(actor=user_of(request), schedule=row, enabled=not row.enabled)
    messages.success(request, f"Schedule {row} {'runs again' if row.enabled else 'rests'}.")
    return redirect("ui:schedule_detail", pk)


@page(Permission.MANAGE_INVENTORY, methods=("POST",))
def schedule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    delete_schedule(actor=user_of(request), schedule=row)
    messages.success(request, f"Schedule {row} is deleted. Its jobs stay.")
    return redirect("ui:schedule_list")
