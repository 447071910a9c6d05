"""Keeping what backups bring."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.utils import timezone

from config_mgmt.diff import count_changes
from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot, ConfigText
from config_mgmt.selectors import latest_verified
from core.crypto import CannotDecrypt, pack, unpack
from core.services import audit
from core.text import storable
from devices.models import Device
from jobs.kinds import Finished, Outcome
from jobs.models import Job
from networkops.errors import Cancelled, ConfigSuspicious
from networkops.normalise import normalise
from users.models import User
from users.permissions import Permission, demand

SHRUNK_BELOW = 0.5
"""A text with less than this share of the last verified one's lines is suspicious."""
SMALL_LINES = 20
"""Below so many lines, losing half of them says nothing."""

Capture = tuple[ConfigSnapshot, str]
"""A snapshot and the text that is still to be stored for it, if any."""


def keep_snapshots(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Make a snapshot of each finished target: verified, suspicious (which fails the target), or failed.

    A target that somebody cancelled says nothing about its device, and leaves none.
    """
    # two jobs may end on one device at the same time: the second reads the first one's version
    ids = sorted(done.target.device_id for done in finished)
    list(Device.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    latest = latest_verified(ids)
    outcomes: dict[int, Outcome] = {}
    captures: list[Capture] = []
    for done in finished:
        if isinstance(done.error, Cancelled):
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        capture, outcomes[done.target.pk] = _judge(job, done, latest.get(done.target.device_id))
        captures.append(capture)
    _store_texts(job, captures)
    snapshots = [snapshot for snapshot, _ in captures]
    ConfigSnapshot.objects.bulk_create(snapshots)
    _mark_devices(snapshots)
    return outcomes


def _mark_devices(snapshots: Sequence[ConfigSnapshot]) -> None:
    """Write on each device how its last backup ended."""
    now = timezone.now()
    for status in SnapshotStatus:
        ids = [snapshot.device_id for snapshot in snapshots if snapshot.status == status]
        if ids:
            good = {"backed_up_at": now} if status == SnapshotStatus.VERIFIED else {}
            Device.objects.filter(pk__in=ids).update(last_backup=status, last_backup_at=now, **good)


def _store_texts(job: Job, captures: Sequence[Capture]) -> None:
    """Point snapshots at the rows of their texts; a text that the customer has already is not stored again."""
    by_hash = {_sha256(text): text for _, text in captures if text}
    rows = _known(job, by_hash)
    fresh = [
        ConfigText(
            customer_id=job.customer_id, sha256=digest, packed=pack(text), size=len(text), lines=len(text.splitlines())
        )
        # in one order: two jobs that store the same texts must not wait for each other in a circle
        for digest, text in sorted(by_hash.items())
        if digest not in rows
    ]
    if fresh:
        # another job may store the same text at the same time: then its row is the one
        ConfigText.objects.bulk_create(fresh, ignore_conflicts=True)
        rows = _known(job, by_hash)
    for snapshot, text in captures:
        if text:
            snapshot.text = rows[_sha256(text)]


def _known(job: Job, digests: Iterable[str]) -> dict[str, ConfigText]:
    rows = ConfigText.objects.filter(customer_id=job.customer_id, sha256__in=list(digests))
    return {row.sha256: row for row in rows.defer("packed")}


def _judge(job: Job, done: Finished, latest: ConfigSnapshot | None) -> tuple[Capture, Outcome]:
    snapshot = ConfigSnapshot(
        customer_id=job.customer_id, device_id=done.target.device_id, target=done.target, taken_at=timezone.now()
    )
    if done.error is not None:
        snapshot.status = SnapshotStatus.FAILED
        snapshot.problems = [storable(str(done.error))]
        return (snapshot, ""), Outcome({}, done.error)
    text = storable(done.result.text)
    problems = [storable(problem) for problem in (*done.result.problems, *_shrunk(text, latest))]
    if not text and not problems:
        problems = ["It is empty."]
    if problems:
        snapshot.status = SnapshotStatus.SUSPICIOUS
        snapshot.problems = problems
        return (snapshot, text), Outcome({"status": snapshot.status}, ConfigSuspicious(" ".join(problems)))
    line = _number(snapshot, text, latest, done.target.device.platform)
    result = {"status": SnapshotStatus.VERIFIED, "version": snapshot.version, "new_version": snapshot.is_new_version}
    return (snapshot, text if snapshot.is_new_version else ""), Outcome(result, line=line)


def _shrunk(text: str, latest: ConfigSnapshot | None) -> list[str]:
    if latest is None or latest.text is None or latest.text.lines < SMALL_LINES:
        return []
    lines = len(text.splitlines())
    if lines >= latest.text.lines * SHRUNK_BELOW:
        return []
    return [f"It shrank from {latest.text.lines} lines to {lines}."]


def _number(snapshot: ConfigSnapshot, text: str, latest: ConfigSnapshot | None, platform: str) -> str:
    """Give a verified snapshot its version; returns the line for the log."""
    normal = normalise(text, platform)
    snapshot.status = SnapshotStatus.VERIFIED
    snapshot.normal_sha256 = _sha256(normal)
    if latest is not None and latest.normal_sha256 == snapshot.normal_sha256:
        snapshot.version = latest.version
        snapshot.text = latest.text
        return f"configuration unchanged since version {latest.version}"
    snapshot.version = (latest.version or 0) + 1 if latest else 1
    snapshot.is_new_version = True
    if latest is None or latest.text is None:
        return f"configuration stored as version 1 ({len(text.splitlines())} lines)"
    try:
        before = normalise(unpack(latest.text.packed), platform)
    except CannotDecrypt:  # a lost key hides the old text, and must not keep the new one out
        return f"configuration changed: version {snapshot.version}; the one before cannot be decrypted"
    snapshot.lines_added, snapshot.lines_removed = count_changes(before, normal)
    return f"configuration changed: version {snapshot.version}, +{snapshot.lines_added} -{snapshot.lines_removed} lines"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def reveal_secrets(*, actor: User, snapshot: ConfigSnapshot) -> str:
    """The snapshot's text with its secrets; the look is audited. Raises NotAllowed."""
    demand(actor, Permission.VIEW_SECRETS)
    audit("snapshot.reveal_secrets", snapshot, actor=actor)
    return plain_text(snapshot)


def plain_text(snapshot: ConfigSnapshot) -> str:
    """The text as the device printed it, secrets and all: for jobs and for masking, never for a page."""
    return unpack(snapshot.text.packed) if snapshot.text else ""
