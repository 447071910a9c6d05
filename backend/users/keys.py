"""API keys: made, changed, revoked, and recognised. `Authorization: Api-Key PREFIX.SECRET`."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.services import audit
from core.services import changes as differences
from core.sources import may_come_from, read_networks
from core.tenancy import EVERY, within
from customers.models import Customer
from users.enums import Scope
from users.models import APIKey, User
from users.permissions import ROLE_PERMISSIONS, SCOPE_PERMISSIONS, BeyondOwn, NotAllowed, Permission, demand
from users.selectors import closed_to, customers_for, users_managed_by

log = logging.getLogger(__name__)

SCHEME = "Api-Key"
USED_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is: one write a minute, however busy the key is."""
CHANGEABLE = ("name", "scopes", "customers", "expires_at", "source_networks")


def create_key(
    *,
    actor: User,
    user: User,
    name: str,
    scopes: Collection[str],
    customers: Iterable[Customer] = (),
    expires_at: datetime | None = None,
    source_networks: Sequence[str] = (),
) -> tuple[APIKey, str]:
    """A key of the user's, and its text, which nobody can read again. No customers: all of the user's."""
    _demand_change(actor, user)
    chosen = list(customers)
    key = APIKey(user=user, name=name, prefix=secrets.token_hex(6), all_customers=not chosen)
    _set(key, actor, {
        "scopes": scopes, "customers": chosen, "expires_at": expires_at, "source_networks": source_networks,
    })  # fmt: skip
    text = f"{key.prefix}.{secrets.token_urlsafe(32)}"
    key.key_hash = _hash(text)
    key.full_clean()
    with transaction.atomic():
        key.save()
        key.customers.set(chosen)
        _audit("api_key.create", key, actor, after=_told(key))
    return key, text


def update_key(*, actor: User, key: APIKey, **changes: Any) -> APIKey:
    """Change what CHANGEABLE names; secret and owner stay as they are."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"no such field of a key: {', '.join(sorted(unknown))}")
    if "customers" in changes:
        changes["customers"] = list(changes["customers"])
    _demand_change(actor, key.user)
    with transaction.atomic():
        key = APIKey.objects.select_for_update().select_related("user").get(pk=key.pk)
        if key.revoked_at:
            raise ValidationError("This key is revoked; a revoked key does not come back.")
        before = _told(key)
        key.name = changes.get("name", key.name)
        _set(key, actor, changes)
        key.full_clean()
        key.save()
        if "customers" in changes:
            key.customers.set(changes["customers"])
            vars(key).pop("customer_ids", None)
        before, after = differences(before, _told(key))
        if after:
            _audit("api_key.update", key, actor, before, after)
    return key


def revoke_key(*, actor: User, key: APIKey) -> bool:
    """End the key, at once and for good. Says whether it was this call that did."""
    _demand_manage(actor, key.user)
    with transaction.atomic():
        if APIKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()) != 1:
            return False
        _audit("api_key.revoke", key, actor)
    return True


def user_by_key(text: str, address: str | None) -> User | None:
    """The key's user, with `api_key` set, when a client at this address may use the key now; None otherwise."""
    prefix = text.partition(".")[0]
    key = APIKey.objects.select_related("user").filter(prefix=prefix).first() if prefix.isalnum() else None
    if key is None or not hmac.compare_digest(key.key_hash, _hash(text)):
        return None
    if reason := _why_not(key, address):
        # the client is told nothing of it: whoever it is, it has the secret
        log.warning("API key %s refused: %s", key.prefix, reason)
        return None
    _note_use(key)
    key.user.api_key = key
    key.user.out_of_reach = closed_to(address)
    return key.user


def _why_not(key: APIKey, address: str | None) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return "expired"
    if not key.user.is_active:
        return "its user is not active"
    if not may_come_from(address, key.source_networks):
        return f"not allowed from {address}"
    return ""


def _set(key: APIKey, actor: User, values: dict[str, Any]) -> None:
    """Take over those values that are given, once they are found valid."""
    if "scopes" in values:
        key.scopes = _scopes(values["scopes"], key.user)
    if "customers" in values:
        _check_customers(values["customers"], actor, key.user)
        key.all_customers = not values["customers"]
    if "expires_at" in values:
        if values["expires_at"] is not None and values["expires_at"] <= timezone.now():
            raise ValidationError({"expires_at": "This moment is past."})
        key.expires_at = values["expires_at"]
    if "source_networks" in values:
        key.source_networks = read_networks(values["source_networks"], "source_networks")


def _scopes(given: Collection[str], user: User) -> list[str]:
    """The scopes in their own order, each with something that the user's role includes beyond seeing."""
    if unknown := sorted(set(given) - set(Scope.values)):
        raise ValidationError({"scopes": f"There is no scope {unknown[0]!r}; there are {', '.join(Scope.values)}."})
    if not given:
        raise ValidationError({"scopes": "Give at least one scope."})
    role = ROLE_PERMISSIONS.get(user.role, frozenset())
    for scope in given:
        if scope != Scope.READ and not (SCOPE_PERMISSIONS[scope] - SCOPE_PERMISSIONS[Scope.READ]) & role:
            raise ValidationError({"scopes": f"The role {user.role} includes nothing of the scope {scope}."})
    return [scope for scope in Scope.values if scope in given]


def _check_customers(chosen: list[Customer], actor: User, user: User) -> None:
    ids = {customer.pk for customer in chosen}
    if customers_for(actor).filter(pk__in=ids).count() != len(ids):
        raise ValidationError({"customers": "There is no such customer."})
    if customers_for(user).filter(pk__in=ids).count() != len(ids):
        raise ValidationError({"customers": "The user does not see all of these customers."})


def _demand_change(actor: User, user: User) -> None:
    if actor.api_key is not None:
        # who steals a key could otherwise make another one, which outlives the stolen one's end
        raise BeyondOwn("API keys are made and changed by people who are logged in, not with another API key.")
    _demand_manage(actor, user)


def _demand_manage(actor: User, user: User) -> None:
    """One's own keys with nothing but a login; those of others whose customers one sees all as an admin."""
    if actor.pk == user.pk:
        demand(actor, Permission.VIEW)
        return
    demand(actor, Permission.MANAGE_SYSTEM)
    if not users_managed_by(actor).filter(pk=user.pk).exists():
        raise NotAllowed(Permission.MANAGE_SYSTEM)


def _note_use(key: APIKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
        APIKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
        key.last_used_at = now


def _hash(text: str) -> str:
    """Plain SHA-256: the secret is 256 random bits, which no dictionary holds and no slow hash needs to protect."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _audit(action: str, key: APIKey, actor: User, before: Any = None, after: Any = None) -> None:
    with within(EVERY):  # the row is of the owner's customer, which the actor's own key or network may not reach
        audit(action, key, actor=actor, customer=key.user.only_customer(), before=before, after=after)


def _told(key: APIKey) -> dict[str, Any]:
    """What the audit trail keeps of a key."""
    with within(EVERY):
        customers = "all" if key.all_customers else sorted(key.customers.values_list("slug", flat=True))
    return {
        "user": key.user.username,
        "name": key.name,
        "scopes": list(key.scopes),
        "customers": customers,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "source_networks": list(key.source_networks),
    }
