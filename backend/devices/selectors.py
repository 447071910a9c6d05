"""Devices, sites and credentials that a user sees."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from core.distinct import values_by_steps
from customers.models import Customer
from devices.enums import BackupState, LastBackup
from devices.models import Credential, Device, InventoryImport, Site, Tag
from users.models import User
from users.selectors import visible

FRESH = timedelta(hours=24)
"""A verified snapshot younger than this covers a device."""


def devices_for(user: User) -> QuerySet[Device]:
    """Devices of the user's customers."""
    return visible(Device.objects.all(), user)


def sites_for(user: User) -> QuerySet[Site]:
    return visible(Site.objects.all(), user)


def credentials_for(user: User) -> QuerySet[Credential]:
    return visible(Credential.objects.all(), user)


def without_secrets(rows: QuerySet[Credential]) -> QuerySet[Credential]:
    """The credentials with `has_password`, `has_enable_secret`, `has_private_key` instead of the secrets."""
    secrets = ("password", "enable_secret", "private_key")
    # no condition can be put on an encrypted column, but an empty text is stored as such
    return rows.defer(*secrets).annotate(**{f"has_{name}": GreaterThan(Length(name), 0) for name in secrets})


def tags_for(user: User) -> QuerySet[Tag]:
    return visible(Tag.objects.all(), user)


def imports_for(user: User) -> QuerySet[InventoryImport]:
    return visible(InventoryImport.objects.all(), user)


# The orders of a device list, each down to the id. The oldest backup comes first, and before it the ones without any.
DEVICE_ORDERS: dict[str, tuple[Any, ...]] = {
    "hostname": ("hostname", "id"),
    "mgmt_ip": ("mgmt_ip", "id"),
    "platform": ("platform", "hostname", "id"),
    "role": ("role", "hostname", "id"),
    "site": ("site__name", "site_id", "hostname", "id"),
    "reachability": ("reachability", "hostname", "id"),
    "backup": (F("backed_up_at").asc(nulls_first=True), "id"),
    "customer": ("customer__name", "hostname", "id"),
}
FEW = ("customer", "site")
"""Those among them by whose names many devices are ordered, for `core.paging`."""


def in_order(rows: QuerySet[Device], sort: str) -> QuerySet[Device]:
    """Sorted by a name of `DEVICE_ORDERS`, turned around by a `-` before it; any other word means the hostname."""
    name = sort.removeprefix("-")
    if name not in DEVICE_ORDERS:
        return rows.order_by(*DEVICE_ORDERS["hostname"])
    ordered = rows.order_by(*DEVICE_ORDERS[name])
    return ordered.reverse() if sort.startswith("-") else ordered


def platforms_of(rows: QuerySet[Device]) -> list[str]:
    """The platforms that there are among the rows."""
    return values_by_steps(rows, "platform")


def ids_by_customer(rows: QuerySet[Device]) -> dict[Customer, list[int]]:
    """Ids of devices under their customers: a job is of one customer."""
    ids: dict[int, list[int]] = defaultdict(list)
    for customer_id, pk in rows.order_by().values_list("customer_id", "pk"):
        ids[customer_id].append(pk)
    return {customer: ids[customer.pk] for customer in Customer.objects.filter(pk__in=list(ids))}


def backup_is(state: str) -> Q:
    """The condition on a device that a `BackupState` stands for."""
    since = timezone.now() - FRESH
    return {
        BackupState.FRESH: Q(backed_up_at__gte=since),
        BackupState.STALE: Q(backed_up_at__lt=since),
        BackupState.NEVER: Q(backed_up_at=None),
        BackupState.FAILING: Q(last_backup__in=[LastBackup.SUSPICIOUS, LastBackup.FAILED]),
    }[BackupState(state)]


def tallies(rows: QuerySet[Device]) -> list[dict[str, Any]]:
    """How many devices there are by platform and reachability, and of those by each `BackupState`; one query."""
    states: dict[str, Any] = {state.value: Count("pk", filter=backup_is(state)) for state in BackupState}
    grouped = rows.order_by().values("platform", "reachability")
    return [dict(row) for row in grouped.annotate(devices=Count("pk"), **states)]
