"""Keeping what reachability checks find, and forgetting it when it is old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from core.many import update_each
from core.text import storable
from devices.enums import Reachability
from devices.models import Device
from jobs.kinds import Finished, Outcome
from jobs.models import Job
from monitoring.models import ReachabilityCheck
from networkops.errors import HostUnreachable
from networkops.tasks.reachability import in_words
from networkops.types import PROBES, Probes, Reached

FORGOTTEN_AT_ONCE = 5_000
"""So many old checks go in one transaction: others want to write, too."""


def keep_checks(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Write each device's state, and a check into its history. ICMP is told beside TCP but does not decide.

    A target that ended otherwise (cancelled, a fault of ours) says nothing about its device, and leaves it as it is.
    """
    outcomes: dict[int, Outcome] = {}
    checks = []
    for done in finished:
        reached = _reached(job, done)
        if reached is None:
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        check = _check(job, done, reached)
        checks.append(check)
        lossy = reached.tcp.lost or reached.icmp.lost
        line = f"reachable: TCP {in_words(reached.tcp)}, ICMP {in_words(reached.icmp)}"
        outcomes[done.target.pk] = Outcome(_result(check), reached.error, line, "warning" if lossy else "info")
    ReachabilityCheck.objects.bulk_create(checks, batch_size=500)
    _mark_devices(checks)
    return outcomes


def _reached(job: Job, done: Finished) -> Reached | None:
    if isinstance(done.error, HostUnreachable):  # the engine's own deadline: no probe told us of an answer
        return Reached(Probes(job.params.get("count", PROBES)), Probes(0), done.error)
    return done.result if done.error is None else None


def _check(job: Job, done: Finished, reached: Reached) -> ReachabilityCheck:
    return ReachabilityCheck(
        customer_id=job.customer_id,
        device_id=done.target.device_id,
        job=job,
        checked_at=timezone.now(),
        state=Reachability.UNREACHABLE if reached.error else Reachability.REACHABLE,
        reason=storable(str(reached.error))[:500] if reached.error else "",
        **_columns("tcp", reached.tcp),
        **_columns("icmp", reached.icmp),
    )


def _columns(name: str, probes: Probes) -> dict[str, Any]:
    times = probes.times_ms
    values = {"min": min(times), "avg": probes.avg_ms, "max": max(times)} if times else {}
    return {
        f"{name}_sent": probes.sent,
        f"{name}_lost": probes.lost,
        **{f"{name}_{which}_ms": round(value or 0.0, 3) for which, value in values.items()},
    }


def _result(check: ReachabilityCheck) -> dict[str, Any]:
    return {
        "tcp_ms": check.tcp_avg_ms, "tcp_loss": check.tcp_loss,
        "icmp_ms": check.icmp_avg_ms, "icmp_loss": check.icmp_loss,
    }  # fmt: skip


def _mark_devices(checks: Sequence[ReachabilityCheck]) -> None:
    """The last check on each device's own row, which lists and filters read."""
    rows = [
        Device(
            pk=check.device_id, reachability=check.state, reachability_at=check.checked_at, latency_ms=check.tcp_avg_ms
        )
        for check in checks
    ]
    update_each(rows, ["reachability", "reachability_at", "latency_ms"])


def forget_old_checks() -> int:
    """Delete the oldest checks that are past their time, some at once. Returns how many."""
    if not settings.MONITORING_KEEP_DAYS:
        return 0
    old = ReachabilityCheck.objects.filter(
        checked_at__lt=timezone.now() - timedelta(days=settings.MONITORING_KEEP_DAYS)
    )
    oldest = old.order_by("checked_at").values("pk")[:FORGOTTEN_AT_ONCE]
    return ReachabilityCheck.objects.filter(pk__in=oldest).delete()[0]
