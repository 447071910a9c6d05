"""The history of reachability: what each check of a device found."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from core.invariants import same_customer
from customers.models import Customer
from devices.enums import Reachability
from devices.models import Device
from jobs.models import Job

STATES = [(state.value, state.label) for state in (Reachability.REACHABLE, Reachability.UNREACHABLE)]


class ReachabilityCheck(models.Model):
    """One check of one device. Latencies are in milliseconds, and missing where nothing was answered."""

    # of these rows there are millions: no index that nothing asks for
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", db_index=False)
    checked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=STATES)
    tcp_sent = models.PositiveSmallIntegerField(help_text="TCP connects to the management port.")
    tcp_lost = models.PositiveSmallIntegerField()
    tcp_min_ms = models.FloatField(null=True)
    tcp_avg_ms = models.FloatField(null=True)
    tcp_max_ms = models.FloatField(null=True)
    icmp_sent = models.PositiveSmallIntegerField(help_text="ICMP echoes; 0 where the server may not send any.")
    icmp_lost = models.PositiveSmallIntegerField()
    icmp_min_ms = models.FloatField(null=True)
    icmp_avg_ms = models.FloatField(null=True)
    icmp_max_ms = models.FloatField(null=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it could not be reached, in words.")

    class Meta:
        ordering = ("-checked_at", "-id")
        verbose_name = "reachability check"
        constraints = (
            # also the way from a job to its checks
            models.UniqueConstraint(fields=["job", "device"], name="check_once_per_job"),
            models.CheckConstraint(condition=Q(state__in=dict(STATES)), name="check_state_known"),
            models.CheckConstraint(
                condition=Q(tcp_lost__lte=F("tcp_sent"), icmp_lost__lte=F("icmp_sent")), name="check_loses_what_it_sent"
            ),
            models.CheckConstraint(
                condition=Q(state=Reachability.UNREACHABLE.value, tcp_lost=F("tcp_sent"))
                | Q(state=Reachability.REACHABLE.value, tcp_lost__lt=F("tcp_sent")),
                name="check_state_follows_tcp",
            ),
        )
        indexes = (
            models.Index(fields=["device", "-checked_at", "-id"], name="check_by_device"),
            models.Index(fields=["checked_at"], name="check_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.device_id}: {self.state}"

    @property
    def tcp_loss(self) -> float | None:
        """Percent of the TCP connects."""
        return percent(self.tcp_lost, self.tcp_sent)

    @property
    def icmp_loss(self) -> float | None:
        """Percent of the ICMP echoes; None where none could be sent."""
        return percent(self.icmp_lost, self.icmp_sent)


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


same_customer("monitoring_reachabilitycheck", device_id="devices_device", job_id="jobs_job")
