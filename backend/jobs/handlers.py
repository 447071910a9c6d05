"""Results of the kinds that belong to no other app."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from devices.enums import Reachability
from devices.models import Device
from jobs.kinds import Finished, Outcome
from jobs.models import Job


def keep_reachability(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Write each device's reachability and latency; ICMP is told beside TCP but does not decide."""
    now = timezone.now()
    outcomes: dict[int, Outcome] = {}
    for done in finished:
        reached = done.result
        Device.objects.filter(pk=done.target.device_id).update(
            reachability=Reachability.UNREACHABLE if done.error else Reachability.REACHABLE,
            reachability_at=now,
            latency_ms=None if done.error else reached.tcp_ms,
        )
        if done.error:
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        result = {"tcp_ms": reached.tcp_ms, "icmp_ms": reached.icmp_ms}
        outcomes[done.target.pk] = Outcome(result)
    return outcomes
