"""Words of the config_mgmt app."""

from django.db import models


class SnapshotStatus(models.TextChoices):
    VERIFIED = "verified"
    SUSPICIOUS = "suspicious"
    FAILED = "failed"
