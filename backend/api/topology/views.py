"""Links between devices, what devices hear, and neighbours that become devices."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.devices.serializers import DeviceName, DeviceSerializer
from api.export import Exports
from api.fields import LARGEST_ID, Choice, Related, StrictSerializer, Text, Whole
from api.filters import IdFilter, SearchFilter, read_query, refuse_unknown
from api.permissions import Named
from api.rows import RowSerializer, listed
from api.schema.declare import operation
from api.views import user_of
from devices.enums import DeviceRole
from devices.models import hostname_validator
from devices.selectors import credentials_for, devices_for, sites_for
from networkops.platforms import PLATFORMS
from topology.enums import LinkState, Protocol
from topology.models import Neighbour, TopologyLink
from topology.selectors import links_at, links_for, neighbours_for, way_between
from topology.services import add_as_device
from users.permissions import Permission


class LinkSerializer(RowSerializer[TopologyLink]):
    """A cable between two devices, as LLDP and CDP on them tell it. `detail` says what speaks against it; `is_stale`
    that an end has not answered since it said what it said.
    """

    device_a = DeviceName()
    device_b = DeviceName()

    class Meta:
        model = TopologyLink
        fields = (
            "id", "customer", "device_a", "interface_a", "device_b", "interface_b", "state", "is_stale", "detail",
            "first_seen_at", "last_seen_at", "changed_at",
        )  # fmt: skip


class NeighbourSerializer(RowSerializer[Neighbour]):
    """What a device hears on an interface, in the neighbour's words. `remote` is the device that it turned out to be,
    and `problem` says why that could not be told.
    """

    device = DeviceName()
    remote: serializers.PrimaryKeyRelatedField[Any] = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="The id of a device."
    )

    class Meta:
        model = Neighbour
        fields = (
            "id", "customer", "device", "interface", "protocol", "name", "chassis", "port", "port_description",
            "address", "description", "remote", "matched_by", "problem", "is_current", "first_seen_at", "last_seen_at",
        )  # fmt: skip


class EndFilter(IdFilter):
    """Links that end at this device, on either side."""

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        return qs if value is None else links_at(qs, value)


class LinkFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    device = EndFilter("device_a")
    state = django_filters.MultipleChoiceFilter(choices=LinkState.choices)
    is_stale = django_filters.BooleanFilter()
    search = SearchFilter("device_a__hostname", "device_b__hostname", "interface_a", "interface_b")


class NeighbourFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    device = IdFilter("device")
    remote = IdFilter("remote")
    protocol = django_filters.MultipleChoiceFilter(choices=Protocol.choices)
    is_current = django_filters.BooleanFilter()
    known = django_filters.BooleanFilter("remote", lookup_expr="isnull", exclude=True)
    search = SearchFilter("device__hostname", "interface", "name", "chassis", "description")


class WayQuery(forms.Form):
    """`?start=ID&end=ID&state=proven&state=one_sided`."""

    start = forms.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The device that it begins at.")
    end = forms.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The device that it leads to.")
    state = forms.MultipleChoiceField(
        choices=LinkState.choices, required=False, help_text="Only over links in these states."
    )


class WaySerializer(serializers.Serializer[Any]):
    """`devices` from start to end, and the `links` between them. Both are empty where there is no way."""

    devices = DeviceName(many=True)
    links = LinkSerializer(many=True)


class LinkEndpoint(Exports[TopologyLink]):
    permission = Permission.VIEW
    serializer_class = LinkSerializer
    filterset_class = LinkFilter
    order_by = {"id": "pk", "last_seen_at": "last_seen_at", "changed_at": "changed_at", "state": "state"}  # noqa: RUF012

    def rows(self) -> QuerySet[TopologyLink]:
        return links_for(user_of(self.request)).select_related("device_a", "device_b").order_by("pk")

    @operation(answer=WaySerializer, query=WayQuery, refusals=(404,))
    def way(self, request: Request) -> Response:
        """Find a way with the fewest links between two devices that you see. Of several it is always the same one."""
        asked = read_query(WayQuery, request.query_params)
        start, end, states = asked["start"], asked["end"], asked["state"]
        ends = devices_for(user_of(request)).only("pk", "hostname").in_bulk({start, end})
        if len(ends) < len({start, end}):
            raise Http404
        links = way_between(self.rows().filter(state__in=states) if states else self.rows(), start, end)
        devices = [] if links is None else [ends[start]]
        for link in links or ():
            devices.append(link.device_b if link.device_a_id == devices[-1].pk else link.device_a)
        return Response(WaySerializer({"devices": devices, "links": links or []}).data)


class NewDeviceInput(StrictSerializer):
    """What the neighbour cannot say of itself. Without a port the platform's own is taken."""

    hostname = Text(max_length=253, rule=hostname_validator)
    platform = Choice(choices=[(key, row.label) for key, row in PLATFORMS.items()])
    site = Related(sites_for, "site")
    role = Choice(choices=DeviceRole.choices, required=False)
    port = Whole(min_value=1, max_value=65535, required=False)
    credential = Related(credentials_for, "credential", required=False, allow_null=True)


class NeighbourEndpoint(Exports[Neighbour]):
    permission: ClassVar[Named] = {
        "list": Permission.VIEW, "retrieve": Permission.VIEW, "export": Permission.VIEW,
        "add": Permission.MANAGE_INVENTORY,
    }  # fmt: skip
    serializer_class = NeighbourSerializer
    filterset_class = NeighbourFilter
    order_by = {"id": "pk", "name": "name", "device": "device__hostname", "last_seen_at": "last_seen_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[Neighbour]:
        return neighbours_for(user_of(self.request)).select_related("device").order_by("pk")

    @operation(body=NewDeviceInput, answer=DeviceSerializer, status=201)
    def add(self, request: Request, pk: int) -> Response:
        """Make an unknown neighbour a device, at the address that it tells."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        neighbour = self.one(pk)
        values = self.valid(NewDeviceInput, request)
        device = add_as_device(actor=user_of(request), neighbour=neighbour, **values)
        made = devices_for(user_of(request)).select_related("site").prefetch_related(listed("tags")).get(pk=device.pk)
        return Response(DeviceSerializer(made, context=self.get_serializer_context()).data, status=201)
