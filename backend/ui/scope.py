"""The customer that a user has chosen in the header; None means all of theirs."""

from __future__ import annotations

from django.http import HttpRequest

from customers.models import Customer
from users.models import User
from users.selectors import customers_for

SESSION_KEY = "customer"


def user_of(request: HttpRequest) -> User:
    """The logged-in user, behind `page(…)` which has made sure that there is one."""
    assert isinstance(request.user, User)
    return request.user


def customers_of(request: HttpRequest) -> list[Customer]:
    return list(customers_for(getattr(request, "user", None)))  # type: ignore[arg-type]


def current_customer(request: HttpRequest) -> Customer | None:
    """The chosen customer, if it is (still) one of the user's; whoever has a single one has chosen it."""
    chosen = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    mine = customers_of(request)
    if len(mine) == 1:
        return mine[0]
    return next((customer for customer in mine if customer.pk == chosen), None)
