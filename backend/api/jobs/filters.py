"""Filters of jobs, targets and log lines, and the devices that a new job's filter finds."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from api.fields import LARGEST_ID
from api.filters import IdFilter, SearchFilter, filtered, from_json, read_query, refuse_unknown
from api.views import user_of
from customers.models import Customer
from devices.filters import DeviceFilter
from devices.selectors import devices_for
from jobs.enums import JobKind, JobStatus, LogLevel, TargetStatus
from jobs.services import MOST_TARGETS

MOST_LINES = 1000


class JobFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    kind = django_filters.ChoiceFilter(choices=JobKind.choices)
    status = django_filters.MultipleChoiceFilter(choices=JobStatus.choices)
    device = IdFilter("targets__device")
    search = SearchFilter("kind", "requested_by__username", "correlation_id")


class TargetFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=TargetStatus.choices)
    device = IdFilter("device")
    search = SearchFilter("device__hostname", "error_text")


class LogQuery(forms.Form):
    """`?after=SEQ&limit=&device=&level=`; `level=warning&level=error` or `level=warning,error`."""

    after = forms.IntegerField(
        min_value=0, max_value=LARGEST_ID, required=False, help_text="Only lines after this sequence."
    )
    limit = forms.IntegerField(min_value=1, max_value=MOST_LINES, required=False, help_text="How many lines at most.")
    device = forms.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text="Only lines of the device with this id."
    )
    level = forms.MultipleChoiceField(choices=LogLevel.choices, required=False, help_text="Only lines of these levels.")


def log_query(request: Request) -> dict[str, Any]:
    given = request.query_params.copy()
    given.setlist("level", [level for value in given.getlist("level") for level in value.split(",") if level])
    return read_query(LogQuery, given)


def ids_matching(request: Request, customer: Customer, wanted: dict[str, Any]) -> list[int]:
    """Ids of the customer's devices that the filter finds, one more than a job takes at most."""
    known = set(DeviceFilter.base_filters) - {"customer"}
    try:
        refuse_unknown(wanted, known, "There is no such filter.")
        rows = devices_for(user_of(request)).filter(customer=customer)
        found = filtered(DeviceFilter(from_json(wanted), queryset=rows, request=request))
    except ValidationError as error:
        raise ValidationError({"filter": error.detail}) from error
    # distinct: a device with two of the wanted tags is one device
    return list(found.order_by("pk").values_list("pk", flat=True).distinct()[: MOST_TARGETS + 1])
