"""Whether logins are what they were: of many at once, in a handful of queries. For sockets, which outlive them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.utils import timezone

from core.tenancy import EVERY, within
from customers.models import Customer
from users.models import APIKey, TokenFamily, User


@dataclass(frozen=True, slots=True)
class Login:
    """Whose it is, and by what: a key, a family of tokens or a login session."""

    user_id: int
    key_id: int | None = None
    family: UUID | None = field(default=None, repr=False)
    session: str = field(default="", repr=False)
    until: int | None = None
    """When it ends by itself, in seconds of the epoch."""


def states_of(logins: Collection[Login]) -> dict[Login, Any]:
    """All of each login that decides what it may see. While it is equal to what it was, nothing has changed."""
    with within(EVERY):
        users = _rows(User, {login.user_id for login in logins}, "is_active", "role", "password", "logins_ended",
                      "all_customers")  # fmt: skip
        assigned = _customers(User.customers.through, "user_id", users)
        keys = _rows(APIKey, {login.key_id for login in logins if login.key_id}, "revoked_at", "expires_at", "scopes",
                     "all_customers", "source_networks")  # fmt: skip
        reached = _customers(APIKey.customers.through, "apikey_id", keys)
        families = _there(TokenFamily.objects.filter(ended_at=None), {login.family for login in logins if login.family})
        sessions = _there(
            Session.objects.filter(expire_date__gt=timezone.now()), {login.session for login in logins if login.session}
        )
        closed = sorted(Customer.objects.exclude(api_networks=[]).values_list("pk", "api_networks"))
    now = time.time()
    return {
        login: (
            users.get(login.user_id), assigned[login.user_id],
            keys.get(login.key_id), reached[login.key_id], _is_past(keys.get(login.key_id)),
            login.family in families, login.session in sessions, login.until is not None and login.until <= now,
            None if login.session else closed,
        )
        for login in logins
    }  # fmt: skip


def _rows(model: Any, ids: Collection[int], *fields: str) -> dict[int | None, tuple[Any, ...]]:
    if not ids:
        return {}
    return {pk: values for pk, *values in model.objects.filter(pk__in=ids).values_list("pk", *fields)}


def _customers(through: Any, of: str, ids: Iterable[int | None]) -> dict[int | None, set[int]]:
    found: dict[int | None, set[int]] = defaultdict(set)
    if wanted := list(ids):
        for pk, customer in through.objects.filter(**{f"{of}__in": wanted}).values_list(of, "customer_id"):
            found[pk].add(customer)
    return found


def _there(rows: Any, ids: Collection[Any]) -> set[Any]:
    return set(rows.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _is_past(key: Any) -> bool:
    return key is not None and key[1] is not None and key[1] <= timezone.now()
