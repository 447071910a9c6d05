"""What the page of a device's interfaces shows: filtered, in the order of their names, one page of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from devices.models import Device
from discovery.models import Interface
from discovery.selectors import facts_of, interface_counts, interfaces_of
from jobs.enums import JobKind
from jobs.kinds import KINDS
from ui.paging import counted_page, searched
from ui.scope import user_of
from users.permissions import may

STATES: dict[str, tuple[str, Q]] = {
    "up": ("Up", Q(up=True)),
    "down": ("Down", Q(up=False) & ~Q(enabled=False)),
    "off": ("Switched off", Q(enabled=False)),
}
FEW = 12
"""Interfaces that need no search."""
COLUMNS: Sequence[str] = (
    "name", "description", "enabled", "up", "mac", "mtu", "speed_kbps", "addresses", "last_seen_at",
)  # fmt: skip


def found_interfaces(request: HttpRequest, device: Device) -> QuerySet[Interface]:
    """Of the device, as far as they match the query. A state that there is not matches none."""
    rows = interfaces_of(user_of(request), device)
    state = request.GET.get("state", "")
    if state:
        rows = rows.filter(STATES[state][1]) if state in STATES else rows.none()
    for word in searched(request.GET).split()[:10]:
        columns = ("name", "description", "mac", "addresses__address")
        matches = reduce(or_, (Q(**{f"{column}__icontains": word}) for column in columns))
        rows = rows.filter(pk__in=interfaces_of(user_of(request), device).filter(matches).order_by().values("pk"))
    return rows


def interfaces_context(request: HttpRequest, device: Device) -> dict[str, Any]:
    user, rows = user_of(request), found_interfaces(request, device)
    load = interfaces_of(user, device).prefetch_related("addresses")
    counts, state = interface_counts(interfaces_of(user, device)), request.GET.get("state", "")
    chip = {"name": "state", "label": "State", "value": STATES[state][0]} if state in STATES else None
    return {
        "facts": facts_of(user, device),
        "page": counted_page(rows, load, request.GET),
        "counts": counts,
        "states": [
            ("", "Any state", counts["total"]),
            *((key, words, counts[key]) for key, (words, _) in STATES.items()),
        ],
        "state": state,
        "chips": [chip] if chip else [],
        "is_long": counts["total"] > FEW,
        "kind": JobKind.REFRESH_FACTS if may(user, KINDS[JobKind.REFRESH_FACTS].permission) else "",
    }


def line_of(interface: Interface) -> dict[str, Any]:
    """One row of the file."""
    values = {name: getattr(interface, name) for name in COLUMNS if name != "addresses"}
    return values | {"addresses": interface.address_texts}
