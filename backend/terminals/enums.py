"""Words of the terminals app."""

from django.db import models


class SessionStatus(models.TextChoices):
    OPEN = "open"
    ENDED = "ended"


class EndReason(models.TextChoices):
    """Why a session ended."""

    CLOSED = "closed", "Closed by its user"
    LEFT = "left", "Nobody came back in time"
    DEVICE = "device", "Ended by the device"
    FAILED = "failed", "Not connected"
    LOST = "lost", "Connection lost"
    IDLE = "idle", "Idle for too long"
    TIME = "time", "Longest time reached"
    LOGIN = "login", "Login ended or changed"
    DISABLED = "disabled", "Device disabled"
    SERVER = "server", "Server stopped"


class ConfigCheck(models.TextChoices):
    """Whether the configuration changed around a session in which somebody typed."""

    NONE = "", "Not looked at"
    WAITING = "waiting", "Waits for the backup after it"
    UNCHANGED = "unchanged", "Configuration unchanged"
    CHANGED = "changed", "Configuration changed"
    FIRST = "first", "No backup before it"
    FAILED = "failed", "Backup after it failed"
    UNKNOWN = "unknown", "Never found out"
