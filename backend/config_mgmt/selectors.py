"""Snapshots that a user sees, and their texts with secrets masked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db.models import Max, QuerySet

from config_mgmt.diff import Diff, Side, compare
from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot
from core.crypto import unpack
from networkops.normalise import normalise
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


def latest(devices: Iterable[int]) -> dict[int, ConfigSnapshot]:
    """The last snapshot of each device, however it ended, by device id."""
    rows = ConfigSnapshot.objects.filter(device__in=list(devices))
    newest = rows.order_by().values("device").annotate(last=Max("pk"))
    return {row.device_id: row for row in ConfigSnapshot.objects.filter(pk__in=newest.values("last"))}


def versions_beside(snapshot: ConfigSnapshot) -> tuple[ConfigSnapshot | None, ConfigSnapshot | None]:
    """The first snapshots of the device's version before and after this one's; of an unverified one, by time."""
    versions = ConfigSnapshot.objects.filter(device_id=snapshot.device_id, is_new_version=True).order_by("version")
    if snapshot.version is None:
        older, newer = versions.filter(taken_at__lt=snapshot.taken_at), versions.filter(taken_at__gt=snapshot.taken_at)
    else:
        older, newer = versions.filter(version__lt=snapshot.version), versions.filter(version__gt=snapshot.version)
    return older.last(), newer.first()


def masked_text(snapshot: ConfigSnapshot) -> str:
    """The snapshot's text as anybody may see it. The caller got the snapshot from `snapshots_for`."""
    return mask(_plain(snapshot), snapshot.device.platform)


def masked_diff(old: ConfigSnapshot, new: ConfigSnapshot) -> Diff:
    """The difference of two snapshots of one device as anybody may see it.

    Secrets are compared but shown masked: a row tells that one changed, not what it is. Volatile lines count as equal.
    """
    return compare(_side(old), _side(new))


def _side(snapshot: ConfigSnapshot) -> Side:
    text, platform = _plain(snapshot), snapshot.device.platform
    return Side.of(text, shown=mask(text, platform), key=partial(normalise, platform=platform))


def _plain(snapshot: ConfigSnapshot) -> str:
    return unpack(snapshot.text.packed) if snapshot.text else ""
