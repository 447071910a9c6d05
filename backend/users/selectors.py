"""Which customers a user sees. Every other selector starts here."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from core.sources import may_come_from
from customers.models import Customer
from users.models import User

M = TypeVar("M", bound=Model)


def customers_for(user: User | AnonymousUser) -> QuerySet[Customer]:
    """Customers that the user is assigned to; all of them for who has `all_customers`; none for an inactive user.

    With an API key, those among them that it reaches; with key or token, none that is closed to the caller's network.
    """
    if not isinstance(user, User) or not user.is_active:
        return Customer.objects.none()
    mine = Customer.objects.all() if user.all_customers else Customer.objects.filter(users=user)
    limit = user.api_key.customer_ids if user.api_key else None
    reached = mine if limit is None else mine.filter(pk__in=limit)
    return reached.exclude(pk__in=user.out_of_reach) if user.out_of_reach else reached


def closed_to(address: str | None) -> frozenset[int]:
    """Ids of the customers that API callers at this address do not reach."""
    fenced = Customer.objects.exclude(api_networks=[]).values_list("pk", "api_networks")
    return frozenset(pk for pk, networks in fenced if not may_come_from(address, networks))


def sees_all(user: User | AnonymousUser) -> bool:
    """Whether no customer is hidden from the user: `all_customers`, and neither key nor network that narrows it."""
    if not isinstance(user, User) or not user.is_active or not user.all_customers or user.out_of_reach:
        return False
    return user.api_key is None or user.api_key.customer_ids is None


def visible(rows: QuerySet[M], user: User | AnonymousUser, customer: str = "customer_id") -> QuerySet[M]:
    """Those rows whose customer the user sees; `customer` is the path to the customer's id."""
    if sees_all(user):
        return rows
    # ids instead of a subquery: with constants the database can use its (customer, …) indexes in order
    ids = list(customers_for(user).order_by().values_list("pk", flat=True))
    return rows.filter(**{f"{customer}__in": ids})
