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
