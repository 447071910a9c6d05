"""Words of the users app."""

from django.db import models


class Role(models.TextChoices):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(models.TextChoices):
    READ = "read"
    RUN = "run"
    WRITE = "write"


class SavedList(models.TextChoices):
    """Lists whose filters can be saved, by their address in the API."""

    DEVICES = "devices"
    JOBS = "jobs"
    SNAPSHOTS = "snapshots"
    SITES = "sites"
    CREDENTIALS = "credentials"
    SCHEDULES = "schedules"
    CUSTOMERS = "customers"
    USERS = "users"
    AUDIT_EVENTS = "audit-events"
