"""Schedules: jobs that come again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.export import Exports
from api.fields import Choice, Nothing, Related, StrictSerializer, Text, Whole, YesNo
from api.filters import IdFilter, SearchFilter
from api.idempotency import idempotent
from api.jobs import shapes
from api.jobs.serializers import JobSerializer, ParamsField
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.schema.declare import operation
from api.schema.fields import Shaped
from api.views import user_of
from devices.enums import DeviceRole
from devices.selectors import sites_for, tags_for
from jobs.enums import JobKind
from jobs.kinds import KINDS
from jobs.models import MOST_JITTER_S, Schedule
from jobs.schedules import create_schedule, delete_schedule, run_schedule, update_schedule
from jobs.selectors import schedules_for
from networkops.platforms import PLATFORMS
from users.permissions import Permission
from users.selectors import customers_for


class ScheduleSerializer(RowSerializer[Schedule]):
    """A job that comes again and again, on those of the customer's enabled devices that the filters find then."""

    params = Shaped(shapes.PARAMS, "JobParams")
    upcoming = serializers.SerializerMethodField(help_text="The next moments, without jitter.")

    class Meta:
        model = Schedule
        fields = (
            "id", "customer", "name", "kind", "params", "site", "tag", "platform", "role", "cron", "time_zone",
            "jitter_s", "enabled", "next_run_at", "upcoming", "last_run_at", "last_job", "last_problem", "created_at",
        )  # fmt: skip

    def get_upcoming(self, row: Schedule) -> list[datetime]:
        return row.upcoming()


class ScheduleInput(StrictSerializer):
    fixed = ("customer", "kind")
    rules = {"allOf": shapes.PARAMS_BY_KIND}  # noqa: RUF012

    customer = Related(customers_for, "customer")
    name = Text(max_length=100)
    kind = Choice(choices=[(kind, kind) for kind, rules in KINDS.items() if not rules.changes_device])
    params = ParamsField(required=False)
    site = Related(sites_for, "site", required=False, allow_null=True)
    tag = Related(tags_for, "tag", required=False, allow_null=True)
    platform = Choice(choices=[(key, key) for key in PLATFORMS], required=False, allow_blank=True)
    role = Choice(choices=DeviceRole.choices, required=False, allow_blank=True)
    cron = Text(max_length=100, kind="cron", help_text="Minute, hour, day, month and weekday.")
    time_zone = Text(max_length=64, kind="time-zone", required=False, help_text="For instance `Europe/Oslo`.")
    jitter_s = Whole(min_value=0, max_value=MOST_JITTER_S, required=False)
    enabled = YesNo(required=False)


class ScheduleFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    name = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=JobKind.choices)
    enabled = django_filters.BooleanFilter()
    search = SearchFilter("name")


class ScheduleEndpoint(Exports[Schedule], Resource[Schedule]):
    permission = managed_by(Permission.MANAGE_INVENTORY) | {"run": Permission.RUN_READ_JOBS}
    serializer_class = ScheduleSerializer
    input = ScheduleInput
    writes = Writes("schedule", create_schedule, update_schedule, delete_schedule)
    filterset_class = ScheduleFilter
    order_by = {  # noqa: RUF012
        "id": "pk", "name": "name", "next_run_at": "next_run_at", "last_run_at": "last_run_at",
        "customer": "customer__name",
    }  # fmt: skip
    volatile = ("next_run_at", "upcoming", "last_run_at", "last_job", "last_problem")

    def rows(self) -> QuerySet[Schedule]:
        return schedules_for(user_of(self.request)).order_by("name", "pk")

    @operation(body=Nothing, answer=JobSerializer, status=201)
    @idempotent
    def run(self, request: Request, pk: int) -> Response:
        """Start its job now, as yourself; when it is due next stays."""
        self.valid(Nothing, request)
        job: Any = run_schedule(actor=user_of(request), schedule=self.one(pk))
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)
