"""What a device said of itself when it was last asked: facts, interfaces and their addresses.

Model, serial number, version and uptime stand on the device's own row, which lists and filters read.
"""

from __future__ import annotations

import re

from django.db import models
from django.db.models import Q

from core.invariants import same_customer
from customers.models import Customer
from devices.models import Device
from jobs.models import Job

_NUMBER = re.compile(r"\d+")
LONGEST_KEY = 250


def sort_key(name: str) -> str:
    """By which `Ethernet2` stands before `Ethernet10`."""
    return _NUMBER.sub(lambda found: found[0].zfill(6), name.lower())[:LONGEST_KEY]


class DeviceFacts(models.Model):
    """A device's last answer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    device = models.OneToOneField(Device, models.CASCADE, related_name="facts")
    vendor = models.CharField(max_length=100, blank=True)
    reported_hostname = models.CharField(max_length=253, blank=True, help_text="What it calls itself.")
    booted_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()
    interfaces_read_at = models.DateTimeField(null=True, help_text="Of the last answer that had them.")
    problems = models.JSONField(default=list, help_text="What was left out of the answer, and why, in words.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        verbose_name = verbose_name_plural = "device facts"

    def __str__(self) -> str:
        return f"facts of {self.device_id}"


class Interface(models.Model):
    """An interface of a device. Missing is what the device does not say."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="interfaces")
    name = models.CharField(max_length=100)
    sort_key = models.CharField(max_length=LONGEST_KEY, editable=False)
    description = models.CharField(max_length=250, blank=True)
    mac = models.CharField("hardware address", max_length=17, blank=True)
    mtu = models.PositiveIntegerField(null=True)
    speed_kbps = models.PositiveBigIntegerField(null=True)
    enabled = models.BooleanField(null=True, help_text="Not switched off by the configuration.")
    up = models.BooleanField(null=True, help_text="Carries traffic.")
    last_seen_at = models.DateTimeField(help_text="When the device last described it.")

    class Meta:
        ordering = ("sort_key", "pk")
        constraints = (models.UniqueConstraint(fields=["device", "name"], name="interface_once_per_device"),)
        indexes = (
            models.Index(fields=["device", "sort_key", "id"], name="interface_by_device"),
            models.Index(fields=["customer", "mac"], name="interface_by_mac", condition=~Q(mac="")),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def address_texts(self) -> list[str]:
        """Its addresses with the lengths of their prefixes."""
        return [str(address) for address in self.addresses.all()]

    @property
    def state(self) -> str:
        """In one word, for people."""
        if self.enabled is False:
            return "off"
        return {True: "up", False: "down", None: "unknown"}[self.up]

    @property
    def speed_text(self) -> str:
        """`10 Gbit/s`."""
        for unit, size in (("Gbit/s", 1_000_000), ("Mbit/s", 1_000)):
            if self.speed_kbps and self.speed_kbps >= size:
                return f"{self.speed_kbps / size:g} {unit}"
        return f"{self.speed_kbps:g} kbit/s" if self.speed_kbps else ""


class InterfaceAddress(models.Model):
    """An address of an interface, with the length of its network's prefix."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    interface = models.ForeignKey(Interface, models.CASCADE, related_name="addresses")
    address = models.GenericIPAddressField()
    prefix_length = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "interface addresses"
        constraints = (
            models.UniqueConstraint(
                fields=["interface", "address", "prefix_length"], name="address_once_per_interface"
            ),
            models.CheckConstraint(condition=Q(prefix_length__lte=128), name="address_prefix_in_range"),
        )
        indexes = (models.Index(fields=["customer", "address"], name="address_of_customer"),)

    def __str__(self) -> str:
        return f"{self.address}/{self.prefix_length}"


same_customer("discovery_devicefacts", device_id="devices_device", job_id="jobs_job")
same_customer("discovery_interface", device_id="devices_device")
same_customer("discovery_interfaceaddress", interface_id="discovery_interface")
