"""Snapshots that the user sees."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.filters import IdFilter, SearchFilter
from api.snapshots.serializers import SnapshotDetailSerializer, SnapshotSerializer
from api.views import Endpoint, user_of
from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot
from config_mgmt.selectors import snapshots_for
from users.permissions import Permission


class SnapshotFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    device = IdFilter("device")
    job = IdFilter("target__job")
    status = django_filters.MultipleChoiceFilter(choices=SnapshotStatus.choices)
    is_new_version = django_filters.BooleanFilter()
    search = SearchFilter("device__hostname")


class SnapshotEndpoint(Endpoint[ConfigSnapshot]):
    permission = Permission.VIEW
    serializer_class = SnapshotSerializer
    detail_serializer_class = SnapshotDetailSerializer
    filterset_class = SnapshotFilter
    order_by = {"id": "pk", "taken_at": "taken_at", "version": "version"}  # noqa: RUF012

    def rows(self) -> QuerySet[ConfigSnapshot]:
        rows = snapshots_for(user_of(self.request)).select_related("device", "target", "text")
        # a list tells of texts without reading them
        return rows if self.action == "retrieve" else rows.defer("text__packed")
