"""One row of a customer made, changed or removed, with its audit row: what the services of plain models share.

Raises NotAllowed, ValidationError by field, ProtectedError, and ObjectDoesNotExist for rows that are not the actor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet

from core.services import audit
from core.services import changes as differences
from users.models import User
from users.permissions import Permission, demand
from users.selectors import customers_for

M = TypeVar("M", bound=Model)


def create_row(actor: User, row: M, values: Mapping[str, Any]) -> M:
    demand(actor, Permission.MANAGE_INVENTORY)
    if not customers_for(actor).filter(pk=row.customer_id).exists():  # type: ignore[attr-defined]
        raise ObjectDoesNotExist("There is no such customer.")
    try:
        with transaction.atomic():
            _clean(row)
            row.save(force_insert=True)
            audit(f"{row._meta.model_name}.create", row, actor=actor, after=plain(values))
    except IntegrityError:
        row.pk = None
        _clean(row)  # somebody was quicker, and now it tells what they took
        raise
    return row


def update_row(actor: User, rows: QuerySet[M], row: M, values: Mapping[str, Any]) -> M:
    """Change the row as it is now; what stays the same is neither written nor audited."""
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).get(pk=row.pk)
        before, after = differences({name: getattr(row, name) for name in values}, values)
        if after:
            for name, value in after.items():
                setattr(row, name, value)
            _clean(row)
            row.save()
            audit(f"{row._meta.model_name}.change", row, actor=actor, before=plain(before), after=plain(after))
    return row


def delete_row(actor: User, rows: QuerySet[M], row: M) -> None:
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = rows.select_for_update(of=("self",)).get(pk=row.pk)
        pk = row.pk
        row.delete()
        row.pk = pk  # which the audit row names
        audit(f"{row._meta.model_name}.delete", row, actor=actor, before={"name": str(row)})


def _clean(row: Model) -> None:
    """The model's own checks; a name that is taken is a fault of the name."""
    try:
        row.full_clean()
    except ValidationError as error:
        faults = error.error_dict
        for one in faults.get(NON_FIELD_ERRORS, []):
            if one.code == "unique_together":
                raise ValidationError({"name": f"The customer has a {row._meta.verbose_name} of this name."}) from None
        raise


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the audit trail can hold them: rows by their id."""
    return {name: value.pk if isinstance(value, Model) else value for name, value in values.items()}
