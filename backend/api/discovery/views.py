"""Facts of a device, and interfaces of one or of all."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.devices.views import AddressFilter, OfDevice
from api.discovery.serializers import FactsSerializer, InterfaceSerializer
from api.export import Exports
from api.filters import IdFilter, SearchFilter, refuse_unknown
from api.schema.declare import operation
from api.views import Endpoint, user_of
from devices.models import Device
from devices.selectors import devices_for
from discovery.models import DeviceFacts, Interface
from discovery.selectors import interfaces_for, interfaces_of
from users.permissions import Permission


class FactsEndpoint(Endpoint[Any]):
    permission = Permission.VIEW
    serializer_class = FactsSerializer

    def rows(self) -> QuerySet[Device]:
        return devices_for(user_of(self.request)).select_related("facts")

    @operation(answer=FactsSerializer)
    def of_device(self, request: Request, pk: int) -> Response:
        """Show what a device said of itself."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        device = self.one(pk)
        facts = getattr(device, "facts", None) or DeviceFacts(device=device)
        return Response(FactsSerializer(facts).data)


class InterfaceFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    device = IdFilter("device")
    name = django_filters.CharFilter()
    mac = django_filters.CharFilter(lookup_expr="iexact", help_text="As `00:11:22:AA:BB:CC`.")
    up = django_filters.BooleanFilter()
    enabled = django_filters.BooleanFilter()
    address = AddressFilter("addresses__address", distinct=True, help_text="One of its addresses.")
    search = SearchFilter("name", "description", "device__hostname")


class InterfaceEndpoint(Exports[Interface]):
    permission = Permission.VIEW
    serializer_class = InterfaceSerializer
    filterset_class = InterfaceFilter
    order_by = {"id": "pk", "name": "sort_key", "hostname": "device__hostname", "last_seen_at": "last_seen_at"}  # noqa: RUF012
    needs = {  # noqa: RUF012
        "device": lambda rows: rows.select_related("device"),
        "addresses": lambda rows: rows.prefetch_related("addresses"),
    }

    def rows(self) -> QuerySet[Interface]:
        return interfaces_for(user_of(self.request)).order_by("pk")


class DeviceInterfaceEndpoint(OfDevice, InterfaceEndpoint):
    """The interfaces of a device."""

    def rows(self) -> QuerySet[Interface]:
        return interfaces_of(user_of(self.request), self.kwargs["pk"])
