"""What devices said of their neighbours, and the links that follow from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.invariants import same_customer
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from topology.enums import LinkState, MatchedBy, Protocol


class NeighbourAnswer(models.Model):
    """When a device last told its neighbours, and when it last failed to."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    device = models.OneToOneField(Device, models.CASCADE, related_name="neighbour_answer")
    answered_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why it failed, in words.")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=False) | Q(failed_at__isnull=False), name="neighbouranswer_has_moment"
            ),
        )

    def __str__(self) -> str:
        return f"neighbours of {self.device_id}"


class Neighbour(models.Model):
    """What a device heard on an interface, in the neighbour's words; kept after it was heard no more."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, models.CASCADE, related_name="neighbours")
    interface = models.CharField(max_length=128)
    protocol = models.CharField(max_length=8, choices=Protocol.choices)
    name = models.CharField(max_length=253, blank=True)
    chassis = models.CharField(max_length=128, blank=True)
    port = models.CharField(max_length=128, blank=True)
    port_description = models.CharField(max_length=255, blank=True)
    address = models.GenericIPAddressField(null=True, help_text="Where it says that it is managed.")
    description = models.CharField(max_length=500, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    is_current = models.BooleanField(default=True, help_text="The device's last answer had it.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    remote = models.ForeignKey(Device, models.SET_NULL, null=True, related_name="heard_as")
    matched_by = models.CharField(max_length=8, choices=MatchedBy.choices, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it could not be told which device it is.")

    class Meta:
        ordering = ("device", "interface", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(protocol__in=Protocol.values), name="neighbour_protocol_known"),
            models.CheckConstraint(condition=Q(matched_by__in=MatchedBy.values), name="neighbour_match_known"),
        )
        indexes = (
            models.Index(fields=["customer", "is_current", "name"], name="neighbour_unknown", condition=Q(remote=None)),
            models.Index(fields=["customer", "chassis"], name="neighbour_by_chassis"),
        )

    def __str__(self) -> str:
        return f"{self.name or self.chassis or self.address} on {self.interface}"


class TopologyLink(models.Model):
    """A cable between two devices of a customer, as they tell it. All are written anew when a discovery ends."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    device_a = models.ForeignKey(Device, models.CASCADE, related_name="links_a")
    interface_a = models.CharField(max_length=128)
    device_b = models.ForeignKey(Device, models.CASCADE, related_name="links_b")
    interface_b = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=LinkState.choices)
    is_stale = models.BooleanField(default=False, help_text="An end has not answered since it said what it said.")
    detail = models.CharField(max_length=500, blank=True, help_text="What speaks against it, in words.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When it came into its state.")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["device_a", "interface_a", "device_b", "interface_b"], name="topologylink_once"
            ),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="topologylink_state_known"),
        )
        indexes = (models.Index(fields=["customer", "state", "id"], name="topologylink_by_state"),)

    def __str__(self) -> str:
        return f"{self.device_a_id} {self.interface_a} – {self.device_b_id} {self.interface_b}"


class TopologyMap(models.Model):
    """Of a customer: the row that whoever draws its links anew holds."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="+")
    drawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"topology of {self.customer_id}"


class TopologyLayout(models.Model):
    """Where a user put the devices of a customer on the graph."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    positions = models.JSONField(default=dict, help_text="By device id: x and y.")

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["user", "customer"], name="topologylayout_once"),)

    def __str__(self) -> str:
        return f"layout of {self.user_id} for {self.customer_id}"


same_customer("topology_neighbouranswer", device_id="devices_device")
same_customer("topology_neighbour", device_id="devices_device", remote_id="devices_device", job_id="jobs_job")
same_customer("topology_topologylink", device_a_id="devices_device", device_b_id="devices_device")
