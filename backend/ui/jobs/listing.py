"""What the job list shows: filtered, sorted, one page of it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from jobs.enums import JobKind, JobStatus
from jobs.models import Job
from jobs.selectors import jobs_for, jobs_in_order, requesters
from ui.jobs.status import duration_of
from ui.paging import counted_page
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.models import User
from users.permissions import Permission, may
from users.selectors import customers_for

UNDER_WAY = "open"
SELECTS = ("status", "kind", "customer", "user")
STATUSES = [(UNDER_WAY, "Under way"), *JobStatus.choices]


class JobFilter(django_filters.FilterSet):
    """`JobFilter(data, queryset=jobs_for(user), request=request)`."""

    q = django_filters.CharFilter(method="search")
    status = django_filters.ChoiceFilter(choices=STATUSES, method="by_status", label="Status", empty_label="Any status")
    kind = django_filters.ChoiceFilter(choices=JobKind.choices, label="Kind", empty_label="Any kind")
    customer = django_filters.ModelChoiceFilter(
        queryset=lambda request: customers_for(user_of(request)), label="Customer", empty_label="Any customer"
    )
    user = django_filters.ModelChoiceFilter(
        queryset=lambda request: requesters(user_of(request)),
        field_name="requested_by",
        label="User",
        empty_label="Any user",
    )

    class Meta:
        model = Job
        fields = ("q", "status", "kind", "customer", "user")

    def search(self, rows: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """A job's number, its correlation id, or part of a target's hostname."""
        words = value.strip()
        number = words.removeprefix("#")
        found = Q(correlation_id=words) | Q(pk__in=self._with_device(rows, words))
        if number.isascii() and number.isdigit() and len(number) < 19:
            found |= Q(pk=int(number))
        return rows.filter(found)

    def _with_device(self, rows: QuerySet[Job], words: str) -> QuerySet[Any]:
        return rows.order_by().filter(targets__device__hostname__icontains=words).values("pk")

    def by_status(self, rows: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        wanted = [JobStatus.QUEUED, JobStatus.RUNNING] if value == UNDER_WAY else [value]
        return rows.filter(status__in=wanted)


def _filter(request: HttpRequest) -> JobFilter:
    found = JobFilter(request.GET, queryset=narrowed(request, jobs_for(user_of(request))), request=request)
    fields = found.form.fields
    if chosen := current_customer(request):
        fields["customer"].queryset = fields["customer"].queryset.filter(pk=chosen.pk)
    for field in fields.values():
        field.widget.attrs["aria-label"] = field.label or "Search"
    return found


def table_context(request: HttpRequest) -> dict[str, Any]:
    """The table with its chips and pager. `is_live`: one of the shown jobs has not ended."""
    found = _filter(request)
    rows = jobs_in_order(found.qs if found.is_valid() else found.queryset.none(), request.GET.get("sort", ""))
    load = jobs_for(user_of(request)).select_related("customer", "requested_by")
    page = counted_page(rows, load, request.GET)
    for job in page:
        job.bar, job.duration_s = _bar(job), duration_of(job)  # type: ignore[attr-defined]
    return {
        "page": page,
        "total": page.paginator.count,
        "is_live": any(not job.is_ended for job in page),
        "chips": _chips(found),
        "problems": [f"{found.form.fields[name].label}: {words[0]}" for name, words in found.form.errors.items()],
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "may_start": may(request.user, Permission.RUN_READ_JOBS),
    }


def list_filters(request: HttpRequest) -> dict[str, Any]:
    """The selects of the filter form."""
    form = _filter(request).form
    hidden = {"customer"} if current_customer(request) else set()
    return {"selects": [form[name] for name in SELECTS if name not in hidden]}


def _bar(job: Job) -> dict[str, int]:
    """Counts for the progress bar out of the job's own row: no query a line."""
    if job.is_ended:
        ended: dict[str, int] = job.summary.get("targets", {})
        return ended
    return {
        "succeeded": job.targets_succeeded,
        "failed": job.targets_failed,
        "skipped": job.targets_other,
        "pending": job.targets_total - job.targets_done,
    }


def _chips(found: JobFilter) -> list[dict[str, str]]:
    chosen = found.form.cleaned_data if found.is_valid() else {}
    chips = []
    for name in SELECTS:
        if value := chosen.get(name):
            words = dict([*STATUSES, *JobKind.choices]).get(value) if isinstance(value, str) else _words(value)
            chips.append({"name": name, "label": str(found.form.fields[name].label), "value": words or str(value)})
    return chips


def _words(value: Any) -> str:
    return value.username if isinstance(value, User) else str(value)
