"""Which customers a user sees, where every other selector starts; and users, API keys and saved filters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet

from core.sources import may_come_from
from core.tenancy import EVERY, NOBODY, Scope, current, within
from customers.models import Customer
from users.models import APIKey, SavedFilter, User
from users.permissions import Permission, may

M = TypeVar("M", bound=Model)

_asked: ContextVar[tuple[User | AnonymousUser | None, frozenset[int]]] = ContextVar("asked", default=(None, NOBODY))
"""Whose scope was asked last, and what it is."""


def customers_for(user: User | AnonymousUser) -> QuerySet[Customer]:
    """Customers that the user is assigned to; all of them for who has `all_customers`; none for an inactive user.

    With an API key, those among them that it reaches; with key or token, none that is closed to the caller's network.
    """
    if not isinstance(user, User) or not user.is_active:
        return Customer.objects.none()
    if (known := _known(user)) is not None:
        return Customer.objects.filter(pk__in=known)
    mine = Customer.objects.all() if user.all_customers else Customer.objects.filter(users=user)
    return mine.filter(_reached(user, "pk"))


def _reached(user: User, customer: str) -> Q:
    """The condition that key and network of who asks put on the customer's id, to which `customer` is the path."""
    limit = user.api_key.customer_ids if user.api_key else None
    reached = Q() if limit is None else Q(**{f"{customer}__in": limit})
    return reached & ~Q(**{f"{customer}__in": user.out_of_reach}) if user.out_of_reach else reached


def closed_to(address: str | None) -> frozenset[int]:
    """Ids of the customers that API callers at this address do not reach."""
    with within(EVERY):  # asked before the scope is known
        fenced = list(Customer.objects.exclude(api_networks=[]).values_list("pk", "api_networks"))
    return frozenset(pk for pk, networks in fenced if not may_come_from(address, networks))


def sees_all(user: User | AnonymousUser) -> bool:
    """Whether no customer is hidden from the user: `all_customers`, and neither key nor network that narrows it."""
    if not isinstance(user, User) or not user.is_active or not user.all_customers or user.out_of_reach:
        return False
    return user.api_key is None or user.api_key.customer_ids is None


def scope_of(user: User | AnonymousUser) -> Scope:
    """The scope in which the database answers the user: the customers of `customers_for`."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    with within(EVERY):
        if sees_all(user):
            return EVERY
        scope = frozenset(_customer_ids(user))
    _asked.set((user, scope))
    return scope


@contextmanager
def within_scope_of(user: User, scope: Scope) -> Iterator[None]:
    """In the scope that `scope_of` told of the user some moments ago: the customers are not asked for again."""
    token = _asked.set((user, scope if isinstance(scope, frozenset) else NOBODY))
    try:
        with within(scope):
            yield
    finally:
        _asked.reset(token)


def _known(user: User | AnonymousUser) -> frozenset[int] | None:
    """The ids of the user's customers, where they were asked for already: in the user's own scope."""
    asked, scope = _asked.get()
    return scope if asked is user and scope is current() else None


def _customer_ids(user: User | AnonymousUser) -> list[int]:
    known = _known(user)
    if known is None and isinstance(user, User) and user.is_active and not user.all_customers:
        # not joined with the customers: at the table of assignments no policy has to be planned
        mine = User.customers.through.objects.filter(_reached(user, "customer_id"), user=user)
        known = frozenset(mine.values_list("customer_id", flat=True))
    return sorted(customers_for(user).order_by().values_list("pk", flat=True) if known is None else known)


def visible(rows: QuerySet[M], user: User | AnonymousUser, customer: str = "customer_id") -> QuerySet[M]:
    """Those rows whose customer the user sees; `customer` is the path to the customer's id."""
    if sees_all(user):
        return rows
    # ids instead of a subquery: with constants the database can use its (customer, …) indexes in order
    return rows.filter(**{f"{customer}__in": _customer_ids(user)})


def with_customers(rows: QuerySet[M], user: User | AnonymousUser) -> QuerySet[M]:
    """Users or API keys, each with those of its customers that the user sees."""
    # a subquery: the join by which a user's own are found would be taken for the rows' own
    return rows.prefetch_related(Prefetch("customers", Customer.objects.filter(pk__in=customers_for(user))))


def users_for(user: User | AnonymousUser) -> QuerySet[User]:
    """Who has a customer in common with the user; everybody for who sees all customers."""
    if sees_all(user):
        return User.objects.all()
    return User.objects.filter(Exists(_assignments().filter(customer__in=customers_for(user))))


def users_managed_by(user: User | AnonymousUser) -> QuerySet[User]:
    """Those of them whom the user may change: as an admin who sees every customer of theirs, and is as high.

    Who has further customers is seen, with those in common, and changed only by an admin who sees them all.
    """
    if not isinstance(user, User) or not may(user, Permission.MANAGE_SYSTEM):
        return User.objects.none()
    rows = users_for(user)
    if not user.is_superuser:
        rows = rows.filter(is_superuser=False)
    if not user.is_staff:
        rows = rows.filter(is_staff=False)
    if sees_all(user):
        return rows
    hidden = _assignments().exclude(customer__in=customers_for(user))
    return rows.filter(~Exists(hidden), all_customers=False)


def api_keys_for(user: User | AnonymousUser) -> QuerySet[APIKey]:
    """The user's own, and those of the users whom they manage."""
    if not isinstance(user, User) or not user.is_active:
        return APIKey.objects.none()
    return APIKey.objects.filter(Q(user=user) | Q(user__in=users_managed_by(user)))


def saved_filters_for(user: User | AnonymousUser) -> QuerySet[SavedFilter]:
    """The user's own, and those shared with a customer that the user sees."""
    if not isinstance(user, User) or not user.is_active:
        return SavedFilter.objects.none()
    return SavedFilter.objects.filter(Q(owner=user, customer=None) | Q(customer__in=customers_for(user)))


def _assignments() -> QuerySet[Any]:
    """The rows between a user of an outer query and its customers."""
    return User.customers.through.objects.filter(user=OuterRef("pk"))
