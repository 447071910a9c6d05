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
