"""Tags: a customer's own words for some of its devices."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.export import Exports
from api.fields import Related, StrictSerializer, Text
from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.views import user_of
from devices.models import Tag
from devices.selectors import tags_for
from devices.services import create_tag, delete_tag, update_tag
from users.permissions import Permission
from users.selectors import customers_for


class TagSerializer(RowSerializer[Tag]):
    """A word for some devices."""

    class Meta:
        model = Tag
        fields = ("id", "customer", "name")


class TagInput(StrictSerializer):
    fixed = ("customer",)

    customer = Related(customers_for, "customer")
    name = Text(max_length=50)


class TagFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    name = django_filters.CharFilter()
    search = SearchFilter("name")


class TagEndpoint(Exports[Tag], Resource[Tag]):
    permission = managed_by(Permission.MANAGE_INVENTORY)
    serializer_class = TagSerializer
    input = TagInput
    writes = Writes("tag", create_tag, update_tag, delete_tag)
    filterset_class = TagFilter
    order_by = {"id": "pk", "name": "name", "customer": "customer__name"}  # noqa: RUF012

    def rows(self) -> QuerySet[Tag]:
        return tags_for(user_of(self.request)).order_by("name", "pk")
