"""Sites: where a customer's devices stand."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from api.export import Exports
from api.fields import Number, Related, StrictSerializer, Text
from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.views import user_of
from devices.models import Site
from devices.selectors import sites_for
from devices.services import create_site, delete_site, update_site
from users.permissions import Permission
from users.selectors import customers_for


class SiteSerializer(RowSerializer[Site]):
    """A place of a customer: a data centre, a point of presence."""

    class Meta:
        model = Site
        fields = ("id", "customer", "name", "region", "latitude", "longitude")


TOGETHER: dict[str, Any] = {
    "dependentRequired": {"latitude": ["longitude"], "longitude": ["latitude"]},
    # no types here: ReDoc would say that they are not the fields' own
    "if": {"properties": {"latitude": {"const": None}}},
    "then": {"properties": {"longitude": {"const": None}}},
    "else": {"properties": {"longitude": {"not": {"const": None}}}},
}


class SiteInput(StrictSerializer):
    fixed = ("customer",)
    rules = rules_of_change = TOGETHER

    customer = Related(customers_for, "customer")
    name = Text(max_length=100)
    region = Text(max_length=100, required=False, allow_blank=True)
    latitude = Number(max_digits=8, decimal_places=5, min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = Number(max_digits=8, decimal_places=5, min_value=-180, max_value=180, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("latitude", "longitude") if name in attrs]
        if len(given) == 1 or len({attrs[name] is None for name in given}) == 2:
            words = "Give latitude and longitude together, or neither of them."
            raise serializers.ValidationError({"latitude": [words], "longitude": [words]})
        return attrs


class SiteFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    name = django_filters.CharFilter()
    region = django_filters.CharFilter()
    search = SearchFilter("name", "region")


class SiteEndpoint(Exports[Site], Resource[Site]):
    permission = managed_by(Permission.MANAGE_INVENTORY)
    serializer_class = SiteSerializer
    input = SiteInput
    writes = Writes("site", create_site, update_site, delete_site)
    filterset_class = SiteFilter
    order_by = {"id": "pk", "name": "name", "region": "region", "customer": "customer__name"}  # noqa: RUF012

    def rows(self) -> QuerySet[Site]:
        return sites_for(user_of(self.request)).order_by("name", "pk")
