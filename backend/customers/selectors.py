"""Address ranges that a user sees. Customers themselves: users.selectors.customers_for."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from customers.models import CustomerIPRange
from users.models import User
from users.selectors import visible


def ip_ranges_for(user: User | AnonymousUser) -> QuerySet[CustomerIPRange]:
    return visible(CustomerIPRange.objects.all(), user)
