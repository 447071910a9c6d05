"""Words of the devices app."""

from django.db import models


class Reachability(models.TextChoices):
    UNKNOWN = "unknown"
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


class DeviceRole(models.TextChoices):
    CORE = "core"
    EDGE = "edge"
    DISTRIBUTION = "distribution"
    ACCESS = "access"
    FIREWALL = "firewall"
    OTHER = "other"


class LastBackup(models.TextChoices):
    """How the last backup of a device ended. Names but the first as config_mgmt's SnapshotStatus."""

    NONE = "none"
    VERIFIED = "verified"
    SUSPICIOUS = "suspicious"
    FAILED = "failed"


class BackupState(models.TextChoices):
    """How far a device's configuration is covered by backups."""

    FRESH = "fresh", "In the last 24 h"
    STALE = "stale", "Older than 24 h"
    NEVER = "never", "Never"
    FAILING = "failing", "Last one failed or suspicious"


class ImportKind(models.TextChoices):
    """What a file holds."""

    DEVICES = "devices", "Devices"
    CREDENTIALS = "credentials", "Credentials"


class ImportStatus(models.TextChoices):
    """How far an import is. `refused`: the file has faults and nothing was written."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"


IMPORT_ENDED = frozenset(ImportStatus) - {ImportStatus.QUEUED, ImportStatus.RUNNING}

IMPORT_TRANSITIONS: dict[ImportStatus, frozenset[ImportStatus]] = {
    ImportStatus.QUEUED: frozenset({ImportStatus.RUNNING}),
    # back to queued: its worker died, and another goes on where it was
    ImportStatus.RUNNING: IMPORT_ENDED | {ImportStatus.QUEUED},
}
