"""Customers, the tenants, and the address ranges that are theirs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Now

from core.invariants import addresses
from core.networks import Holds, Overlaps
from core.sources import read_networks
from core.tenancy import EVERY, within

LONGEST_RETENTION_DAYS = 36_500


class Customer(models.Model):
    """The tenant: every device, job, credential and snapshot belongs to exactly one."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=50, unique=True)
    four_eyes = models.BooleanField(default=False, help_text="A change is never approved by its author.")
    record_terminal_input = models.BooleanField(
        default=False, help_text="Recordings of terminal sessions hold what was typed, but for passwords."
    )
    backup_after_session = models.BooleanField(
        default=True, help_text="A terminal session in which somebody typed is followed by a backup of its device."
    )
    snapshot_retention_days = models.PositiveIntegerField(default=0, help_text="0 keeps every snapshot.")
    api_networks = models.JSONField(
        default=list, blank=True, help_text="API keys and tokens reach this customer from these networks alone."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.api_networks = read_networks(self.api_networks, "api_networks")

    def owns_address(self, address: str) -> bool:
        """Whether a management address lies in the customer's ranges; without ranges every address does.

        So does what is no address at all: its field refuses that.
        """
        ranges = [ipaddress.ip_network(cidr) for cidr in self.ip_ranges.values_list("cidr", flat=True)]
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return True
        return not ranges or any(ip in network for network in ranges)

    def devices_outside(self, ranges: Iterable[str] | None = None) -> QuerySet[Any]:
        """Devices whose management address lies in none of these ranges, by default the customer's as they are now.

        None of them where there are no ranges.
        """
        cidrs = list(self.ip_ranges.values_list("cidr", flat=True) if ranges is None else ranges)
        rows = self.devices.order_by("hostname")
        for cidr in cidrs:
            rows = rows.exclude(Holds(models.Value(cidr), "mgmt_ip"))
        return rows if cidrs else rows.none()


class CustomerIPRange(models.Model):
    """Addresses that a customer's devices are managed under."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="ip_ranges")
    cidr = models.CharField(max_length=49)
    may_overlap = models.BooleanField(default=False, help_text="Another customer may use the same addresses.")

    class Meta:
        ordering = ("cidr",)
        constraints = (models.UniqueConstraint(fields=["customer", "cidr"], name="iprange_once_per_customer"),)

    def __str__(self) -> str:
        return self.cidr

    def clean(self) -> None:
        try:
            network = ipaddress.ip_network(self.cidr)
        except ValueError as error:
            raise ValidationError({"cidr": f"Not a network: {error}."}) from error
        self.cidr = str(network)
        # without an id the customer is being made in the same form
        others = CustomerIPRange.objects.exclude(customer=self.customer_id or 0)
        others = others.filter(Overlaps("cidr", models.Value(self.cidr)))
        with within(EVERY):
            is_taken = (others.filter(may_overlap=False) if self.may_overlap else others).exists()
        if is_taken:
            # the other customer is not named: its ranges are not for this one's eyes
            raise ValidationError({"cidr": "Overlaps a range of another customer; mark both as overlapping."})


_RANGES = CustomerIPRange._meta.db_table
addresses(
    _RANGES,
    "cidr",
    reads=_RANGES,
    foreign="SELECT 1 WHERE cidr(NEW.cidr) IS NULL",
    message="a range is no network",
)
addresses(
    _RANGES,
    "customer_id",
    "cidr",
    "may_overlap",
    reads=_RANGES,
    # of all writers of ranges one at a time: they are few
    lock=f"pg_advisory_xact_lock('{_RANGES}'::regclass::oid::bigint)",
    # _RANGES stands above and is nothing that anybody gives
    foreign=f"SELECT 1 FROM {_RANGES} o WHERE o.customer_id <> NEW.customer_id "  # noqa: S608  # nosec B608
    "AND network_overlap(cidr(o.cidr), cidr(NEW.cidr)) AND NOT (o.may_overlap AND NEW.may_overlap)",
    message="ranges of two customers overlap and are not both marked so",
)
