"""The customer that a user has chosen in the header; None means all of theirs."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.models import Customer
from users.models import User
from users.selectors import customers_for

SESSION_KEY = "customer"
M = TypeVar("M", bound=Model)


def user_of(request: HttpRequest) -> User:
    """The logged-in user, behind `page(…)` which has made sure that there is one."""
    assert isinstance(request.user, User)
    return request.user


def customers_of(request: HttpRequest) -> list[Customer]:
    """The user's customers, read once a request."""
    if not hasattr(request, "_customers"):
        request._customers = list(customers_for(getattr(request, "user", None)))  # type: ignore
    return request._customers  # type: ignore[attr-defined]


def current_customer(request: HttpRequest) -> Customer | None:
    """The chosen customer, if it is (still) one of the user's; whoever has a single one has chosen it."""
    chosen = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    mine = customers_of(request)
    if len(mine) == 1:
        return mine[0]
    return next((customer for customer in mine if customer.pk == chosen), None)


def narrowed(request: HttpRequest, rows: QuerySet[M], customer: str = "customer") -> QuerySet[M]:
    """Rows of a selector, cut down to the chosen customer; `customer` is the path to it."""
    chosen = current_customer(request)
    return rows.filter(**{customer: chosen}) if chosen else rows
