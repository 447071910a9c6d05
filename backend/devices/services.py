"""Making, changing and removing what a customer has: sites, tags, credentials and devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Model, QuerySet

from core.services import audit
from customers.models import Customer
from devices.models import Site
from devices.selectors import sites_for
from users.models import User
from users.permissions import Permission, demand
from users.selectors import customers_for

M = TypeVar("M", bound=Model)


def create_site(*, actor: User, customer: Customer, **values: Any) -> Site:
    return _create(actor, Site(customer=customer, **values), values)


def update_site(*, actor: User, site: Site, **changes: Any) -> Site:
    return _update(actor, sites_for(actor), site, changes)


def delete_site(*, actor: User, site: Site) -> None:
    """Raises ProtectedError while devices stand there."""
    _delete(actor, sites_for(actor), site)


def _create(actor: User, row: M, values: Mapping[str, Any]) -> M:
    """Save a new row that its model finds right, with its audit row. Raises NotAllowed, ValidationError."""
    demand(actor, Permission.MANAGE_INVENTORY)
    if not customers_for(actor).filter(pk=row.customer_id).exists():  # type: ignore[attr-defined]
        raise ObjectDoesNotExist("There is no such customer.")
    with transaction.atomic():
        row.full_clean()
        row.save(force_insert=True)
        audit(f"{row._meta.model_name}.create", row, actor=actor, after=plain(values))
    return row


def _update(actor: User, rows: QuerySet[M], row: M, changes: Mapping[str, Any]) -> M:
    """Change the row as it is now; what stays the same is neither written nor audited."""
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).get(pk=row.pk)
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if changed:
            before = {name: getattr(row, name) for name in changed}
            for name, value in changed.items():
                setattr(row, name, value)
            row.full_clean()
            row.save()
            audit(f"{row._meta.model_name}.change", row, actor=actor, before=plain(before), after=plain(changed))
    return row


def _delete(actor: User, rows: QuerySet[M], row: M) -> None:
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).get(pk=row.pk)
        audit(f"{row._meta.model_name}.delete", row, actor=actor, before={"as": str(row)})
        row.delete()


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the audit trail can hold them: rows by their id, what JSON does not know as text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, bool | int | float | str | list | dict | None):
        return value
    return str(value)
