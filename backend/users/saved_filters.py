"""Filters of lists, saved under a name: one's own, or shared with everybody who sees a customer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from core.services import audit
from customers.models import Customer
from users.enums import Scope
from users.models import SavedFilter, User
from users.permissions import BeyondOwn, Permission, demand, may
from users.selectors import customers_for, saved_filters_for

CHANGEABLE = ("name", "query", "customer")


def create_saved_filter(
    *, actor: User, name: str, list: str, query: str = "", customer: Customer | None = None
) -> SavedFilter:
    row = SavedFilter(owner=actor, name=name, list=list, query=query, customer=customer)
    _demand_write(actor, customer)
    with transaction.atomic():
        row.full_clean()
        row.save(force_insert=True)
        audit("saved_filter.create", row, actor=actor, after=_told(row))
    return row


def update_saved_filter(*, actor: User, saved_filter: SavedFilter, **changes: Any) -> SavedFilter:
    """Change what CHANGEABLE names; with a customer it is shared, without one it is its owner's again."""
    if unknown := set(changes) - set(CHANGEABLE):
        raise TypeError(f"no such field of a filter: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        row = _own(actor, saved_filter)
        before = _told(row)
        for name, value in changes.items():
            setattr(row, name, value)
        if row.customer_id is None and row.owner_id != actor.pk:
            raise BeyondOwn("Only its owner takes a filter back from the others.")
        _demand_write(actor, row.customer)
        row.full_clean()
        row.save()
        after = _told(row)
        if differing := [name for name in after if after[name] != before[name]]:
            audit(
                "saved_filter.change",
                row,
                actor=actor,
                before={name: before[name] for name in differing},
                after={name: after[name] for name in differing},
            )
    return row


def delete_saved_filter(*, actor: User, saved_filter: SavedFilter) -> None:
    with transaction.atomic():
        row = _own(actor, saved_filter)
        audit("saved_filter.delete", row, actor=actor, before=_told(row))
        row.delete()


def _own(actor: User, saved_filter: SavedFilter) -> SavedFilter:
    """The filter as it is now, if the actor may change it: as its owner, or as an admin of the customer."""
    row = saved_filters_for(actor).select_for_update(of=("self",)).filter(pk=saved_filter.pk).first()
    if row is None:
        raise ObjectDoesNotExist("There is no such filter.")
    _demand_write(actor, row.customer)
    if row.owner_id != actor.pk and not may(actor, Permission.MANAGE_SYSTEM):
        raise BeyondOwn("This filter is changed by its owner, or by an admin.")
    return row


def _demand_write(actor: User, customer: Customer | None) -> None:
    """Everybody keeps filters of their own; sharing one with a customer is for who manages its inventory."""
    demand(actor, Permission.VIEW if customer is None else Permission.MANAGE_INVENTORY)
    if actor.api_key is not None and Scope.WRITE not in actor.api_key.scopes:
        raise BeyondOwn("The scopes of this API key do not allow this (write).")
    if customer is not None and not customers_for(actor).filter(pk=customer.pk).exists():
        raise ObjectDoesNotExist("There is no such customer.")


def _told(row: SavedFilter) -> dict[str, Any]:
    return {
        "name": row.name,
        "list": row.list,
        "query": row.query,
        "customer": row.customer.slug if row.customer else None,
    }
