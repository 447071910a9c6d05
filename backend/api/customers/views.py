"""Customers that the user sees."""

from __future__ import annotations

from django.db.models import QuerySet

from api.customers.serializers import CustomerSerializer
from api.views import Endpoint, user_of
from customers.models import Customer
from users.permissions import Permission
from users.selectors import customers_for


class CustomerEndpoint(Endpoint[Customer]):
    permission = Permission.VIEW
    serializer_class = CustomerSerializer
    order_by = {"id": "pk", "name": "name", "slug": "slug"}  # noqa: RUF012

    def rows(self) -> QuerySet[Customer]:
        return customers_for(user_of(self.request))
