"""Customers that the user sees."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.customers.serializers import CustomerInput, CustomerSerializer
from api.export import Exports
from api.filters import SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.views import user_of
from customers.models import Customer
from customers.services import create_customer, delete_customer, update_customer
from users.permissions import Permission
from users.selectors import customers_for


class CustomerFilter(django_filters.FilterSet):
    name = django_filters.CharFilter()
    slug = django_filters.CharFilter()
    search = SearchFilter("name", "slug")


class CustomerEndpoint(Exports[Customer], Resource[Customer]):
    """Made and removed by admins who see all customers; one's settings are changed by each of its admins."""

    permission = managed_by(Permission.MANAGE_SYSTEM)
    serializer_class = CustomerSerializer
    input = CustomerInput
    writes = Writes("customer", create_customer, update_customer, delete_customer)
    filterset_class = CustomerFilter
    order_by = {"id": "pk", "name": "name", "slug": "slug", "created_at": "created_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[Customer]:
        return customers_for(user_of(self.request)).order_by("name", "pk")
