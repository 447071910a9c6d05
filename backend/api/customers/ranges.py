"""Address ranges of the customers that the user sees."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet, Value

from api.customers.serializers import IPRangeInput, IPRangeSerializer
from api.export import Exports
from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.views import user_of
from core.networks import Holds
from customers import services
from customers.models import CustomerIPRange
from customers.selectors import ip_ranges_for
from users.permissions import Permission


class AddressFilter(django_filters.Filter):
    """Ranges that hold the address."""

    field_class = forms.GenericIPAddressField

    def filter(self, qs: QuerySet[CustomerIPRange], value: str) -> QuerySet[CustomerIPRange]:
        return qs.filter(Holds("cidr", Value(value))) if value else qs


class IPRangeFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    cidr = django_filters.CharFilter()
    address = AddressFilter(label="Holds the address")
    search = SearchFilter("cidr")


class IPRangeEndpoint(Exports[CustomerIPRange], Resource[CustomerIPRange]):
    """No device may be left outside: ranges that hold a customer's devices only together are written in one bulk."""

    permission = managed_by(Permission.MANAGE_SYSTEM)
    serializer_class = IPRangeSerializer
    input = IPRangeInput
    writes = Writes(
        "ip_range",
        services.create_range,
        services.update_range,
        services.delete_range,
        services.create_ranges,
        services.update_ranges,
        services.delete_ranges,
    )
    filterset_class = IPRangeFilter
    order_by = {"id": "pk", "cidr": "cidr", "customer": "customer__name"}  # noqa: RUF012

    def rows(self) -> QuerySet[CustomerIPRange]:
        return ip_ranges_for(user_of(self.request)).order_by("cidr", "pk")
