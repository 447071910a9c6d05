"""Devices that the user sees."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.devices.serializers import DeviceSerializer
from api.views import Endpoint, user_of
from devices.filters import DeviceFilter
from devices.models import Device
from devices.selectors import devices_for
from users.permissions import Permission


class DeviceListFilter(DeviceFilter):
    """The pages' filter; `search` is `q` by the name that the other lists of an API use."""

    search = django_filters.CharFilter(method="search")


class DeviceEndpoint(Endpoint[Device]):
    permission = Permission.VIEW
    serializer_class = DeviceSerializer
    filterset_class = DeviceListFilter
    order_by = {  # noqa: RUF012
        "id": "pk",
        "hostname": "hostname",
        "mgmt_ip": "mgmt_ip",
        "platform": "platform",
        "role": "role",
        "site": "site__name",
        "reachability": "reachability",
        "backed_up_at": "backed_up_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    order_after = ("hostname",)

    def rows(self) -> QuerySet[Device]:
        rows = devices_for(user_of(self.request)).select_related("site").prefetch_related("tags")
        return rows.order_by("hostname", "pk")
