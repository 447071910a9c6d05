"""The audit trail of the user's customers: to look through, and to take along as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters.fields import IsoDateTimeField
from rest_framework.request import Request

from api.audit.serializers import AuditEventLine, AuditEventSerializer
from api.export import Exports
from api.filters import IdFilter, SearchFilter
from api.views import user_of
from core.models import AuditEvent
from users.audit import audit_events_for, record_export
from users.permissions import Permission
from users.selectors import customers_for


class AddressFilter(django_filters.Filter):
    field_class = forms.GenericIPAddressField


class MomentField(IsoDateTimeField):
    """A moment that stays one when it is told in the database's time zone."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise forms.ValidationError("No such moment.") from error


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = MomentField


class AuditEventFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    actor = IdFilter("actor")
    actor_name = django_filters.CharFilter()
    api_key = django_filters.CharFilter()
    action = django_filters.CharFilter()
    object_type = django_filters.CharFilter()
    object_id = IdFilter("object_id")
    source_address = AddressFilter()
    correlation_id = django_filters.CharFilter()
    since = MomentFilter("at", "gte")
    until = MomentFilter("at", "lt")
    search = SearchFilter("actor_name", "action", "object_label", "correlation_id")


class AuditEventEndpoint(Exports[AuditEvent]):
    permission = Permission.VIEW_AUDIT
    serializer_class = AuditEventSerializer
    filterset_class = AuditEventFilter
    order_by = {"id": "pk", "at": "at"}  # noqa: RUF012

    def rows(self) -> QuerySet[AuditEvent]:
        return audit_events_for(user_of(self.request)).order_by("-pk")

    def get_serializer_class(self) -> type[AuditEventSerializer]:
        is_lines = self.action == "export" and self.request.query_params.get("format", "csv") == "csv"
        return AuditEventLine if is_lines else AuditEventSerializer

    def export(self, request: Request) -> StreamingHttpResponse:
        """Read all events that match as a file, in the order of ids; that they were taken along is an event itself."""
        file = super().export(request)
        asked = request.query_params.dict()
        mine = customers_for(user_of(request))
        customer = mine.filter(pk=asked["customer"]).first() if "customer" in asked else None
        record_export(actor=user_of(request), customer=customer, asked=asked)
        return file
