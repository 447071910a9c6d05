"""What a user sees of devices' facts and interfaces."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from devices.models import Device
from discovery.models import DeviceFacts, Interface
from users.models import User
from users.selectors import visible


def facts_for(user: User) -> QuerySet[DeviceFacts]:
    return visible(DeviceFacts.objects.all(), user)


def facts_of(user: User, device: Device | int) -> DeviceFacts | None:
    return facts_for(user).filter(device=device).first()


def interfaces_for(user: User) -> QuerySet[Interface]:
    return visible(Interface.objects.all(), user)


def interfaces_of(user: User, device: Device | int) -> QuerySet[Interface]:
    return interfaces_for(user).filter(device=device).order_by("sort_key", "pk")


def interface_counts(rows: QuerySet[Interface]) -> dict[str, int]:
    """How many there are in all, and how many are up, down, and switched off."""
    off = Q(enabled=False)
    counts = {"total": Q(), "up": Q(up=True), "down": Q(up=False) & ~off, "off": off}
    found = rows.order_by().aggregate(**{f"n_{name}": Count("pk", filter=one) for name, one in counts.items()})
    return {name.removeprefix("n_"): count for name, count in found.items()}
