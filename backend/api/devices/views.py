"""Devices, and what has been done on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django import forms
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.devices.serializers import DeviceInput, DeviceSerializer
from api.export import Exports
from api.fields import Nothing
from api.filters import IdFilter
from api.jobs.views import JobEndpoint
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import listed
from api.schema.declare import operation
from api.snapshots.views import SnapshotEndpoint
from api.views import Endpoint, user_of
from config_mgmt.models import ConfigSnapshot
from devices.filters import DeviceFilter
from devices.models import Device
from devices.selectors import FEW, devices_for
from devices.services import (
    create_device,
    create_devices,
    delete_device,
    delete_devices,
    forget_host_key,
    update_device,
    update_devices,
)
from jobs.models import Job
from networkops.platforms import PLATFORMS
from users.permissions import Permission

VENDORS = sorted({row.vendor for row in PLATFORMS.values()})


class AddressFilter(django_filters.Filter):
    field_class = forms.GenericIPAddressField


class DeviceListFilter(DeviceFilter):
    """The pages' filter; `search` is `q` by the name that the other lists of an API use."""

    search = django_filters.CharFilter(method="search")
    hostname = django_filters.CharFilter()
    mgmt_ip = AddressFilter()
    serial = django_filters.CharFilter()
    credential = IdFilter("credential")
    vendor = django_filters.ChoiceFilter(choices=[(name, name) for name in VENDORS], method="by_vendor")

    def by_vendor(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        return rows.filter(platform__in=[key for key, row in PLATFORMS.items() if row.vendor == value])


class DeviceEndpoint(Exports[Device], Resource[Device]):
    permission = managed_by(Permission.MANAGE_INVENTORY) | dict.fromkeys(
        ("enable", "disable", "forget_host_key"), Permission.MANAGE_INVENTORY
    )
    serializer_class = DeviceSerializer
    input = DeviceInput
    writes = Writes(
        "device", create_device, update_device, delete_device, create_devices, update_devices, delete_devices
    )
    filterset_class = DeviceListFilter
    needs = {  # noqa: RUF012
        "site": lambda rows: rows.select_related("site"),
        "tags": lambda rows: rows.prefetch_related(listed("tags")),
    }
    volatile = (
        "reachability", "reachability_at", "latency_ms", "last_backup", "backed_up_at", "model", "serial", "os_version",
        "uptime_s", "host_key_fingerprint", "updated_at",
    )  # fmt: skip
    order_by = {  # noqa: RUF012
        "id": "pk", "hostname": "hostname", "customer": "customer__name", "mgmt_ip": "mgmt_ip", "platform": "platform",
        "role": "role", "site": "site__name", "reachability": "reachability", "backed_up_at": "backed_up_at",
        "created_at": "created_at", "updated_at": "updated_at",
    }  # fmt: skip
    order_after = ("hostname",)
    few = FEW

    def rows(self) -> QuerySet[Device]:
        return devices_for(user_of(self.request)).defer("search").order_by("hostname", "pk")

    @operation(body=Nothing, answer=DeviceSerializer)
    def enable(self, request: Request, pk: int) -> Response:
        """Jobs run on the device again."""
        return self._switched(request, pk, enabled=True)

    @operation(body=Nothing, answer=DeviceSerializer)
    def disable(self, request: Request, pk: int) -> Response:
        """Jobs skip the device until it is enabled."""
        return self._switched(request, pk, enabled=False)

    @operation(status=204, refusals=(409,))
    def forget_host_key(self, request: Request, pk: int) -> Response:
        """Accept that the device has another host key: the next login pins the one that it then shows."""
        forget_host_key(actor=user_of(request), device=self.one(pk))
        return Response(status=204)

    def _switched(self, request: Request, pk: int, *, enabled: bool) -> Response:
        self.valid(Nothing, request)
        update_device(actor=user_of(request), device=self.one(pk), enabled=enabled)
        return self.answer(self.one(pk))


if TYPE_CHECKING:
    Base = Endpoint[Model]
else:
    Base = object


class OfDevice(Base):
    """A list of what points at one device of the user's."""

    @operation(many=True)
    def of_device(self, request: Request, pk: int) -> Response:
        if not devices_for(user_of(request)).filter(pk=pk).exists():
            raise Http404
        return self.list(request)


class DeviceJobEndpoint(OfDevice, JobEndpoint):
    """The jobs that a device was a target of."""

    permission = {"of_device": Permission.VIEW}  # noqa: RUF012

    def rows(self) -> QuerySet[Job]:
        return super().rows().filter(targets__device=self.kwargs["pk"])


class DeviceSnapshotEndpoint(OfDevice, SnapshotEndpoint):
    """The snapshots of a device."""

    permission = Permission.VIEW

    def rows(self) -> QuerySet[ConfigSnapshot]:
        return super().rows().filter(device=self.kwargs["pk"])
