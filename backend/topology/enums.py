"""States of links, and how a neighbour was recognised."""

from django.db import models


class LinkState(models.TextChoices):
    PROVEN = "proven", "Proven"
    ONE_SIDED = "one_sided", "One-sided"
    CONFLICT = "conflict", "Conflict"
    VANISHED = "vanished", "Vanished"


class Protocol(models.TextChoices):
    LLDP = "lldp", "LLDP"
    CDP = "cdp", "CDP"


class MatchedBy(models.TextChoices):
    NOTHING = "", "Nothing"
    NAME = "name", "Name"
    ADDRESS = "address", "Management address"
    CHASSIS = "chassis", "Chassis"
