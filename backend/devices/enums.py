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
