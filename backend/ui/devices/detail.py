"""What the pages of one device show."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from config_mgmt.selectors import snapshots_for
from devices.models import Device
from discovery.selectors import facts_of, interfaces_for
from jobs.models import JobTarget
from jobs.selectors import targets_for
from networkops.errors import ERRORS
from networkops.hostkeys import fingerprint
from terminals.selectors import terminal_sessions_for
from ui.devices.listing import actions_for
from ui.paging import counted_page
from ui.scope import user_of
from users.permissions import Permission, may


def device_context(request: HttpRequest, device: Device, tab: str) -> dict[str, Any]:
    """The head that all pages of a device have."""
    user = user_of(request)
    rows: list[tuple[str, str, str, str, QuerySet[Any] | None]] = [
        ("overview", "Overview", "info", "ui:device_detail", None),
        ("interfaces", "Interfaces", "cable", "ui:device_interfaces", interfaces_for(user)),
        ("neighbours", "Neighbours", "network", "ui:device_neighbours", None),
        ("snapshots", "Configurations", "file-clock", "ui:device_snapshots", snapshots_for(user)),
        ("reachability", "Reachability", "activity", "ui:device_reachability", None),
        ("jobs", "Jobs", "list-checks", "ui:device_jobs", targets_for(user)),
    ]
    if may(user, Permission.OPEN_TERMINAL):
        rows.append(("sessions", "Sessions", "terminal", "ui:device_sessions", terminal_sessions_for(user)))
    tabs = [
        {
            "label": label, "icon": icon, "url": reverse(url, args=[device.pk]), "current": key == tab,
            "count": counted.filter(device=device).count() if counted is not None else None,
        }
        for key, label, icon, url, counted in rows
    ]  # fmt: skip
    return {"device": device, "tabs": tabs, "actions": actions_for(request)}


def overview(request: HttpRequest, device: Device) -> dict[str, Any]:
    """What the record's fields say in words, and when the device was asked for its facts."""
    key_type, key_print = "", ""
    if device.host_key.strip():
        key_type = device.host_key.split()[0]
        try:
            key_print = fingerprint(device.host_key)
        except ValueError:
            key_print = "not readable"
    options = {name: value for name, value in device.connection_options.items() if name != "legacy_ssh"}
    return {
        "key_type": key_type,
        "key_print": key_print,
        "options": json.dumps(options, indent=2, sort_keys=True) if options else "",
        "legacy_ssh": bool(device.connection_options.get("legacy_ssh")),
        "device_tags": list(device.tags.all()),
        "facts": facts_of(user_of(request), device),
    }


def job_page(request: HttpRequest, device: Device) -> Page[JobTarget]:
    """The device's part in jobs, newest first; each row has its error's name in `error_label`."""
    rows = targets_for(user_of(request)).filter(device=device).order_by("-id")
    page = counted_page(rows, rows.order_by().select_related("job", "job__requested_by"), request.GET)
    for target in page.object_list:
        error = ERRORS.get(target.error_code)
        target.error_label = error.label if error else ""  # type: ignore[attr-defined]
    return page
