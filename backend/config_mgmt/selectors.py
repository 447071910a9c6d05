"""Snapshots that a user sees, and their texts with secrets masked."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max, QuerySet

from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot
from core.crypto import unpack
from networkops.redact import mask
from users.models import User
from users.selectors import visible


def snapshots_for(user: User) -> QuerySet[ConfigSnapshot]:
    return visible(ConfigSnapshot.objects.all(), user)


def latest_verified(devices: Iterable[int]) -> dict[int, ConfigSnapshot]:
    """The last verified snapshot of each device that has one, by device id; one query however many devices."""
    verified = ConfigSnapshot.objects.filter(status=SnapshotStatus.VERIFIED)
    newest = verified.filter(device__in=list(devices)).order_by().values("device").annotate(last=Max("pk"))
    rows = verified.filter(pk__in=newest.values("last")).select_related("text")
    return {row.device_id: row for row in rows}


def masked_text(snapshot: ConfigSnapshot) -> str:
    """The snapshot's text as anybody may see it. The caller got the snapshot from `snapshots_for`."""
    return mask(unpack(snapshot.text.packed), snapshot.device.platform) if snapshot.text else ""
