"""One audit event in words: what kind of thing it is about, where that stands, what changed of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse

from core.models import AuditEvent

THINGS = (
    ("customers.customeriprange", "Address range"),
    ("users.apikey", "API key"),
    ("core.auditevent", "Audit trail"),
    ("config_mgmt.configsnapshot", "Configuration"),
    ("devices.credential", "Credential"),
    ("customers.customer", "Customer"),
    ("devices.device", "Device"),
    ("devices.inventoryimport", "Import"),
    ("jobs.job", "Job"),
    ("notifications.channel", "Notification channel"),
    ("notifications.delivery", "Notification"),
    ("users.savedfilter", "Saved filter"),
    ("devices.site", "Site"),
    ("devices.tag", "Tag"),
    ("terminals.terminalsession", "Terminal session"),
    ("users.user", "User"),
)
_NAMES = dict(THINGS)
_PAGES = {
    "customers.customer": "ui:customer_detail",
    "devices.device": "ui:device_detail",
    "jobs.job": "ui:job_detail",
    "notifications.channel": "ui:notification_detail",
    "notifications.delivery": "ui:notification_delivery",
    "terminals.terminalsession": "ui:terminal_replay",
    "config_mgmt.configsnapshot": "ui:snapshot_detail",
}
NONE = "–"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. `tone`: ok for a new one, bad for one that is gone, "" for one that was replaced."""

    name: str
    before: str
    after: str
    tone: str


def name_of(object_type: str) -> str:
    if object_type in _NAMES:
        return _NAMES[object_type]
    try:
        return str(apps.get_model(object_type)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):  # a kind of thing that webnet no longer knows
        return object_type


def page_of(event: AuditEvent) -> str:
    """The address of what the event is about; it may have gone since."""
    name = _PAGES.get(event.object_type)
    return reverse(name, args=[event.object_id]) if name and event.object_id and ".delete" not in event.action else ""


def changes_of(event: AuditEvent) -> list[Change]:
    names = list(dict.fromkeys([*event.before, *event.after]))
    return [
        Change(
            name.replace("_", " "),
            _text(event.before[name]) if name in event.before else "",
            _text(event.after[name]) if name in event.after else "",
            "" if name in event.before and name in event.after else "ok" if name in event.after else "bad",
        )
        for name in names
    ]


def _text(value: Any) -> str:
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(map(str, value)) or NONE
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict | list) else str(value)
