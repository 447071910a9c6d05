"""Making, changing and removing what a customer has: sites, tags, credentials and devices.

All but `devices.batches` writes one row. Raises NotAllowed, ValidationError by field, ProtectedError, and
ObjectDoesNotExist for rows that are not the actor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from core.errors import Refused, RowsRefused
from core.services import audit
from customers.models import Customer
from devices.batches import create_devices, delete_devices, update_devices
from devices.models import Credential, Device, Site, Tag
from devices.selectors import credentials_for, devices_for, sites_for, tags_for
from networkops.hostkeys import fingerprint
from networkops.keys import read_private_key
from users.models import User
from users.permissions import Permission, demand
from users.rows import create_row, delete_row, update_row


def create_site(*, actor: User, customer: Customer, **values: Any) -> Site:
    return create_row(actor, Site(customer=customer, **values), values)


def update_site(*, actor: User, site: Site, **changes: Any) -> Site:
    return update_row(actor, sites_for(actor), site, changes)


def delete_site(*, actor: User, site: Site) -> None:
    """Raises ProtectedError while devices stand there."""
    delete_row(actor, sites_for(actor), site)


def create_tag(*, actor: User, customer: Customer, **values: Any) -> Tag:
    return create_row(actor, Tag(customer=customer, **values), values)


def update_tag(*, actor: User, tag: Tag, **changes: Any) -> Tag:
    return update_row(actor, tags_for(actor), tag, changes)


def delete_tag(*, actor: User, tag: Tag) -> None:
    """Takes it off the devices that wear it."""
    delete_row(actor, tags_for(actor), tag)


def create_credential(*, actor: User, customer: Customer, **values: Any) -> Credential:
    _check_key(values)
    return create_row(actor, Credential(customer=customer, **values), values)


def update_credential(*, actor: User, credential: Credential, **changes: Any) -> Credential:
    """A secret that is not given stays; an empty one is taken away."""
    _check_key(changes)
    return update_row(actor, credentials_for(actor), credential, changes)


def delete_credential(*, actor: User, credential: Credential) -> None:
    """Raises ProtectedError while devices use it."""
    delete_row(actor, credentials_for(actor), credential)


def create_device(*, actor: User, customer: Customer, **values: Any) -> Device:
    """Values as `create_devices` takes them."""
    try:
        return create_devices(actor=actor, rows=[{"customer": customer, **values}])[0]
    except RowsRefused as refused:
        raise refused.errors[0] from None


def update_device(*, actor: User, device: Device, **changes: Any) -> Device:
    try:
        return update_devices(actor=actor, changes=[(device, changes)])[0]
    except RowsRefused as refused:
        raise refused.errors[0] from None


def delete_device(*, actor: User, device: Device) -> None:
    """With its jobs' targets and its snapshots."""
    try:
        delete_devices(actor=actor, rows=[device])
    except RowsRefused as refused:
        raise refused.errors[0] from None


def forget_host_key(*, actor: User, device: Device) -> Device:
    """Accept that the device has another host key: the next login pins the one that it then shows."""
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        row = devices_for(actor).select_for_update(of=("self",)).get(pk=device.pk)
        if not row.host_key:
            raise Refused("No host key is pinned: the next login pins the one that the device shows.")
        before = {"host_key": host_key_print(row)}
        row.host_key = ""
        row.save(update_fields=["host_key", "updated_at"])
        audit("device.forget_host_key", row, actor=actor, before=before)
    return row


def host_key_print(device: Device) -> str:
    """The fingerprint of the pinned host key; empty without one."""
    try:
        return fingerprint(device.host_key) if device.host_key else ""
    except ValueError:
        return "unreadable"


def _check_key(values: Mapping[str, Any]) -> None:
    if text := values.get("private_key"):
        try:
            read_private_key(text)
        except ValueError as error:
            raise ValidationError({"private_key": str(error)}) from None


__all__ = [
    "create_credential", "create_device", "create_devices", "create_site", "create_tag",
    "delete_credential", "delete_device", "delete_devices", "delete_site", "delete_tag",
    "forget_host_key", "host_key_print",
    "update_credential", "update_device", "update_devices", "update_site", "update_tag",
]  # fmt: skip
