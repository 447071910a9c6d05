"""Saved filters: one's own, and those of the customers that one sees."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.saved_filters.serializers import SavedFilterInput, SavedFilterSerializer
from api.views import user_of
from users.enums import SavedList
from users.models import SavedFilter
from users.permissions import Permission
from users.saved_filters import create_saved_filter, delete_saved_filter, update_saved_filter
from users.selectors import saved_filters_for


class SavedFilterFilter(django_filters.FilterSet):
    list = django_filters.ChoiceFilter(choices=SavedList.choices)
    customer = IdFilter("customer")
    owner = IdFilter("owner")
    shared = django_filters.BooleanFilter("customer", lookup_expr="isnull", exclude=True)
    search = SearchFilter("name")


class SavedFilterEndpoint(Resource[SavedFilter]):
    # everybody keeps filters; the service demands more of who shares one
    permission = managed_by(Permission.VIEW)
    serializer_class = SavedFilterSerializer
    input = SavedFilterInput
    writes = Writes("saved_filter", create_saved_filter, update_saved_filter, delete_saved_filter)
    filterset_class = SavedFilterFilter
    order_by = {"id": "pk", "name": "name", "list": "list", "updated_at": "updated_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[SavedFilter]:
        return saved_filters_for(user_of(self.request)).select_related("owner").order_by("list", "name", "pk")
